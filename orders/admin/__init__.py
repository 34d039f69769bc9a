"""Orders as staff see them. Money and status cannot be typed; what staff do to an order are acts.

changelist.py finds orders, order_page.py shows one, acts/ has what can be done to it, bulk.py to many.
"""

from .delivery import DeliveryMethodAdmin
from .order import OrderAdmin

__all__ = ["DeliveryMethodAdmin", "OrderAdmin"]
