"""Forged and senseless webhooks: none is believed, none troubles the shop, and they leave nothing behind."""

import gc
import hashlib
import logging
import os
from collections import Counter

import psutil
import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection

from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import Book, StockMovement
from bookstore.handler import Application
from bookstore.logs import DiscreetFormatter
from bookstore.testing.stripe import WEBHOOK
from orders.factories import place_order
from orders.models import Order, OrderEvent, OrderMail
from payments import intents, signatures
from payments.models import Dispute, Payment, Refund, StripeEvent
from payments.tests.news import signature

from .webhook_forgeries import KINDS, Forger, Forgery, environ_of
from .webhook_forgeries_signed import KINDS as JESTS
from .webhook_forgeries_signed import Jester

pytestmark = [pytest.mark.proof, pytest.mark.slow, pytest.mark.django_db]

KEPT = [StripeEvent, Payment, Refund, Dispute, Order, OrderEvent, OrderMail, StockMovement, Book]
REFUSED = {400, 405, 413}
MEGABYTE = 2**20
WARM_UP = 500
LONGEST_LINE = 200  # characters of the log


class LogMeter(logging.Handler):
    """While it is open the log goes here: measured as a file would hold it, and kept nowhere, as pytest would do."""

    LOGGERS = tuple(logging.getLogger(name) for name in ("django", "payments", "orders"))

    def __init__(self):
        super().__init__()
        self.setFormatter(DiscreetFormatter("{asctime} {levelname} {name} {message}", style="{"))
        self.lines = self.longest = self.errors = 0

    def emit(self, record):
        self.lines += 1
        self.errors += record.levelno >= logging.ERROR
        self.longest = max(self.longest, len(self.format(record)))

    def __enter__(self):
        self.before = [(logger, logger.handlers, logger.propagate) for logger in self.LOGGERS]
        for logger in self.LOGGERS:
            logger.handlers, logger.propagate = [self], False
        return self

    def __exit__(self, *error):
        for logger, handlers, propagate in self.before:
            logger.handlers, logger.propagate = handlers, propagate


class StatementMeter:
    """Counts what reaches the database."""

    statements = 0

    def __call__(self, execute, *args):
        self.statements += 1
        return execute(*args)


@pytest.fixture
def genuine(stripe):
    """News of money that has come, which the shop has not heard yet."""
    for _ in range(3):
        order = place_order(BookFactory(stock=5))
        stripe.sandbox.pay(intents.ensure(order.payment).id)
    return stripe.events("payment_intent.succeeded")


@pytest.fixture
def forger(genuine, stripe, seed):
    return Forger(genuine, stripe.sandbox.webhook_secret, seed)


@pytest.fixture
def shop():
    """`shop(request)`: the answer's status. What a web server calls, with all of the middleware."""
    application = Application()
    for signal in (request_started, request_finished):  # the connection has the test's transaction: keep it
        signal.disconnect(close_old_connections)

    def answer(forgery):
        status = []
        body = application(environ_of(forgery), lambda line, headers: status.append(int(line[:3])))
        body.close()
        return status[0]

    yield answer
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def digest(*models):
    """Every column of every row."""
    rows = [sorted(map(repr, model.objects.values_list())) for model in models]
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def megabytes():
    gc.collect()
    return psutil.Process(os.getpid()).memory_info().rss / MEGABYTE


def test_no_forgery_is_accepted_and_none_leaves_a_trace(forger, shop, scale, figure):
    many = scale(short=2_000, long=100_000)
    before, told, answers, database = digest(*KEPT), Counter(), Counter(), StatementMeter()
    memory = 0

    with connection.execute_wrapper(database), LogMeter() as log:
        for number in range(many):
            if number == WARM_UP:
                memory = megabytes()
            forgery = forger.forge()
            told[forgery.kind] += 1
            answers[shop(forgery)] += 1
    grown = megabytes() - memory

    assert answers.keys() == REFUSED
    assert len(told) == len(KINDS)
    assert digest(*KEPT) == before
    assert database.statements == 0, "what is not signed does not get as far as the database"
    assert grown < 30, "megabytes"
    assert log.errors == 0
    assert log.longest <= LONGEST_LINE
    assert log.lines <= 2 * many
    figure(
        "Forged webhooks",
        tried=f"{many} requests of {len(told)} kinds",
        lost=f"nothing: 0 accepted, 0 answers 5xx, 0 statements to the database, {max(grown, 0):.0f} MB of memory",
        control="with the signature not checked, orders were confirmed without money",
    )


def test_forgeries_are_accepted_where_signatures_are_not_checked(forger, shop, monkeypatch):
    """The control: they would do harm if they were believed."""
    monkeypatch.setattr(signatures, "verify", lambda *args: None)

    answers = Counter(shop(forger.forge()) for _ in range(200))

    assert answers[200] > 20
    assert StripeEvent.objects.exists()
    assert Payment.objects.filter(status=Payment.Status.COMPLETED).exists()


def test_senseless_events_are_refused_or_set_aside_and_move_nothing(
    genuine, stripe, shop, seed, scale, figure
):
    many = scale(short=300, long=1_500)
    jester, told, answers = Jester(genuine, seed), Counter(), Counter()
    before = standing()

    with LogMeter():
        for _ in range(many):
            kind, body = jester.jest()
            told[kind] += 1
            answers[shop(Forgery(kind, body, signature(body, stripe.sandbox.webhook_secret)))] += 1

    assert answers.keys() == {200, 400}
    assert len(told) == len(JESTS)
    assert standing() == before
    assert not StripeEvent.objects.unprocessed().exists()
    assert StripeEvent.objects.count() <= answers[200]
    figure(
        "Signed events that make no sense",
        tried=f"{many} events of {len(told)} kinds",
        lost=f"nothing: {answers[400]} refused, {answers[200]} kept, no payment moved, 0 answers 5xx",
    )


def standing():
    """How payments, orders and shelves stand; a payment may be marked for attention meanwhile."""
    payments = Payment.objects.values_list("pk", "status", "amount", "amount_refunded", "completed_at")
    return sorted(map(repr, payments)), digest(
        Refund, Dispute, Order, OrderEvent, OrderMail, StockMovement, Book
    )


def test_under_a_flood_of_forgeries_genuine_events_get_through(genuine, forger, stripe, shop, settings):
    settings.WEBHOOK_REFUSALS_PER_MINUTE = 60
    answers, heard = Counter(), []

    for number in range(300):
        forgery = forger.forge()
        forgery.sender = "198.51.100.66"
        answers[shop(forgery)] += 1
        if number % 100 == 99:
            body, headers = stripe.sandbox.signed(genuine[number // 100])
            heard.append(shop(Forgery("", body, headers["Stripe-Signature"], sender=forgery.sender)))

    assert answers[429] > 150
    assert answers.keys() <= REFUSED | {429}
    assert heard == [200, 200, 200]
    assert Payment.objects.filter(status=Payment.Status.COMPLETED).count() == 3
    assert environ_of(forgery)["PATH_INFO"] == WEBHOOK
