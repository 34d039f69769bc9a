import pytest

from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import Book

pytestmark = pytest.mark.django_db


def found(text):
    return [book.title for book in Book.objects.search(text).order_by("distance", "sort_title")]


@pytest.mark.parametrize(
    "text",
    [
        "les miserables",
        "Les Misérables",
        "MISÉRABLES hugo",
        "hugo victor",
        "misér",
        "wretched",
        "thistle",
        "9780141439518",
        "misérables\0hugo",
    ],
)
def test_a_book_is_found_by_any_of_its_words(text):
    BookFactory(
        title="Les Misérables", subtitle="The Wretched", contributors=["Victor Hugo"],
        publisher="Tern & Thistle", isbn13="9780141439518",
    )  # fmt: skip
    BookFactory(title="Notre-Dame de Paris", contributors=["Someone else"])

    assert found(text) == ["Les Misérables"]


def test_every_word_has_to_occur():
    BookFactory(title="Emma", contributors=["Jane Austen"])

    assert found("emma austen") == ["Emma"]
    assert found("emma brontë") == []


def test_the_title_itself_comes_first_then_its_beginning_then_its_words():
    BookFactory(title="Essays", contributors=["Emma Goldman"])
    BookFactory(title="Becoming Emma")
    BookFactory(title="Emma and Her Aunt")
    BookFactory(title="Emma")

    assert found("emma") == ["Emma", "Emma and Her Aunt", "Becoming Emma", "Essays"]


def test_the_article_of_a_title_does_not_matter():
    BookFactory(title="The Odyssey")
    BookFactory(title="The Odyssey for Children")

    assert found("the odyssey")[0] == found("odyssey")[0] == found("an odyssey")[0] == "The Odyssey"
    assert found("the") == ["The Odyssey", "The Odyssey for Children"]


@pytest.mark.parametrize("text", ["", "   ", "!?…", "\0", "%", "_"])
def test_a_search_without_words_finds_nothing(text):
    BookFactory()

    assert found(text) == []


def test_an_endless_search_is_cut():
    BookFactory(title="Emma")

    assert found("emma " * 10_000) == ["Emma"]
    assert found("x" * 100_000) == []
