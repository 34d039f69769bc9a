from .book import Book, BookQuerySet, Contribution
from .contributor import Contributor
from .entry import StockEntry
from .stock import OutOfStock, StockHasMoved, StockMovement
from .subject import Subject

__all__ = [
    "Book",
    "BookQuerySet",
    "Contribution",
    "Contributor",
    "OutOfStock",
    "StockEntry",
    "StockHasMoved",
    "StockMovement",
    "Subject",
]
