from xml.etree import ElementTree

import pytest
from django.urls import reverse

from bookstore.catalog.covers import draw
from bookstore.catalog.covers.motifs import MOTIFS
from bookstore.catalog.covers.palettes import PALETTES
from bookstore.catalog.covers.typesetting import fitted, width_of
from bookstore.catalog.factories import BookFactory
from bookstore.catalog.isbn import isbn13_from

SVG = "{http://www.w3.org/2000/svg}"


def words_on(svg):
    return " ".join(text.text for text in ElementTree.fromstring(svg).iter(f"{SVG}text"))


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_cover_is_always_the_same():
    assert draw("9780141439518", "Emma", "Jane Austen") == draw("9780141439518", "Emma", "Jane Austen")


@pytest.mark.parametrize("number", range(96))
def test_every_cover_is_an_svg_with_title_and_author(number):
    svg = draw(isbn13_from(number * 7919), "Pride and Prejudice", "Jane Austen")

    assert words_on(svg) == "Pride and Prejudice JANE AUSTEN"
    assert ElementTree.fromstring(svg).get("viewBox") == "0 0 300 450"
    assert len(svg) < 7000


def test_neighbours_in_a_run_of_isbns_wear_different_colours():
    grounds = [draw(isbn13_from(n), "T", "").partition('fill="')[2][:7] for n in range(12)]

    assert len(set(grounds)) == len(PALETTES) == 12
    assert len(MOTIFS) == 8


@pytest.mark.parametrize("palette", PALETTES)
def test_letters_stand_out_from_the_cloth(palette):
    dark, light = sorted([luminance(palette.cloth), luminance(palette.ink)])

    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_whatever_stands_in_a_title_is_shown_as_text():
    svg = draw("9780141439518", '<script>alert("1")</script> & ]]>', "</text><image href=x>")

    assert {element.tag for element in ElementTree.fromstring(svg).iter()} <= {
        f"{SVG}{tag}"
        for tag in ("svg", "title", "defs", "linearGradient", "stop", "path", "g", "text", "circle")
    }
    assert "<script" not in svg


@pytest.mark.parametrize(
    "title",
    ["A", "Donaudampfschifffahrtsgesellschaft" * 3, "word " * 60, "W" * 250, "红楼梦" * 20, "", "   "],
)
def test_titles_of_any_length_stay_within_the_cover(title):
    setting = fitted(title, width=184, height=170, sizes=range(34, 11, -1))

    assert setting.height <= 170
    assert all(width_of(line, setting.size) <= 184 for line in setting.lines)


@pytest.mark.django_db
def test_a_cover_is_served_for_ever_and_can_do_no_harm(client):
    book = BookFactory()

    response = client.get(book.cover_url)

    assert response.headers["Content-Type"] == "image/svg+xml"
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "Vary" not in response.headers
    assert words_on(response.content).startswith(book.title)


@pytest.mark.django_db
def test_a_new_title_has_a_new_address_and_a_new_cover(client):
    book = BookFactory(title="Old")
    client.get(old := book.cover_url)
    book.title = "New"
    book.save()

    response = client.get(book.cover_url)

    assert book.cover_url != old
    assert words_on(response.content).startswith("New")
    assert "immutable" not in client.get(old).headers["Cache-Control"]


@pytest.mark.django_db
def test_a_cover_costs_one_statement_and_then_none(client, django_assert_num_queries):
    book = BookFactory()

    with django_assert_num_queries(1):
        client.get(book.cover_url)
    with django_assert_num_queries(0):
        client.get(book.cover_url)


@pytest.mark.django_db
@pytest.mark.parametrize("isbn13", ["9780141439518", "0000000000000"])
def test_no_book_no_cover(client, isbn13):
    assert client.get(reverse("catalog:cover", args=[isbn13])).status_code == 404


@pytest.mark.django_db
def test_covers_are_only_read(client):
    assert client.post(BookFactory().cover_url).status_code == 405
