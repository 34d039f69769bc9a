"""An order after it was placed: its state, its history, and its end."""

import logging

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from orders import access, endings
from orders.models import Order
from payments import gateway, intents
from payments.models import Payment

logger = logging.getLogger(__name__)

PER_PAGE = 20


@never_cache
@require_safe
def status(request: HttpRequest, number: str) -> HttpResponse:
    """Where the order stands. Stripe sends shoppers here after paying, which settles the payment too."""
    order = get_object_or_404(access.orders_of(request), number=number)
    if "payment_intent" in request.GET:
        return _back_from_stripe(order)
    if "poll" in request.GET:
        return JsonResponse({"state": _state(order)})
    context = {"order": order, "lines": order.lines.select_related("book"), "payment": _payment(order)}
    return render(request, "orders/status.html", {**context, "state": _state(order)})


@require_POST
def cancel(request: HttpRequest, number: str) -> HttpResponse:
    """The shopper does not want to pay after all."""
    order = get_object_or_404(access.orders_of(request), number=number)
    try:
        order = endings.cancel(order, Order.CancelReason.BY_SHOPPER)
    except gateway.GatewayError:
        logger.exception("Order %s could not be canceled", order.pk)
        messages.error(
            request,
            "Our payment service is not answering, so your order is not canceled yet. Please try again.",
        )
        return redirect(order)
    if order.is_paid:
        messages.info(request, "Your order was confirmed already, so it was not canceled.")
    elif order.is_pending:
        messages.info(request, "Your bank is working on the payment, so the order cannot be canceled now.")
    return redirect(order)


@never_cache
@login_required
@require_safe
def history(request: HttpRequest) -> HttpResponse:
    orders = Order.objects.of_user(request.user).prefetch_related("lines")
    page = Paginator(orders, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "orders/history.html", {"page": page})


@never_cache
@require_safe
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """The link in a mail: opens the order in this browser."""
    number = access.number_in(token)
    if number is None:
        raise Http404("not a link of ours")
    order = get_object_or_404(Order, number=number)
    access.remember(request, order)
    return redirect(order)


def _back_from_stripe(order: Order) -> HttpResponse:
    """Settle, then lead to the address without Stripe's parameters: one of them is the client secret."""
    payment = _payment(order)
    if order.is_pending and payment is not None:
        try:
            intents.refresh(payment)
        except gateway.GatewayError:
            logger.exception("The payment of order %s could not be looked at yet", order.pk)
        if payment.status == payment.Status.FAILED:
            return redirect("orders:pay", order.number)
    return redirect(order)


def _payment(order: Order) -> Payment | None:
    """None for an order that cost nothing."""
    return getattr(order, "payment", None)


def _state(order: Order) -> str:
    """What the status page shows; it is drawn anew when this changes."""
    payment = _payment(order)
    return f"{order.status}-{payment.status if payment else ''}"
