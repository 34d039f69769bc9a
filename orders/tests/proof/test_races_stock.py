"""Two hundred shoppers who all want the same ten copies, over and over."""

from dataclasses import dataclass, field

import pytest

from bookstore.catalog.factories import BookFactory
from cart.models import Cart, CartLine
from orders.factories import ADDRESS, DeliveryMethodFactory
from orders.models import Order
from orders.placing import NotAvailable, Quote
from orders.tests.ledger import books_add_up

from .racing import Crowd, failures, until_lost
from .racing_unguarded import books_unguarded

pytestmark = [
    pytest.mark.proof,
    pytest.mark.postgres,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]

SHOPPERS, COPIES = 200, 10


@dataclass
class Sale:
    """What became of the rounds, each over one book."""

    attempts: int = 0
    told: int = 0
    sold: list[int] = field(default_factory=list)
    surprises: list[Exception] = field(default_factory=list)

    @property
    def oversold(self) -> int:
        return sum(max(0, copies - COPIES) for copies in self.sold)


def sell(crowd, rounds):
    sale, delivery = Sale(), DeliveryMethodFactory()
    for _ in range(rounds):
        book = BookFactory(stock=COPIES)
        outcomes = crowd.at_once([ordering(cart, delivery) for cart in carts_with(book)])
        sale.attempts += len(outcomes)
        sale.told += sum(isinstance(outcome, NotAvailable) for outcome in outcomes)
        sale.surprises += failures(outcomes, NotAvailable)
        sale.sold.append(Order.objects.filter(lines__book=book, status=Order.Status.PENDING).count())
    return sale


def carts_with(book):
    carts = Cart.objects.bulk_create(Cart() for _ in range(SHOPPERS))
    CartLine.objects.bulk_create(
        CartLine(cart=cart, book=book, quantity=1, price_when_added=book.price) for cart in carts
    )
    return carts


def ordering(cart, delivery):
    """What the review page does, with the total that the shopper saw before everybody pressed the button."""
    total = Quote.of(cart.lines_with_books, delivery).total
    agreed = {"email": "ada@example.com", "address": ADDRESS, "delivery": delivery, "agreed_total": total}
    return lambda: Order.objects.place(cart, **agreed)


def test_two_hundred_shoppers_get_ten_copies(scale, figure, monkeypatch):
    with Crowd(SHOPPERS) as crowd:
        sale = sell(crowd, rounds=scale(short=1, long=50))
        assert books_add_up()
        with monkeypatch.context() as patch:
            books_unguarded(patch)
            oversold, after = until_lost(lambda: sell(crowd, rounds=1).oversold)

    assert set(sale.sold) == {COPIES}
    assert sale.surprises == []
    assert sale.told == sale.attempts - len(sale.sold) * COPIES
    assert not books_add_up()
    figure(
        f"{SHOPPERS} shoppers at once for {COPIES} copies",
        tried=f"{sale.attempts} attempts on {SHOPPERS} threads in {len(sale.sold)} rounds",
        control=f"{oversold} copies oversold in {after * SHOPPERS} attempts",
    )
