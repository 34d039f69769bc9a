import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bookstore.accounts.models import User
from bookstore.catalog.factories import BookFactory, ContributorFactory, SubjectFactory
from bookstore.catalog.models import Book, Subject

pytestmark = pytest.mark.django_db

BOOKS = "admin:catalog_book_changelist"


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


def titles(response):
    return [book.title for book in response.context["cl"].result_list]


@pytest.mark.parametrize(
    ("stock", "found"),
    [("none", ["Gone"]), ("some", ["Here", "Two left"]), ("low", ["Gone", "Two left"])],
)
def test_books_are_filtered_by_stock(admin, stock, found):
    BookFactory(title="Here")
    BookFactory(title="Gone", stock=0)
    BookFactory(title="Two left", stock=2)

    assert titles(admin.get(reverse(BOOKS), {"stock": stock})) == found


def test_low_stock_is_one_click_away_the_fewest_copies_first(admin, settings):
    settings.LOW_STOCK = 5
    for copies, more in [(6, {}), (5, {}), (0, {}), (3, {}), (1, {"active": False})]:
        BookFactory(title=f"{copies} left", stock=copies, **more)
    page = admin.get(reverse(BOOKS))
    assert {"url": reverse("admin:catalog_book_low_stock"), "label": "Low stock"} in [
        link._asdict() for link in page.context["links"]
    ]

    low = admin.get(reverse("admin:catalog_book_low_stock"), follow=True)

    assert titles(low) == ["0 left", "3 left", "5 left"]
    assert "5 or fewer" in low.content.decode()


def test_low_stock_begins_with_the_fewest_for_those_who_may_delete_no_book_too(desk):
    for title, copies in [("Emma", 2), ("Persuasion", 0), ("Sanditon", 1)]:
        BookFactory(title=title, stock=copies)

    low = desk("view_book").get(reverse("admin:catalog_book_low_stock"), follow=True)

    assert titles(low) == ["Persuasion", "Sanditon", "Emma"]


def test_a_new_book_needs_only_its_own_facts(admin):
    author, subject = ContributorFactory(name="Jane Austen"), SubjectFactory(name="Novels")
    form = {
        "title": "Emma", "isbn13": "0-14-143951-3", "price": "8.50", "format": "paperback", "language": "en",
        "active": "on", "subjects": [subject.pk],
        "contributions-TOTAL_FORMS": "1", "contributions-INITIAL_FORMS": "0",
        "contributions-0-contributor": author.pk, "contributions-0-role": "author", "contributions-0-position": "0",
    }  # fmt: skip

    admin.post(reverse("admin:catalog_book_add"), form)

    book = Book.objects.get()
    assert (book.isbn13, book.slug, book.stock) == ("9780141439518", "emma", 0)
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


def test_the_admin_is_for_staff(client):
    client.force_login(User.objects.create_user("reader@example.com"))

    assert client.get(reverse(BOOKS)).status_code == 302
