"""Books for tests, valid in every respect and with every copy accounted for."""

from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from .isbn import isbn13_from
from .models import Book, Contribution, Contributor, Subject


class SubjectFactory(DjangoModelFactory):
    class Meta:
        model = Subject

    name = factory.Sequence(lambda n: f"Subject {n}")


class ContributorFactory(DjangoModelFactory):
    class Meta:
        model = Contributor

    name = factory.Sequence(lambda n: f"Ada Writer {n}")
    sort_name = factory.LazyAttribute(lambda o: ", ".join(reversed(o.name.rsplit(" ", 1))))


class BookFactory(DjangoModelFactory):
    """`BookFactory(stock=2, contributors=["Jane Austen"], subjects=[poetry])`; by default ten copies of one author."""

    class Meta:
        model = Book
        skip_postgeneration_save = True

    isbn13 = factory.Sequence(isbn13_from)
    title = factory.Sequence(lambda n: f"Book {n}")
    price = Decimal("9.99")
    publisher = "Endpapers Press"

    @factory.post_generation
    def stock(book: Book, create: bool, copies: int | None, **kwargs: Any) -> None:  # noqa: N805
        copies = 10 if copies is None else copies
        if not create:
            book.stock = copies
        elif copies:
            Book.objects.receive(book, copies)

    @factory.post_generation
    def contributors(book: Book, create: bool, people: list[str | Contributor] | None, **kwargs: Any) -> None:  # noqa: N805
        if not create:
            return
        for position, person in enumerate([ContributorFactory.create()] if people is None else people):
            contributor = ContributorFactory.create(name=person) if isinstance(person, str) else person
            Contribution.objects.create(book=book, contributor=contributor, position=position)

    @factory.post_generation
    def subjects(book: Book, create: bool, subjects: list[Subject] | None, **kwargs: Any) -> None:  # noqa: N805
        if not create:
            return
        if subjects:
            book.subjects.set(subjects)
        Book.objects.reindex([book])
