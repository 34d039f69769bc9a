"""`manage.py check` on the shop's address."""

import pytest

from bookstore.checks import NOT_PUBLIC, site_url


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://shop.example", []),
        ("https://shop.example:8443", []),
        ("http://shop.example", [NOT_PUBLIC]),
        ("http://localhost:8000", [NOT_PUBLIC]),
        ("https://localhost", [NOT_PUBLIC]),
        ("https://127.0.0.1:8000", [NOT_PUBLIC]),
        ("https://[::1]", [NOT_PUBLIC]),
        ("shop.example", [NOT_PUBLIC]),
        ("https://", [NOT_PUBLIC]),
    ],
)
def test_mails_of_a_real_shop_lead_to_its_public_address(settings, address, said):
    settings.DEBUG = False
    settings.SITE_URL = address

    assert [message.id for message in site_url()] == said


def test_a_demo_may_be_anywhere(settings):
    settings.DEBUG = True
    settings.SITE_URL = "http://localhost:8000"

    assert site_url() == []
