import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bookstore.accounts.models import User
from bookstore.catalog.factories import BookFactory, ContributorFactory, SubjectFactory
from bookstore.catalog.models import Book, StockMovement, Subject

pytestmark = pytest.mark.django_db

BOOKS = "admin:catalog_book_changelist"


@pytest.fixture
def staff():
    return User.objects.create_superuser("staff@example.com", "secret")


@pytest.fixture
def admin(client, staff):
    client.force_login(staff)
    return client


def page_of(book):
    return reverse("admin:catalog_book_change", args=[book.pk])


def filled_in(book, **changes):
    """The form on a book's page, as the browser sends it."""
    plain = (
        "title",
        "subtitle",
        "isbn13",
        "slug",
        "description",
        "staff_note",
        "format",
        "language",
        "publisher",
    )
    form = {name: getattr(book, name) for name in plain}
    form |= {"price": str(book.price), "active": "on", "subjects": [s.pk for s in book.subjects.all()]}
    form |= {"contributions-TOTAL_FORMS": "1", "contributions-INITIAL_FORMS": "1"}
    contribution = book.contributions.get()
    form |= {
        "contributions-0-id": contribution.pk,
        "contributions-0-book": book.pk,
        "contributions-0-contributor": contribution.contributor_id,
        "contributions-0-role": contribution.role,
        "contributions-0-position": contribution.position,
    }
    return form | changes


def problems(response):
    return response.context["adminform"].form.errors


@pytest.mark.parametrize("path", ["book", "contributor", "subject", "stockmovement"])
def test_lists_cost_the_same_whatever_their_length(admin, path):
    url = reverse(f"admin:catalog_{path}_changelist")
    BookFactory(subjects=[SubjectFactory()])
    with CaptureQueriesContext(connection) as few:
        admin.get(url)
    BookFactory.create_batch(20, subjects=SubjectFactory.create_batch(3))

    with CaptureQueriesContext(connection) as many:
        response = admin.get(url)

    assert response.status_code == 200
    assert len(many) == len(few)


def test_books_are_found_by_title_author_and_isbn(admin):
    book = BookFactory(title="Émile", contributors=["Jean-Jacques Rousseau"], isbn13="9780141439518")
    BookFactory(title="Other")

    for search in ("emile", "rousseau jean", "978-0-14-143951-8", "0141439513"):
        assert list(admin.get(reverse(BOOKS), {"q": search}).context["cl"].result_list) == [book]
    assert admin.get(reverse(BOOKS), {"q": "\0!"}).status_code == 200


@pytest.mark.parametrize(("stock", "title"), [("none", "Gone"), ("some", "Here")])
def test_books_are_filtered_by_stock(admin, stock, title):
    BookFactory(title="Here")
    BookFactory(title="Gone", stock=0)

    assert [book.title for book in admin.get(reverse(BOOKS), {"stock": stock}).context["cl"].result_list] == [
        title
    ]


def test_a_new_book_needs_only_its_own_facts(admin):
    author, subject = ContributorFactory(name="Jane Austen"), SubjectFactory(name="Novels")
    form = {
        "title": "Emma", "isbn13": "0-14-143951-3", "price": "8.50", "format": "paperback", "language": "en",
        "active": "on", "subjects": [subject.pk], "received": "5",
        "contributions-TOTAL_FORMS": "1", "contributions-INITIAL_FORMS": "0",
        "contributions-0-contributor": author.pk, "contributions-0-role": "author", "contributions-0-position": "0",
    }  # fmt: skip

    admin.post(reverse("admin:catalog_book_add"), form)

    book = Book.objects.get()
    assert (book.isbn13, book.slug, book.stock) == ("9780141439518", "emma", 5)
    assert (book.byline, book.subject_list) == ("Jane Austen", [{"name": "Novels", "slug": "novels"}])
    assert Book.objects.search("austen").get() == book


def test_a_mistyped_isbn_is_explained(admin):
    book = BookFactory()

    response = admin.post(page_of(book), filled_in(book, isbn13="9780141439519"))

    assert "one of its digits was mistyped" in problems(response)["isbn13"][0]


def test_another_author_and_subject_reach_the_shop(admin):
    book = BookFactory(contributors=["Currer Bell"])
    author, subject = ContributorFactory(name="Charlotte Brontë"), SubjectFactory(name="Novels")

    changes = {"contributions-0-contributor": author.pk, "subjects": [subject.pk], "title": "Jane Eyre"}
    admin.post(page_of(book), filled_in(book, **changes))

    book.refresh_from_db()
    assert book.credits == [{"name": "Charlotte Brontë", "role": "author"}]
    assert book.subject_list == [{"name": "Novels", "slug": "novels"}]
    assert Book.objects.search("jane eyre bronte").exists()


def test_staff_receive_and_correct_stock_and_the_history_says_who(admin, staff):
    book = BookFactory(stock=2)

    admin.post(page_of(book), filled_in(book, received="5", correction="-1", correction_note="Torn"))

    book.refresh_from_db()
    assert book.stock == 6
    torn, received = book.movements.all()[:2]
    assert (torn.delta, torn.note, torn.actor) == (-1, "Torn", staff)
    assert (received.delta, received.reason, received.actor) == (5, StockMovement.Reason.RECEIVED, staff)
    page = admin.get(page_of(book)).content.decode()
    assert "<b>-1</b> Corrected" in page
    assert "staff@example.com, Torn" in page


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"correction": "-1"}, "correction_note", "Say why"),
        ({"correction": "-3", "correction_note": "Lost"}, "correction", "No more than 2 copies"),
        ({"received": "-3"}, "received", "greater than or equal to 1"),
        ({"received": "many"}, "received", "whole number"),
    ],
)
def test_a_wrong_change_of_stock_is_explained(admin, changes, field, says):
    book = BookFactory(stock=2)

    response = admin.post(page_of(book), filled_in(book, **changes))

    assert says in problems(response)[field][0]
    assert Book.objects.get().stock == 2


def test_stock_itself_cannot_be_typed(admin):
    book = BookFactory(stock=2)

    admin.post(page_of(book), filled_in(book, stock="999"))

    assert Book.objects.get().stock == 2


def test_subjects_deleted_together_leave_the_books(admin):
    subjects = SubjectFactory.create_batch(2)
    BookFactory(subjects=subjects)
    chosen = {"action": "delete_selected", "_selected_action": [s.pk for s in subjects], "post": "yes"}

    admin.post(reverse("admin:catalog_subject_changelist"), chosen)

    assert not Subject.objects.exists()
    assert Book.objects.get().subject_list == []


def test_movements_are_only_looked_at(admin):
    movement = BookFactory(stock=1).movements.get()

    page = admin.get(reverse("admin:catalog_stockmovement_change", args=[movement.pk]))

    assert page.status_code == 200
    assert "_save" not in page.content.decode()
    assert admin.get(reverse("admin:catalog_stockmovement_add")).status_code == 403
    assert admin.post(reverse("admin:catalog_stockmovement_delete", args=[movement.pk])).status_code == 403


def test_the_admin_is_for_staff(client):
    client.force_login(User.objects.create_user("reader@example.com"))

    assert client.get(reverse(BOOKS)).status_code == 302
