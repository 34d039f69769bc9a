"""How long staff wait for a list: whole pages, from the request to the last byte, with the queries that they take."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from .measuring import Shop, fastest

GOAL = 1.0
"""Seconds for any of the pages."""


def measure(shop: Shop) -> Iterator[str]:
    client, slowest = _owner(), 0.0
    for name, address in _pages():
        opened = partial(_open, client, address)
        taken, queries = fastest(opened), _queries(opened)
        slowest = max(slowest, taken)
        yield f"{name:<34} {taken:6.2f} s, {taken / shop.scanned:.2f} of reading all rows, {queries} queries"
    yield shop.against(GOAL, slowest)


def _pages() -> Iterator[tuple[str, str]]:
    from orders.models import Order, OrderLine

    order = Order.objects.select_related("payment").order_by("pk")[len(FILTERS)]
    isbn = OrderLine.objects.values_list("isbn13", flat=True)[0]
    orders = "/admin/orders/order/"
    for query in FILTERS:
        yield f"orders {query}", orders + query
    for what, word in (
        ("number", order.number),
        ("e-mail", order.email),
        ("ISBN", isbn),
        ("intent", order.payment.stripe_payment_id),
    ):
        yield f"orders by {what}", f"{orders}?q={word}"
    yield "the last page of orders", f"{orders}?p={Order.objects.count() // 50}"
    yield "one order", f"{orders}{order.pk}/change/"
    yield "low stock", "/admin/catalog/book/low-stock/"
    yield "Stripe's events", "/admin/payments/stripeevent/"


FILTERS = (
    "",
    "?status__exact=CONFIRMED",
    "?payment__status__exact=FAILED",
    "?attention=yes",
    "?total=50-100",
)


def _owner() -> Any:
    from django.test import Client

    from bookstore.accounts.factories import StaffFactory

    client = Client()
    owner: Any = StaffFactory()
    client.force_login(owner)
    return client


def _open(client: Any, address: str) -> None:
    answer = client.get(address, follow=True)
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answers {answer.status_code}")


def _queries(act: Any) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        act()
    return len(queries)
