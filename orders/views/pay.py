"""The pay page: Stripe's Payment Element for one order."""

import logging
from collections.abc import Callable
from functools import wraps

from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from orders.access import orders_of
from orders.models import Order
from payments import declines, gateway, intents
from payments.stripe_objects import Intent

logger = logging.getLogger(__name__)

View = Callable[..., HttpResponse]


def lets_stripe_in(view: View) -> View:
    """Widen the Content-Security-Policy by Stripe's hosts, as the settings name them when the page is asked for."""

    @wraps(view)
    def wrapped(request: HttpRequest, number: str) -> HttpResponse:
        return csp_update(settings.PAY_PAGE_CONTENT_SECURITY_POLICY)(view)(request, number)  # type: ignore[call-arg,return-value]

    return wrapped


@lets_stripe_in
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: HttpRequest, number: str) -> HttpResponse:
    """Step 3. POST opens the payment where that failed before; GET shows the card form, or why there is none."""
    order = get_object_or_404(orders_of(request).select_related("payment"), number=number)
    if not order.is_pending:
        return redirect(order)
    try:
        return _hold_over(request, order) if order.hold_is_over else _pay_page(request, order)
    except intents.NotPayable:
        return redirect(order)
    except gateway.GatewayError as error:
        logger.exception("The payment of order %s could not be opened", order.pk)
        return _later(request, order, error)


def _pay_page(request: HttpRequest, order: Order) -> HttpResponse:
    if request.method == "POST":
        intents.ensure(order.payment)
        return redirect("orders:pay", order.number)
    if not order.payment.stripe_payment_id:
        return render(request, "orders/pay_unopened.html", {"order": order, "step": "pay"})
    intent = intents.ensure(order.payment)
    order.refresh_from_db()
    if not order.is_pending or intent.status in ("succeeded", "processing", "canceled"):
        return redirect(order)
    return render(request, "orders/pay.html", _context(request, order, intent))


def _hold_over(request: HttpRequest, order: Order) -> HttpResponse:
    """Time is up; but whether the order was paid at the last moment, only Stripe knows."""
    payment = intents.refresh(order.payment)
    order.refresh_from_db()
    if not order.is_pending or payment.status == payment.Status.PROCESSING:
        return redirect(order)
    return render(request, "orders/hold_over.html", {"order": order, "step": "pay"})


def _context(request: HttpRequest, order: Order, intent: Intent) -> dict[str, object]:
    return {
        "order": order,
        "lines": order.lines.select_related("book"),
        "payment": order.payment,
        "step": "pay",
        "stripe_js_url": settings.STRIPE_JS_URL,
        "stripe": {
            "publishableKey": settings.STRIPE_PUBLISHABLE_KEY,
            "clientSecret": intent.client_secret,
            "returnUrl": request.build_absolute_uri(order.get_absolute_url()),
            "declines": declines.WORDS,
            "generalDecline": declines.GENERAL,
        },
    }


def _later(request: HttpRequest, order: Order, error: gateway.GatewayError) -> HttpResponse:
    refused = isinstance(error, gateway.StripeRefused)
    context = {"order": order, "error": error, "refused": refused, "step": "pay"}
    response = render(request, "orders/pay_later.html", context, status=503)
    if not refused:
        response["Retry-After"] = "30"
    return response
