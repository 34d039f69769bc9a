"""What pages and search read of a book follows whatever it was made from."""

import pytest

from bookstore.catalog.factories import BookFactory, ContributorFactory, SubjectFactory
from bookstore.catalog.models import Book, Contribution, Subject

pytestmark = pytest.mark.django_db


def test_a_book_carries_its_contributors_and_subjects_in_order():
    plays, poetry = SubjectFactory(name="Plays"), SubjectFactory(name="Poetry")
    book = BookFactory(contributors=["Homer"], subjects=[poetry, plays])
    translator = ContributorFactory(name="Emily Wilson")
    Contribution.objects.create(book=book, contributor=translator, role="translator", position=1)

    Book.objects.reindex([book])

    book = Book.objects.get()
    assert book.credits == [
        {"name": "Homer", "role": "author"},
        {"name": "Emily Wilson", "role": "translator"},
    ]
    assert book.subject_list == [{"name": "Plays", "slug": "plays"}, {"name": "Poetry", "slug": "poetry"}]
    assert "emily wilson" in book.search_text


def test_a_new_title_is_found_and_sorted_at_once():
    book = BookFactory(title="Old")
    book.title = "The Éclair"

    book.save(update_fields=["title"])

    assert Book.objects.search("eclair").get().sort_title == "eclair"


def test_a_renamed_contributor_is_renamed_on_every_book():
    author = ContributorFactory(name="Currer Bell", sort_name="Bell, Currer")
    books = BookFactory.create_batch(2, contributors=[author])

    author.name, author.sort_name = "Charlotte Brontë", "Brontë, Charlotte"
    author.save()

    assert set(Book.objects.search("charlotte bronte")) == set(books)
    assert not Book.objects.search("currer").exists()
    assert set(Book.objects.values_list("sort_author", flat=True)) == {"bronte charlotte"}


def test_a_renamed_subject_is_renamed_on_every_book():
    subject = SubjectFactory(name="Verse")
    BookFactory(subjects=[subject])

    subject.name = "Poetry"
    subject.save()

    assert Book.objects.get().subject_list == [{"name": "Poetry", "slug": "verse"}]


def test_a_deleted_subject_leaves_the_books():
    kept, dropped = SubjectFactory(), SubjectFactory()
    BookFactory(subjects=[kept, dropped])

    dropped.delete()

    assert [subject["slug"] for subject in Book.objects.get().subject_list] == [kept.slug]


def test_all_books_can_be_indexed_anew_in_a_few_statements(django_assert_max_num_queries):
    BookFactory.create_batch(30, subjects=[SubjectFactory()])
    Book.objects.update(credits=[], subject_list=[], search_text="", sort_title="", sort_author="")

    with django_assert_max_num_queries(8):
        Book.objects.reindex()

    assert not Book.objects.filter(search_text="").exists()
    assert all(book.credits and book.subject_list for book in Book.objects.all())


def test_a_book_without_contributors_is_sorted_among_authors_by_its_title():
    BookFactory(title="The Song of Roland", contributors=[])

    assert Book.objects.get().sort_author == "song of roland"


def test_a_subject_without_books_can_be_deleted():
    SubjectFactory().delete()

    assert not Subject.objects.exists()
