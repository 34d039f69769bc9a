"""A delivery that cannot get a lock: the event is kept for later, or Stripe is asked to send it again."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from bookstore.testing.stripe import Stripe
from bookstore.testing.worker import run_due_tasks
from cart.models import Cart
from orders import acceptance
from orders.factories import place_order
from orders.models import Order
from orders.tests.threads import meanwhile
from payments import inbox, intents
from payments.models import Payment, StripeEvent

from .racing_ledger import faults

pytestmark = [
    pytest.mark.proof,
    pytest.mark.postgres,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]


def paid(stripe):
    """An order whose payment has been made; the news of it is on its way."""
    order = place_order()
    stripe.sandbox.pay(intents.ensure(order.payment).id)
    return order, stripe.sandbox.signed(stripe.events("payment_intent.succeeded")[-1])


def delivered(news, *, patience):
    """A delivery on a connection of its own that waits for each lock only so long."""

    def deliver():
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = %s", [patience])
        return Stripe.post(*news).status_code

    return deliver


def deliver_against(lock, news):
    """Somebody else holds the lock until the answer has come."""
    with ThreadPoolExecutor(1) as threads, transaction.atomic():
        lock()
        running = meanwhile(threads, delivered(news, patience="300ms"))
        return running.result(timeout=30)


def everything_is_tried_again():
    StripeEvent.objects.filter(processed_at=None).update(retry_at=timezone.now())
    call_command("tend")
    run_due_tasks()


LOCKS = {
    "the payment": lambda order: Payment.objects.select_for_update().get(order=order),
    "the order": lambda order: Order.objects.select_for_update(of=("self",)).get(pk=order.pk),
}


@pytest.mark.parametrize("held", LOCKS)
def test_an_event_that_waited_too_long_for_a_lock_is_kept_and_tried_again(stripe, figure, held):
    order, news = paid(stripe)

    status = deliver_against(lambda: LOCKS[held](order), news)

    event = StripeEvent.objects.get()
    assert status == 200
    assert (event.processed_at, event.attempts) == (None, 1)
    assert "lock timeout" in event.error
    everything_is_tried_again()
    assert faults(stripe.sandbox) == []
    figure(f"Lock timeout at {held}", tried="1 delivery: kept, and applied by the next sweep")


def test_a_cart_that_cannot_be_locked_keeps_no_payment_waiting(stripe):
    order, news = paid(stripe)

    status = deliver_against(lambda: Cart.objects.locked(order.cart_id), news)

    order.refresh_from_db()
    assert (status, order.status, order.cart_emptied_at) == (200, "CONFIRMED", None)
    Order.objects.update(confirmed_at=timezone.now() - acceptance.GRACE)
    everything_is_tried_again()
    assert not order.cart.lines.exists()
    assert faults(stripe.sandbox) == []


def test_an_event_that_cannot_even_be_stored_is_asked_for_again(stripe, figure):
    """Another delivery of it is under way, and takes too long."""
    news = paid(stripe)[1]
    event = stripe.events("payment_intent.succeeded")[-1]

    status = deliver_against(lambda: inbox._stored(inbox.Envelope.parse(event)), news)

    assert status == 503
    StripeEvent.objects.all().delete()  # the other one failed
    assert Stripe.post(*news).status_code == 200
    run_due_tasks()
    assert faults(stripe.sandbox) == []
    figure("Lock timeout at the event itself", tried="1 delivery: refused, and applied when it came again")


def test_the_victim_of_a_deadlock_is_kept_and_tried_again(stripe, figure):
    """Somebody takes order and payment the wrong way round. PostgreSQL ends the delivery, which looks sooner."""
    order, news = paid(stripe)
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            be_patient_with_deadlocks()
            LOCKS["the order"](order)
            running = meanwhile(threads, delivered(news, patience="0"))
            LOCKS["the payment"](order)
        status = running.result(timeout=30)

    event = StripeEvent.objects.get()
    assert status == 200
    assert "deadlock detected" in event.error
    everything_is_tried_again()
    assert faults(stripe.sandbox) == []
    figure("Deadlock at the order", tried="1 delivery: kept, and applied by the next sweep")


def be_patient_with_deadlocks():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL deadlock_timeout = '60s'")


def test_control_an_event_that_is_not_kept_is_lost(stripe, monkeypatch):
    order, news = paid(stripe)
    monkeypatch.setattr(inbox, "_store_failure", lambda envelope, error: None)

    status = deliver_against(lambda: LOCKS["the payment"](order), news)

    everything_is_tried_again()
    assert status == 200
    assert faults(stripe.sandbox) != []
