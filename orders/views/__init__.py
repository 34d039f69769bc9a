from .checkout import details, review
from .orders import cancel, history, open_link, status
from .pay import pay

__all__ = ["cancel", "details", "history", "open_link", "pay", "review", "status"]
