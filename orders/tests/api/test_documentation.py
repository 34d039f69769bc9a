"""docs/api.md: its purchase by curl is carried out word for word, and it lists every code there is."""

import ast
import re
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

from bookstore.accounts.factories import UserFactory
from bookstore.catalog.factories import BookFactory
from bookstore.launch import ADMIN_EMAIL, ADMIN_PASSWORD
from orders.factories import DeliveryMethodFactory
from orders.models import Order

DOCUMENT = settings.BASE_DIR / "docs/api.md"
SOURCES = [
    *(settings.BASE_DIR / "bookstore").glob("*/api.py"),
    *(settings.BASE_DIR / "bookstore/api").glob("*.py"),
    *(settings.BASE_DIR / "orders/api").glob("*.py"),
    settings.BASE_DIR / "cart/api.py",
    settings.BASE_DIR / "payments/webhook.py",
]
REFUSING = {"ApiError": 0, "conflict": 0, "_refusal": 0, "_unsigned": 1}
"""At which place they take the code."""


@pytest.mark.django_db(transaction=True)
def test_the_purchase_by_curl_is_carried_out_word_for_word(live_server, rates, stripe):
    UserFactory(email=ADMIN_EMAIL, password=ADMIN_PASSWORD)
    book = BookFactory(title="The Tempest")
    DeliveryMethodFactory()
    script = "\n".join(re.findall(r"^```sh\n(.*?)^```$", DOCUMENT.read_text(), flags=re.M | re.S))

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env={
            "PATH": "/usr/bin:/bin",
            "SHOP": live_server.url,
            "STRIPE": stripe.sandbox.url,
            "PUBLISHABLE_KEY": stripe.sandbox.publishable_key,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    order = Order.objects.get()
    book.refresh_from_db()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-3:] == ["COMPLETED", "CONFIRMED", "[]"]
    assert (order.status, order.total, order.payment.status) == (
        "CONFIRMED",
        2 * book.price + order.delivery_price,
        "COMPLETED",
    )
    assert book.stock == 8


def test_every_code_is_listed_and_every_listed_code_exists():
    listed = re.findall(r"^\| (?:\d{3}|any) \| `(\w+)` \|", DOCUMENT.read_text(), flags=re.M)

    assert sorted(listed) == sorted(set().union(*map(codes_in, SOURCES)))


def test_codes_are_found_wherever_they_are_made(tmp_path):
    source = tmp_path / "source.py"
    source.write_text(
        'ApiError("a", "...")\nerrors.ApiError(code="b")\nconflict("c", "")\nreturned = {"code": "d", "message": ""}\n'
        'CODES = [(KeyError, "e", "...")]\nother("f")\n'
    )

    assert codes_in(source) == {"a", "b", "c", "d", "e"}


def codes_in(path: Path) -> set[str]:
    """What ends up as `code` in an answer."""
    return {code for node in ast.walk(ast.parse(path.read_text())) for code in made_by(node)}


def made_by(node):
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in REFUSING:
            named = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
            yield from texts([*node.args[REFUSING[name] :][:1], *named])
        case ast.Dict(keys=[ast.Constant(value="code"), *_]):
            yield from texts(node.values[:1])
        case ast.Tuple(elts=[_, ast.Constant(value=str(code)), ast.Constant(value=str())]) if code.islower():
            yield code


def texts(nodes):
    return [node.value for node in nodes if isinstance(node, ast.Constant)]
