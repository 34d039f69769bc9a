"""A fault proxy between shop and Stripe: whatever the line does, money and stock are right once it is good again."""

from urllib.parse import urlsplit

import pytest
import time_machine
from django.utils import timezone

from bookstore.testing.worker import run_due_tasks
from payments.gateway import GatewayError

from .fault_proxy_http import FAULTS, HttpFaultProxy
from .fault_proxy_stories import BadLine

pytestmark = [
    pytest.mark.proof,
    pytest.mark.slow,
    pytest.mark.django_db,
    pytest.mark.usefixtures("impatient"),
]

OFTEN = 0.5
HOLD = 30  # minutes, ORDER_HOLD_MINUTES
LONGEST_WAIT = 2 * HOLD
QUARTER_OF_AN_HOUR = 15


@pytest.fixture
def clock():
    """Time passes as usual, until a story skips some of it."""
    with time_machine.travel(timezone.now(), tick=True) as traveller:
        yield traveller


@pytest.fixture
def line(stripe, settings, seed):
    """All that shop and Stripe tell each other goes through here."""
    address = urlsplit(stripe.sandbox.url)
    with HttpFaultProxy((address.hostname, address.port), seed=seed) as proxy:
        settings.STRIPE_API_BASE = proxy.url
        settings.STRIPE_READ_TIMEOUT = 0.3
        yield proxy


@pytest.fixture
def shop(stripe, line, visitor, clock, seed):
    return BadLine(stripe, line, visitor, clock, seed)


def tell_until_struck(shop, times):
    shop.proxy.probability = OFTEN
    while shop.proxy.struck.total() < times:
        shop.tell_one()


def unexpected(records):
    """Errors in our log that are none of the gateway's: something met an answer that it was not made for."""
    ours = (record for record in records if record.exc_info and not record.name.startswith("urllib3"))
    return {r.exc_info[0].__name__ for r in ours if not issubclass(r.exc_info[0], GatewayError)}


def test_whatever_the_line_to_stripe_does_all_is_well_once_it_is_good_again(
    shop, line, caplog, scale, figure
):
    tell_until_struck(shop, scale(short=60, long=1_200))
    shop.heal()
    minutes = shop.minutes_until_settled(at_most=LONGEST_WAIT)

    assert shop.losses() == []
    assert shop.doubled() == []
    assert unexpected(caplog.records) == set()
    assert line.struck.keys() == FAULTS.keys()
    figure(
        "Bad line between shop and Stripe",
        tried=f"{line.struck.total()} faults of {len(line.struck)} kinds in {shop.told.total()} stories",
        lost=f"nothing; the last order settled {minutes} minutes after healing",
    )


def test_without_idempotency_keys_the_same_stories_open_intents_and_send_refunds_twice(shop, line):
    """The control: what the keys are for, and that the proof would see it."""
    line.forgets_keys = True
    faults = 10

    while faults <= 100 and not shop.doubled():
        tell_until_struck(shop, faults := faults + 10)

    assert shop.doubled()


def test_with_all_webhooks_lost_sweeps_alone_confirm_every_paid_order(shop, scale, figure):
    """Paid at any minute of the hold, the browser closed at once, nothing ever heard from Stripe."""
    waits = []
    for _ in range(scale(short=3, long=60)):
        guest, order = shop.places()
        for _ in range(shop.dice.randrange(HOLD)):
            shop.minutes_pass(1)
        shop.gives_a_card(guest, order)
        waits.append(shop.minutes_until_confirmed(order, at_most=QUARTER_OF_AN_HOUR))
    run_due_tasks()

    assert shop.losses() == []
    figure(
        "All webhooks lost, sweeps alone",
        tried=f"{len(waits)} orders, a sweep every minute",
        lost=f"nothing; the slowest was confirmed after {max(waits)} minutes",
    )
