"""What a shopper reads when something went wrong."""

import pytest
from django.template.loader import get_template
from django.test import Client, override_settings
from django.urls import path


def broken(request):
    raise RuntimeError("the shelf fell over")


urlpatterns = [path("broken/", broken)]


@override_settings(ROOT_URLCONF=__name__)
def test_a_broken_page_says_whether_money_moved():
    response = Client(raise_request_exception=False).get("/broken/")

    page = " ".join(response.content.decode().split())
    assert response.status_code == 500
    assert "Unless you have seen or been mailed a confirmation, nothing was charged." in page
    assert "the shelf fell over" not in page


@pytest.mark.parametrize("page", ["400.html", "500.html"])
def test_the_pages_of_last_resort_need_nothing(page, settings):
    settings.STORAGES = {"staticfiles": {"BACKEND": "gone"}}

    html = get_template(page).render()

    assert "<h1>" in html
    assert "/static/css/base.css" in html


@pytest.mark.django_db
def test_a_page_that_does_not_exist_helps_to_find_another(client):
    response = client.get("/nothing/here/")

    page = response.content.decode()
    assert response.status_code == 404
    assert 'role="search"' in page


def test_an_unknown_host_is_refused_in_plain_words(client):
    response = client.get("/cart/", headers={"host": "evil.example"})

    assert response.status_code == 400
    assert "could not read that request" in response.content.decode()
