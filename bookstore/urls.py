from django.contrib import admin
from django.urls import include, path

from . import views

handler500 = "bookstore.api.errors.server_error"

urlpatterns = [
    path("", include("bookstore.catalog.urls")),
    path("account/", include("bookstore.accounts.urls")),
    path("cart/", include("cart.urls")),
    path("api/", include("bookstore.api.urls")),
    path("", include("orders.urls")),
    path("admin/", admin.site.urls),
    path("healthz", views.healthz),
    path("readyz", views.readyz),
]
