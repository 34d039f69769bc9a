from .book import Book, BookQuerySet, Contribution
from .contributor import Contributor
from .stock import OutOfStock, StockMovement
from .subject import Subject

__all__ = ["Book", "BookQuerySet", "Contribution", "Contributor", "OutOfStock", "StockMovement", "Subject"]
