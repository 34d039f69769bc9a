"""What the shop's people do in Stripe's dashboard."""

import requests

from bookstore.testing.stripe import Stripe
from orders.models import Order


def refund(stripe: Stripe, order: Order, amount: int) -> None:
    """Give money back, in minor units. The shop hears of it once it is delivered."""
    requests.post(
        f"{stripe.sandbox.url}/v1/refunds",
        data={"payment_intent": order.payment.stripe_payment_id or "", "amount": str(amount)},
        auth=(stripe.sandbox.secret_key, ""),
        timeout=30,
    ).raise_for_status()
