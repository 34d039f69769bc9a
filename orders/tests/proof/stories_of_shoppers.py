"""What shoppers do, and their banks."""

from contextlib import suppress

from django.test import Client
from django.urls import reverse
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from bookstore.catalog.models import Book
from cart.models import Cart
from orders import access, endings
from orders.models import Order
from payments import gateway, intents

from .world import REFUSALS, World
from .world_stage import STOCK

ANY_CARD = [
    "pm_card_visa",
    "pm_card_visa",
    "pm_card_chargeDeclined",
    "pm_card_visa_chargeDeclinedInsufficientFunds",
    "pm_card_authenticationRequired",
    "pm_card_threeDSecureRequiredChargeDeclined",
    "a bank that takes days",
]

some = st.integers(min_value=0, max_value=99)
"""Which of what there is: taken modulo how many there are."""


class Shoppers(World):
    """Two of them, with a cart each."""

    @rule(which=some, book=some, card=st.sampled_from(ANY_CARD), heard=st.booleans())
    def buy_a_book(self, which, book, card, heard):
        self.buy(self.one_of(self.shop.carts, which), self.one_of(self.shop.books, book), card)
        if heard:
            self.send_due_webhooks()

    @rule(which=some, book=some, quantity=st.integers(0, STOCK), city=st.sampled_from(["", "Leeds", "York"]))
    def order_what_is_in_the_cart(self, which, book, quantity, city):
        """And something else besides; or (no city) look at the review page and go away for now."""
        cart = self.one_of(self.shop.carts, which)
        self.put(cart, self.one_of(self.shop.books, book), quantity)
        if city:
            self.place(cart, city)
        else:
            self.seen = (cart, self.quote(cart))

    @precondition(lambda self: self.seen)
    @rule()
    def order_at_the_total_that_was_shown_a_while_ago(self):
        cart, quote = self.seen
        self.seen = None
        order = self.place(cart, quote=quote)
        assert order is None or order.total == order.payment.amount

    @precondition(lambda self: self.intents)
    @rule(which=some, card=st.sampled_from(ANY_CARD), approve=st.sampled_from([True, True, False, None]))
    def pay(self, which, card, approve):
        """3-D Secure, where the card asks for it: approved, failed, or (None) left open."""
        payable = self.at_stripe("requires_payment_method", "requires_action")
        intent = self.one_of(payable or [intent["id"] for intent in self.intents], which)
        self.pay_with(card, intent)
        if approve is not None:
            self.sandbox.authenticate(intent, approve=approve)

    @precondition(lambda self: self.at_stripe("requires_action", "processing"))
    @rule(which=some, yes=st.booleans())
    def let_a_bank_say_yes_or_no(self, which, yes):
        """After days, or in an open 3-D Secure dialog."""
        intent = self.one_of(self.at_stripe("requires_action", "processing"), which)
        self.sandbox.authenticate(intent, approve=yes)
        self.sandbox.settle_delayed(intent, yes)

    @precondition(lambda self: self.orders)
    @rule(which=some, act=st.sampled_from(["open the pay page", "come back from Stripe", "cancel"]))
    def return_to_an_order(self, which, act):
        order = self.one_of(self.at("PENDING") or self.orders, which)
        if act == "open the pay page":
            with suppress(*REFUSALS):
                intents.ensure(order.payment)
        elif act == "cancel":
            with suppress(gateway.GatewayError):  # told to the shopper; nothing has ended
                endings.cancel(order, Order.CancelReason.BY_SHOPPER)
        else:
            self.come_back_from_stripe(order)

    @precondition(lambda self: self.charges)
    @rule(
        which=some,
        reason=st.sampled_from(["fraudulent", "product_not_received", "inquiry"]),
        won=st.booleans(),
    )
    def dispute_a_charge_or_decide_on_it(self, which, reason, won):
        """The shop sends its evidence; a few seconds later the bank has made up its mind."""
        evidence = "winning_evidence" if won else "we are sorry"
        if waiting := [
            each["id"] for each in self.all("dispute") if each["status"].endswith("needs_response")
        ]:
            dispute = self.one_of(waiting, which)
            self.at_the_desk(f"disputes/{dispute}", {"evidence[uncategorized_text]": evidence})
        elif standing := [each["id"] for each in self.charges if is_kept(each)]:
            self.counted["disputes"] += 1
            self.sandbox.dispute(self.one_of(standing, which), reason)

    @staticmethod
    def come_back_from_stripe(order: Order) -> None:
        client = Client()
        session = client.session
        session[access.SESSION_ORDERS] = [str(order.pk)]
        session.save()
        url = reverse("orders:status", args=[order.number])
        assert client.get(url, {"payment_intent": "pi_x"}).status_code == 302

    def buy(self, cart: Cart, book: Book, card: str) -> None:
        """From the shelf to the bank without a pause."""
        self.put(cart, book, 1)
        order = self.place(cart)
        if order and order.is_pending:
            self.pay_with(card, order.payment.stripe_payment_id)

    def pay_with(self, card: str, intent: str) -> None:
        if card == "a bank that takes days":
            self.sandbox.faults.delay_next()
            card = "pm_card_visa"
        self.sandbox.pay(intent, card)


def is_kept(charge: dict) -> bool:
    return charge["paid"] and not charge["disputed"] and not charge["refunded"]
