from .book import Book, BookQuerySet, Contribution
from .book_import import BookImport
from .contributor import Contributor
from .entry import StockEntry
from .stock import OutOfStock, StockHasMoved, StockMovement
from .subject import Subject

__all__ = [
    "Book",
    "BookImport",
    "BookQuerySet",
    "Contribution",
    "Contributor",
    "OutOfStock",
    "StockEntry",
    "StockHasMoved",
    "StockMovement",
    "Subject",
]
