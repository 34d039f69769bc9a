from .book import Book, Contribution, Contributor, Subject
from .stock import OutOfStock, StockMovement

__all__ = ["Book", "Contribution", "Contributor", "OutOfStock", "StockMovement", "Subject"]
