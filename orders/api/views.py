"""Orders and their payments for programs. The same managers and the same settlement as the pages."""

import uuid
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from bookstore.api import examples
from bookstore.api.endpoint import Endpoint, take_nothing, valid
from bookstore.api.errors import ApiError
from bookstore.api.examples import answered, sent
from bookstore.api.fields import NumberInQuery, StrictSerializer
from bookstore.api.idempotency import idempotent
from bookstore.api.identity import user_of
from bookstore.api.schema import IDEMPOTENCY_KEY, errors, in_path
from bookstore.api.throttles import PaymentsPerAddress, PaymentsPerUser, PerAddress, PerUser
from cart.models import Cart
from orders import endings
from orders.checkout import place_or_replace
from orders.models import DeliveryMethod, Order
from payments import intents
from payments.models import Payment

from . import serializers
from .refusals import conflict, told

ON_A_PAGE = 20
ORDER_ID = in_path("order_id", examples.ORDER_ID, "The order's id, not its number", format="uuid")


class OrderQuery(StrictSerializer):
    page = NumberInQuery(min_value=1, max_value=100_000, required=False, default=1)


class Orders(Endpoint):
    queries = {"GET": OrderQuery}  # noqa: RUF012

    @extend_schema(
        operation_id="listOrders",
        tags=["orders"],
        parameters=[OrderQuery],
        responses={200: serializers.OrderPage, **errors(401, 404)},
        examples=answered(examples.ORDERS),
    )
    def get(self, request: Request) -> Response:
        """The user's orders, the latest first."""
        pages, number = Paginator(_orders_of(request), ON_A_PAGE), self.query["page"]
        if number > pages.num_pages:
            raise _not_found(f"The last page is {pages.num_pages}.")
        page = pages.page(number)
        answer = {"orders": page.object_list, "total": pages.count, "page": number, "pages": pages.num_pages}
        return Response(serializers.OrderPage(answer).data)

    @extend_schema(
        operation_id="placeOrder",
        tags=["orders"],
        parameters=[IDEMPOTENCY_KEY],
        request=serializers.OrderInput,
        responses={201: serializers.OrderSerializer, **errors(401, 409, 503, body=True)},
        examples=[*sent(examples.NEW_ORDER), *answered(examples.ORDER, 201)],
    )
    @idempotent()
    def post(self, request: Request) -> Response:
        """Order everything in the user's cart. The books are held while the order awaits its payment.

        The same cart, address and total once more answer the same order. An unpaid order of the cart that says
        something else is canceled first.
        """
        agreed = _agreed(request, valid(serializers.OrderInput, request.data))
        with told():
            order = place_or_replace(_cart_of(request), **agreed)
        return Response(serializers.OrderSerializer(order).data, status=status.HTTP_201_CREATED)


class OneOrder(Endpoint):
    @extend_schema(
        operation_id="getOrder",
        tags=["orders"],
        parameters=[ORDER_ID],
        responses={200: serializers.OrderSerializer, **errors(401, 404)},
        examples=answered(examples.ORDER),
    )
    def get(self, request: Request, order_id: str) -> Response:
        """One of the user's orders."""
        return Response(serializers.OrderSerializer(_order(request, order_id)).data)


class CancelOrder(Endpoint):
    @extend_schema(
        operation_id="cancelOrder",
        tags=["orders"],
        parameters=[ORDER_ID],
        request=None,
        responses={200: serializers.OrderSerializer, **errors(401, 404, 409, 503, body=True)},
        examples=answered(examples.CANCELED_ORDER),
    )
    def post(self, request: Request, order_id: str) -> Response:
        """Cancel an unpaid order; canceled before, it stays so. Its payment at Stripe is canceled first."""
        take_nothing(request)
        order = _order(request, order_id)
        with told():
            order = endings.cancel(order, Order.CancelReason.BY_SHOPPER)
        if order.is_paid:
            raise conflict("order_paid", "The order is paid, so it was not canceled.")
        if order.is_pending:
            raise conflict("payment_processing", "The bank is working on the payment. Try again later.")
        return Response(serializers.OrderSerializer(order).data)


class OrderPayment(Endpoint):
    def get_throttles(self) -> list[Any]:
        """Opening payments is counted more strictly than reading them."""
        strict = [PaymentsPerUser(), PaymentsPerAddress()] if self.request.method == "POST" else []
        return [PerUser(), PerAddress(), *strict]

    @extend_schema(
        operation_id="getPayment",
        tags=["payments"],
        parameters=[ORDER_ID],
        responses={200: serializers.PaymentSerializer, **errors(401, 404)},
        examples=answered(examples.PAYMENT),
    )
    def get(self, request: Request, order_id: str) -> Response:
        """The payment of an order, as the shop knows it. An order that cost nothing has none."""
        return Response(serializers.PaymentSerializer(_payment(request, order_id)).data)

    @extend_schema(
        operation_id="openPayment",
        tags=["payments"],
        parameters=[ORDER_ID, IDEMPOTENCY_KEY],
        request=None,
        responses={200: serializers.OpenedPayment, **errors(401, 404, 409, 503, body=True)},
        examples=answered(examples.OPENED_PAYMENT),
    )
    @idempotent(keep_answer=False)
    def post(self, request: Request, order_id: str) -> Response:
        """Open the order's PaymentIntent, or get the one that is open: however often, it is one and the same."""
        take_nothing(request)
        payment = _payment(request, order_id)
        if payment.order.is_pending and payment.order.hold_is_over:
            raise conflict("hold_expired", "The books are no longer held for this order. Place it again.")
        with told():
            intent = intents.ensure(payment)
        payment.refresh_from_db()
        if not payment.is_open:
            raise conflict("order_not_payable", "This order is paid or has ended; it cannot be paid.")
        opened = {"clientSecret": intent.client_secret, "paymentIntentId": intent.id}
        return Response(serializers.OpenedPayment(opened).data, headers={"Cache-Control": "no-store"})


class ConfirmPayment(Endpoint):
    @extend_schema(
        operation_id="confirmPayment",
        tags=["payments"],
        parameters=[ORDER_ID],
        request=serializers.ConfirmInput,
        responses={200: serializers.PaymentSerializer, **errors(401, 404, 409, 503, body=True)},
        examples=[*sent(examples.CONFIRM), *answered(examples.PAYMENT)],
    )
    def post(self, request: Request, order_id: str) -> Response:
        """Ask Stripe how the payment stands and settle it. Webhooks do the same; this does not wait for them."""
        intent_id = valid(serializers.ConfirmInput, request.data)["paymentIntentId"]
        payment = _payment(request, order_id)
        if intent_id != payment.stripe_payment_id:
            raise conflict("wrong_payment_intent", "This PaymentIntent does not belong to the order.")
        with told():
            intents.refresh(payment)
        return Response(serializers.PaymentSerializer(payment).data)


class DeliveryMethods(Endpoint):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="listDeliveryMethods",
        tags=["orders"],
        auth=[],
        responses={200: serializers.DeliveryMethods, **errors()},
        examples=answered(examples.DELIVERY_METHODS),
    )
    def get(self, request: Request) -> Response:
        """The ways in which an order can be delivered."""
        answer = {"deliveryMethods": DeliveryMethod.objects.on_offer()}
        return Response(serializers.DeliveryMethods(answer).data)


def _orders_of(request: Request) -> QuerySet[Order]:
    return Order.objects.of_user(user_of(request)).order_by("-placed_at", "pk").prefetch_related("lines")


def _order(request: Request, order_id: str) -> Order:
    """One of the user's own; everybody else's is as good as none."""
    order = _orders_of(request).filter(pk=_uuid(order_id)).first()
    if order is None:
        raise _not_found("There is no such order.")
    return order


def _payment(request: Request, order_id: str) -> Payment:
    own = Payment.objects.filter(order__user=user_of(request), order=_uuid(order_id))
    payment = own.select_related("order").first()
    if payment is None:
        raise _not_found("There is no payment for such an order.")
    return payment


def _cart_of(request: Request) -> Cart:
    return Cart.objects.get_or_create(user=user_of(request))[0]


def _agreed(request: Request, data: dict[str, Any]) -> dict[str, Any]:
    delivery = DeliveryMethod.objects.on_offer().filter(pk=data["deliveryMethodId"]).first()
    if delivery is None:
        raise conflict("delivery_not_offered", "This way of delivery is not offered. Choose another.")
    return {
        "email": data.get("email") or user_of(request).email,
        "address": data["shippingAddress"],
        "delivery": delivery,
        "agreed_total": data["agreedTotal"],
        "user": user_of(request),
    }


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise _not_found("There is no such order.") from error


def _not_found(message: str) -> ApiError:
    return ApiError("not_found", message, status_code=status.HTTP_404_NOT_FOUND)
