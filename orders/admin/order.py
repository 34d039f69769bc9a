"""The admin of orders, put together from its parts."""

from django.contrib import admin

from orders.models import Order
from payments.admin import ReadOnly

from .act_pages import ActPages
from .bulk import BulkActs
from .changelist import OrderList
from .exporting import Exports
from .order_page import OrderPage
from .slips import PackingSlips


@admin.register(Order)
class OrderAdmin(ReadOnly, OrderList, OrderPage, ActPages, BulkActs, PackingSlips, Exports):
    actions = ("mark_shipped", "mark_delivered", "print_packing_slips", "export")

    class Media:
        css = {"all": ("admin-shop/orders.css",)}  # noqa: RUF012 - as Django has it
