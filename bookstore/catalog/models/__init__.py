from .book import Book, Contribution
from .contributor import Contributor
from .stock import OutOfStock, StockMovement
from .subject import Subject

__all__ = ["Book", "Contribution", "Contributor", "OutOfStock", "StockMovement", "Subject"]
