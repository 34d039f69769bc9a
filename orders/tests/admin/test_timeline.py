"""One order's whole story, in plain words and from the beginning."""

from decimal import Decimal
from uuid import uuid4

import pytest

from bookstore.accounts.factories import StaffFactory
from bookstore.catalog.factories import BookFactory
from orders import endings, mails, refunding, shipping, timeline
from orders.factories import DeliveryMethodFactory, place_order
from orders.models import Order, OrderEvent
from orders.timeline import Kind
from payments import attention, intents
from payments.models import StripeEvent

from .conftest import all_news, pay

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager():
    return StaffFactory(full_name="Mona Manager")


def story(order):
    """Without the mails, whose moments are the worker's."""
    return [entry.words for entry in timeline.entries(order) if entry.kind != Kind.MAIL]


def of_kind(order, kind):
    return [entry.words for entry in timeline.entries(order) if entry.kind == kind]


def appear_in_this_order(words, *parts):
    places = [next((n for n, line in enumerate(words) if part in line), None) for part in parts]
    return None not in places and places == sorted(places)


def test_a_purchase_is_told_from_the_first_click_to_the_parcel(stripe, placed, manager):
    intents.ensure(placed.payment)
    stripe.sandbox.pay(placed.payment.stripe_payment_id, "pm_card_chargeDeclinedExpiredCard")
    stripe.deliver()
    pay(stripe, placed)
    all_news(stripe)
    shipping.ship(placed, key=uuid4(), carrier="Royal Mail", tracking="AB123", actor=manager)
    placed.deliver(actor=manager)

    assert appear_in_this_order(
        story(placed),
        "Placed by Ada Reader: £22.93",
        "2 copies held for the order",
        f"Payment opened at Stripe: {placed.payment.stripe_payment_id}",
        "The payment was declined: expired card",
        "Declined. The shopper was told: This card has expired.",
        "The payment succeeded: £22.93",
        "Paid and confirmed: £22.93 received",
        "Shipped: 1 × Emma, 1 × Persuasion. Royal Mail, AB123",
        "Delivered",
    )
    assert len([words for words in story(placed) if words.startswith("Shipped")]) == 1


def test_news_that_overtook_each_other_is_told_as_it_happened(stripe, placed):
    intents.ensure(placed.payment)
    stripe.sandbox.pay(placed.payment.stripe_payment_id, "pm_card_chargeDeclinedExpiredCard")
    stripe.sandbox.pay(placed.payment.stripe_payment_id)
    stripe.deliver(reversed(stripe.events()))

    assert appear_in_this_order(
        story(placed),
        "Payment opened",
        "The payment was declined",
        "The payment succeeded",
        "Paid and confirmed",
    )


def test_an_unpaid_order_tells_until_when_its_books_are_held(placed):
    (held,) = of_kind(placed, Kind.STOCK)

    assert held.startswith("2 copies held for the order until ")


def test_an_order_that_ended_tells_why_and_that_its_books_are_back(stripe, placed):
    endings.cancel(placed, Order.CancelReason.EXPIRED)

    assert appear_in_this_order(story(placed), "Placed by", "2 copies no longer held", "Not paid in time")


def test_a_refund_tells_who_asked_why_for_which_books_and_what_became_of_it(stripe, paid, manager):
    emma = paid.lines.get(title="Emma")
    wish = refunding.Wish(uuid4(), Decimal("9.99"), "Came damaged", {emma.pk: 1}, restock=True)

    refunding.refund(paid, wish, actor=manager)
    all_news(stripe)

    told = [entry for entry in timeline.entries(paid) if entry.kind == Kind.REFUND]
    assert told[0].actor == "Mona Manager"
    assert told[0].words == (
        "Refund of £9.99 asked for: Requested by the customer; 1 × Emma (to the shelf); Came damaged"
    )
    assert told[-1].words.startswith("Refund of £9.99: Refunded")
    assert len(told) == 2
    assert "Refund of £9.99: succeeded" in of_kind(paid, Kind.STRIPE)


def test_two_refunds_of_the_same_amount_keep_their_own_reasons(stripe, paid, manager):
    for why in ("First", "Second"):
        refunding.refund(paid, refunding.Wish(uuid4(), Decimal("2.00"), why), actor=manager)

    assert [words.rpartition("; ")[2] for words in of_kind(paid, Kind.REFUND)] == ["First", "Second"]


def test_an_order_that_was_taken_back_tells_it_all(stripe, paid, manager):
    endings.take_back(paid, key=uuid4(), reason="The cellar was flooded", actor=manager)
    all_news(stripe)

    told = story(paid)
    assert "Canceled: The cellar was flooded" in told
    assert "2 copies back on the shelf" in told
    assert "Refund of £22.93 asked for: The shop canceled the order" in told


def test_a_dispute_tells_what_the_bank_questions_and_until_when_to_answer(stripe, paid):
    stripe.sandbox.dispute(stripe.sandbox.charges()[0]["id"])
    stripe.deliver()

    (questioned, state) = of_kind(paid, Kind.DISPUTE)
    assert questioned.startswith("The cardholder's bank questions £22.93. To be answered until ")
    assert "needs response" in state
    assert any(words.startswith("Dispute of £22.93") for words in of_kind(paid, Kind.STRIPE))
    assert of_kind(paid, Kind.ATTENTION)


def test_a_case_tells_how_it_was_settled_and_by_whom(paid, manager):
    attention.call(attention.Reason.MISMATCH, "pi_x", "Sent too much", payment=paid.payment)
    paid.payment.attentions.get().settle("Agreed by telephone", by=manager)

    opened, settled = (entry for entry in timeline.entries(paid) if entry.kind == Kind.ATTENTION)
    assert "Sent too much" in opened.words
    assert ("Agreed by telephone" in settled.words, settled.actor) == (True, "Mona Manager")


def test_mails_tell_when_they_were_owed_when_they_went_out_and_what_went_wrong(stripe, paid, manager):
    owed = mails.owe(paid, "shipped")
    owed.claim()
    owed.failed(ConnectionRefusedError())
    confirmation = paid.mails.get(kind="confirmation")
    mails.send(confirmation)
    confirmation.refresh_from_db()
    mails.resend(confirmation, key=uuid4(), actor=manager)

    told = of_kind(paid, Kind.MAIL)
    assert any("It failed 1 times (ConnectionRefusedError), next try" in words for words in told)
    assert "Order confirmation: sent again" in told


def test_a_note_names_who_wrote_it(paid, manager):
    paid.note(OrderEvent.Kind.NOTE, "Rang about the parcel", actor=manager)

    note = timeline.entries(paid)[-1]
    assert (note.kind, note.words, note.actor) == (Kind.NOTE, "Rang about the parcel", "Mona Manager")


def test_what_stripe_told_leads_to_the_raw_event(stripe, paid):
    told = {entry.words: entry.link for entry in timeline.entries(paid) if entry.kind == Kind.STRIPE}

    succeeded = StripeEvent.objects.get(type="payment_intent.succeeded")
    link = told["The payment succeeded: £22.93"]
    assert (link.words, succeeded.pk in link.url) == ("payment_intent.succeeded", True)


def test_a_payment_that_no_event_told_of_is_told_all_the_same(stripe, placed):
    stripe.sandbox.pay(intents.ensure(placed.payment).id)
    intents.refresh(placed.payment)

    assert any("No event came, Stripe was asked" in words for words in of_kind(placed, Kind.STRIPE))


def test_an_order_that_cost_nothing_has_a_short_story():
    order = place_order(BookFactory(price=0), delivery=DeliveryMethodFactory(price=0))

    assert [entry.kind for entry in timeline.entries(order)] == ["order", "stock", "order", "mail"]


def test_an_order_shipped_before_there_were_parcels_tells_it(paid, manager):
    paid.ship(actor=manager, text="Royal Mail")

    assert of_kind(paid, Kind.PARCEL) == ["Shipped: Royal Mail"]


def test_a_long_story_takes_as_many_queries_as_a_short_one(
    stripe, placed, manager, django_assert_num_queries
):
    pay(stripe, placed)
    for n in range(4):
        refunding.refund(placed, refunding.Wish(uuid4(), Decimal("1.00"), str(n)), actor=manager)
        placed.note(OrderEvent.Kind.NOTE, str(n), actor=manager)
        attention.call(attention.Reason.MISMATCH, str(n), str(n), payment=placed.payment)
    for line in placed.lines.all():
        shipping.ship(placed, {line.pk: 1}, key=uuid4(), actor=StaffFactory())
    all_news(stripe)

    with django_assert_num_queries(12):
        assert len(timeline.entries(placed)) > 30
