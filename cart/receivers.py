from django.contrib import messages
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from .models import Cart
from .session import GUEST_CART


@receiver(user_logged_in, dispatch_uid="cart.merge_guest_cart")
def merge_guest_cart(sender: type, request: HttpRequest, user: AbstractBaseUser, **kwargs: object) -> None:
    """What a guest chose stays in the cart after sign-in."""
    guest_cart = Cart.objects.open().filter(user=None, pk=request.session.pop(GUEST_CART, None)).first()
    if guest_cart is None:
        return
    cart, _ = Cart.objects.get_or_create(user=user)
    for line in cart.merge(guest_cart):
        messages.warning(
            request,
            f"Your two carts together held more copies of “{line.book.title}” than we have: "
            f"there {'is' if line.quantity == 1 else 'are'} now {line.quantity} in your cart.",
        )
