"""schemathesis asks the running shop whatever its description allows, and what it forbids: every answer must fit it.

`make fuzz-api` asks longer: at least 10,000 requests.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.signals import request_started

from bookstore.accounts.factories import PASSWORD, UserFactory
from bookstore.api import examples
from bookstore.catalog.factories import BookFactory
from cart.factories import CartFactory, CartLineFactory
from orders.factories import DeliveryMethodFactory, filled_cart, place_order

EXAMPLES = int(os.environ.get("API_FUZZ_EXAMPLES", "3"))
"""Cases for each operation and phase."""

LONG_RUN = 950
GENERATION = ["--generation-database=none"] if EXAMPLES >= LONG_RUN else ["--generation-deterministic"]
"""A change is judged by the same requests each time; the long run looks for new ones."""


@pytest.fixture
def requests():
    """How many came; at [0]."""
    count = [0]

    def one_more(**kwargs):
        count[0] += 1

    request_started.connect(one_more)
    yield count
    request_started.disconnect(one_more)


@pytest.fixture
def shop(live_server, rates, stripe):
    """Ada's account, cart and orders, and how a program gets at them."""
    ada = UserFactory(email="ada@example.com")
    books = [BookFactory(isbn13=examples.ISBN, stock=500), *BookFactory.create_batch(30, stock=500)]
    CartLineFactory(cart=CartFactory(user=ada), book=books[0], quantity=2)
    DeliveryMethodFactory()
    orders = [place_order(books[1], user=ada, cart=filled_cart(books[1])) for _ in range(8)]
    return {
        "FUZZ_SHOP": live_server.url,
        "FUZZ_CREDENTIALS": json.dumps({"email": ada.email, "password": PASSWORD}),
        "FUZZ_THERE": json.dumps(
            {"order_id": [str(order.pk) for order in orders], "isbn": [book.isbn13 for book in books]}
        ),
    }


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_every_answer_fits_the_description(shop, requests, stripe, settings, tmp_path):
    run = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")), "run", f"{shop['FUZZ_SHOP']}/api/schema",
            "--checks=all", f"--max-examples={EXAMPLES}", "--continue-on-failure", "--no-color",
            "--request-timeout=60", *GENERATION,
        ],
        env=os.environ
        | shop
        | {"SCHEMATHESIS_HOOKS": "bookstore.testing.fuzz_hooks", "PYTHONPATH": str(settings.BASE_DIR)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip

    print(run.stdout, f"{requests[0]} requests, {len(stripe.sandbox.intents())} payments opened")
    assert run.returncode == 0, run.stdout + run.stderr
    assert requests[0] > (10_000 if EXAMPLES >= LONG_RUN else 500)
    assert stripe.sandbox.intents()  # so it came as far as the payment
