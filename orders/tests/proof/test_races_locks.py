"""A delivery that cannot get a lock: the event is kept for later, or Stripe is asked to send it again."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from bookstore.testing.stripe import Stripe
from bookstore.testing.threads import meanwhile
from bookstore.testing.worker import run_due_tasks
from cart.models import Cart
from orders import acceptance
from orders.factories import place_order
from orders.models import Order
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


def is_applied():
    return StripeEvent.objects.get().processed_at is not None


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
    assert is_applied()
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


def deliver_into_a_deadlock(order, news):
    """Somebody takes order and payment the wrong way round. PostgreSQL ends the delivery, which looks sooner."""
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL deadlock_timeout = '60s'")
            LOCKS["the order"](order)
            running = meanwhile(threads, delivered(news, patience="0"))
            LOCKS["the payment"](order)
        return running.result(timeout=30)


def test_the_victim_of_a_deadlock_tries_again_at_once(stripe, figure):
    order, news = paid(stripe)

    status = deliver_into_a_deadlock(order, news)

    assert status == 200
    assert is_applied()
    run_due_tasks()
    assert faults(stripe.sandbox) == []
    figure("Deadlock at the order", tried="1 delivery: applied at its second try")


def test_control_without_a_second_try_the_victim_waits_for_a_sweep(stripe, monkeypatch):
    monkeypatch.setattr(inbox, "MOST_TRIES", 1)
    order, news = paid(stripe)

    status = deliver_into_a_deadlock(order, news)

    assert (status, is_applied()) == (200, False)
    assert "deadlock detected" in StripeEvent.objects.get().error


def test_control_an_event_that_is_not_kept_is_lost_although_stripe_hears_200(stripe, monkeypatch):
    monkeypatch.setattr(inbox, "_store_failure", lambda envelope, error: None)
    order, news = paid(stripe)

    status = deliver_against(lambda: LOCKS["the payment"](order), news)

    assert status == 200
    assert not StripeEvent.objects.exists()
