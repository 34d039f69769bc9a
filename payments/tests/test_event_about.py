"""An event names the PaymentIntent that it tells of, so that an order finds its events without reading all of them."""

from importlib import import_module

import pytest
from django.apps import apps

from payments import inbox
from payments.inbox import Envelope
from payments.models import StripeEvent

from .news import dispute_object, event, intent_object, refund_object

pytestmark = pytest.mark.django_db

OBJECTS = {
    "payment_intent.succeeded": lambda payment: intent_object(payment),
    "refund.created": lambda payment: refund_object(payment),
    "charge.dispute.created": lambda payment: dispute_object(payment),
    "charge.succeeded": lambda payment: {
        "object": "charge",
        "id": "ch_1",
        "payment_intent": payment.stripe_payment_id,
    },
}
OTHERS = {
    "customer.created": {"object": "customer", "id": "cus_1"},
    "charge.failed": {"object": "charge", "id": "ch_2", "payment_intent": None},
    "charge.updated": {"object": "charge", "id": "ch_3", "payment_intent": 7},
    "charge.captured": {"object": "charge", "id": "ch_4", "payment_intent": "not an id"},
}


def receive(type_, told):
    inbox.receive(Envelope.parse(event(type_, told)))
    return StripeEvent.objects.get(type=type_)


@pytest.mark.parametrize("type_", OBJECTS)
def test_an_event_is_about_the_intent_that_it_or_its_object_belongs_to(known, type_):
    assert receive(type_, OBJECTS[type_](known)).about == known.stripe_payment_id


@pytest.mark.parametrize("type_", OTHERS)
def test_other_events_are_about_no_intent(type_):
    assert receive(type_, OTHERS[type_]).about == ""


def test_the_events_of_before_learn_it_too(known):
    for type_, told in OBJECTS.items():
        receive(type_, told(known))
    for type_, told in OTHERS.items():
        receive(type_, told)
    as_they_came = dict(StripeEvent.objects.values_list("type", "about"))
    StripeEvent.objects.update(about="")

    import_module("payments.migrations.0007_event_about").find_intents(apps, None)

    assert dict(StripeEvent.objects.values_list("type", "about")) == as_they_came
