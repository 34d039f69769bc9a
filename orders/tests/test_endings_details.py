"""Who ended an order and why, and what the other orders and the shelf notice of it: nothing more than they should."""

from decimal import Decimal
from uuid import uuid4

import pytest

from bookstore.accounts.factories import UserFactory
from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import Book, StockMovement
from bookstore.testing.worker import run_due_tasks
from orders import acceptance, endings, refunding
from orders.factories import place_order
from orders.models import Order
from orders.refunding import Wish
from payments import intents

from .ledger import books_add_up

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager():
    return UserFactory()


@pytest.fixture
def order(stripe):
    """Three copies of one book, paid; two more are on the shelf."""
    order = place_order(BookFactory(stock=5), quantity=3)
    stripe.sandbox.pay(intents.ensure(order.payment).id)
    all_news(stripe)
    order.refresh_from_db()
    return order


def all_news(stripe):
    run_due_tasks()
    stripe.deliver()
    run_due_tasks()


def refund_copies(order, number, manager, *, restock):
    copies = {order.lines.get().pk: number}
    wish = Wish(key=uuid4(), amount=Decimal("9.99") * number, why="Torn", copies=copies, restock=restock)
    refunding.refund(order, wish, actor=manager)


def movements(**of):
    return list(StockMovement.objects.filter(**of).order_by("pk").values_list("delta", "reason"))


def test_canceling_one_order_says_nothing_about_the_others():
    ended, waiting = place_order(), place_order()

    endings.cancel(ended, Order.CancelReason.BY_SHOPPER)

    waiting.refresh_from_db()
    assert (waiting.status, waiting.cancel_reason) == ("PENDING", "")


def test_the_history_names_who_took_an_order_back(stripe, order, manager):
    endings.take_back(order, key=uuid4(), reason="By mistake", actor=manager)

    assert order.events.get(kind="canceled").actor == manager
    assert order.payment.refunds.get().requested_by == manager


def test_the_history_names_who_took_an_order_up_again(stripe, order, manager):
    endings.take_back(order, key=uuid4(), reason="By mistake", actor=manager)
    all_news(stripe)
    stripe.sandbox.fail_refund(stripe.sandbox.refunds()[0]["id"])
    all_news(stripe)

    acceptance.take_up_again(order, actor=manager)

    note = order.events.get(kind="note")
    assert (note.text, note.actor) == ("Taken up again by staff", manager)


def test_the_copies_of_an_order_that_is_taken_back_are_returned(stripe, order, manager):
    endings.take_back(order, key=uuid4(), reason="By mistake", actor=manager)

    assert movements(order_id=order.pk) == [(-3, "held"), (3, "returned")]


def test_copies_that_went_back_one_by_one_do_not_go_back_again(stripe, order, manager):
    refund_copies(order, 1, manager, restock=True)
    refund_copies(order, 1, manager, restock=True)
    all_news(stripe)

    endings.take_back(order, key=uuid4(), reason="The rest is wanted elsewhere", actor=manager)

    assert Book.objects.get().stock == 5
    assert books_add_up()


def test_when_all_copies_are_back_only_money_moves(stripe, order, manager):
    refund_copies(order, 3, manager, restock=True)
    all_news(stripe)
    before = movements()

    endings.take_back(order, key=uuid4(), reason="Nothing to send", actor=manager)

    assert movements() == before


def test_copies_that_are_not_fit_for_sale_are_written_off_by_who_took_the_order_back(stripe, order, manager):
    refund_copies(order, 2, manager, restock=False)
    all_news(stripe)

    endings.take_back(order, key=uuid4(), reason="Torn", actor=manager)

    lost = StockMovement.objects.get(reason=StockMovement.Reason.CORRECTED)
    assert (lost.delta, lost.actor) == (-2, manager)
    assert lost.note == f"Not fit for sale, order {order.number}"
    assert Book.objects.get().stock == 3
