"""One purchase, told in the examples of the API's description.

Ada buys The Tempest, which is among the sample books, twice. A test holds every example to what the API really
answers; only ids, tokens, order numbers and moments differ from one purchase to the next.
"""

from typing import Any

from drf_spectacular.utils import OpenApiExample

Json = dict[str, Any]

ISBN = "9781916040014"
ORDER_ID = "0b0b1f0e-6d0c-4c53-9a53-6a1c0f6f0d5e"
PAYMENT_ID = "5f2f3b1c-8c1b-4b7e-9c39-2b8a5f9f6a01"
INTENT_ID = "pi_3SWqk2L0nGsTrAnD1c9xYb7Q"

CREDENTIALS: Json = {"email": "ada@example.com", "password": "a lamp, a chair, a book"}
_HEAD = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
TOKENS: Json = {
    "access": f"{_HEAD}.eyJ0b2tlbl90eXBlIjoiYWNjZXNzIn0.c2lnbmF0dXJl",
    "refresh": f"{_HEAD}.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCJ9.c2lnbmF0dXJl",
}
REFRESH: Json = {"refresh": TOKENS["refresh"]}

BOOK: Json = {
    "isbn13": ISBN,
    "slug": "the-tempest",
    "title": "The Tempest",
    "subtitle": "",
    "contributors": [{"name": "William Shakespeare", "role": "author"}],
    "format": "paperback",
    "price": 6.99,
    "available": 21,
}
WHOLE_BOOK: Json = {
    **BOOK,
    "subjects": [{"name": "Plays", "slug": "plays"}],
    "publisher": "Tern & Thistle",
    "publishedOn": "2016-06-09",
    "firstPublished": 1623,
    "pages": 128,
    "language": "en",
    "description": (
        "A magician in exile raises a storm and has all his enemies washed up on his island. "
        "Now he must decide what he wants of them."
    ),
}
BOOKS: Json = {"books": [BOOK], "total": 1, "page": 1, "pages": 1}

NEW_LINE: Json = {"isbn13": ISBN, "quantity": 2}
QUANTITY: Json = {"quantity": 2}
CART: Json = {
    "lines": [
        {
            "isbn13": ISBN,
            "title": "The Tempest",
            "quantity": 2,
            "price": 6.99,
            "priceWhenAdded": 6.99,
            "available": 21,
            "total": 13.98,
        }
    ],
    "subtotal": 13.98,
}
EMPTY_CART: Json = {"lines": [], "subtotal": 0.00}

DELIVERY_METHODS: Json = {
    "deliveryMethods": [
        {"id": 1, "name": "Standard", "description": "2–4 working days", "price": 2.95, "freeAbove": 30.00},
        {"id": 2, "name": "Express", "description": "Next working day", "price": 6.95, "freeAbove": None},
    ]
}

ADDRESS: Json = {
    "fullName": "Ada Reader",
    "line1": "12 Endpaper Lane",
    "line2": "",
    "city": "Leeds",
    "postalCode": "LS1 4AP",
    "country": "GB",
}
NEW_ORDER: Json = {"shippingAddress": ADDRESS, "deliveryMethodId": 1, "agreedTotal": 16.93}
ORDER: Json = {
    "id": ORDER_ID,
    "number": "7QK2M-4TR8X-9WZB",
    "status": "PENDING",
    "cancelReason": "",
    "email": "ada@example.com",
    "shippingAddress": ADDRESS,
    "deliveryMethod": "Standard",
    "lines": [
        {"isbn13": ISBN, "title": "The Tempest", "unitPrice": 6.99, "quantity": 2, "total": 13.98},
    ],
    "subtotal": 13.98,
    "deliveryPrice": 2.95,
    "tax": 0.00,
    "total": 16.93,
    "currency": "gbp",
    "holdExpiresAt": "2026-11-23T10:00:00.000Z",
    "createdAt": "2026-11-23T09:30:00.000Z",
    "confirmedAt": None,
    "canceledAt": None,
}
CANCELED_ORDER: Json = {
    **ORDER,
    "status": "CANCELED",
    "cancelReason": "by_shopper",
    "holdExpiresAt": None,
    "canceledAt": "2026-11-23T09:31:00.000Z",
}
ORDERS: Json = {"orders": [ORDER], "total": 1, "page": 1, "pages": 1}

OPENED_PAYMENT: Json = {
    "clientSecret": f"{INTENT_ID}_secret_0123456789abcdefghijklmno",
    "paymentIntentId": INTENT_ID,
}
CONFIRM: Json = {"paymentIntentId": INTENT_ID}
PAYMENT: Json = {
    "id": PAYMENT_ID,
    "orderId": ORDER_ID,
    "stripePaymentId": INTENT_ID,
    "amount": 16.93,
    "status": "COMPLETED",
    "createdAt": "2026-11-23T09:30:00.000Z",
}


def sent(value: Json) -> list[OpenApiExample]:
    return [OpenApiExample("Request", value, request_only=True)]


def answered(value: Any, status_code: int = 200) -> list[OpenApiExample]:
    return [OpenApiExample("Answer", value, response_only=True, status_codes=[str(status_code)])]
