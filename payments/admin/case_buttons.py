"""What somebody of staff can do about a case: its remedies, and the places where the others are done."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from .. import inbox, remedies
from ..models import Attention
from .links import dashboard_url

Reason = Attention.Reason


@dataclass(frozen=True)
class Button:
    """Leads to a page that asks; nothing is done by following it. `is_outside`: it is not a page of ours."""

    label: str
    url: str
    is_outside: bool = False


def buttons_for(case: Attention, person: Any) -> list[Button]:
    """The suggested one first. Only those that the person may use; none for a case that is settled."""
    if case.settled_at:
        return []
    return [*_remedies(case, person), *_elsewhere(case, person), *_settle(case, person)]


def intent_of(case: Attention) -> str:
    """The PaymentIntent that a case is about; empty when there is none."""
    if case.subject.startswith("pi_"):
        return case.subject
    return (case.payment and case.payment.stripe_payment_id) or ""


def may_settle(person: Any) -> bool:
    return bool(person.has_perm("payments.settle_attention"))


def _remedies(case: Attention, person: Any) -> list[Button]:
    if not may_settle(person):
        return []
    return [
        Button(remedy.label, reverse("admin:payments_attention_remedy", args=[case.pk, remedy.name]))
        for remedy in remedies.remedies_for(case)
    ]


def _elsewhere(case: Attention, person: Any) -> list[Button]:
    may_refund = person.has_perms(("orders.view_order", "orders.refund_order"))
    if case.reason == Reason.REFUND_FAILED and case.payment and may_refund:
        return [Button("Refund again", reverse("admin:orders_order_refund", args=[case.payment.order_id]))]
    if case.reason == Reason.DISPUTE and intent_of(case):
        return [Button("Answer at Stripe", dashboard_url(intent_of(case)), is_outside=True)]
    if case.subject == inbox.OTHER_MODE and person.has_perm("payments.view_stripeevent"):
        return [
            Button("Look at the events", reverse("admin:payments_stripeevent_changelist") + "?state=aside")
        ]
    return []


def _settle(case: Attention, person: Any) -> list[Button]:
    if not may_settle(person):
        return []
    return [Button("Settle with a note", reverse("admin:payments_attention_settle", args=[case.pk]))]
