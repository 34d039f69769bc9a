from django.contrib import admin
from django.urls import include, path, re_path

import payments.webhook

from . import views
from .dashboard.page import dashboard

app_name = "orders"

urlpatterns = [
    path("checkout/", views.details, name="checkout"),
    path("checkout/review/", views.review, name="review"),
    path("checkout/<str:number>/pay/", views.pay, name="pay"),
    path("checkout/<str:number>/status/", views.status, name="status"),
    path("checkout/<str:number>/cancel/", views.cancel, name="cancel"),
    path("orders/link/<str:token>/", views.open_link, name="open"),
    path("account/orders/", views.history, name="history"),
    re_path(r"^orders/webhook/?$", payments.webhook.receive, name="webhook"),
    path("admin/orders/dashboard/", admin.site.admin_view(dashboard), name="dashboard"),
    path("metrics", views.metrics, name="metrics"),
    path("", include("orders.api.urls")),
]
