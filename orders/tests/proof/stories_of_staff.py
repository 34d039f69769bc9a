"""What the shop's people do, in the admin and in Stripe's dashboard."""

from contextlib import suppress
from decimal import Decimal
from uuid import uuid4

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from bookstore.catalog.models import Book, OutOfStock
from orders import endings, refunding, shipping
from orders.models import Order
from payments import refunds
from payments.models import Payment

from .stories_of_shoppers import some
from .world import World

PARTS = ["all", "some", "too much"]
PRICES = ["9.99", "7.50", "0.45", "120.00"]


class Staff(World):
    @precondition(lambda self: self.at("CONFIRMED", "SHIPPED", "DELIVERED"))
    @rule(
        which=some,
        act=st.sampled_from(["ship", "ship", "refund", "refund", "take back"]),
        part=st.sampled_from(PARTS),
    )
    def serve(self, which, act, part):
        """Each form is sent twice, as by a double click."""
        order = self.one_of(self.at("CONFIRMED", "SHIPPED", "DELIVERED"), which)
        if act == "ship":
            self.send_on_its_way(order, part)
        elif act == "refund":
            self.refund(order, part, restock=bool(which % 2))
        else:
            self.take_back(order)

    def send_on_its_way(self, order: Order, part: str) -> None:
        if order.status == Order.Status.SHIPPED:
            assert order.deliver()
            return
        left = shipping.left_to_ship(order)
        copies = dict.fromkeys(left, 1) if part == "some" else None
        key = uuid4()
        with suppress(Order.WrongStatus, shipping.NotToShip):
            parcel = shipping.ship(order, copies, key=key)
            assert Payment.objects.get(order=order).status != Payment.Status.REFUNDED
            assert shipping.ship(order, copies, key=key) == parcel

    def refund(self, order: Order, part: str, *, restock: bool) -> None:
        left = refunding.left(order)
        amount = {"all": left, "some": Decimal("0.40"), "too much": left + Decimal("0.01")}[part]
        copies = refunding.left_by_line(order) if part == "all" else {}
        wish = refunding.Wish(uuid4(), amount, "as asked", copies, restock=restock)
        try:
            made = refunding.refund(order, wish, actor=None)
        except refunds.MoreThanLeft:
            assert not 0 < amount <= left
        else:
            self.counted["refunds by staff"] += 1
            assert amount <= left
            assert refunding.refund(order, wish, actor=None) == made

    def take_back(self, order: Order) -> None:
        self.counted["orders taken back"] += order.status == Order.Status.CONFIRMED
        key = uuid4()
        with suppress(Order.WrongStatus):
            for _ in range(2):
                endings.take_back(order, key=key, reason="sold by mistake", actor=None)

    @rule(which=some, copies=st.sampled_from([-2, -1, 0, 1, 2]), price=st.sampled_from(PRICES))
    def mind_the_shelf(self, which, copies, price):
        """Copies came from the supplier, or fewer are there than were thought; no copies: the price changes."""
        book = Book.objects.get(pk=self.one_of(self.shop.books, which).pk)
        if copies > 0:
            Book.objects.receive(book, copies)
        elif copies < 0:
            with suppress(OutOfStock):
                Book.objects.correct(book, copies, None, note="counted anew")
        else:
            book.price = Decimal(price)
            book.save()

    @precondition(lambda self: self.shown)
    @rule(which=some, act=st.sampled_from(["cancel", "refund all", "refund some"]))
    def act_in_the_dashboard(self, which, act):
        if act == "cancel":
            self.at_the_desk(f"payment_intents/{self.one_of(self.shown, which)}/cancel", {})
            return
        intent = self.one_of(self.at_stripe("succeeded") or self.shown, which)
        amount = {"amount": 40} if act == "refund some" else {}
        self.counted["refunds in the dashboard"] += self.at_the_desk(
            "refunds", {"payment_intent": intent} | amount
        )
