from .checkout import details, review
from .metrics import metrics
from .orders import cancel, history, open_link, status
from .pay import pay

__all__ = ["cancel", "details", "history", "metrics", "open_link", "pay", "review", "status"]
