"""Money that staff send back, and where the books go."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.core import mail

from bookstore.accounts.factories import UserFactory
from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import Book
from bookstore.testing.worker import run_due_tasks
from orders import acceptance, endings, refunding, shipping
from orders.factories import DeliveryMethodFactory, place_order
from orders.models import Order
from orders.refunding import Wish
from payments import intents, refunds
from payments.models import Attention, Payment, Refund
from payments.stripe_objects import RefundNews
from payments.tests.news import refund_object

from .ledger import books_add_up

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager():
    return UserFactory()


@pytest.fixture
def order(stripe):
    """Two books for 9.99 each and delivery, paid; three copies of each are left on the shelf."""
    order = place_order(BookFactory(title="Emma", stock=4), BookFactory(title="Persuasion", stock=4))
    stripe.sandbox.pay(intents.ensure(order.payment).id)
    stripe.deliver()
    run_due_tasks()
    mail.outbox.clear()
    order.refresh_from_db()
    return order


def all_news(stripe):
    run_due_tasks()
    stripe.deliver()
    run_due_tasks()


def wish(amount="9.99", **more):
    return Wish(key=uuid4(), amount=Decimal(amount), why="Came damaged", **more)


def one(order, title="Emma"):
    return {order.lines.get(title=title).pk: 1}


def stock(title="Emma"):
    return Book.objects.get(title=title).stock


def test_one_book_is_refunded_and_goes_back_to_the_shelf(stripe, order, manager):
    refunding.refund(order, wish(copies=one(order), restock=True), actor=manager)
    all_news(stripe)

    refund = order.payment.refunds.get()
    assert (refund.status, refund.amount, refund.requested_by) == ("SUCCEEDED", Decimal("9.99"), manager)
    assert stock() == 4
    assert books_add_up()
    assert shipping.left_to_ship(order) == one(order, "Persuasion")
    assert refunding.left(order) == order.total - Decimal("9.99")
    assert "Came damaged" in order.events.filter(kind="refund", actor=manager).get().text
    (told,) = mail.outbox
    assert "£9.99" in told.body


def test_a_book_that_does_not_come_back_stays_sold(stripe, order, manager):
    refunding.refund(order, wish(copies=one(order)), actor=manager)

    assert stock() == 3
    assert books_add_up()


def test_a_part_of_the_money_needs_no_book(stripe, order, manager):
    refunding.refund(order, wish("2.00"), actor=manager)
    all_news(stripe)

    order.payment.refresh_from_db()
    assert order.payment.status == Payment.Status.PARTIALLY_REFUNDED
    assert len(shipping.left_to_ship(order)) == 2


def test_a_form_that_is_sent_twice_refunds_once(stripe, order, manager):
    asked = wish(copies=one(order), restock=True)

    first, second = (refunding.refund(order, asked, actor=manager) for _ in range(2))
    all_news(stripe)

    assert first == second
    assert len(stripe.sandbox.refunds()) == 1
    assert stock() == 4


@pytest.mark.parametrize("amount", ["0.00", "-1.00", "99.00"])
def test_no_more_goes_back_than_came(stripe, order, manager, amount):
    with pytest.raises(refunds.MoreThanLeft):
        refunding.refund(order, wish(amount, copies=one(order), restock=True), actor=manager)

    assert stock() == 3
    assert not Refund.objects.exists()


def test_a_copy_is_refunded_once(stripe, order, manager):
    refunding.refund(order, wish(copies=one(order), restock=True), actor=manager)

    with pytest.raises(refunding.NotToRefund):
        refunding.refund(order, wish(copies=one(order), restock=True), actor=manager)

    assert stock() == 4
    assert Refund.objects.count() == 1


def test_what_was_not_paid_cannot_be_refunded(stripe, manager):
    with pytest.raises(Order.WrongStatus):
        refunding.refund(place_order(), wish(), actor=manager)


# Canceling what was paid


def test_a_paid_order_is_taken_back_whole(stripe, order, manager):
    endings.take_back(order, key=uuid4(), reason="The last copy is damaged", actor=manager)
    all_news(stripe)

    order.refresh_from_db()
    order.payment.refresh_from_db()
    assert (order.status, order.cancel_reason) == ("CANCELED", "by_staff")
    assert order.payment.status == Payment.Status.REFUNDED
    assert (stock("Emma"), stock("Persuasion")) == (4, 4)
    assert books_add_up()
    assert order.events.get(kind="canceled").text == "The last copy is damaged"
    (told,) = mail.outbox
    assert "canceled" in told.subject
    assert "£22.93" in told.body


def test_taking_back_twice_refunds_once(stripe, order, manager):
    key = uuid4()
    for _ in range(2):
        endings.take_back(order, key=key, reason="Twice", actor=manager)
    all_news(stripe)

    assert len(stripe.sandbox.refunds()) == 1
    assert Refund.objects.get().request_key == key
    assert stock() == 4
    assert len(mail.outbox) == 1


def test_after_a_partial_refund_the_rest_goes_back(stripe, order, manager):
    refunding.refund(order, wish("9.00", copies=one(order)), actor=manager)
    all_news(stripe)
    endings.take_back(order, key=uuid4(), reason="Sold out", actor=manager)
    all_news(stripe)

    order.payment.refresh_from_db()
    assert order.payment.status == Payment.Status.REFUNDED
    assert stock("Emma") == 3  # it was not fit for sale
    assert stock("Persuasion") == 4
    assert books_add_up()


def test_an_order_that_was_shipped_in_part_is_not_canceled(stripe, order, manager):
    shipping.ship(order, one(order), key=uuid4())

    with pytest.raises(Order.WrongStatus):
        endings.take_back(order, key=uuid4(), reason="Too late", actor=manager)

    assert not Refund.objects.exists()


def test_a_free_order_is_taken_back_without_money(manager):
    order = place_order(BookFactory(price=0), delivery=DeliveryMethodFactory(price=0))

    endings.take_back(order, key=uuid4(), reason="By mistake", actor=manager)

    order.refresh_from_db()
    assert order.status == Order.Status.CANCELED
    assert books_add_up()


# Taking up again


def test_an_order_whose_refund_failed_can_be_taken_up_again(stripe, order, manager):
    endings.take_back(order, key=uuid4(), reason="By mistake", actor=manager)
    all_news(stripe)
    stripe.sandbox.fail_refund(stripe.sandbox.refunds()[0]["id"])
    all_news(stripe)

    assert acceptance.take_up_again(order, actor=manager)
    assert not acceptance.take_up_again(order, actor=manager)

    order.refresh_from_db()
    assert order.status == Order.Status.CONFIRMED
    assert books_add_up()
    assert Attention.objects.get().settlement == "The order was taken up again"


def bank_refuses(stripe):
    """The refund that was asked for last arrives nowhere."""
    stripe.sandbox.fail_refund(Refund.objects.latest("created_at").stripe_refund_id)
    all_news(stripe)


def goes_on_after_all(stripe, order, manager):
    """Canceled, but its money does not go back, and so it is taken up again."""
    endings.take_back(order, key=uuid4(), reason="By mistake", actor=manager)
    all_news(stripe)
    bank_refuses(stripe)
    acceptance.take_up_again(order, actor=manager)


def test_the_shopper_is_told_of_every_turn(stripe, order, manager):
    """And of each one once: canceled, taken up again, and canceled again with what went back before taken off."""
    mail.outbox.clear()
    goes_on_after_all(stripe, order, manager)
    all_news(stripe)
    refunding.refund(order, wish("2.93"), actor=manager)
    all_news(stripe)
    endings.take_back(order, key=uuid4(), reason="The last copy is torn", actor=manager)
    all_news(stripe)

    canceled, confirmed, refunded, again = mail.outbox
    assert "canceled" in canceled.subject
    assert "£22.93 go back" in canceled.body
    assert "confirmed" in confirmed.subject
    for part in (confirmed.body, confirmed.alternatives[0].content):
        assert "goes on after all" in part
    assert "£2.93" in refunded.body
    assert again.subject == canceled.subject
    revived, said = order.events.get(kind="revived"), order.events.get(text="Taken up again by staff")
    assert revived.text == "The money stayed with the shop; the books were still there"
    assert order.mails.get(kind="confirmation", about=str(said.pk)).sent_at
    for part in (again.body, again.alternatives[0].content):
        assert "£20.00 go back" in part


def test_a_canceled_order_whose_money_had_gone_back_speaks_of_no_money(stripe, order, manager):
    refunding.refund(order, wish(order.total), actor=manager)
    all_news(stripe)
    mail.outbox.clear()

    endings.take_back(order, key=uuid4(), reason="As she asked", actor=manager)
    all_news(stripe)

    (told,) = mail.outbox
    for part in (told.body, told.alternatives[0].content):
        assert "We had to cancel order" in part
        assert "go back" not in part


def test_a_second_cancellation_does_not_tell_of_the_money_of_the_first(stripe, order, manager):
    goes_on_after_all(stripe, order, manager)
    refunding.refund(order, wish(order.total), actor=manager)
    all_news(stripe)
    mail.outbox.clear()

    endings.take_back(order, key=uuid4(), reason="As she asked", actor=manager)
    all_news(stripe)

    (told,) = mail.outbox
    assert "canceled" in told.subject
    assert "go back" not in told.body


def test_of_an_order_that_gave_back_too_much_nothing_more_goes_back(stripe, order, manager):
    """Until the news comes that one of them has failed."""
    for number in (1, 2):
        refunds.follow(RefundNews.parse(refund_object(order.payment, id=f"re_{number}")))

    endings.take_back(order, key=uuid4(), reason="As she asked", actor=manager)

    order.refresh_from_db()
    assert order.status == Order.Status.CANCELED
    assert not Refund.objects.filter(reason=Refund.Reason.CANCELED_BY_SHOP).exists()


def test_what_was_owed_for_another_reason_stays_owed_when_the_order_is_taken_up_again(stripe, order, manager):
    refunding.refund(order, wish("1.00"), actor=manager)
    all_news(stripe)
    bank_refuses(stripe)
    endings.take_back(order, key=uuid4(), reason="By mistake", actor=manager)
    all_news(stripe)
    bank_refuses(stripe)

    acceptance.take_up_again(order, actor=manager)

    owed = Refund.objects.get(reason=Refund.Reason.REQUESTED_BY_CUSTOMER)
    assert [case.subject for case in Attention.objects.open()] == [str(owed.pk)]


def test_an_order_whose_money_went_back_cannot_be_taken_up_again(stripe, order, manager):
    endings.take_back(order, key=uuid4(), reason="By mistake", actor=manager)
    all_news(stripe)

    with pytest.raises(Order.WrongStatus):
        acceptance.take_up_again(order, actor=manager)
