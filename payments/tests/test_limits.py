"""How long a text of Stripe's may be: what is longer would not fit its column, and is taken for malformed."""

import pytest

from payments.inbox import _set_aside, _words
from payments.models import Dispute, Payment, Refund, StripeEvent
from payments.stripe_objects import LARGEST_AMOUNT, DisputeNews, Endpoint, Intent, Malformed, RefundNews

from .news import dispute_object, error, intent_object, refund_object

pytestmark = pytest.mark.django_db


def parse_dispute(payment, **changes):
    return DisputeNews.parse(dispute_object(payment, **changes))


def parse_decline(payment, **changes):
    failed = error() | changes
    return Intent.parse(intent_object(payment, "requires_payment_method", last_payment_error=failed))


@pytest.mark.parametrize(
    ("parse", "name", "longest"),
    [
        (parse_dispute, "status", Dispute._meta.get_field("status").max_length),
        (parse_dispute, "reason", Dispute._meta.get_field("reason").max_length),
        (parse_dispute, "id", Dispute._meta.get_field("stripe_dispute_id").max_length),
        (parse_decline, "decline_code", Payment._meta.get_field("failure_code").max_length),
        (parse_decline, "code", Payment._meta.get_field("failure_code").max_length),
    ],
)
def test_a_text_is_as_long_as_its_column_at_most(known, parse, name, longest):
    parse(known, **{name: "x"})
    parse(known, **{name: "x" * longest})

    with pytest.raises(Malformed):
        parse(known, **{name: "x" * (longest + 1)})


def test_the_reason_of_a_failed_refund_fits_its_column(known):
    longest = Refund._meta.get_field("failure_reason").max_length
    RefundNews.parse(refund_object(known, failure_reason="x" * longest))

    with pytest.raises(Malformed):
        RefundNews.parse(refund_object(known, failure_reason="x" * (longest + 1)))


ENDPOINT = {
    "id": "we_1",
    "object": "webhook_endpoint",
    "url": "https://shop.example/orders/webhook",
    "status": "enabled",
    "enabled_events": ["*"],
    "api_version": None,
}


def test_an_endpoint_is_read():
    assert Endpoint.parse(ENDPOINT) == Endpoint(
        "we_1", "https://shop.example/orders/webhook", "enabled", frozenset("*"), ""
    )


@pytest.mark.parametrize(("name", "longest"), [("url", 5000), ("api_version", 255)])
def test_the_texts_of_an_endpoint_have_a_longest(name, longest):
    Endpoint.parse(ENDPOINT | {name: "x" * longest})

    with pytest.raises(Malformed):
        Endpoint.parse(ENDPOINT | {name: "x" * (longest + 1)})


def test_amounts_have_a_largest(known):
    assert Intent.parse(intent_object(known, amount=LARGEST_AMOUNT)).amount == LARGEST_AMOUNT

    with pytest.raises(Malformed):
        Intent.parse(intent_object(known, amount=LARGEST_AMOUNT + 1))


@pytest.mark.parametrize(("length", "kept"), [(1, True), (255, True), (256, False)])
def test_a_reference_that_is_too_long_is_none(known, length, kept):
    charge = "x" * length

    assert parse_decline(known, charge=charge).decline.ref == (charge if kept else "")


def test_the_words_of_an_error_are_cut():
    assert len(_words(ValueError("x" * 5000))) == 2000


def test_why_an_event_is_set_aside_fits_its_column():
    longest = StripeEvent._meta.get_field("quarantine").max_length
    aside = StripeEvent(id="evt_1", type="refund.created", livemode=False)

    _set_aside(aside, "x" * 5000)

    assert aside.quarantine == "x" * longest
