"""Money goes back: what was confirmed and no more, and not without the owner above the limit."""

from decimal import Decimal

import pytest
from django.core import mail

from orders import shipping
from orders.tests.ledger import books_add_up
from payments.models import Refund

from .conftest import act_page, all_news, copies, stock

pytestmark = pytest.mark.django_db

VIEW = "orders.view_order"


def test_one_book_is_refunded_and_goes_back_to_the_shelf(owner, stripe, paid):
    asked = owner.sends(
        paid,
        "refund",
        owner.form(paid, "refund"),
        what="books",
        restock="yes",
        reason="Two of the same",
        **copies(paid, Emma=1),
    )
    for fact in (
        "£9.99 goes back",
        "£12.94 stays with the shop",
        "1 × Emma",
        "go back to the shelf",
        "1 copy of this had not been shipped yet",
    ):
        assert fact in asked.text
    assert not Refund.objects.exists()
    owner.confirms(asked)
    mail.outbox.clear()
    all_news(stripe)

    refund = Refund.objects.get()
    assert (refund.status, refund.amount, refund.requested_by) == (
        "SUCCEEDED",
        Decimal("9.99"),
        owner.person,
    )
    assert stock("Emma") == 4
    assert books_add_up()
    assert "£9.99" in mail.outbox[-1].body


def test_all_that_is_left_goes_back(owner, stripe, paid):
    owner.does(paid, "refund", what="amount", amount="2.93", reason="Late")
    owner.does(paid, "refund", what="all", reason="Later still")
    all_news(stripe)

    assert sorted(refund["amount"] for refund in stripe.sandbox.refunds()) == [293, 2000]
    assert not shipping.left_to_ship(paid)


def test_a_damaged_book_is_worth_less(owner, paid):
    owner.does(paid, "refund", what="books", amount="4.00", reason="Torn", **copies(paid, Emma=1))

    assert Refund.objects.get().amount == Decimal("4.00")
    assert stock("Emma") == 3


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ({"what": "amount", "amount": "22.94"}, "Only £22.93 is left to go back."),
        ({"what": "amount", "amount": "0"}, "greater than or equal to 0.01"),
        ({"what": "amount", "amount": "-5"}, "greater than or equal to 0.01"),
        ({"what": "amount", "amount": "1.999"}, "no more than 2 decimal places"),
        ({"what": "amount", "amount": "NaN"}, "Enter a number."),
        ({"what": "amount", "amount": "ten"}, "Enter a number."),
        ({"what": "amount", "amount": ""}, "Enter the amount that shall go back."),
        ({"what": "books"}, "Say how many copies"),
        ({"what": "all", "amount": "1.00"}, "You have filled in an amount"),
        ({"what": "twice"}, "is not one of the available choices"),
        ({}, "This field is required."),
        ({"what": "all", "reason": ""}, "This field is required."),
    ],
)
def test_a_refund_that_cannot_be_is_told_next_to_its_field(owner, paid, typed, complaint):
    page = owner.does(paid, "refund", **{"reason": "Why not"} | typed)

    assert complaint in page.text
    if typed.get("amount"):
        assert f'value="{typed["amount"]}"' in page.text
    assert not Refund.objects.exists()


def test_copies_beside_another_choice_are_asked_about(owner, paid):
    page = owner.does(paid, "refund", what="all", reason="Why not", **copies(paid, Emma=1))

    assert "You have filled in copies" in page.text


def test_more_copies_than_are_left_are_not_refunded(owner, paid):
    page = owner.does(paid, "refund", what="books", reason="Why not", **copies(paid, Emma=2))

    assert "Only 1 left to refund." in page.text


def test_what_was_confirmed_happens_or_nothing_does(owner, paid):
    asked = owner.sends(paid, "refund", owner.form(paid, "refund"), what="all", reason="All of it")
    owner.does(paid, "refund", what="amount", amount="5.00", reason="A colleague's")

    again = owner.confirms(asked)

    assert "The order has changed meanwhile" in again.text
    assert "£17.93 goes back" in again.text
    assert Refund.objects.count() == 1


def test_the_form_can_be_changed_again_before_it_is_confirmed(owner, paid):
    asked = owner.sends(
        paid, "refund", owner.form(paid, "refund"), what="amount", amount="5", reason="A little"
    )

    page = owner.client.post(
        act_page(paid, "refund"), asked.context["form"].data.dict() | {"_change": "Change"}
    )

    assert 'value="5"' in page.text
    assert "A little" in page.text
    assert not Refund.objects.exists()


def test_above_the_limit_only_those_may_refund_who_may_refund_any_amount(desk, paid, settings):
    settings.REFUND_LIMIT = Decimal("10.00")
    manager = desk(VIEW, "orders.refund_order")
    owner = desk(VIEW, "orders.refund_order", "orders.refund_any_amount")

    refused = manager.does(paid, "refund", what="amount", amount="10.01", reason="Much")
    manager.does(paid, "refund", what="amount", amount="6.00", reason="Little")
    in_parts = manager.does(paid, "refund", what="amount", amount="4.01", reason="Again")
    assert "More than £10.00 for one order needs somebody" in refused.text
    assert "together with the £6.00 of before" in in_parts.text
    assert Refund.objects.count() == 1
    owner.does(paid, "refund", what="amount", amount="10.01", reason="Much")

    assert Refund.objects.count() == 2
