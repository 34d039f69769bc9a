"""A user's cart for programs. Guests' carts live in browser sessions and have no API."""

from typing import Any

from django.db import transaction
from django.urls import re_path
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bookstore.api.errors import ApiError
from bookstore.api.fields import AmountField, QuantityField, StrictSerializer, TextField
from bookstore.api.idempotency import idempotent
from bookstore.api.identity import user_of
from bookstore.api.schema import IDEMPOTENCY_KEY, errors
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


class CartView(APIView):
    @extend_schema(operation_id="getCart", tags=["cart"], responses={200: CartSerializer, **errors(401, 429)})
    def get(self, request: Request) -> Response:
        """The cart as it stands, with today's prices and stock."""
        return _answer(_cart_of(request))


class CartLines(APIView):
    @extend_schema(
        operation_id="addToCart",
        tags=["cart"],
        parameters=[IDEMPOTENCY_KEY],
        request=NewLine,
        responses={201: CartSerializer, **errors(400, 401, 404, 409, 429)},
        examples=[
            OpenApiExample("Two copies", {"isbn13": "9781916040014", "quantity": 2}, request_only=True)
        ],
    )
    @idempotent()
    def post(self, request: Request) -> Response:
        """Put copies of a book into the cart, on top of those that are there."""
        line = NewLine(data=request.data)
        line.is_valid(raise_exception=True)
        book = _book(line.validated_data["isbn13"])
        cart = _cart_of(request)
        _refusing(lambda: cart.add(book, line.validated_data["quantity"]))
        return _answer(cart, status.HTTP_201_CREATED)


class CartLineView(APIView):
    @extend_schema(
        operation_id="changeCartLine",
        tags=["cart"],
        request=Quantity,
        responses={200: CartSerializer, **errors(400, 401, 404, 409, 429)},
    )
    def put(self, request: Request, isbn: str) -> Response:
        """Hold exactly this many copies of a book."""
        wanted = Quantity(data=request.data)
        wanted.is_valid(raise_exception=True)
        cart, book = _cart_of(request), _book(isbn)
        _refusing(lambda: cart.change(book, wanted.validated_data["quantity"]))
        return _answer(cart)

    @extend_schema(
        operation_id="removeCartLine",
        tags=["cart"],
        request=None,
        responses={200: CartSerializer, **errors(401, 404, 429)},
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
