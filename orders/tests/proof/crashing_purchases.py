"""Shoppers and programs that buy, as stories to be cut off: from the cart to the mail."""

from typing import Any

from bookstore.accounts.factories import UserFactory
from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import Book
from bookstore.testing.api import ApiClient
from orders.factories import ADDRESS, DeliveryMethodFactory, filled_cart
from orders.models import Order
from orders.tests.conftest import Visitor

from .crashing_story import CANCELED, CONFIRMED, Story, intent_of


class Purchase(Story):
    """Two copies; while the payment is open, one more and another book go into the cart."""

    title = "a purchase"

    def arrange(self) -> None:
        self.book, self.other = BookFactory.create_batch(2, stock=5)
        self.shopper = Visitor(DeliveryMethodFactory(), self.book, quantity=2)
        self.shopper.fills_in()

    def tell(self) -> None:
        order = self.orders()
        if order is None:
            return
        self.puts(self.book, self.other)
        self.pays(order)
        self.hears()
        self.works()
        self.does("return", self.shopper.get, "status", order, "?payment_intent=pi_x")
        self.does("status page", self.shopper.get, "status", order)

    def orders(self) -> Order | None:
        answer = self.does("place the order", self.shopper.places, "22.93")
        return None if answer is None else Order.objects.get(status=Order.Status.PENDING)

    def puts(self, *books: Book) -> None:
        """Into the cart, in another tab."""
        for book in books:
            self.shopper.cart.add(book)
            self.in_carts[self.shopper.cart.pk][book.pk] += 1

    def pays(self, order: Order, card: str = "pm_card_visa") -> None:
        """The card goes to Stripe from the page, which is shown first."""
        page = self.does("pay page", self.shopper.get, "pay", order)
        if page is not None and page.status_code == 200:
            self.sandbox.pay(intent_of(order), card)

    def wrong(self) -> list[str]:
        paid = {intent["status"] for intent in self.sandbox.intents()} == {"succeeded"}
        return self.unless_statuses_are(*[CONFIRMED if paid else CANCELED] * Order.objects.count())


class PurchaseAfterADecline(Purchase):
    title = "a purchase after a declined card"

    def pays(self, order: Order, card: str = "pm_card_visa") -> None:
        super().pays(order, "pm_card_chargeDeclined")
        self.hears("payment_intent.payment_failed")
        super().pays(order, card)


class PurchaseByProgram(Purchase):
    """Every request carries an Idempotency-Key, and is sent again with it."""

    title = "a purchase by the API"

    def arrange(self) -> None:
        self.book, self.other = BookFactory.create_batch(2, stock=5)
        self.delivery = DeliveryMethodFactory()
        ada = UserFactory()
        self.user_cart = filled_cart(self.book, quantity=2, user=ada)
        self.program = ApiClient(ada)

    def tell(self) -> None:
        placed = self.sends("/orders", self.order(), key="place")
        if placed is None:
            return
        opened = self.sends(f"/orders/{placed['id']}/payment", key="pay")
        if opened is None:
            return
        self.sandbox.pay(opened["paymentIntentId"])
        self.hears()
        self.works()
        confirmed = {"paymentIntentId": opened["paymentIntentId"]}
        self.sends(f"/orders/{placed['id']}/payment/confirm", confirmed)

    def order(self) -> dict[str, Any]:
        address = {
            "fullName": ADDRESS.full_name,
            "line1": ADDRESS.address_line1,
            "city": ADDRESS.city,
            "postalCode": ADDRESS.postal_code,
            "country": ADDRESS.country,
        }
        return {"shippingAddress": address, "deliveryMethodId": self.delivery.pk, "agreedTotal": 22.93}

    def sends(self, path: str, body: Any = None, *, key: str = "") -> Any:
        headers = {"Idempotency_Key": key} if key else {}
        answer = self.does(f"POST {path[:7]}", self.program.send, "POST", path, body, **headers)
        if answer is None:
            return None
        assert answer.status_code in (200, 201), answer.content
        return answer.json()


class Replacement(Purchase):
    """The shopper has ordered, goes back, changes the address, and orders and pays that."""

    title = "a changed order in place of an unpaid one"

    def arrange(self) -> None:
        super().arrange()
        self.shopper.places("22.93")
        self.shopper.fills_in(city="York")

    def orders(self) -> Order | None:
        super().orders()
        return Order.objects.filter(city="York", status=Order.Status.PENDING).first()

    def wrong(self) -> list[str]:
        paid = any(intent["status"] == "succeeded" for intent in self.sandbox.intents())
        return self.unless_statuses_are(*[CANCELED] * (Order.objects.count() - paid), *[CONFIRMED] * paid)
