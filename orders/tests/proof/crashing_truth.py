"""What must be true when a story has ended, whatever was cut off on the way: ours and Stripe's books agree."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from io import StringIO
from typing import Any

from django.core import mail
from django.core.management import CommandError, call_command, get_commands

from orders.models import Order, OrderEvent, OrderMail
from orders.tests.ledger import books_add_up
from payments.models import Attention, Payment, Refund, StripeEvent
from payments.sandbox.testing import SandboxServer

OVER = ("succeeded", "canceled")


def complaints(sandbox: SandboxServer, *, letters_too_many: int = 0) -> list[str]:
    """All that is wrong, in words. `letters_too_many`: how many mails may have gone out twice."""
    return [
        *_about_stock(),
        *_about_orders(),
        *_about_money(sandbox),
        *_about_refunds(sandbox),
        *_about_mails(letters_too_many),
        *_about_what_is_left(),
        *_of_the_audit(),
    ]


def _about_stock() -> Iterator[str]:
    if not books_add_up():
        yield "the books do not add up"


def _about_orders() -> Iterator[str]:
    for order in Order.objects.all():
        history = Counter(order.events.values_list("kind", flat=True))
        accepted = _times_accepted(order)
        if order.status not in (Order.Status.CONFIRMED, Order.Status.CANCELED):
            yield f"an order is {order.status} in the end"
        if history[OrderEvent.Kind.PLACED] != 1 or not order.is_paid <= accepted <= 1:
            yield f"the history of a {order.status} order is {dict(history)}"
        if accepted and order.cart_emptied_at is None:
            yield "the cart of a paid order was not emptied"


def _times_accepted(order: Order) -> int:
    return order.events.filter(kind__in=(OrderEvent.Kind.CONFIRMED, OrderEvent.Kind.REVIVED)).count()


def _about_money(sandbox: SandboxServer) -> Iterator[str]:
    """Kept is what Stripe charged and did not give back; in minor units."""
    kept: Counter[str] = Counter()
    successes: Counter[str] = Counter()
    for charge in sandbox.charges():
        kept[charge["payment_intent"]] += charge["amount_captured"] - charge["amount_refunded"]
        successes[charge["payment_intent"]] += charge["paid"]
    for intent in sandbox.intents():
        if intent["status"] not in OVER:
            yield f"an intent is {intent['status']} at Stripe in the end"
        if successes[intent["id"]] > 1:
            yield "somebody was charged twice"
    for payment in Payment.objects.select_related("order"):
        yield from _about_payment(payment, kept.pop(payment.stripe_payment_id or "", 0))
    if stray := +kept:
        yield f"Stripe holds money of no payment: {stray}"


def _about_payment(payment: Payment, kept: int) -> Iterator[str]:
    owed = (payment.amount - payment.amount_refunded) * 100 if payment.is_paid else Decimal(0)
    if kept != owed:
        yield f"Stripe holds {kept} of a {payment.status} payment, our books say {owed}"
    if payment.order.status == Order.Status.CANCELED and kept:
        yield f"{kept} of a canceled order were kept"
    if payment.order.is_paid != payment.is_paid and payment.status != Payment.Status.REFUNDED:
        yield f"an order is {payment.order.status}, its payment {payment.status}"


def _about_refunds(sandbox: SandboxServer) -> Iterator[str]:
    ours = sorted((r.stripe_refund_id or "", int(r.amount * 100), r.status) for r in Refund.objects.all())
    theirs = sorted((r["id"], r["amount"], r["status"].upper()) for r in sandbox.refunds())
    if ours != theirs:
        yield f"we know the refunds {ours}, Stripe made {theirs}"


def _about_mails(too_many: int) -> Iterator[str]:
    """Every mail owed went out; what went out twice has the same Message-ID both times."""
    rows = OrderMail.objects.all()
    if unsent := [row.kind for row in rows if row.sent_at is None]:
        yield f"never marked as sent: {unsent}"
    owed = Counter(".".join(filter(None, [row.kind, row.about, str(row.order_id)])) for row in rows)
    sent = Counter(_id(letter) for letter in mail.outbox)
    if owed.keys() != sent.keys() or sent.total() - owed.total() > too_many:
        yield f"mails owed {dict(owed)}, sent {dict(sent)}"
    for order in Order.objects.all():
        kinds = {row.kind for row in rows if row.order_id == order.pk}
        if (OrderMail.Kind.CONFIRMATION in kinds) != bool(_times_accepted(order)):
            yield f"a {order.status} order has the mails {kinds}"
        late = Refund.objects.filter(payment__order=order, reason=Refund.Reason.LATE_PAYMENT).exists()
        if (OrderMail.Kind.REFUNDED_LATE in kinds) != late:
            yield f"refunded late: {late}, but the mails are {kinds}"


def _id(letter: Any) -> str:
    return letter.extra_headers["Message-ID"].strip("<>").partition("@")[0]


def _about_what_is_left() -> Iterator[str]:
    if left := list(StripeEvent.objects.filter(processed_at=None).values_list("type", "error")):
        yield f"events not processed: {left}"
    if cases := [str(case) for case in Attention.objects.filter(settled_at=None)]:
        yield f"left to people: {cases}"


def _of_the_audit() -> Iterator[str]:
    if "audit" not in get_commands():
        return
    said = StringIO()
    try:
        call_command("audit", stdout=said, stderr=said)
    except (SystemExit, CommandError) as verdict:
        if getattr(verdict, "code", 1):
            yield f"the audit finds: {verdict} {said.getvalue()}"
