from .delivery import DeliveryMethod
from .heartbeat import Heartbeat
from .history import OrderEvent
from .mail import OrderMail
from .order import Order, OrderLine
from .shipment import RefundedLine, Shipment, ShippedLine

__all__ = [
    "DeliveryMethod",
    "Heartbeat",
    "Order",
    "OrderEvent",
    "OrderLine",
    "OrderMail",
    "RefundedLine",
    "Shipment",
    "ShippedLine",
]
