"""What every page has: landmarks, a way past the header, a title, the way to help."""

import gzip
import re

import pytest
from django.conf import settings

pytestmark = pytest.mark.django_db

PAGES = ["/cart/", "/account/sign-in/", "/account/sign-up/", "/account/password/forgotten/", "/nothing/here/"]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_one_heading_of_the_first_rank_a_language_and_a_title_that_ends_in_the_shop(client, page):
    html = client.get(page).content.decode()

    assert len(re.findall("<h1[ >]", html)) == 1
    assert '<html lang="en-GB">' in html
    assert re.search(r"<title>[^<]+ – Endpapers</title>", html)


@pytest.mark.parametrize("page", PAGES)
def test_the_first_link_leads_past_the_header(client, page):
    html = client.get(page).content.decode()

    assert re.search("<a [^>]*>", html).group() == '<a class="skip-link" href="#main">'
    assert '<main id="main"' in html


@pytest.mark.parametrize("page", PAGES)
def test_search_and_help_are_on_every_page(client, page):
    html = client.get(page).content.decode()

    assert '<label class="visually-hidden" for="search">' in html
    assert 'id="help"' in html
    assert "mailto:orders@bookstore.example" in html


def test_what_was_searched_for_stays_in_the_box_and_is_never_markup(client):
    html = client.get("/cart/", {"q": '"><script>'}).content.decode()

    assert 'value="&quot;&gt;&lt;script&gt;"' in html


def test_a_page_without_a_cart_needs_no_database(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get("/account/sign-in/")


def test_the_stylesheets_stay_light():
    styles = b"".join(
        path.read_bytes() for path in sorted((settings.BASE_DIR / "static" / "css").glob("*.css"))
    )

    assert len(gzip.compress(styles)) < 12 * 1024
