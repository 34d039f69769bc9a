"""What the mirror writes down, for which payment, and what it leaves alone."""

import pytest

from orders.factories import place_order
from payments import inbox
from payments.inbox import Envelope
from payments.mirror import mirror
from payments.models import MirroredPaymentIntent, StripeEvent

from .news import at, event, intent_object

pytestmark = pytest.mark.django_db


def tell(payment, status, seconds=0):
    created = int(at(seconds).timestamp())
    happened = event("payment_intent.updated", intent_object(payment, status), created=created)
    inbox.receive(Envelope.parse(happened))
    return StripeEvent.objects.get(pk=happened["id"])


@pytest.fixture
def other():
    """Another order's payment, known to Stripe."""
    payment = place_order().payment
    payment.stripe_payment_id = "pi_other"
    payment.opened_at = payment.created_at
    payment.save()
    return payment


def test_the_end_of_one_intent_does_not_end_the_mirror_of_another(known, other):
    mirror(tell(other, "canceled"))
    mirror(tell(known, "requires_action", seconds=1))

    assert mirror(tell(known, "processing", seconds=2))
    assert MirroredPaymentIntent.objects.get(id="pi_known").stripe_data["status"] == "processing"


def test_the_payment_remembers_when_its_mirror_was_true(known, other):
    mirror(tell(known, "requires_action", seconds=5))

    known.refresh_from_db()
    other.refresh_from_db()
    assert (known.mirrored_at, other.mirrored_at) == (at(5), None)


def test_news_of_the_same_second_counts(known):
    mirror(tell(known, "requires_action", seconds=5))

    assert mirror(tell(known, "processing", seconds=5))
