from django.contrib import messages
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from bookstore.accounts.models import User

from .models import Cart
from .session import GUEST_CART


@receiver(user_logged_in, dispatch_uid="cart.merge_guest_cart")
def merge_guest_cart(sender: type, request: HttpRequest, user: User, **kwargs: object) -> None:
    """What a guest chose stays in the cart after sign-in."""
    guest_cart = Cart.objects.open().filter(user=None, pk=request.session.pop(GUEST_CART, None)).first()
    if guest_cart is None:
        return
    cart, _ = Cart.objects.get_or_create(user=user)
    for line in cart.merge(guest_cart):
        copies = "1 copy" if line.quantity == 1 else f"{line.quantity} copies"
        messages.warning(
            request,
            f"Your cart now holds {copies} of “{line.book.title}”, fewer than you chose: "
            "there are no more at the moment.",
        )
