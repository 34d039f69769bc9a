"""What must hold of money, stock, carts and mails: at any moment, and when a story has ended.

The truth is the sandbox's ledger.
"""

from collections import Counter, defaultdict
from decimal import Decimal

from orders.audit import at_stripe, audit
from orders.models import Order, OrderEvent, OrderMail
from orders.tests.ledger import books_add_up
from payments import disputes
from payments.models import Attention, Dispute, Payment, Refund, StripeEvent

from .world_stage import PostOffice

Reason = Attention.Reason
Kind = OrderMail.Kind
KIND_OF = {
    Refund.Reason.LATE_PAYMENT: Kind.REFUNDED_LATE,
    Refund.Reason.DOUBLE_PAYMENT: Kind.REFUNDED_DOUBLE,
    Refund.Reason.REQUESTED_BY_CUSTOMER: Kind.REFUNDED,
}
DAYS = 30

REFUND_STATUS = {"pending": "PENDING", "succeeded": "SUCCEEDED", "failed": "FAILED"}


class Truth:
    """`world` is the story that was played."""

    def __init__(self, world) -> None:
        self.world = world
        self.charges = defaultdict(list)
        intents = {intent["id"]: intent for intent in world.intents}
        for charge in world.all("charge"):
            if charge["paid"]:
                owner = intents[charge["payment_intent"]]["metadata"]["payment_id"]
                self.charges[owner].append(charge)
        self.refunds = defaultdict(list)
        for refund in world.all("refund"):
            self.refunds[refund["payment_intent"]].append(refund)
        self.disputes = world.all("dispute")
        self.payments = list(Payment.objects.select_related("order").prefetch_related("refunds"))

    def check(self) -> None:
        assert books_add_up()
        for payment in self.payments:
            self._every_charge_is_kept_once_or_went_back(payment)
            self._refunds_are_followed(payment)
        self._every_charge_has_its_payment()
        self._disputes_are_recorded()
        self._nothing_needs_attention_but_what_does()
        self._mails_went_out_once()
        assert not StripeEvent.objects.filter(processed_at=None).exists()

    @staticmethod
    def audit() -> None:
        """With the shop's own means: it must come to the same."""
        for finding in [*audit(), *at_stripe.compare(days=DAYS)]:
            assert not finding.is_broken, finding

    def _every_charge_is_kept_once_or_went_back(self, payment: Payment) -> None:
        charges = self.charges[str(payment.pk)]
        own = [charge for charge in charges if charge["payment_intent"] == payment.stripe_payment_id]
        assert payment.is_paid == bool(own) == bool(charges)
        assert len(own) <= 1
        for charge in charges:
            assert charge["amount_captured"] == minor(payment.amount)
        for charge in own:
            assert charge["amount_refunded"] == minor(payment.amount_refunded)
            if not payment.order.is_paid:
                assert payment.order.status == Order.Status.CANCELED
                self._went_back(payment, charge)
        for charge in charges:
            if charge not in own:
                self._went_back(payment, charge)

    def _went_back(self, payment: Payment, charge: dict) -> None:
        """All of it, but for what Stripe or a bank refused: a person is told of every refund that failed."""
        assert charge["refunded"] or self._was_refused(payment, charge)

    @staticmethod
    def _was_refused(payment: Payment, charge: dict) -> bool:
        failed = [refund for refund in payment.refunds.all() if refund.status == Refund.Status.FAILED]
        return any(refund.intent_id == charge["payment_intent"] for refund in failed)

    def _every_charge_has_its_payment(self) -> None:
        assert set(self.charges) <= {str(payment.pk) for payment in self.payments}
        assert not Order.objects.filter(status=Order.Status.PENDING).exists()
        assert not Payment.objects.open().exists()

    def _refunds_are_followed(self, payment: Payment) -> None:
        """Each refund at Stripe has one row that says the same, and each row a refund, unless Stripe refused it."""
        rows = {refund.stripe_refund_id: refund for refund in payment.refunds.all()}
        refused = [row for row in payment.refunds.all() if row.stripe_refund_id is None]
        assert all(row.status == Refund.Status.FAILED for row in refused)
        intents = {charge["payment_intent"] for charge in self.charges[str(payment.pk)]}
        at_stripe = {refund["id"]: refund for intent in intents for refund in self.refunds[intent]}
        assert set(at_stripe) == set(rows) - {None}
        for id_, refund in at_stripe.items():
            assert rows[id_].status == REFUND_STATUS[refund["status"]]
            assert minor(rows[id_].amount) == refund["amount"]

    def _disputes_are_recorded(self) -> None:
        recorded = dict(Dispute.objects.values_list("stripe_dispute_id", "status"))
        assert recorded == {dispute["id"]: dispute["status"] for dispute in self.disputes}

    def _nothing_needs_attention_but_what_does(self) -> None:
        """Failed refunds, disputes that may cost money, money that went back before its order was confirmed."""
        due = {(Reason.REFUND_FAILED, str(refund.pk)) for refund in self._failed_refunds()}
        due |= {(Reason.DISPUTE, each["id"]) for each in self.disputes if each["status"] not in disputes.KEPT}
        called = set(Attention.objects.open().values_list("reason", "subject"))
        went_back_first = {(Reason.REFUNDED_FIRST, intent) for intent in self.refunds}
        assert due <= called <= due | went_back_first

    def _failed_refunds(self) -> list[Refund]:
        """But for those of an intent whose money has all gone back by others."""
        rows = Refund.objects.select_related("payment")
        gone = Counter()
        for refund in rows.filter(status=Refund.Status.SUCCEEDED):
            gone[refund.intent_id] += refund.amount
        failed = rows.filter(status=Refund.Status.FAILED)
        return [refund for refund in failed if gone[refund.intent_id] < refund.payment.amount]

    def _mails_went_out_once(self) -> None:
        """Each that is owed, and no other; one whose server's answer was lost went twice under one Message-ID."""
        owed, perhaps = self._mails_owed()
        sent = Counter(
            (mail.order_id, mail.kind, "" if mail.kind == Kind.CANCELED_BY_SHOP else mail.about)
            for mail in OrderMail.objects.filter(sent_at__isnull=False)
        )
        assert owed <= sent <= owed + perhaps
        assert OrderMail.objects.count() == len(sent) == len(PostOffice.delivered)
        assert sum(PostOffice.delivered.values()) - len(sent) == self.world.unanswered_mails

    def _mails_owed(self) -> tuple[Counter, Counter]:
        """And those of refunds that failed: they may have succeeded before, and their mail with them."""
        owed, perhaps = Counter(), Counter()
        for payment in self.payments:
            number = payment.order_id
            if payment.order.confirmed_at:
                owed[number, Kind.CONFIRMATION, ""] = 1
            for parcel in payment.order.shipments.all():
                owed[number, Kind.SHIPPED, str(parcel.pk)] = 1
            if payment.order.events.filter(kind=OrderEvent.Kind.CANCELED, text="sold by mistake").exists():
                owed[number, Kind.CANCELED_BY_SHOP, ""] = 1
            for refund in payment.refunds.all():
                told_at_once = refund.reason == Refund.Reason.LATE_PAYMENT
                certain = told_at_once or refund.status == Refund.Status.SUCCEEDED
                if refund.reason in KIND_OF:
                    about = "" if told_at_once else str(refund.pk)
                    (owed if certain else perhaps)[number, KIND_OF[refund.reason], about] = 1
        return owed, perhaps


def minor(amount: Decimal) -> int:
    return int(amount * 100)
