from .attention import Attention
from .bookkeeping import Cursor, Installation
from .dispute import Dispute
from .event import StripeEvent
from .mirror import MirroredPaymentIntent
from .orphan import OrphanCharge
from .payment import Payment
from .refund import Refund

__all__ = [
    "Attention",
    "Cursor",
    "Dispute",
    "Installation",
    "MirroredPaymentIntent",
    "OrphanCharge",
    "Payment",
    "Refund",
    "StripeEvent",
]
