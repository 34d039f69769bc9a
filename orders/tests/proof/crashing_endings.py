"""Orders that end without being paid, or nearly so, as stories to be cut off."""

from datetime import timedelta

from bookstore.catalog.factories import BookFactory
from orders.factories import place_order
from orders.models import Order
from payments import intents

from .crashing_purchases import Purchase
from .crashing_story import CANCELED, CONFIRMED, Story, intent_of


class CancelByTheShopper(Purchase):
    title = "a cancel"

    def arrange(self) -> None:
        super().arrange()
        self.shopper.places("22.93")

    def tell(self) -> None:
        self.does("cancel", self.shopper.post, "cancel", Order.objects.get())
        self.hears()
        self.works()

    def wrong(self) -> list[str]:
        return self.unless_statuses_are(CANCELED)


class CancelWhenTheMoneyHasCome(CancelByTheShopper):
    title = "a cancel when the money has just come"

    def arrange(self) -> None:
        super().arrange()
        self.sandbox.pay(intent_of(Order.objects.get()))

    def wrong(self) -> list[str]:
        return self.unless_statuses_are(CONFIRMED)


class Expiry(Story):
    """Three holds run out: never opened at Stripe, opened, and paid although no webhook came."""

    title = "an expiry"

    def arrange(self) -> None:
        book = BookFactory(stock=5)
        for _ in range(3):
            place_order(book)
            self.clock.shift(timedelta(seconds=1))
        for order in Order.objects.order_by("placed_at")[1:]:
            intents.ensure(order.payment)
        self.sandbox.pay(intent_of(Order.objects.latest("placed_at")))
        self.clock.shift(timedelta(minutes=31))

    def tell(self) -> None:
        self.sweeps()
        self.works()
        self.hears()

    def wrong(self) -> list[str]:
        return self.unless_statuses_are(CANCELED, CANCELED, CONFIRMED)
