from django.urls import include, path, re_path

from . import views
from .errors import not_found

urlpatterns = [
    re_path(r"^schema/?$", views.Schema.as_view(), name="schema"),
    re_path(r"^docs/?$", views.docs, name="docs"),
    path("", include("bookstore.accounts.api")),
    path("", include("bookstore.catalog.api")),
    path("", include("cart.api")),
    path("", include("orders.api.delivery")),
    re_path(r"^", not_found),
]
