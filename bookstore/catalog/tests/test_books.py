"""Titles, slugs and what a book says of itself."""

import doctest

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from bookstore.catalog import words
from bookstore.catalog.factories import BookFactory, SubjectFactory
from bookstore.catalog.models import Book, Contribution
from bookstore.catalog.templatetags.books import did, isbn, language, year
from bookstore.catalog.words import folded, free_slug, shelf_order


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Les Misérables", "les miserables"),
        ("Brontë, Charlotte", "bronte charlotte"),
        ("Alice’s Adventures", "alices adventures"),
        ("Alice's Adventures", "alices adventures"),
        ("Twenty-Thousand  Leagues", "twenty thousand leagues"),
        ("Æneid & Løve: Straße", "aeneid love strasse"),
        ("Война и мир", "воина и мир"),
        ("snake_case\0NUL", "snake case nul"),
        ("…!?", ""),
    ],
)
def test_words_are_folded(text, plain):
    assert folded(text) == plain


@pytest.mark.parametrize(
    ("title", "on_the_shelf"),
    [("The Odyssey", "odyssey"), ("A Room", "room"), ("Theory", "theory"), ("The", "the")],
)
def test_titles_stand_on_the_shelf_without_their_article(title, on_the_shelf):
    assert shelf_order(title) == on_the_shelf


def test_slugs_grow_until_they_are_free():
    taken = {"poems", "poems-emily-dickinson", "poems-emily-dickinson-paperback"}

    slug = free_slug(["Poems", "Emily Dickinson", "Paperback", "9780141439518"], taken.__contains__)

    assert slug == "poems-emily-dickinson-paperback-9780141439518"
    assert free_slug(["Poems"], taken.__contains__) == "poems-2"
    assert free_slug(["红楼梦", "9780141439518"], taken.__contains__) == "9780141439518"
    assert free_slug(["红楼梦"], taken.__contains__) == "book-2"


def test_long_slugs_are_cut_between_words():
    slug = free_slug(["An inquiry into the nature and causes of the wealth of nations"], set().__contains__)

    assert slug == "an-inquiry-into-the-nature-and-causes-of-the-wealth-of"


def test_the_examples_in_docstrings_are_true():
    assert doctest.testmod(words).failed == 0


@pytest.mark.django_db
def test_books_of_the_same_title_have_different_addresses():
    first, second = BookFactory(title="Poems"), BookFactory(title="Poems")

    assert first.get_absolute_url() == "/books/poems/"
    assert second.get_absolute_url() == f"/books/poems-{second.isbn13}/"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("credits", "byline"),
    [
        ([], ""),
        ([("Homer", "author"), ("Emily Wilson", "translator")], "Homer"),
        ([("Andrew Lang", "editor"), ("H. J. Ford", "illustrator")], "Andrew Lang"),
        ([("A", "author"), ("B", "author"), ("C", "author")], "A, B and C"),
    ],
)
def test_a_byline_names_the_authors(credits, byline):
    book = Book(credits=[{"name": name, "role": role} for name, role in credits])

    assert book.byline == byline


@pytest.mark.parametrize(("stock", "few"), [(0, False), (1, True), (3, True), (4, False)])
def test_few_copies_are_worth_saying(stock, few):
    assert Book(stock=stock).few_left is few


@pytest.mark.django_db
def test_a_price_is_not_negative():
    book = BookFactory(price="0.00")
    book.price = -1

    with pytest.raises(ValidationError):
        book.full_clean()
    with pytest.raises(IntegrityError, match="book_price_is_not_negative"):
        book.save()


@pytest.mark.django_db
def test_nobody_is_credited_twice_for_the_same():
    book = BookFactory()

    with pytest.raises(IntegrityError):
        Contribution.objects.create(book=book, contributor=book.contributors.get(), role="author")


@pytest.mark.django_db
def test_a_subject_makes_its_own_slug():
    assert SubjectFactory(name="Science & nature").slug == "science-nature"
    assert SubjectFactory(name="Science nature").slug == "science-nature-2"


def test_facts_read_as_people_write_them():
    assert isbn("9780141439518") == "978-0-14-143951-8"
    assert [did(role) for role in Contribution.Role] == ["", "translated by", "edited by", "illustrated by"]
    assert (year(1813), year(-800)) == ("1813", "800 BCE")
    assert (language("fr"), language("grc"), language("xx"), language("")) == (
        "French",
        "Ancient Greek",
        "xx",
        "",
    )
