from django.urls import re_path

from bookstore.api.errors import not_found

from . import views

ORDER = r"^orders/(?P<order_id>[^/]+)"

urlpatterns = [
    re_path(r"^orders/?$", views.Orders.as_view(), name="api-orders"),
    re_path(rf"{ORDER}/?$", views.OneOrder.as_view(), name="api-order"),
    re_path(rf"{ORDER}/cancel/?$", views.CancelOrder.as_view(), name="api-order-cancel"),
    re_path(rf"{ORDER}/payment/?$", views.OrderPayment.as_view(), name="api-order-payment"),
    re_path(rf"{ORDER}/payment/confirm/?$", views.ConfirmPayment.as_view(), name="api-order-payment-confirm"),
    re_path(r"^orders/(?!link/)", not_found),
]
