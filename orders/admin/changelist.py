"""The list of orders: the newest first, found by whatever is at hand."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.timezone import localtime

from bookstore.catalog.isbn import isbn13_of
from bookstore.templatetags.money import money
from orders.models import Order, OrderLine
from payments.admin import open_cases, with_open_cases
from payments.models import Payment

from .filters import OrderNeedsAttention, PaymentStatus, Placed, Total
from .situation import payment_of


class OrderList(admin.ModelAdmin):
    """As many queries for a hundred thousand orders as for one, and none that joins them with their lines."""

    list_display = (
        "number",
        "shopper",
        "placed",
        "status_badge",
        "payment_status",
        "attention_mark",
        "total_price",
    )
    list_filter = (
        "status",
        ("payment__status", PaymentStatus),
        OrderNeedsAttention,
        ("placed_at", Placed),
        Total,
    )
    list_select_related = ("payment",)
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    search_fields = ("number", "email", "full_name")
    search_help_text = "Order number, e-mail address, name, ISBN or PaymentIntent (pi_…)"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        return super().get_queryset(request).prefetch_related(with_open_cases("payment__"))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        """Every word must fit. Nothing comes twice, since nothing is joined."""
        words = [search_term] if isbn13_of(search_term) else search_term.split()
        for word in words:
            queryset = queryset.filter(_fits(word))
        return queryset, False

    @admin.display(description="placed", ordering="placed_at")
    def placed(self, order: Order) -> str:
        return date_format(localtime(order.placed_at), "j M Y, H:i")

    @admin.display(description="status", ordering="status")
    def status_badge(self, order: Order) -> str:
        return format_html(
            '<span class="order-status order-status--{}">{}</span>',
            order.status.lower(),
            order.get_status_display(),
        )

    @admin.display(ordering="full_name")
    def shopper(self, order: Order) -> str:
        return order.full_name

    @admin.display(description="total", ordering="total")
    def total_price(self, order: Order) -> str:
        return money(order.total, order.currency)

    @admin.display(description="payment", ordering="payment__status")
    def payment_status(self, order: Order) -> str:
        payment = payment_of(order)
        return payment.get_status_display() if payment else "Nothing to pay"

    @admin.display(description="attention")
    def attention_mark(self, order: Order) -> str:
        """Why, in a word; the order's page says more."""
        cases = getattr(payment_of(order), "open_attentions", [])
        reasons = sorted({case.get_reason_display() for case in cases})
        marks = ((reason,) for reason in reasons)
        return format_html_join(mark_safe("<br>"), '<span class="order-attention">{}</span>', marks) or "–"

    @admin.display(description="needs attention")
    def attention(self, order: Order) -> str:
        return open_cases(payment_of(order))


def _fits(word: str) -> Q:
    if word.startswith("pi_"):
        return Q(pk__in=Payment.objects.that_took(word).values("order"))
    said = Q(number__icontains=word) | Q(email__icontains=word) | Q(full_name__icontains=word)
    if isbn13 := isbn13_of(word):
        said |= Q(pk__in=OrderLine.objects.filter(isbn13=isbn13).values("order"))
    return said
