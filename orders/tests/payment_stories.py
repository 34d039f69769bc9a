"""What can happen between a cart and the end of its payments, one step after another, and what must hold after each."""

from collections import Counter
from contextlib import suppress

from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from bookstore.catalog.factories import BookFactory
from bookstore.testing.worker import run_due_tasks
from cart.factories import CartFactory
from orders import access, endings
from orders.factories import DeliveryMethodFactory
from orders.models import Order
from payments import gateway
from payments.models import Payment, Refund, StripeEvent

from .ledger import books_add_up
from .payment_world import PaymentWorld

STOCK = 3
DECLINED = ["pm_card_chargeDeclined", "pm_card_visa_chargeDeclinedInsufficientFunds"]
ASKING = ["pm_card_authenticationRequired", "pm_card_threeDSecureRequiredChargeDeclined"]

some = st.integers(min_value=0, max_value=99)
"""Which of what there is: taken modulo how many there are."""


class PaymentStories(PaymentWorld):
    """Two shoppers with a cart each want the same few books."""

    def teardown(self) -> None:
        try:
            if hasattr(self, "carts"):
                self.everything_arrives()
                self.all_is_well_in_the_end()
        finally:
            self.undo_everything()

    @initialize()
    def open_the_shop(self) -> None:
        self.books = BookFactory.create_batch(2, stock=STOCK)
        self.delivery = DeliveryMethodFactory()
        self.carts = [CartFactory(), CartFactory()]
        self.expected_in_cart = {cart.pk: Counter() for cart in self.carts}
        self.seen_paid: set = set()
        for cart in self.carts:
            self.put(cart, self.books[0], 1)
            self.place(cart, "Leeds")

    # What shoppers do

    @rule(which=some, book=some, quantity=st.integers(0, STOCK))
    def change_a_cart(self, which, book, quantity):
        self.put(self.carts[which % 2], self.books[book % 2], quantity)

    @rule(which=some, city=st.sampled_from(["Leeds", "York"]))
    def place_an_order(self, which, city):
        self.place(self.carts[which % 2], city)

    @precondition(lambda self: self.shown())
    @rule(which=some)
    def pay(self, which):
        self.sandbox.pay(self.one_of(self.shown(), which))

    @precondition(lambda self: self.shown())
    @rule(which=some, card=st.sampled_from(DECLINED))
    def try_a_card_that_is_declined(self, which, card):
        self.sandbox.pay(self.one_of(self.shown(), which), card)

    @precondition(lambda self: self.shown())
    @rule(which=some, card=st.sampled_from(ASKING), approve=st.sampled_from([True, True, False, None]))
    def pay_with_a_card_that_asks(self, which, card, approve):
        """3-D Secure: approved, failed, or (None) left open."""
        intent = self.one_of(self.shown(), which)
        self.sandbox.pay(intent, card)
        if approve is not None:
            self.sandbox.authenticate(intent, approve=approve)

    @precondition(lambda self: self.at_stripe("requires_action"))
    @rule(which=some, approve=st.booleans())
    def take_an_open_3d_secure_dialog_up_again(self, which, approve):
        self.sandbox.authenticate(self.one_of(self.at_stripe("requires_action"), which), approve=approve)

    @precondition(lambda self: Order.objects.exists())
    @rule(which=some)
    def come_back_from_stripe(self, which):
        order = self.order(which)
        client = Client()
        session = client.session
        session[access.SESSION_ORDERS] = [str(order.pk)]
        session.save()
        url = reverse("orders:status", args=[order.number])
        assert client.get(url, {"payment_intent": "pi_x"}).status_code == 302

    @precondition(lambda self: Order.objects.exists())
    @rule(which=some)
    def cancel_an_order(self, which):
        with suppress(gateway.GatewayError):  # told to the shopper; nothing has ended
            endings.cancel(self.order(which), Order.CancelReason.BY_SHOPPER)

    # What banks, staff, time and networks do

    @precondition(lambda self: self.shown())
    @rule(which=some)
    def pay_by_a_bank_that_takes_days(self, which):
        self.sandbox.faults.delay_next()
        self.sandbox.pay(self.one_of(self.shown(), which))

    @precondition(lambda self: self.at_stripe("processing"))
    @rule(which=some, clears=st.booleans())
    def hear_from_the_bank(self, which, clears):
        self.sandbox.settle_delayed(self.one_of(self.at_stripe("processing"), which), clears)

    @precondition(lambda self: Order.objects.filter(status="PENDING").exists())
    @rule(which=some)
    def let_a_hold_run_out(self, which):
        order = self.one_of(list(Order.objects.filter(status="PENDING").order_by("placed_at")), which)
        Order.objects.filter(pk=order.pk).update(hold_expires_at=timezone.now())
        endings.expire_holds()

    @rule(
        effect=st.sampled_from(["error_500", "drop", "error_429"]),
        when=st.sampled_from(["before", "after"]),
        times=st.integers(1, 3),
    )
    def let_stripe_stumble(self, effect, when, times):
        self.sandbox.faults.api(effect, "/v1/payment_intents", when=when, count=times)

    @precondition(lambda self: self.shown())
    @rule(which=some, act=st.sampled_from(["cancel", "refund all", "refund some"]))
    def act_in_the_dashboard(self, which, act):
        if act == "cancel":
            self.dashboard(f"payment_intents/{self.one_of(self.shown(), which)}/cancel")
        else:
            intent = self.one_of(self.at_stripe("succeeded") or self.shown(), which)
            amount = {"amount": 500} if act == "refund some" else {}
            self.dashboard("refunds", {"payment_intent": intent} | amount)

    @precondition(lambda self: self.stripe.events())
    @rule(which=st.lists(some, min_size=1, max_size=4))
    def deliver_some_events(self, which):
        """In any order, some twice, some never."""
        events = self.stripe.events()
        self.stripe.deliver([events[-1 - n % len(events)] for n in which])

    @rule()
    def let_the_worker_run(self):
        run_due_tasks()

    # What must hold at any moment

    @invariant()
    def every_copy_is_accounted_for(self):
        assert books_add_up()

    @invariant()
    def a_cart_loses_only_what_was_paid_for(self):
        """So a payment that failed never emptied one."""
        for order in Order.objects.paid().exclude(pk__in=self.seen_paid):
            self.seen_paid.add(order.pk)
            self.expected_in_cart[order.cart_id] -= Counter(order.quantities())
        for cart in getattr(self, "carts", []):
            in_cart = Counter(dict(cart.lines.values_list("book_id", "quantity")))
            assert in_cart == self.expected_in_cart[cart.pk]

    @invariant()
    def no_order_is_paid_without_money_and_none_ends_with_it(self):
        intents_at_stripe = {intent["id"]: intent for intent in self.sandbox.intents()}
        for payment in Payment.objects.select_related("order"):
            intent = intents_at_stripe.get(payment.stripe_payment_id)
            status = intent["status"] if intent else "unknown here"
            if payment.order.is_paid:
                assert status == "succeeded"
                assert payment.is_paid
            elif payment.order.status == Order.Status.CANCELED and status == "succeeded":
                assert Refund.objects.standing().filter(intent_id=payment.stripe_payment_id).exists()
            elif payment.order.status == Order.Status.CANCELED:
                assert status in ("canceled", "unknown here")

    # The end of a story

    def all_is_well_in_the_end(self) -> None:
        self.every_copy_is_accounted_for()
        self.a_cart_loses_only_what_was_paid_for()
        self.no_order_is_paid_without_money_and_none_ends_with_it()
        assert not StripeEvent.objects.filter(processed_at=None).exists()
        charged = self.kept_money()
        for payment in Payment.objects.select_related("order"):
            assert payment.is_paid == (charged[payment.pk]["received"] > 0)
            assert payment.order.is_paid == payment.is_paid
            assert charged[payment.pk]["refunded"] == int(payment.amount_refunded * 100)
            assert charged[payment.pk]["received"] in (0, int(payment.amount * 100))
            assert charged[payment.pk]["successes"] <= 1
            assert payment.order.mails.filter(sent_at__isnull=False).count() == payment.order.is_paid
            # a refund that was told before the success it takes back is for a person to look at; nothing else is
            assert not payment.attentions.exists() or payment.amount_refunded
