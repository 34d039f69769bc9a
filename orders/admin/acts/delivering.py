"""The parcels have arrived."""

from bookstore.accounts.models import User
from orders.admin.situation import Situation
from orders.models import Order

from .base import Act, ActForm, in_words


class Deliver(Act):
    name = "deliver"
    label = "Mark as delivered"
    permission = "orders.ship_order"
    button = "Yes, it has arrived"

    def is_possible(self, situation: Situation) -> bool:
        return situation.order.status == Order.Status.SHIPPED

    def explain(self, situation: Situation) -> list[str]:
        return ["All of its parcels have arrived. The shopper gets no mail about it."]

    def do(self, form: ActForm, person: User) -> str:
        order = form.situation.order
        with in_words(order):
            order.deliver(actor=person)
        return "The order is delivered."
