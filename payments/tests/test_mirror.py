"""dj-stripe's copy of our intents: by its own sync, never backwards, without a call and without a secret."""

import pytest
from django.apps import apps
from django.db import transaction
from django_tasks_db.models import DBTaskResult

from bookstore.testing.worker import run_due_tasks
from payments import inbox
from payments.inbox import Envelope
from payments.mirror import mirror
from payments.models import MirroredPaymentIntent, StripeEvent

from .news import at, error, event, intent_object

pytestmark = pytest.mark.django_db


def tell(payment, status, seconds=0, type_="payment_intent.updated", **changes):
    """Receive an event of these seconds, without the worker."""
    happened = event(type_, intent_object(payment, status, **changes), created=int(at(seconds).timestamp()))
    inbox.receive(Envelope.parse(happened))
    return StripeEvent.objects.get(pk=happened["id"])


def mirrored(payment):
    return MirroredPaymentIntent.objects.get(id=payment.stripe_payment_id).stripe_data


def test_staff_see_the_intent_as_stripe_last_told(opened, stripe):
    stripe.sandbox.pay(opened.stripe_payment_id)
    stripe.deliver()

    run_due_tasks()

    row = MirroredPaymentIntent.objects.get()
    assert row.id == opened.stripe_payment_id
    assert row.metadata["order_id"] == str(opened.order_id)
    assert (row.stripe_data["status"], row.stripe_data["amount_received"]) == ("succeeded", 1294)
    assert row.livemode is False


def test_the_mirror_asks_nobody_and_stores_no_key(opened, stripe):
    stripe.sandbox.pay(opened.stripe_payment_id, "pm_card_visa_chargeDeclined")
    stripe.sandbox.pay(opened.stripe_payment_id)
    stripe.deliver()
    calls = len(stripe.sandbox.calls)

    with transaction.atomic():  # and it may run inside a transaction
        run_due_tasks()

    assert len(stripe.sandbox.calls) == calls
    filled = {
        model.__name__ for model in apps.get_app_config("djstripe").get_models() if model.objects.exists()
    }
    assert filled == {"PaymentIntent"}


def test_customers_and_cards_that_it_has_never_seen_are_not_fetched(known, sandbox):
    tell(
        known,
        "succeeded",
        customer="cus_unseen",
        payment_method="pm_unseen",
        on_behalf_of="acct_unseen",
        latest_charge="ch_unseen",
        review="prv_unseen",
    )

    run_due_tasks()

    assert sandbox.calls == []
    assert mirrored(known)["customer"] == "cus_unseen"
    assert MirroredPaymentIntent.objects.get().customer is None


def test_the_client_secret_is_nowhere(opened, stripe):
    secret = stripe.sandbox.engine.store.get("payment_intent", opened.stripe_payment_id)["client_secret"]
    stripe.sandbox.pay(opened.stripe_payment_id, "pm_card_authenticationRequired")
    stripe.sandbox.authenticate(opened.stripe_payment_id, approve=True)
    stripe.deliver()
    run_due_tasks()

    for model in (MirroredPaymentIntent, StripeEvent, DBTaskResult):
        assert model.objects.exists()
        assert secret not in str(list(model.objects.values()))


def test_the_mirror_follows_news_in_order(known):
    for number, status in enumerate(
        ["requires_payment_method", "requires_action", "processing", "succeeded"]
    ):
        assert mirror(tell(known, status, seconds=number))
        assert mirrored(known)["status"] == status


def test_older_news_never_overwrites_newer(known):
    old = tell(known, "requires_payment_method", seconds=1)
    new = tell(known, "processing", seconds=2)

    assert mirror(new)
    assert not mirror(old)
    assert mirrored(known)["status"] == "processing"


@pytest.mark.parametrize("end", ["succeeded", "canceled"])
def test_the_end_is_the_end_whatever_the_clock_says(known, end):
    ended = tell(known, end, seconds=1)
    later = tell(known, "requires_action", seconds=60)

    assert mirror(ended)
    assert not mirror(later)
    assert mirrored(known)["status"] == end


def test_the_end_counts_though_newer_news_was_faster(known):
    mirror(tell(known, "requires_action", seconds=60))

    assert mirror(tell(known, "succeeded", seconds=1))
    assert mirrored(known)["status"] == "succeeded"


def test_within_one_second_that_it_was_opened_is_the_oldest_news(known):
    """`created` often comes last."""
    declined = tell(known, "requires_payment_method", last_payment_error=error())
    created = tell(known, "requires_payment_method", type_="payment_intent.created")

    mirror(declined)
    assert not mirror(created)
    assert mirrored(known)["last_payment_error"]["decline_code"] == "generic_decline"


def test_somebody_elses_intent_is_not_mirrored(known):
    foreign = event("payment_intent.succeeded", intent_object(known, id="pi_theirs", metadata={}))
    inbox.receive(Envelope.parse(foreign))

    assert not mirror(StripeEvent.objects.get())
    assert not MirroredPaymentIntent.objects.exists()


def test_a_mirror_that_breaks_harms_no_payment(known, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("dj-stripe has changed")

    monkeypatch.setattr(MirroredPaymentIntent, "sync_from_stripe_data", fail)
    tell(known, "succeeded")
    with pytest.raises(RuntimeError):
        run_due_tasks()

    known.refresh_from_db()
    assert known.status == "COMPLETED"
    assert StripeEvent.objects.get().processed_at
