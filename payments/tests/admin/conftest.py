"""People of staff at the admin of payments, and what they find there in the morning."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bookstore.accounts.factories import StaffFactory
from bookstore.accounts.models import User
from orders import receivers
from payments import inbox
from payments.models import Attention, Payment, StripeEvent
from payments.tests.news import event, intent_object

QUEUE = "admin:payments_attention_changelist"
JOURNAL = "admin:payments_stripeevent_changelist"


class Desk:
    """Somebody of staff at the admin."""

    def __init__(self, person: User) -> None:
        self.person = person
        self.client = Client()
        self.client.force_login(person)

    def opens(self, name: str, *args: Any, **query: Any) -> Any:
        return self.client.get(reverse(name, args=args), query)

    def sends(self, name: str, *args: Any, **typed: Any) -> Any:
        return self.client.post(reverse(name, args=args), typed, follow=True)

    def remedies(self, case: Attention, name: str, **changes: Any) -> Any:
        """Press the button of the page that asks, as it was shown for this case."""
        return self.sends(
            "admin:payments_attention_remedy", case.pk, name, **{"seen": case.detail, **changes}
        )

    def settles(self, case: Attention, note: str = "Talked to the shopper") -> Any:
        return self.sends("admin:payments_attention_settle", case.pk, settlement=note)

    def replays(self, *events: StripeEvent, **changes: Any) -> Any:
        chosen = [event.pk for event in events]
        return self.sends(JOURNAL, action="replay_many", _selected_action=chosen, **changes)


def messages(page: Any) -> str:
    return " ".join(str(message) for message in page.context["messages"])


def shown(page: Any) -> list[Any]:
    return list(page.context["cl"].result_list)


def may(*names: str, **person: Any) -> User:
    """Somebody of staff with these permissions (`payments.view_attention`) and no others."""
    staff = StaffFactory(is_superuser=False, **person)
    for name in names:
        app, codename = name.split(".")
        staff.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return staff


@pytest.fixture
def owner(db: None) -> Desk:
    """May do everything."""
    return Desk(StaffFactory(full_name="Olive Owner"))


@pytest.fixture
def desk(db: None) -> Callable[..., Desk]:
    """`desk("payments.view_attention")`: somebody who may do that and no more."""
    return lambda *names, **person: Desk(may(*names, **person))


@pytest.fixture
def case(db: None) -> Callable[..., Attention]:
    """`case("dispute", "du_1", hours=3)`: open since then."""

    def opened(
        reason: str = "mismatch", subject: str = "pi_1", hours: float = 0, **details: Any
    ) -> Attention:
        details.setdefault("detail", f"about {subject}")
        at = timezone.now() - timedelta(hours=hours)
        return Attention.objects.create(reason=reason, subject=subject, opened_at=at, **details)

    return opened


@pytest.fixture
def mismatch(opened: Payment, stripe: Any) -> Attention:
    """Paid, but the order's payment asked for another amount."""
    Payment.objects.filter(pk=opened.pk).update(amount="1.00")
    stripe.sandbox.pay(opened.stripe_payment_id)
    stripe.deliver()
    return Attention.objects.open().get()


@pytest.fixture
def journal(db: None) -> Callable[..., StripeEvent]:
    """`journal(type="refund.updated")`: one event as it stands in the inbox, applied unless something else is said."""

    def came(**details: Any) -> StripeEvent:
        number = StripeEvent.objects.count() + 1
        now = timezone.now()
        standing = {
            "id": f"evt_{number}",
            "type": "payment_intent.succeeded",
            "livemode": False,
            "created_at": now - timedelta(seconds=2),
            "received_at": now,
            "payload": {"data": {"object": {}}},
            "processed_at": now,
            "attempts": 1,
        }
        return StripeEvent.objects.create(**standing | details)

    return came


@pytest.fixture
def ailing(monkeypatch: pytest.MonkeyPatch) -> list[Exception]:
    """Orders cannot be confirmed while this list has something in it."""
    errors: list[Exception] = [RuntimeError("no order today")]
    accept = receivers.accept

    def ailing_accept(order: Any) -> Any:
        if errors:
            raise errors[0]
        return accept(order)

    monkeypatch.setattr("orders.receivers.accept", ailing_accept)
    return errors


@pytest.fixture
def failed(known: Payment, ailing: list[Exception]) -> StripeEvent:
    """The news of a success that has failed once, and waits for its next try."""
    inbox.receive(inbox.Envelope.parse(event("payment_intent.succeeded", intent_object(known))))
    return StripeEvent.objects.get()


@pytest.fixture
def set_aside(failed: StripeEvent) -> StripeEvent:
    """It has failed ten times."""
    for _ in range(inbox.MOST_ATTEMPTS - 1):
        StripeEvent.objects.update(retry_at=timezone.now())
        inbox.retry_due()
    failed.refresh_from_db()
    return failed
