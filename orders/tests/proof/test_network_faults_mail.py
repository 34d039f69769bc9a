"""A fault proxy between shop and mail server: orders do not notice, and every confirmation arrives in the end."""

from collections import Counter

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from bookstore.catalog.factories import BookFactory
from bookstore.testing.worker import run_due_tasks
from orders.factories import place_order
from orders.models import Order, OrderMail
from orders.models.mail import LONGEST_WAIT
from payments import intents

from .fault_proxy_smtp import AFTER, FAULTS, MailFaultProxy
from .mail_server import MailServer

pytestmark = [pytest.mark.proof, pytest.mark.slow, pytest.mark.django_db]

OFTEN = 0.8
ORDERS_AT_ONCE = 2


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=True) as traveller:
        yield traveller


@pytest.fixture
def server():
    with MailServer() as running:
        yield running


@pytest.fixture
def line(server, settings, seed):
    """Django's own SMTP back end, with little patience."""
    with MailFaultProxy(server.address, seed=seed) as proxy:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", proxy.port
        settings.EMAIL_TIMEOUT = 0.2
        yield proxy


@pytest.fixture
def paid_orders(stripe):
    book = BookFactory(stock=10_000)

    def some():
        orders = [place_order(book) for _ in range(ORDERS_AT_ONCE)]
        for order in orders:
            stripe.sandbox.pay(intents.ensure(order.payment).id)
            intents.refresh(order.payment)
        return orders

    return some


def everybody_tries(line):
    """The worker sends what is owed, then a sweep what was left behind. A line that went away comes back."""
    for work in (run_due_tasks, lambda: call_command("tend")):
        work()
        line.come_back()


def test_whatever_the_line_to_the_mail_server_does_every_confirmation_arrives(
    line, server, paid_orders, clock, scale, figure, capsys
):
    most = scale(short=30, long=200)
    line.probability = OFTEN
    orders = []

    while line.struck.total() < most:
        orders += paid_orders()
        everybody_tries(line)
        assert not Order.objects.exclude(status=Order.Status.CONFIRMED).exists()
        clock.shift(LONGEST_WAIT)
    line.heal()
    everybody_tries(line)
    clock.shift(LONGEST_WAIT)
    everybody_tries(line)

    assert not OrderMail.objects.unsent().exists()
    copies = Counter(letter["Message-ID"] for letter in server.letters)
    assert copies.keys() == {f"<confirmation.{order.pk}@testserver>" for order in orders}
    unsure = sum(line.struck[kind] for kind in AFTER)
    doubled = copies.total() - len(orders)
    assert doubled <= unsure, "a mail was sent again although the shop knew that it had gone"
    assert line.struck.keys() == FAULTS.keys()
    figure(
        "Bad line between shop and mail server",
        tried=f"{line.struck.total()} faults of {len(line.struck)} kinds, {len(orders)} mails",
        lost=f"nothing; {doubled} copies after {unsure} lost answers, each with the first one's Message-ID",
    )
