"""Payments as staff see them: everything can be read, nothing about money can be typed.

What staff can do: act on cases that need attention (attention.py), and have Stripe's events replayed (events.py).
"""

from .attention import AttentionAdmin
from .cases import NeedsAttention, open_cases, with_open_cases
from .events import StripeEventAdmin
from .links import dashboard_link
from .mirror import MirroredPaymentIntentAdmin
from .orphans import OrphanChargeAdmin
from .payments import PaymentAdmin
from .readonly import ReadOnly

__all__ = [
    "AttentionAdmin",
    "MirroredPaymentIntentAdmin",
    "NeedsAttention",
    "OrphanChargeAdmin",
    "PaymentAdmin",
    "ReadOnly",
    "StripeEventAdmin",
    "dashboard_link",
    "open_cases",
    "with_open_cases",
]
