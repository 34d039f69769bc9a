"""At most three SQL statements a page, whoever looks and however many books there are.

Session and the number beside the cart take two of them from a visitor who has a cart, so each page has one of its own.
Subjects come from the cache; once a minute they cost a statement more.
"""

import pytest
from django.urls import reverse

from bookstore.accounts.models import User
from bookstore.catalog.factories import BookFactory, SubjectFactory
from bookstore.catalog.models import Book
from bookstore.catalog.shelves import subjects_in_the_shop

pytestmark = pytest.mark.django_db

PAGES = [
    "/",
    "/books/",
    "/books/?page=2&sort=newest",
    "/books/?q=book&sort=author",
    "/books/?q=xyzzy",
    "/books/?subject=subject-1&subject=subject-2&format=paperback&in_stock=1",
    "/books/book-3/",
]


@pytest.fixture(params=[5, 200])
def books(request):
    subjects = [SubjectFactory(name=f"Subject {n}") for n in range(3)]
    titles = [f"Book {n}" for n in range(request.param)]
    books = [BookFactory.build(title=t, slug=t.lower().replace(" ", "-"), staff_pick=True) for t in titles]
    Book.objects.bulk_create(books)
    for subject in subjects:
        subject.books.add(*books)
    Book.objects.reindex(books)
    subjects_in_the_shop()
    return books


def anonymous(client, book):
    return 0


def guest_with_cart(client, book):
    client.post(reverse("cart:add", args=[book.pk]), {"quantity": 2})
    return 2


def signed_in_with_cart(client, book):
    client.force_login(User.objects.create_user("reader@example.com"))
    client.post(reverse("cart:add", args=[book.pk]), {"quantity": 2})
    return 2


@pytest.mark.parametrize("visitor", [anonymous, guest_with_cart, signed_in_with_cart])
@pytest.mark.parametrize("page", PAGES)
def test_a_page_costs_one_statement_beside_session_and_cart(
    client, books, visitor, page, django_assert_num_queries
):
    copies_in_cart = visitor(client, books[0])
    behind_the_last = "page=2" in page and len(books) == 5
    statements = (
        1 + copies_in_cart if not behind_the_last else 2
    )  # the list, its length; then the visitor is sent on

    with django_assert_num_queries(statements):
        response = client.get(page)

    if not behind_the_last:
        assert response.status_code == 200
        assert response.context["cart_copies"] == copies_in_cart


def test_the_same_list_is_counted_once_a_minute(client, books, django_assert_num_queries):
    client.get("/books/")

    with django_assert_num_queries(1) as statements:
        client.get("/books/?sort=price")

    assert "COUNT" not in statements[0]["sql"]
