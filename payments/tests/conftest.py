"""One order to be paid, and an ear for what its payment announces."""

import uuid
from collections.abc import Callable, Iterator

import pytest

from bookstore.testing.stripe import Stripe
from bookstore.testing.worker import run_due_tasks
from orders.factories import place_order
from orders.models import Order
from payments import gateway, intents, signals
from payments.models import Installation, Payment

SIGNALS = ("succeeded", "failed", "canceled", "refunded", "disputed")


@pytest.fixture
def order(db: None) -> Order:
    """One book and delivery, awaiting payment."""
    return place_order()


@pytest.fixture
def payment(order: Order) -> Payment:
    """Not opened at Stripe yet."""
    return order.payment


@pytest.fixture
def opened(payment: Payment, stripe: object) -> Payment:
    """Opened at the sandbox."""
    intents.ensure(payment)
    return payment


@pytest.fixture
def paid(opened: Payment, stripe: Stripe) -> Payment:
    """12.94 that have come, and all news of it."""
    stripe.sandbox.pay(opened.stripe_payment_id)
    stripe.deliver()
    run_due_tasks()
    opened.refresh_from_db()
    return opened


@pytest.fixture
def known(payment: Payment) -> Payment:
    """Opened as far as our rows say; no sandbox is there."""
    payment.stripe_payment_id = "pi_known"
    payment.opened_at = payment.created_at
    payment.save()
    return payment


@pytest.fixture
def announced() -> Iterator[list[str]]:
    """The signals that were sent, in their order."""
    heard: list[str] = []
    ears = [(getattr(signals, f"payment_{name}"), _ear(heard, name)) for name in SIGNALS]
    for signal, ear in ears:
        signal.connect(ear)
    yield heard
    for signal, ear in ears:
        signal.disconnect(ear)


def _ear(heard: list[str], name: str) -> Callable[..., None]:
    def listen(sender: object, **kwargs: object) -> None:
        heard.append(name)

    return listen


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK does not pause before it tries again."""
    monkeypatch.setattr("stripe.HTTPClient._sleep_time_seconds", lambda *args, **kwargs: 0)


@pytest.fixture
def lost(stripe: Stripe) -> Callable[..., str]:
    """`lost()`: an intent of this shop that is paid, while its payment is gone; answers its id."""

    def charge(method: str = "pm_card_visa", *, paid: bool = True, **metadata: str) -> str:
        named = {"payment_id": str(uuid.uuid4()), "order_number": "LOST-1", "shop": Installation.ours()}
        intent = gateway._client().v1.payment_intents.create(
            params={
                "amount": 1294,
                "currency": "gbp",
                "automatic_payment_methods": {"enabled": True},
                "metadata": named | metadata,
            }
        )
        if paid:
            stripe.sandbox.pay(intent.id, method)
        return intent.id

    return charge
