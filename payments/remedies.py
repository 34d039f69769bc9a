"""What staff can do about a case with one button. Each act may be repeated without harm, and says what came of it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser

from . import attention, gateway, inbox, intents, orphans
from .models import Attention, Payment, StripeEvent

logger = logging.getLogger(__name__)

Reason = Attention.Reason


class NoRemedy(Exception):
    """It cannot be done now; the message says why, in words for staff."""


@dataclass(frozen=True)
class Remedy:
    """One thing to do about a case. `act` answers what came of it; raises NoRemedy and gateway.GatewayError."""

    name: str
    label: str
    warning: str
    act: Callable[[Attention], str]


def remedies_for(case: Attention) -> list[Remedy]:
    if case.settled_at or case.subject == inbox.OTHER_MODE:
        return []
    return REMEDIES.get(Reason(case.reason), [])


def apply(case: Attention, name: str, *, by: AbstractBaseUser) -> str:
    """Do it, and close the case when that settles it. Raises NoRemedy, gateway.GatewayError."""
    case.refresh_from_db()
    remedy = next((each for each in remedies_for(case) if each.name == name), None)
    if remedy is None:
        raise NoRemedy("The case is settled, or there is no such remedy.")
    logger.info("Case %s: %s, by user %s", case.pk, name, by.pk)
    said = remedy.act(case)
    if name in SETTLE:
        case.settle(said, by=by)
    return said


def _send_back(case: Attention) -> str:
    """All of the money that came by an intent; an order that still waits for it ends."""
    payment = case.payment
    if payment and payment.is_paid and payment.stripe_payment_id == case.subject:
        raise NoRemedy("The order counts as paid by it meanwhile: refund the order, or cancel it.")
    intent = gateway.retrieve_intent(case.subject)
    if intent.status != "succeeded":
        raise NoRemedy(f"Stripe says that the payment is {intent.status}: there is nothing to send back.")
    news = orphans.send_back(intent)
    if news and news.status in ("failed", "canceled"):
        raise NoRemedy(f"Refund {news.id} {news.status}: {news.failure_reason or 'no reason given'}")
    if payment and payment.is_open:
        intents.give_up(payment)
    return f"Refund {news.id} of all that came is {news.status}" if news else "All of it had gone back before"


def _give_up(case: Attention) -> str:
    payment = _payment(case)
    try:
        intents.refresh(payment)
    except gateway.StripeRefused as refusal:
        if refusal.code != "resource_missing":
            raise
    else:
        raise NoRemedy("Stripe knows the payment after all.")
    intents.give_up(payment)
    return "The order was ended, Stripe does not know its payment"


def _ask_again(case: Attention) -> str:
    payment = _payment(case)
    if payment.stripe_payment_id:
        intents.refresh(payment)
    else:
        intents.find_lost(payment)
    payment.refresh_from_db()
    return f"The payment is now: {payment.get_status_display()}"


def _apply_event(case: Attention) -> str:
    event = StripeEvent.objects.filter(pk=case.subject).first()
    if event is None:
        raise NoRemedy("The event is no longer there.")
    if inbox.replay(event):
        return "The event was applied"
    raise NoRemedy(f"The event could not be applied: {event.error or event.quarantine}")


def _payment(case: Attention) -> Payment:
    if case.payment is None:
        raise NoRemedy("No payment belongs to the case.")
    return case.payment


SEND_BACK = Remedy(
    "send_back",
    "Send the money back",
    "All of it goes back to the shopper's card; an order that waits for it is canceled.",
    _send_back,
)
GIVE_UP = Remedy(
    "give_up",
    "End the order",
    "The order is canceled and its books go back to the shelf. Only do this if the secret key is right.",
    _give_up,
)
ASK_AGAIN = Remedy("ask_again", "Ask Stripe again", "Stripe is asked how the payment stands.", _ask_again)
APPLY = Remedy("apply", "Apply the event again", "It is harmless if it was applied meanwhile.", _apply_event)

REMEDIES: dict[attention.Reason, list[Remedy]] = {
    Reason.MISMATCH: [SEND_BACK],
    Reason.ORPHAN_CHARGE: [SEND_BACK],
    Reason.UNKNOWN_INTENT: [GIVE_UP],
    Reason.STUCK_PAYMENT: [ASK_AGAIN],
    Reason.EVENT_SET_ASIDE: [APPLY],
}
SETTLE = {"send_back", "give_up", "apply"}
