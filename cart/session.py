"""Which cart is this visitor's? A user has one; a guest's is named in the session."""

from django.contrib.auth import SESSION_KEY
from django.db.models import Sum
from django.http import HttpRequest

from .models import Cart, CartLine

GUEST_CART = "cart_id"


def cart_of(request: HttpRequest) -> Cart | None:
    """The visitor's cart, or None as long as nothing was put into it."""
    if request.user.is_authenticated:
        return Cart.objects.filter(user=request.user).first()
    cart_id = request.session.get(GUEST_CART)
    return Cart.objects.open().filter(user=None, pk=cart_id).first() if cart_id else None


def cart_to_fill(request: HttpRequest) -> Cart:
    """The visitor's cart, made now if there is none yet."""
    if request.user.is_authenticated:
        return Cart.objects.get_or_create(user=request.user)[0]
    cart = cart_of(request)
    if cart is None:
        cart = Cart.objects.create()
        request.session[GUEST_CART] = cart.pk
    return cart


def copies_in_cart(request: HttpRequest) -> int:
    """How many copies the cart holds: one query, none for a visitor who never had a cart, the user is not loaded."""
    if user_id := request.session.get(SESSION_KEY):
        lines = CartLine.objects.filter(cart__user_id=user_id)
    elif cart_id := request.session.get(GUEST_CART):
        lines = CartLine.objects.filter(cart_id=cart_id, cart__user=None)
    else:
        return 0
    return lines.aggregate(copies=Sum("quantity"))["copies"] or 0
