from django.contrib import messages
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from bookstore.accounts.models import User

from .models import Cart, CartLine
from .session import GUEST_CART


@receiver(user_logged_in, dispatch_uid="cart.merge_guest_cart")
def merge_guest_cart(sender: type, request: HttpRequest, user: User, **kwargs: object) -> None:
    """What a guest chose stays in the cart after sign-in."""
    guest_cart = Cart.objects.open().filter(user=None, pk=request.session.pop(GUEST_CART, None)).first()
    if guest_cart is None:
        return
    cart, _ = Cart.objects.get_or_create(user=user)
    for line in cart.merge(guest_cart):
        messages.warning(request, _fewer_than_chosen(line))


def _fewer_than_chosen(line: CartLine) -> str:
    if line.available == 0:
        return f"“{line.book.title}” in your cart has sold out."
    copies = "1 copy" if line.quantity == 1 else f"{line.quantity} copies"
    return f"Your cart now holds {copies} of “{line.book.title}”, fewer than you chose: there are no more just now."
