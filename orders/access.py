"""Whose orders a visitor may see: a user's own, and those placed or opened by link in this browser session."""

from django.core.signing import BadSignature, TimestampSigner
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from .mails import LINK_LIFETIME, LINK_SALT
from .models import Order

SESSION_ORDERS = "orders"
MOST_REMEMBERED = 50


def orders_of(request: HttpRequest) -> QuerySet[Order]:
    mine = Q(pk__in=request.session.get(SESSION_ORDERS, []))
    if request.user.is_authenticated:
        mine |= Q(user=request.user)
    return Order.objects.filter(mine)


def remember(request: HttpRequest, order: Order) -> None:
    """Let this browser session see the order from now on."""
    known = [pk for pk in request.session.get(SESSION_ORDERS, []) if pk != str(order.pk)]
    request.session[SESSION_ORDERS] = [*known, str(order.pk)][-MOST_REMEMBERED:]


def number_in(token: str) -> str | None:
    """The order number of a mailed link, or None when the link is not one of ours, or too old."""
    try:
        return TimestampSigner(salt=LINK_SALT).unsign(token, max_age=LINK_LIFETIME)
    except BadSignature:
        return None
