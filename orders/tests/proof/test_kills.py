"""`kill -9` of web server, task workers and sweep at random under load, and of their database back ends.

Afterwards one sweep, with the clocks in our rows put forward instead of waiting, leaves nothing to be found.
"""

import re
import time
from collections import Counter
from datetime import timedelta
from random import Random

import pytest
from django.core import mail
from django.core.management import call_command
from django.db.models import F
from django.utils import timezone

from bookstore.catalog.factories import BookFactory
from bookstore.testing.worker import run_due_tasks
from orders.factories import DeliveryMethodFactory
from orders.models import Order, OrderMail
from payments.models import Payment, Refund, StripeEvent

from .racing_ledger import faults
from .shop_processes import DEATHS, Shop
from .shop_processes_load import Load

pytestmark = [
    pytest.mark.proof,
    pytest.mark.postgres,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]

SHORT = {"web workers": 5, "whole web servers": 1, "task workers": 3, "sweeps": 3, "back ends": 8}
LONG = {"web workers": 110, "whole web servers": 12, "task workers": 45, "sweeps": 40, "back ends": 220}
BETWEEN = 6
"""Answered requests from one death to the next, so that shoppers get somewhere."""
OPENING_SECONDS = 60
LONG_AGO = timedelta(hours=2)
MESSAGE_ID = re.compile(r"^Message-ID:\s+<(.+)@", re.MULTILINE)
"""What comes before our own address, which is another one where the last mails are sent."""


@pytest.fixture
def shop(sandbox, tmp_path):
    with Shop(sandbox, tmp_path) as running:
        deadline = time.monotonic() + OPENING_SECONDS
        while not running.is_open():
            assert time.monotonic() < deadline, running.log.read_text()[-2000:]
        sandbox.set_webhook_url(running.webhook_url)
        try:
            yield running
        finally:
            sandbox.set_webhook_url(None)


@pytest.fixture
def load(shop, sandbox, seed):
    """Three books of which there is plenty, and three of which there is little."""
    books = [BookFactory(stock=stock) for stock in (20_000, 20_000, 20_000, 15, 10, 5)]
    for effect in ("lose", "duplicate", "reorder"):
        sandbox.faults.webhook(effect, probability=0.1)
    return Load(shop.url, sandbox, books, DeliveryMethodFactory(), seed=seed, threads=4)


def kill_at_random(shop, load, seed, deaths):
    """Each death as often as asked, in a random sequence, while shoppers shop. How many there were, by kind."""
    dice, died = Random(seed), Counter()
    plan = [kind for kind, times in deaths.items() for _ in range(times)]
    dice.shuffle(plan)
    with load:
        for kind in plan:
            assert load.wait_for_answers(BETWEEN, seconds=OPENING_SECONDS), shop.log.read_text()[-3000:]
            died[kind] += DEATHS[kind](shop, dice)
            shop.revive()
        load.wait_for_answers(BETWEEN, seconds=OPENING_SECONDS)
    return died


def go_down_while_people_pay(shop, load, sandbox):
    """All of the shop at once. Stripe takes the money, and what it has not told by now is lost."""
    paying = [load.comes_to_pay() for _ in range(3)]
    shop.kill_everything()
    sandbox.set_webhook_url(None)
    for intent in paying:
        sandbox.pay(intent)


def recover():
    """One sweep after another, without the shop; what would be due within hours is due at once."""
    for _ in range(2):  # the second time for the mails and refunds that the first one has caused
        run_due_tasks()
        put_clocks_forward()
        call_command("tend")
    run_due_tasks()


def put_clocks_forward():
    past = timezone.now() - LONG_AGO
    Order.objects.filter(status=Order.Status.PENDING).update(hold_expires_at=past)
    Order.objects.exclude(confirmed_at=None).update(confirmed_at=F("confirmed_at") - LONG_AGO)
    Payment.objects.update(created_at=past, news_at=None)
    Refund.objects.update(created_at=past)
    OrderMail.objects.filter(sent_at=None).update(created_at=past, claimed_at=None, retry_at=None)
    StripeEvent.objects.filter(processed_at=None).update(retry_at=past)


def letters(shop):
    """By Message-ID: one that was sent again after a kill has the same, and is shown once."""
    texts = [message.message().as_string() for message in mail.outbox]
    texts += [file.read_text() for file in shop.mails.glob("*.log")]
    return Counter(message_id for text in texts for message_id in MESSAGE_ID.findall(text))


def test_nothing_is_lost_when_processes_and_back_ends_are_killed(shop, load, sandbox, scale, seed, figure):
    died = kill_at_random(shop, load, seed, LONG if scale.is_long else SHORT)
    go_down_while_people_pay(shop, load, sandbox)
    left_behind = faults(sandbox)

    recover()

    assert left_behind
    call_command("audit")
    assert faults(sandbox) == []
    assert not StripeEvent.objects.filter(processed_at=None).exists()
    assert not Refund.objects.exclude(status=Refund.Status.SUCCEEDED).exists()
    assert not OrderMail.objects.filter(sent_at=None).exists()
    sent = letters(shop)
    assert len(sent) == OrderMail.objects.count()
    won = Counter(Order.objects.values_list("status", flat=True))
    assert won["CONFIRMED"] > 0
    deaths = ", ".join(f"{times} {kind}" for kind, times in sorted(died.items()))
    figure(
        "kill -9 and terminated back ends under load",
        tried=f"{deaths}; {load.fates.total()} shoppers, {won['CONFIRMED']} orders paid, {won['CANCELED']} ended, "
        f"{sent.total() - len(sent)} mails sent again under the same Message-ID",
        control=f"{len(left_behind)} things wrong before the sweep",
    )
