"""A user's cart for programs. Guests' carts live in browser sessions and have no API."""

from typing import Any

from django.db import transaction
from django.urls import re_path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from bookstore.api import examples
from bookstore.api.endpoint import Endpoint, valid
from bookstore.api.errors import ApiError
from bookstore.api.examples import answered, sent
from bookstore.api.fields import AmountField, QuantityField, StrictSerializer, TextField
from bookstore.api.idempotency import idempotent
from bookstore.api.identity import user_of
from bookstore.api.schema import IDEMPOTENCY_KEY, errors
from bookstore.catalog.api import ISBN
from bookstore.catalog.isbn import isbn13_of
from bookstore.catalog.models import Book

from .models import MAX_COPIES, Cart, NotAvailable


class CartLineSerializer(serializers.Serializer):
    isbn13 = serializers.CharField(source="book.isbn13")
    title = serializers.CharField(source="book.title")
    quantity = serializers.IntegerField()
    price = AmountField(source="book.price", help_text="What one copy costs now")
    priceWhenAdded = AmountField(source="price_when_added")
    available = serializers.IntegerField(
        help_text="Copies that can be had now; fewer than quantity: change it first"
    )
    total = AmountField()


class CartSerializer(serializers.Serializer):
    lines = CartLineSerializer(many=True, source="lines_with_books")
    subtotal = AmountField()


class NewLine(StrictSerializer):
    isbn13 = TextField(max_length=32)
    quantity = QuantityField(min_value=1, max_value=MAX_COPIES, default=1)


class Quantity(StrictSerializer):
    quantity = QuantityField(min_value=1, max_value=MAX_COPIES)


class CartView(Endpoint):
    @extend_schema(
        operation_id="getCart",
        tags=["cart"],
        responses={200: CartSerializer, **errors(401)},
        examples=answered(examples.CART),
    )
    def get(self, request: Request) -> Response:
        """The cart as it stands, with today's prices and stock."""
        return _answer(_cart_of(request))


class CartLines(Endpoint):
    @extend_schema(
        operation_id="addToCart",
        tags=["cart"],
        parameters=[IDEMPOTENCY_KEY],
        request=NewLine,
        responses={201: CartSerializer, **errors(401, 404, 409, body=True)},
        examples=[*sent(examples.NEW_LINE), *answered(examples.CART, 201)],
    )
    @idempotent(in_one_transaction=True)
    def post(self, request: Request) -> Response:
        """Put copies of a book into the cart, on top of those that are there."""
        line = valid(NewLine, request.data)
        cart, book = _cart_of(request), _book(line["isbn13"])
        _refusing(lambda: cart.add(book, line["quantity"]))
        return _answer(cart, status.HTTP_201_CREATED)


class CartLineView(Endpoint):
    @extend_schema(
        operation_id="changeCartLine",
        tags=["cart"],
        parameters=[ISBN],
        request=Quantity,
        responses={200: CartSerializer, **errors(401, 404, 409, body=True)},
        examples=[*sent(examples.QUANTITY), *answered(examples.CART)],
    )
    def put(self, request: Request, isbn: str) -> Response:
        """Hold exactly this many copies of a book."""
        quantity = valid(Quantity, request.data)["quantity"]
        cart, book = _cart_of(request), _book(isbn)
        _refusing(lambda: cart.change(book, quantity))
        return _answer(cart)

    @extend_schema(
        operation_id="removeCartLine",
        tags=["cart"],
        parameters=[ISBN],
        request=None,
        responses={200: CartSerializer, **errors(401, 404)},
        examples=answered(examples.EMPTY_CART),
    )
    def delete(self, request: Request, isbn: str) -> Response:
        """Take a book out of the cart; done before, it stays done."""
        cart = _cart_of(request)
        cart.change(_book(isbn), 0)
        return _answer(cart)


def _cart_of(request: Request) -> Cart:
    return Cart.objects.get_or_create(user=user_of(request))[0]


def _answer(cart: Cart, status_code: int = status.HTTP_200_OK) -> Response:
    return Response(CartSerializer(cart).data, status=status_code)


def _book(isbn: str) -> Book:
    book = Book.objects.for_sale().filter(isbn13=isbn13_of(isbn) or "").first()
    if book is None:
        raise ApiError("not_found", "There is no book with this ISBN.", status_code=status.HTTP_404_NOT_FOUND)
    return book


def _refusing(change: Any) -> None:
    try:
        with transaction.atomic():
            change()
    except NotAvailable as shortage:
        raise ApiError("not_available", shortage.message, status_code=status.HTTP_409_CONFLICT) from shortage


urlpatterns = [
    re_path(r"^cart/?$", CartView.as_view(), name="api-cart"),
    re_path(r"^cart/lines/?$", CartLines.as_view(), name="api-cart-lines"),
    re_path(r"^cart/lines/(?P<isbn>[^/]+)/?$", CartLineView.as_view(), name="api-cart-line"),
]
