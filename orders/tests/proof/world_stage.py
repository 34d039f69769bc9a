"""What the stories play on: one shop, one Stripe without a network, a post office, and somebody who listens."""

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from smtplib import SMTPException, SMTPServerDisconnected
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.core.mail.backends.base import BaseEmailBackend
from django.test import RequestFactory
from django.urls import resolve

from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import Book
from bookstore.testing.stripe import WEBHOOK, Stripe
from cart.factories import CartFactory
from cart.models import Cart
from orders.factories import DeliveryMethodFactory
from orders.models import DeliveryMethod
from payments.gateway import GatewayError
from payments.models import Installation
from payments.sandbox.api import ApiRequest
from payments.testing import DirectLine

STOCK = 3


@dataclass(frozen=True)
class Shop:
    """Two books of which there are few, two shoppers who want them."""

    books: list[Book]
    carts: list[Cart]
    delivery: DeliveryMethod

    @classmethod
    def open(cls) -> "Shop":
        Installation.ours()
        books = BookFactory.create_batch(2, stock=STOCK)
        return cls(books, CartFactory.create_batch(2), DeliveryMethodFactory())


class PostOffice(BaseEmailBackend):
    """Where the shop's mails go. The next ones are refused, or go out without the shop being told so."""

    delivered: ClassVar[Counter] = Counter()
    troubles: ClassVar[list[str]] = []
    struck: ClassVar[Counter] = Counter()

    def send_messages(self, messages):
        trouble = self.troubles.pop() if self.troubles else ""
        if trouble:
            self.struck[trouble] += 1
        if trouble == "mail refused":
            raise SMTPServerDisconnected("the server closed the connection")
        self.delivered.update(message.extra_headers["Message-ID"] for message in messages)
        if trouble == "mail unanswered":
            raise SMTPServerDisconnected("the server closed the connection after the mail")
        return len(messages)

    @classmethod
    def reopen(cls) -> None:
        cls.delivered.clear()
        cls.troubles.clear()


class Listener(logging.Handler):
    """Keeps the errors that the shop logs with a traceback and that no fault of ours explains."""

    EXPECTED = (GatewayError, SMTPException)

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.unexpected: list[BaseException] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info and record.exc_info[1]
        if error and not isinstance(error, self.EXPECTED):
            self.unexpected.append(error)

    @contextmanager
    def listening(self) -> Iterator["Listener"]:
        """Alone: to format thousands of lines that nobody reads would take longer than the stories."""
        root = logging.getLogger()
        handlers, root.handlers = root.handlers, [self]
        logging.disable(logging.WARNING)
        try:
            yield self
        finally:
            logging.disable(logging.NOTSET)
            root.handlers = handlers


@dataclass(frozen=True)
class Stage:
    """`counted` is what the stories have played so far; about each `audited`th of them ends with an audit, too."""

    shop: Shop
    stripe: Stripe
    line: DirectLine
    listener: Listener
    audited: int
    counted: Counter = field(default_factory=Counter)


def ask(line: DirectLine, path: str, data: dict[str, Any]) -> dict[str, Any]:
    """Of Stripe, as its dashboard does: no fault is in the way."""
    key = {"authorization": f"Bearer {line.sandbox.secret_key}"}
    request = ApiRequest("POST", f"/v1/{path}", body=urlencode(data).encode(), headers=key)
    return line.api.handle(request).json()


def post(body: bytes, headers: dict[str, str]) -> int:
    """To the shop's webhook; the answer's status. Past the middleware, which takes longer than the webhook."""
    headers = {name: value for name, value in headers.items() if name != "Content-Type"}
    request = RequestFactory().post(WEBHOOK, body, content_type="application/json", headers=headers)
    return resolve(WEBHOOK).func(request).status_code
