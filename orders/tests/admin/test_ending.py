"""Orders are canceled, paid or not, and taken up again."""

from uuid import uuid4

import pytest

from bookstore.catalog.models import Book
from orders import endings
from orders.models import Order
from orders.tests.ledger import books_add_up
from payments import intents

from .conftest import all_news, pay, stock

pytestmark = pytest.mark.django_db


def test_an_unpaid_order_is_canceled_once_stripe_has_let_go_of_it(owner, stripe, placed):
    intents.ensure(placed.payment)

    asked = owner.sends(placed, "cancel", owner.form(placed, "cancel"), reason="Rang and asked for it")
    assert "Stripe is asked first" in asked.text
    placed.refresh_from_db()
    assert placed.is_pending
    owner.confirms(asked)

    placed.refresh_from_db()
    assert (placed.status, placed.cancel_reason) == ("CANCELED", "by_staff")
    assert [intent["status"] for intent in stripe.sandbox.intents()] == ["canceled"]
    note = placed.events.get(kind="note")
    assert (note.text, note.actor) == ("Canceled: Rang and asked for it", owner.person)
    assert stock("Emma") == 4


def test_a_paid_order_is_canceled_with_its_money_and_its_books(owner, stripe, paid):
    asked = owner.sends(paid, "cancel", owner.form(paid, "cancel"), reason="Flooded cellar")
    assert "£22.93 goes back to the card" in asked.text
    owner.confirms(asked)
    all_news(stripe)

    paid.refresh_from_db()
    assert paid.status == Order.Status.CANCELED
    assert paid.events.get(kind="canceled").text == "Flooded cellar"
    assert sum(refund["amount"] for refund in stripe.sandbox.refunds()) == 2293
    assert books_add_up()


def test_an_order_that_was_paid_since_the_page_was_shown_is_asked_about_again(owner, stripe, placed):
    asked = owner.sends(placed, "cancel", owner.form(placed, "cancel"), reason="Too long")
    pay(stripe, placed)

    again = owner.confirms(asked)

    assert "The order has changed meanwhile" in again.text
    assert "£22.93 goes back" in again.text
    placed.refresh_from_db()
    assert placed.status == Order.Status.CONFIRMED


def test_money_that_came_without_our_knowing_keeps_the_order(owner, stripe, placed):
    stripe.sandbox.pay(intents.ensure(placed.payment).id)

    page = owner.does(placed, "cancel", reason="Too long")

    assert "The money has come meanwhile" in page.text
    placed.refresh_from_db()
    assert placed.status == Order.Status.CONFIRMED


def test_stripes_silence_leaves_the_order_and_what_was_typed(owner, placed, settings, no_pauses):
    intents.ensure(placed.payment)
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"

    page = owner.does(placed, "cancel", reason="Rang and asked")

    assert "Stripe could not be asked" in page.text
    assert "Rang and asked" in page.text
    placed.refresh_from_db()
    assert placed.is_pending


def test_a_reason_must_be_given(owner, paid):
    page = owner.does(paid, "cancel", reason=" ")

    assert "This field is required." in page.text


def test_an_order_whose_refund_failed_is_taken_up_again(owner, stripe, paid):
    endings.take_back(paid, key=uuid4(), reason="By mistake", actor=None)
    all_news(stripe)
    assert "/revive/" not in owner.opens(paid).text
    stripe.sandbox.fail_refund(stripe.sandbox.refunds()[0]["id"])
    all_news(stripe)

    owner.does(paid, "revive", reason="The card was closed, she wants the books")

    paid.refresh_from_db()
    assert paid.status == Order.Status.CONFIRMED
    assert "Taken up again: The card was closed" in paid.events.last().text
    assert books_add_up()


def test_an_order_whose_books_are_gone_is_not_taken_up_again(owner, stripe, paid):
    endings.take_back(paid, key=uuid4(), reason="By mistake", actor=None)
    all_news(stripe)
    stripe.sandbox.fail_refund(stripe.sandbox.refunds()[0]["id"])
    all_news(stripe)
    Book.objects.correct(Book.objects.get(title="Emma"), -4, None, note="Lost")

    page = owner.does(paid, "revive", reason="She wants the books")

    assert "Not enough copies are on the shelf: Emma." in page.text
    assert "She wants the books" in page.text
