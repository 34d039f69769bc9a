"""What `manage.py doctor` finds out about Stripe and the shop's dealings with it. Nothing here changes anything."""

from .at_stripe import EXAMINATIONS as AT_STRIPE
from .finding import Examination, Finding, Grade, in_words, ok, warning, wrong
from .in_database import EXAMINATIONS as IN_DATABASE
from .keys import EXAMINATIONS as OF_SETTINGS

__all__ = [
    "AT_STRIPE",
    "IN_DATABASE",
    "OF_SETTINGS",
    "Examination",
    "Finding",
    "Grade",
    "in_words",
    "ok",
    "warning",
    "wrong",
]
