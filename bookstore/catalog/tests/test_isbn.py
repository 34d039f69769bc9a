import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.forms import modelform_factory

from bookstore.catalog.factories import BookFactory
from bookstore.catalog.isbn import isbn13_from, isbn13_of, validate_isbn13
from bookstore.catalog.models import Book


@pytest.mark.parametrize(
    "typed", ["9780141439518", "978-0-14-143951-8", "978 0 14 143951 8", "0141439513", "0-14-143951-3"]
)
def test_an_isbn_is_understood_however_it_is_typed(typed):
    assert isbn13_of(typed) == "9780141439518"


@pytest.mark.parametrize(
    "typed", ["", "austen", "9780141439519", "1234567890123", "978014143951", "٩٧٨٠١٤١٤٣٩٥١٨"]
)
def test_what_is_no_isbn_is_none(typed):
    assert isbn13_of(typed) is None


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("9780141439519", "check digit"),
        ("9770141439519", "13 digits"),
        ("12", "13 digits"),
        ("words", "13 digits"),
    ],
)
def test_a_wrong_isbn_is_refused_in_words_that_help(typed, says):
    with pytest.raises(ValidationError, match=says):
        validate_isbn13(typed)


@pytest.mark.django_db
def test_a_form_takes_hyphens_and_keeps_digits():
    form = modelform_factory(Book, fields=["isbn13"])({"isbn13": "0-14-143951-3"})

    assert form.is_valid()
    assert form.instance.isbn13 == "9780141439518"


@pytest.mark.django_db
def test_a_book_is_found_by_an_isbn_with_hyphens_too():
    book = BookFactory(isbn13="9780141439518")

    assert Book.objects.get(isbn13="978-0-14-143951-8") == book


@pytest.mark.django_db
def test_the_same_isbn_in_another_spelling_is_a_duplicate():
    BookFactory(isbn13="9780141439518")

    with pytest.raises(ValidationError) as refusal:
        BookFactory.build(isbn13="0141439513", slug="other").full_clean()

    assert "isbn13" in refusal.value.message_dict


@pytest.mark.django_db
def test_the_database_keeps_13_digits_only():
    with pytest.raises(IntegrityError, match="book_isbn13_has_13_digits"):
        BookFactory(isbn13="12345")


def test_numbers_make_valid_isbns():
    for number in (0, 7, 99_999_999):
        validate_isbn13(isbn13_from(number))
