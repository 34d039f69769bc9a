"""What the news of a payment does to the order, the books and the cart."""

import pytest
import requests
from django.core import mail

from bookstore.accounts.factories import UserFactory
from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import Book
from cart.factories import CartFactory, CartLineFactory
from cart.models import Cart
from orders import acceptance
from orders.factories import place_order
from orders.models import Order
from payments import gateway, intents
from payments.models import Payment

from .ledger import books_add_up

pytestmark = pytest.mark.django_db

DECLINED = "pm_card_chargeDeclined"


@pytest.fixture
def order(stripe):
    """One of three copies, its payment open at Stripe."""
    placed = place_order(BookFactory(stock=3))
    intents.ensure(placed.payment)
    return placed


def pay(stripe, order, card="pm_card_visa"):
    """The card is tried, and Stripe tells us."""
    stripe.sandbox.pay(order.payment.stripe_payment_id, card)
    stripe.deliver()
    order.refresh_from_db()
    order.payment.refresh_from_db()


def cart_of(order):
    return dict(order.cart.lines.values_list("book_id", "quantity"))


def test_a_success_confirms_the_order_and_empties_the_cart(stripe, order):
    pay(stripe, order)

    assert (order.status, order.payment.status) == ("CONFIRMED", "COMPLETED")
    assert (order.hold_expires_at, order.confirmed_at is None) == (None, False)
    assert cart_of(order) == {}
    assert [event.kind for event in order.events.all()] == ["placed", "confirmed"]
    assert books_add_up()


def test_what_was_added_after_the_order_stays_in_the_cart(stripe, order):
    book = order.lines.get().book
    order.cart.lines.update(quantity=3)
    added = CartLineFactory(cart=order.cart, quantity=2)

    pay(stripe, order)

    assert cart_of(order) == {book.pk: 2, added.book_id: 2}


def test_the_cart_is_emptied_once_however_often_the_success_is_told(stripe, order):
    pay(stripe, order)
    again = CartLineFactory(cart=order.cart, book=order.lines.get().book)

    stripe.deliver(stripe.events())
    acceptance.empty_due_carts()
    intents.refresh(order.payment)

    assert cart_of(order) == {again.book_id: 1}


def test_emptying_a_cart_once_more_does_nothing(stripe, order):
    pay(stripe, order)
    CartLineFactory(cart=order.cart, book=order.lines.get().book)

    assert acceptance.empty_cart(order) is False
    assert len(cart_of(order)) == 1


def test_the_books_leave_the_users_cart_when_the_guest_signed_in_meanwhile(stripe, order):
    users = CartFactory(user=UserFactory())
    kept = CartLineFactory(cart=users)
    users.merge(order.cart)

    pay(stripe, order)

    assert list(users.lines.values_list("book", flat=True)) == [kept.book_id]


def test_a_cart_that_is_gone_does_not_stand_in_the_way(stripe, order):
    Cart.objects.all().delete()

    pay(stripe, order)

    assert order.status == Order.Status.CONFIRMED
    assert order.cart_emptied_at is not None


@pytest.mark.parametrize(
    "card", [DECLINED, "pm_card_visa_chargeDeclinedInsufficientFunds", "pm_card_chargeDeclinedExpiredCard"]
)
def test_a_declined_card_leaves_order_hold_and_cart_as_they_are(stripe, order, card):
    hold, cart = order.hold_expires_at, cart_of(order)

    pay(stripe, order, card)

    assert (order.status, order.payment.status) == ("PENDING", "FAILED")
    assert (order.hold_expires_at, cart_of(order)) == (hold, cart)
    assert Book.objects.get().stock == 2
    assert mail.outbox == []


def test_every_decline_is_in_the_history_in_the_shoppers_words(stripe, order):
    pay(stripe, order, "pm_card_visa_chargeDeclinedInsufficientFunds")
    pay(stripe, order, "pm_card_chargeDeclinedExpiredCard")
    stripe.deliver(stripe.events("payment_intent.payment_failed"))

    texts = [event.text for event in order.events.filter(kind="payment_failed")]

    assert texts == [
        "There is not enough money on this card. Try another card.",
        "This card has expired. Check the expiry date, or try another card.",
    ]


def test_after_a_decline_the_same_intent_can_be_paid(stripe, order):
    intent = order.payment.stripe_payment_id
    pay(stripe, order, DECLINED)
    pay(stripe, order)

    assert order.status == Order.Status.CONFIRMED
    assert order.payment.stripe_payment_id == intent
    assert len(stripe.sandbox.intents()) == 1


def test_a_late_decline_does_not_undo_a_success(stripe, order):
    stripe.sandbox.pay(order.payment.stripe_payment_id, DECLINED)
    stripe.sandbox.pay(order.payment.stripe_payment_id)

    stripe.deliver(reversed(stripe.events()))

    order.refresh_from_db()
    assert order.status == Order.Status.CONFIRMED
    assert not order.events.filter(kind="payment_failed").exists()


def test_a_payment_canceled_at_stripe_ends_the_order_and_keeps_the_cart(stripe, order):
    cart = cart_of(order)
    gateway.cancel_intent(order.payment.stripe_payment_id)
    stripe.deliver()

    order.refresh_from_db()
    assert (order.status, order.cancel_reason) == ("CANCELED", "payment_canceled")
    assert (cart_of(order), Book.objects.get().stock) == (cart, 3)


def test_a_cart_that_cannot_be_emptied_does_not_undo_the_payment(stripe, order, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(Cart, "take_out", _raise)
        pay(stripe, order)

    assert order.status == Order.Status.CONFIRMED
    assert (order.cart_emptied_at, len(cart_of(order))) == (None, 1)
    Order.objects.update(confirmed_at=order.placed_at - acceptance.GRACE)
    assert acceptance.empty_due_carts() == 1
    assert cart_of(order) == {}


def test_one_cart_that_cannot_be_emptied_does_not_keep_the_others_full(monkeypatch, caplog):
    broken, fine = place_order(), place_order()
    for order in (broken, fine):
        order.confirm()
    Order.objects.update(confirmed_at=broken.placed_at - acceptance.GRACE)
    take_out = Cart.take_out
    monkeypatch.setattr(
        Cart,
        "take_out",
        lambda cart, books: _raise() if cart.pk == broken.cart_id else take_out(cart, books),
    )

    assert acceptance.empty_due_carts() == 1
    assert (len(cart_of(broken)), cart_of(fine)) == (1, {})
    assert str(broken.pk) in caplog.text


def test_a_refund_from_the_dashboard_is_in_the_history_and_leaves_the_order(stripe, order):
    pay(stripe, order)

    requests.post(
        f"{stripe.sandbox.url}/v1/refunds",
        data={"payment_intent": order.payment.stripe_payment_id, "amount": 300},
        auth=(stripe.sandbox.secret_key, ""),
        timeout=30,
    )
    stripe.deliver()

    order.refresh_from_db()
    assert order.status == Order.Status.CONFIRMED
    assert order.events.last().text == "£3.00: Refunded, Made in Stripe's dashboard"


def test_a_payment_in_the_banks_hands_leaves_everything_as_it_is(stripe, order):
    stripe.sandbox.faults.delay_next()
    pay(stripe, order)

    assert (order.status, order.payment.status) == (Order.Status.PENDING, Payment.Status.PROCESSING)
    assert len(cart_of(order)) == 1


def _raise(*args, **kwargs):
    raise RuntimeError("the cart is broken")
