"""Home, list and book page, as a shopper reads them."""

import json
import re
from decimal import Decimal

import pytest
from django.urls import reverse

from bookstore.catalog.factories import BookFactory, SubjectFactory
from bookstore.catalog.models import Book
from bookstore.catalog.shelves import ON_A_PAGE

pytestmark = pytest.mark.django_db

BOOKS = "/books/"


def titles(response):
    return [book.title for book in response.context["page"].object_list]


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


# -- Home ------------------------------------------------------------------------------------------------------------


def test_home_shows_picks_new_books_and_subjects(client):
    poetry = SubjectFactory(name="Poetry")
    BookFactory(title="Picked", staff_pick=True, subjects=[poetry])
    BookFactory(title="Newest")
    BookFactory(title="Hidden", staff_pick=True, active=False)

    response = client.get("/")

    assert [book.title for book in response.context["picks"]] == ["Picked"]
    assert [book.title for book in response.context["arrivals"]] == ["Newest", "Picked"]
    assert reverse("catalog:books") + "?subject=poetry" in response.content.decode()
    assert "Hidden" not in text(response)


def test_an_empty_shop_has_a_home_page(client):
    response = client.get("/")

    assert response.status_code == 200
    assert client.get(BOOKS).status_code == 200


# -- List ------------------------------------------------------------------------------------------------------------


def test_the_list_shows_what_a_shopper_needs_to_choose(client):
    BookFactory(title="Emma", contributors=["Jane Austen"], price="8.50", stock=2)
    BookFactory(title="Gone", stock=0)

    page = text(client.get(BOOKS))

    assert "2 books" in page
    assert "Emma Jane Austen Paperback £8.50 Only 2 left" in page
    assert "Sold out" in page


def test_a_book_that_is_not_for_sale_is_nowhere(client):
    book = BookFactory(active=False)

    assert titles(client.get(BOOKS)) == []
    assert client.get(book.get_absolute_url()).status_code == 404


def test_subjects_widen_and_formats_and_stock_narrow(client):
    poetry, plays = SubjectFactory(name="Poetry"), SubjectFactory(name="Plays")
    BookFactory(title="Ode", subjects=[poetry], format="hardback")
    BookFactory(title="Verse drama", subjects=[poetry, plays], format="hardback")
    BookFactory(title="Farce", subjects=[plays], format="hardback", stock=0)
    BookFactory(title="Sonnets", subjects=[poetry])
    BookFactory(title="Novel")

    assert titles(client.get(BOOKS, {"subject": "poetry"})) == ["Ode", "Sonnets", "Verse drama"]
    both = {"subject": ["poetry", "plays"], "format": "hardback"}
    assert titles(client.get(BOOKS, both)) == ["Farce", "Ode", "Verse drama"]
    assert titles(client.get(BOOKS, both | {"in_stock": "1"})) == ["Ode", "Verse drama"]


def test_what_narrows_the_list_is_shown_and_can_be_taken_away(client):
    BookFactory(title="Ode", subjects=[SubjectFactory(name="Poetry")])

    response = client.get(BOOKS, {"q": "ode", "subject": "poetry", "in_stock": "1", "page": "1"})

    assert [(option.name, option.url) for option in response.context["applied"]] == [
        ("“ode”", "/books/?subject=poetry&in_stock=1"),
        ("Poetry", "/books/?q=ode&in_stock=1"),
        ("In stock only", "/books/?q=ode&subject=poetry"),
    ]
    assert "Clear all" in text(response)


def test_counts_of_subjects_are_shown_while_they_are_true(client):
    poetry = SubjectFactory(name="Poetry")
    BookFactory.create_batch(3, subjects=[poetry])
    BookFactory(subjects=[poetry], active=False)
    SubjectFactory(name="Empty")

    everything = client.get(BOOKS).context["subject_options"]
    searched = client.get(BOOKS, {"q": "book"}).context["subject_options"]

    assert [(option.name, option.books) for option in everything] == [("Poetry", 3)]
    assert [(option.name, option.books) for option in searched] == [("Poetry", None)]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("title", ["Alpha", "The Beta", "Gamma"]),
        ("author", ["Gamma", "Alpha", "The Beta"]),
        ("price", ["The Beta", "Gamma", "Alpha"]),
        ("newest", ["Gamma", "The Beta", "Alpha"]),
        ("relevance", ["Alpha", "The Beta", "Gamma"]),
        ("nonsense", ["Alpha", "The Beta", "Gamma"]),
    ],
)
def test_the_list_can_be_sorted(client, sort, expected):
    BookFactory(title="Alpha", contributors=["Zoë Bell"], price=30)
    BookFactory(title="The Beta", contributors=["Ann Clark"], price=10)
    BookFactory(title="Gamma", contributors=["Émile Adam"], price=20)

    assert titles(client.get(BOOKS, {"sort": sort})) == expected


def test_a_search_shows_the_best_match_first_and_can_be_sorted_too(client):
    BookFactory(title="Aunt of Emma")
    BookFactory(title="Emma")

    assert titles(client.get(BOOKS, {"q": "emma"})) == ["Emma", "Aunt of Emma"]
    assert titles(client.get(BOOKS, {"q": "emma", "sort": "title"})) == ["Aunt of Emma", "Emma"]


@pytest.mark.parametrize("typed", ["9780141439518", "978-0-14-143951-8", " 0141439513 "])
def test_an_isbn_leads_straight_to_its_book(client, typed):
    book = BookFactory(isbn13="9780141439518")

    response = client.get(BOOKS, {"q": typed, "subject": "whatever"})

    assert response.status_code == 302
    assert response.url == book.get_absolute_url()


def test_an_isbn_that_we_do_not_sell_is_named(client):
    page = text(client.get(BOOKS, {"q": "978-0-14-143951-8"}))

    assert "We do not sell the book with the ISBN 9780141439518" in page


def test_a_search_without_result_helps_on(client):
    BookFactory(subjects=[SubjectFactory(name="Poetry")])

    response = client.get(BOOKS, {"q": "<b>xyzzy</b>"})

    assert "No book has every word of “&lt;b&gt;xyzzy&lt;/b&gt;”" in text(response)
    assert "?subject=poetry" in response.content.decode()


def test_the_list_has_numbered_pages(client):
    BookFactory.create_batch(ON_A_PAGE * 2 + 1, contributors=[])

    last = client.get(BOOKS, {"page": "3", "sort": "newest"})

    assert len(titles(last)) == 1
    assert "49 books – page 3 of 3" in text(last)
    assert 'href="/books/?sort=newest&amp;page=2"' in last.content.decode()
    assert "Next page" not in text(last)


def test_a_page_behind_the_last_one_leads_to_the_last_one(client):
    BookFactory.create_batch(ON_A_PAGE + 1, contributors=[])

    beyond = client.get(BOOKS, {"page": "99", "sort": "price"})
    empty = client.get(BOOKS, {"page": "2", "q": "xyzzy"})

    assert (beyond.status_code, beyond.url) == (302, "/books/?sort=price&page=2")
    assert (empty.status_code, empty.url) == (302, "/books/?q=xyzzy")


def test_a_remembered_total_does_not_hide_new_books(client):
    BookFactory.create_batch(ON_A_PAGE, contributors=[])
    client.get(BOOKS)
    BookFactory(title="zzz")

    second = client.get(BOOKS, {"page": 2})

    assert titles(second) == ["zzz"]
    assert second.context["page"].paginator.num_pages == 2


def test_a_remembered_total_does_not_outlive_the_books(client):
    BookFactory()
    client.get(BOOKS)
    Book.objects.update(active=False)

    assert "Nothing found" in text(client.get(BOOKS))


@pytest.mark.parametrize(
    "query",
    [
        "page=0", "page=-3", "page=abc", "page=", "page=²", "page=%00", "page=99999999999999999999999", "page=1e3",
        "sort=%00", "subject=%00", "subject=nope&subject=" + "x" * 5000, "format=ebook", "in_stock=yes",
        "q=%00", "q=%00emma%00", "q=" + "x" * 5000, "q=" + "a+" * 3000, "q=%25%27%22--", "q=!!!", "q=%F0%9F%93%9A",
        "q=%ff%fe", "q=emma&q=%00", "unknown=1", "q=9780141439519",
    ],
)  # fmt: skip
def test_nonsense_in_the_address_is_no_error(client, query):
    BookFactory(title="Emma")

    response = client.get(f"{BOOKS}?{query}", follow=True)

    assert response.status_code == 200


# -- Book page -------------------------------------------------------------------------------------------------------


def test_a_book_page_says_it_all(client):
    book = BookFactory(
        title="Emma", subtitle="A novel", contributors=["Jane Austen"], subjects=[SubjectFactory(name="Novels")],
        price="8.50", isbn13="9780141439518", pages=474, first_published=1815, description="A match is made.",
        staff_note="Read it twice.",
    )  # fmt: skip

    response = client.get(book.get_absolute_url())

    page = text(response)
    for fact in (
        "Emma A novel",
        "£8.50",
        "In stock",
        "978-0-14-143951-8",
        "Paperback, 474 pages",
        "Endpapers Press",
    ):
        assert fact in page
    for fact in (
        "1815",
        "English",
        "A match is made.",
        "Read it twice.",
        "You choose the delivery at checkout",
    ):
        assert fact in page
    html = response.content.decode()
    assert '<a href="/books/?q=Jane%20Austen">Jane Austen</a>' in html
    assert '<a href="/books/?subject=novels">Novels</a>' in html
    assert f'action="{reverse("cart:add", args=[book.pk])}"' in html


def test_the_last_copies_are_announced(client):
    assert "Only 2 left" in text(client.get(BookFactory(stock=2).get_absolute_url()))
    assert "left" not in text(client.get(BookFactory(stock=20).get_absolute_url())).partition("About")[0]


def test_a_book_that_is_sold_out_says_so_and_has_no_dead_button(client):
    response = client.get(BookFactory(stock=0).get_absolute_url())

    assert "Sold out." in text(response)
    assert "Add to cart" not in text(response)
    assert "cart/add" not in response.content.decode()


def test_books_that_share_most_subjects_stand_below(client):
    novels, love = SubjectFactory(name="Novels"), SubjectFactory(name="Love")
    book = BookFactory(title="Emma", subjects=[novels, love])
    BookFactory(title="Persuasion", subjects=[novels, love])
    BookFactory(title="Hidden", subjects=[novels, love], active=False)
    BookFactory(title="Cookery")
    BookFactory.create_batch(8, subjects=[love])

    similar = client.get(book.get_absolute_url()).context["similar"]

    assert len(similar) == 6
    assert "Persuasion" in [other.title for other in similar]
    assert not {"Emma", "Hidden", "Cookery"} & {other.title for other in similar}


def test_similar_books_are_compared_once_in_a_while(client, django_assert_num_queries):
    novels = SubjectFactory(name="Novels")
    book, other, lonely = BookFactory(subjects=[novels]), BookFactory(subjects=[novels]), BookFactory()
    for one in (book, lonely):
        client.get(one.get_absolute_url())

    with django_assert_num_queries(1) as statements:
        again = client.get(book.get_absolute_url())
        assert "catalog_book_subjects" not in statements[0]["sql"]
    alone = client.get(lonely.get_absolute_url())
    Book.objects.filter(pk=other.pk).update(active=False)

    assert (again.context["similar"], alone.context["similar"]) == ([other], [])
    assert client.get(book.get_absolute_url()).context["similar"] == []


def test_search_engines_read_the_book(client):
    book = BookFactory(title="</script><script>alert('x')</script> & so on", price=Decimal("8.50"), stock=0)

    html = client.get(book.get_absolute_url()).content.decode()

    [data] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    facts = json.loads(data)
    assert facts["name"] == book.title
    assert facts["isbn"] == book.isbn13
    assert facts["author"] == [{"@type": "Person", "name": book.byline}]
    assert facts["offers"] == {
        "@type": "Offer",
        "price": "8.50",
        "priceCurrency": "GBP",
        "availability": "https://schema.org/SoldOut",
        "url": f"http://testserver{book.get_absolute_url()}",
    }
    assert "<script>alert" not in html


def test_there_is_no_page_for_an_unknown_book(client):
    assert client.get("/books/no-such-book/").status_code == 404


# -- All of them -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_pages_are_only_read(client, method):
    for url in ("/", BOOKS, BookFactory().get_absolute_url()):
        assert getattr(client, method)(url).status_code == 405


def test_pages_are_kept_by_nobody_but_the_visitor_and_sent_once(client):
    book = BookFactory()

    for url in ("/", BOOKS, book.get_absolute_url()):
        assert client.get(url).headers["Cache-Control"] == "private, no-cache"
    for url in ("/", BOOKS):
        seen = client.get(url)
        assert client.get(url, headers={"If-None-Match": seen.headers["ETag"]}).status_code == 304
