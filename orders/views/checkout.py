"""From the cart to a placed order: details, then review."""

import logging
from decimal import Decimal

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from bookstore.templatetags.money import money
from cart.models import Cart
from cart.session import cart_of
from orders import access, drafts
from orders.checkout import place_or_replace
from orders.forms import DetailsForm, ReviewForm
from orders.models import Order
from orders.placing import EmptyCart, NotAvailable, OtherOrderOpen, PriceChanged, Quote
from payments import gateway, intents

logger = logging.getLogger(__name__)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def details(request: HttpRequest) -> HttpResponse:
    """Step 1: e-mail, address, delivery."""
    cart = cart_of(request)
    if cart is None or not cart.lines_with_books:
        return redirect("cart:detail")
    if request.method != "POST":
        return _details_page(request, cart, DetailsForm(initial=drafts.draft_of(request)))
    form = DetailsForm(request.POST)
    if not form.is_valid():
        return _details_page(request, cart, form)
    drafts.keep(request, request.POST)
    return redirect("orders:review")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest) -> HttpResponse:
    """Step 2: everything once more; placing the order holds the books and opens the payment."""
    cart = cart_of(request)
    if cart is None or not cart.lines_with_books:
        return _nothing_to_order(request, cart)
    form = DetailsForm(drafts.draft_of(request))
    if not form.is_valid():
        return _details_missing(request, form)
    if request.method == "POST":
        return _place(request, cart, form)
    if Order.objects.short_lines(cart):
        messages.error(
            request, "Some of your books cannot be had as you asked. Please look at your cart first."
        )
        return redirect("cart:detail")
    return _review_page(request, cart, form)


def _nothing_to_order(request: HttpRequest, cart: Cart | None) -> HttpResponse:
    """Whoever sends the same order once more, after it was paid, is led to it."""
    if request.method == "POST" and cart is not None:
        latest = access.orders_of(request).filter(cart=cart).first()
        if latest is not None:
            return redirect(latest)
    return redirect("cart:detail")


def _details_missing(request: HttpRequest, form: DetailsForm) -> HttpResponse:
    if form.data.get("delivery_method"):  # it was chosen, and is no longer offered
        for error in form.errors.get("delivery_method", []):
            messages.warning(request, str(error))
    return redirect("orders:checkout")


def _place(request: HttpRequest, cart: Cart, form: DetailsForm) -> HttpResponse:
    agreed = ReviewForm(request.POST)
    if not agreed.is_valid():
        messages.warning(request, "Please look at the total once more, then go on.")
        return _review_page(request, cart, form, status=422)
    try:
        order = _placed(request, cart, form, agreed)
    except EmptyCart:
        return _nothing_to_order(request, cart)
    except NotAvailable as shortage:
        for line in shortage.lines:
            messages.error(
                request, f"“{line.book.title}” was just bought by someone else: {line.available} left."
            )
        return redirect("cart:detail")
    except PriceChanged as change:
        messages.warning(request, _new_total(agreed.cleaned_data["agreed_total"], change.quote.total))
        return redirect("orders:review")
    except OtherOrderOpen:
        messages.warning(
            request, "You ordered from this cart in another tab just now. Please look once more."
        )
        return redirect("orders:review")
    except gateway.GatewayError as error:
        messages.error(request, error.message)
        return redirect("orders:review")
    access.remember(request, order)
    return _opened(order)


def _placed(request: HttpRequest, cart: Cart, form: DetailsForm, agreed: ReviewForm) -> Order:
    return place_or_replace(
        cart,
        email=form.cleaned_data["email"],
        address=form.address(),
        delivery=form.cleaned_data["delivery_method"],
        agreed_total=agreed.cleaned_data["agreed_total"],
        user=request.user if request.user.is_authenticated else None,
    )


def _new_total(agreed: Decimal, current: Decimal) -> str:
    return (
        f"The total is now {money(current)}; it was {money(agreed)} when you saw this page. "
        "Nothing was ordered yet: please look at the new total."
    )


def _opened(order: Order) -> HttpResponse:
    """On to the payment. If Stripe cannot open it now, the pay page offers to try again; the order is safe."""
    if not order.is_pending:
        return redirect(order)
    try:
        intents.ensure(order.payment)
    except (gateway.GatewayError, intents.NotPayable):
        logger.exception("The payment of order %s could not be opened yet", order.pk)
    return redirect("orders:pay", order.number)


def _details_page(request: HttpRequest, cart: Cart, form: DetailsForm) -> HttpResponse:
    context = {"form": form, "cart": cart, "step": "details"}
    return render(request, "orders/details.html", context, status=422 if form.errors else 200)


def _review_page(request: HttpRequest, cart: Cart, form: DetailsForm, *, status: int = 200) -> HttpResponse:
    delivery = form.cleaned_data["delivery_method"]
    context = {
        "cart": cart,
        "details": form.cleaned_data,
        "address": form.address(),
        "hold_minutes": settings.ORDER_HOLD_MINUTES,
        "delivery": delivery,
        "quote": Quote.of(cart.lines_with_books, delivery),
        "step": "review",
    }
    return render(request, "orders/review.html", context, status=status)
