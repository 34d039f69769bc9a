"""Money that comes late, is told of late or goes back, as stories to be cut off."""

from datetime import timedelta
from decimal import Decimal
from typing import ClassVar
from unittest.mock import patch
from uuid import uuid4

from bookstore.accounts.factories import UserFactory
from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import Book
from bookstore.testing.worker import run_due_tasks
from orders import endings
from orders.factories import place_order
from orders.models import Order
from orders.tests import dashboard
from payments import inbox, intents, refunds
from payments.models import Payment, Refund

from .crashing_story import CANCELED, CONFIRMED, Story, Then


class Replay(Story):
    """The webhook of a payment could not be applied when it came; the sweep does it."""

    title = "a webhook that is applied later"

    def arrange(self) -> None:
        order = place_order()
        self.sandbox.pay(intents.ensure(order.payment).id)
        with patch.object(inbox, "settle", side_effect=RuntimeError("out of order")):
            self.stripe.deliver(self.sandbox.events())
        self.clock.shift(timedelta(minutes=1))

    has_heard = True

    def tell(self) -> None:
        self.sweeps()
        self.works()

    def wrong(self) -> list[str]:
        return self.unless_statuses_are(CONFIRMED)


class LateMoney(Story):
    """The order had ended before its money came; its books are still there."""

    title = "a late payment, revived"
    ends_as: ClassVar = [CONFIRMED]

    def arrange(self) -> None:
        self.book = BookFactory(stock=3)
        self.order = place_order(self.book)
        intent = intents.ensure(self.order.payment)
        self.order.cancel(Order.CancelReason.EXPIRED)
        self.sandbox.pay(intent.id)

    def tell(self) -> None:
        self.hears()
        self.works()
        self.hears()
        self.works()

    def wrong(self) -> list[str]:
        return self.unless_statuses_are(*self.ends_as)


class LateMoneyForBooksThatAreGone(LateMoney):
    title = "a late payment, refunded"
    ends_as: ClassVar = [CANCELED]

    def arrange(self) -> None:
        super().arrange()
        Book.objects.correct(self.book, -3, None, note="a flood")

    def wrong(self) -> list[str]:
        (payment,) = Payment.objects.all()
        refunded = [] if payment.status == Payment.Status.REFUNDED else [f"the payment is {payment.status}"]
        return super().wrong() + refunded


class RefundByStaff(Story):
    """Part of the money, so that a second refund would be possible. The form has a key of its own."""

    title = "a refund"
    card = "pm_card_visa"
    has_heard = True

    def arrange(self) -> None:
        self.order = place_order()
        self.sandbox.pay(intents.ensure(self.order.payment).id, self.card)
        self.stripe.deliver(self.sandbox.events())
        run_due_tasks()
        self.staff, self.key = UserFactory(is_staff=True), uuid4()

    def tell(self) -> None:
        self.does("staff ask for it", self.asks)
        self.works()
        self.sandbox.advance(10)
        self.hears()
        self.works()

    def asks(self) -> None:
        refunds.request(
            Payment.objects.get(),
            Decimal("5.00"),
            reason=Refund.Reason.REQUESTED_BY_CUSTOMER,
            requested_by=self.staff,
            key=self.key,
        )

    def wrong(self) -> list[str]:
        rows = Refund.objects.count()
        at_most = rows == 1 or (rows == 0 and self.then is not Then.AGAIN)
        return self.unless_statuses_are(CONFIRMED) + ([] if at_most else [f"{rows} refunds"])


class RefundThatTakesTime(RefundByStaff):
    title = "a refund that is pending for a while"
    card = "pm_card_pendingRefund"


class RefundInTheDashboard(Story):
    """Staff give money back at Stripe itself; the shop only hears of it."""

    title = "a refund made in Stripe's dashboard"
    has_heard = True

    def arrange(self) -> None:
        self.order = place_order()
        self.sandbox.pay(intents.ensure(self.order.payment).id)
        self.stripe.deliver(self.sandbox.events())
        run_due_tasks()

    def tell(self) -> None:
        dashboard.refund(self.stripe, Order.objects.get(), 500)
        self.hears()
        self.works()

    def wrong(self) -> list[str]:
        return self.unless_statuses_are(CONFIRMED)


class CancelByTheShop(RefundByStaff):
    """Paid, but the shop cannot send it: the money goes back, the books to the shelf, the shopper is told."""

    title = "a cancel by the shop, after the payment"

    def asks(self) -> None:
        reason = Order.CancelReason.BY_STAFF
        endings.take_back(Order.objects.get(), key=self.key, reason=reason, actor=self.staff)

    def wrong(self) -> list[str]:
        asked = Refund.objects.exists()
        if not asked and self.then is Then.AGAIN:
            return ["the money was not asked back"]
        return self.unless_statuses_are(CANCELED if asked else CONFIRMED)
