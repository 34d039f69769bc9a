import json
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F, Sum

from bookstore.catalog.factories import BookFactory
from bookstore.catalog.management.commands.load_sample_books import SAMPLE
from bookstore.catalog.models import Book, Contributor, StockMovement, Subject

pytestmark = pytest.mark.django_db

EMMA: dict[str, Any] = {
    "isbn13": "9780141439518",
    "title": "Emma",
    "subtitle": "",
    "contributors": [{"name": "Jane Austen", "sort_name": "Austen, Jane", "role": "author"}],
    "subjects": ["novels"],
    "publisher": "Tern & Thistle",
    "published_on": "2016-06-09",
    "first_published": 1815,
    "format": "paperback",
    "pages": 474,
    "language": "en",
    "description": "A match is made.",
    "price": "8.50",
    "stock": 4,
    "staff_pick": False,
    "staff_note": "",
}
NOVELS = {"slug": "novels", "name": "Novels"}


@pytest.fixture
def load(tmp_path, capsys):
    """Runs the command on this content; answers what it printed."""

    def load(content):
        file = tmp_path / "books.json"
        file.write_text(content if isinstance(content, str) else json.dumps(content))
        call_command("load_sample_books", str(file))
        return capsys.readouterr().out.strip()

    return load


def of(*books):
    return {"subjects": [NOVELS], "books": list(books)}


def test_a_book_arrives_with_all_that_belongs_to_it(load):
    printed = load(of(EMMA))

    assert printed == "Added 1 book, 4 copies."
    book = Book.objects.get()
    assert (book.slug, book.price, book.stock) == ("emma", Decimal("8.50"), 4)
    assert book.movements.get().reason == StockMovement.Reason.RECEIVED
    assert book.credits == [{"name": "Jane Austen", "role": "author"}]
    assert book.subject_list == [{"name": "Novels", "slug": "novels"}]
    assert Book.objects.search("austen emma").get() == book


def test_loading_again_changes_nothing(load, django_assert_max_num_queries):
    load(of(EMMA))
    Book.objects.update(price=1, title="Changed by the staff")
    before = Book.objects.values().get()

    with django_assert_max_num_queries(3):
        printed = load(of(EMMA))

    assert printed == "1 book was here already: nothing changed."
    assert Book.objects.values().get() == before
    assert StockMovement.objects.count() == Contributor.objects.count() == Subject.objects.count() == 1


def test_new_books_join_the_contributors_and_subjects_that_are_there(load):
    load(of(EMMA))

    printed = load(of(EMMA, EMMA | {"isbn13": "979-8-00000007-6", "title": "Emma", "stock": 0}))

    assert printed == "Added 1 book, 0 copies.\n1 book was here already: nothing changed."
    assert Book.objects.get(isbn13="9798000000076").slug == "emma-jane-austen"
    assert Contributor.objects.get().books.count() == Subject.objects.get().books.count() == 2


def without(field):
    return {name: value for name, value in EMMA.items() if name != field}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "Expecting property name"),
        ([], "no list of books"),
        ({"books": {}}, "no list of books"),
        ({"books": [EMMA]}, "no list of subjects"),
        ({"books": [EMMA], "subjects": [{"slug": "novels"}]}, "Each subject needs a slug and a name"),
        (of("Emma"), "Book 1 is not an object"),
        (
            of(EMMA | {"isbn13": "9780141439519"}),
            r"Book 1 \(Emma, 9780141439519\): isbn13 is not a valid ISBN",
        ),
        (of(EMMA, EMMA), r"Book 2 \(Emma, 9780141439518\): this ISBN stands in the file twice"),
        (of(without("price")), "Book 1 .*: price is missing"),
        (of(EMMA | {"price": "-1"}), "Book 1 .*: price: "),
        (of(EMMA | {"format": "ebook"}), "Book 1 .*: format: "),
        (of(EMMA | {"published_on": "yesterday"}), "Book 1 .*: published_on: "),
        (
            of(EMMA | {"contributors": [{"name": "Jane Austen", "role": "author"}]}),
            "Book 1 .*: sort_name is missing",
        ),
        (of(EMMA | {"contributors": [EMMA["contributors"][0] | {"role": "ghost"}]}), "Book 1 .*: role: "),
        (of(EMMA | {"contributors": None}), "Book 1 .*: contributors and subjects have to be lists"),
        (of(EMMA | {"subjects": ["cookery"]}), "Book 1 .*: the file has no subject cookery"),
        (of(EMMA | {"stock": -1}), "Book 1 .*: stock has to be"),
        (of(EMMA | {"stock": "4"}), "Book 1 .*: stock has to be"),
    ],
)
def test_a_broken_file_is_refused_whole_and_the_entry_named(load, content, says):
    with pytest.raises(CommandError, match=says):
        load(content)

    assert not Book.objects.exists()
    assert not Subject.objects.exists()


def test_a_file_that_is_not_there_is_named():
    with pytest.raises(CommandError, match=r"nowhere\.json"):
        call_command("load_sample_books", "nowhere.json")


def test_a_subject_whose_name_is_taken_is_named(load):
    Subject.objects.create(name="Novels", slug="long-stories")

    with pytest.raises(CommandError, match="Subject novels: its name belongs to another"):
        load(of(EMMA))


def test_the_sample_books_fill_a_shop(django_assert_max_num_queries, capsys):
    BookFactory(title="Here before")

    with django_assert_max_num_queries(60):
        call_command("load_sample_books")

    assert Book.objects.count() > 200
    assert Book.objects.values("slug").distinct().count() == Book.objects.count()
    assert (
        not Book.objects.annotate(moved=Sum("movements__delta", default=0)).exclude(stock=F("moved")).exists()
    )
    assert capsys.readouterr().out.startswith("Added ")


def test_every_sample_book_is_whole():
    content = json.loads(SAMPLE.read_text(encoding="utf-8"))
    slugs = {subject["slug"] for subject in content["subjects"]}

    for book in content["books"]:
        assert book["description"], book["title"]
        assert book["contributors"], book["title"]
        assert set(book["subjects"]) <= slugs, book["title"]
        assert book["format"] in Book.Format.values, book["title"]
    assert sum(book["staff_pick"] for book in content["books"]) >= 6
