"""What can happen between a cart and the end of its payments, one step after another, and what must hold after each."""

from collections import Counter
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant

from cart.models import CartLine
from orders.models import Order, OrderMail
from orders.tests.ledger import books_add_up
from payments.models import Payment, Refund, StripeEvent

from .stories_of_shoppers import ANY_CARD, Shoppers
from .stories_of_staff import Staff
from .stories_of_trouble import Troubles
from .world import STEP
from .world_truth import Truth

HEALING = [timedelta(hours=2), timedelta(days=1), timedelta(days=9)]
"""How long the shop is left alone in the end, between the sweeps."""


class Stories(Shoppers, Staff, Troubles):
    """Everybody acts at once, in whatever order Hypothesis makes up."""

    def teardown(self) -> None:
        try:
            if self.begun:
                self.everything_heals()
                self.all_is_well_in_the_end()
        finally:
            self.undo_everything()

    @initialize(
        card=st.sampled_from(ANY_CARD), storm=st.sampled_from([0, 0.02, 0.1]), dice=st.integers(0, 1000)
    )
    def open_the_doors(self, card, storm, dice):
        self.begun = True
        self.chance.seed(dice)
        self.audited = self.chance.randrange(self.stage.audited) == 0  # not by the dice: many show the same
        for cart, book in zip(self.shop.carts, self.shop.books, strict=True):
            self.buy(cart, book, card)
            self.let_pass(STEP)
        self.make_weather(storm, dice)

    # What must hold at any moment

    @invariant()
    def every_copy_is_accounted_for(self):
        assert books_add_up()

    @invariant()
    def a_cart_loses_only_what_was_paid_for(self):
        """So a payment that failed never emptied one."""
        for order in self.orders:
            if order.cart_emptied_at and order.pk not in self.emptied_for:
                self.emptied_for.add(order.pk)
                self.expected_in_cart[order.cart_id] -= Counter(order.quantities())
        in_carts = {cart.pk: Counter() for cart in self.shop.carts}
        for cart, book, quantity in CartLine.objects.values_list("cart", "book", "quantity"):
            in_carts[cart][book] = quantity
        assert in_carts == self.expected_in_cart

    @invariant()
    def no_order_is_paid_without_money_and_none_ends_with_it(self):
        at_stripe = {intent["id"]: intent for intent in self.intents}
        for order in self.orders:
            intent = at_stripe.get(order.payment.stripe_payment_id)
            if order.is_paid:
                assert intent
                assert intent["status"] == "succeeded"
                assert order.payment.is_paid
            elif order.status == Order.Status.CANCELED and intent:
                self.nothing_is_kept(order.payment, intent)

    @staticmethod
    def nothing_is_kept(payment: Payment, intent: dict) -> None:
        """Nor can anything come any more, unless Stripe did so late what it was asked that the order had ended by then.

        Money may have come so lately that the shop has not heard of it.
        """
        if intent["status"] == "succeeded":
            refunds = Refund.objects.filter(intent_id=intent["id"])
            assert not payment.is_paid or refunds.exists()
        elif intent["status"] != "canceled":
            assert payment.canceled_at
            assert intent["created"] >= int(payment.canceled_at.timestamp())

    # The end of a story

    def everything_heals(self) -> None:
        """Faults end, banks answer, the worker and the sweep do what is due. Nobody looks at anything."""
        self.sandbox.faults.clear()
        self.troubles_of_the_post_end()
        for pause in HEALING:
            self.let_pass(pause)
            self.send_due_webhooks()
            self.work()
            self.tend()
            self.work()
            if self.at_rest():
                break
        self.forget()

    def at_rest(self) -> bool:
        """Nothing is due any more, at the shop or at Stripe."""
        self.forget()
        return not (
            self.at("PENDING")
            or self.sandbox.engine.next_due()
            or self.at_stripe("processing")
            or StripeEvent.objects.unprocessed().exists()
            or Refund.objects.to_submit().exists()
            or OrderMail.objects.unsent().exists()
            or any(order.is_paid and not order.cart_emptied_at for order in self.orders)
            or any(order.payment.is_open for order in self.orders)
        )

    def all_is_well_in_the_end(self) -> None:
        self.a_cart_loses_only_what_was_paid_for()
        self.no_order_is_paid_without_money_and_none_ends_with_it()
        assert all(order.cart_emptied_at for order in self.orders if order.is_paid)
        Truth(self).check()
        if self.audited:
            self.counted["audits"] += 1
            Truth.audit()
        assert self.stage.listener.unexpected == []
