"""What a cart announces."""

from django.dispatch import Signal

cart_merging = Signal()
"""A guest's cart is about to be merged into a user's. Carries `cart` and `guest_cart`.

Sent inside the transaction and before the carts are locked, since orders are locked before carts everywhere.
"""
