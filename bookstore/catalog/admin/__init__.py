"""The books as staff keep them. Stock is not typed: copies are received (receiving.py), corrected (correcting.py)."""

from .books import BookAdmin
from .movements import StockMovementAdmin
from .shelves import ContributorAdmin, SubjectAdmin

__all__ = ["BookAdmin", "ContributorAdmin", "StockMovementAdmin", "SubjectAdmin"]
