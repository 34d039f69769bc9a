from .dispute import Dispute
from .event import StripeEvent
from .mirror import MirroredPaymentIntent
from .payment import Payment
from .refund import Refund

__all__ = ["Dispute", "MirroredPaymentIntent", "Payment", "Refund", "StripeEvent"]
