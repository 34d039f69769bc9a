from .delivery import DeliveryMethod
from .history import OrderEvent
from .mail import OrderMail
from .order import Order, OrderLine

__all__ = ["DeliveryMethod", "Order", "OrderEvent", "OrderLine", "OrderMail"]
