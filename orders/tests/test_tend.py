"""`manage.py tend`: one sweep over what is due, or one every so often."""

import os
import signal
from contextlib import suppress
from datetime import timedelta
from threading import Event

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone

from bookstore.testing.worker import run_due_tasks
from orders import endings
from orders.factories import place_order
from orders.management.commands import tend
from orders.models import Order, OrderMail
from payments import gateway, inbox, intents, refunds
from payments.models import StripeEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def handlers():
    """Signal handlers are put back after the command has set its own."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def swept(capsys):
    """The last line of what a sweep prints: the summary."""
    call_command("tend")
    return capsys.readouterr().out.splitlines()[-1]


def test_a_sweep_says_that_nothing_was_due(stripe, capsys):
    place_order()

    assert swept(capsys) == "Nothing was due."


def test_a_sweep_tells_how_each_duty_went(stripe, capsys):
    call_command("tend")

    lines = capsys.readouterr().out.splitlines()
    assert [" ".join(line.split()[:-3]) for line in lines[:-1]] == list(tend.duties())


def test_a_sweep_can_be_told_to_be_brief(stripe, capsys):
    call_command("tend", verbosity=0)

    assert capsys.readouterr().out == "Nothing was due.\n"


def test_a_sweep_does_all_that_is_due_and_says_so(stripe, capsys, monkeypatch):
    expired, paid = place_order(), place_order()
    Order.objects.filter(pk=expired.pk).update(hold_expires_at=timezone.now())
    stripe.sandbox.pay(intents.ensure(paid.payment).id)
    with monkeypatch.context() as away:
        away.setattr(inbox, "settle", lambda *args, **kwargs: 1 / 0)
        stripe.deliver(stripe.events("payment_intent.succeeded"))
    StripeEvent.objects.update(retry_at=timezone.now())

    assert swept(capsys) == "1 events applied, 1 orders expired"

    paid.refresh_from_db()
    assert paid.status == Order.Status.CONFIRMED


def test_a_sweep_sends_what_the_worker_left_behind(stripe, capsys):
    order = place_order()
    stripe.sandbox.pay(intents.ensure(order.payment).id)
    stripe.deliver()
    OrderMail.objects.update(created_at=timezone.now() - timedelta(minutes=6))

    assert swept(capsys) == "1 mails sent"

    run_due_tasks()
    assert len(mail.outbox) == 1


def test_with_all_webhooks_lost_a_paid_order_is_found_when_its_hold_runs_out(stripe, capsys):
    order = place_order()
    stripe.sandbox.pay(intents.ensure(order.payment).id)
    Order.objects.update(hold_expires_at=timezone.now())

    swept(capsys)

    order.refresh_from_db()
    assert order.status == Order.Status.CONFIRMED


def test_a_second_sweep_finds_nothing_more(stripe, capsys):
    place_order()
    Order.objects.update(hold_expires_at=timezone.now())

    assert swept(capsys) == "1 orders expired"
    assert swept(capsys) == "Nothing was due."


def test_what_needs_stripe_comes_last(monkeypatch, capsys):
    """So that nothing else waits while Stripe is slow."""
    needing = []
    for what, duty in tend.duties().items():
        monkeypatch.setattr(gateway, "_client", lambda what=what: needing.append(what) or 1 / 0)
        place_order()
        with suppress(ZeroDivisionError):
            duty()

    names = list(tend.duties())
    assert needing
    assert not {"events applied", "carts emptied", "mails sent"} & set(needing)
    assert names.index("missed events received") == min(names.index(what) for what in needing)


@pytest.mark.parametrize("duty", [(inbox, "retry_due"), (endings, "expire_holds")])
def test_a_duty_that_fails_does_not_keep_the_next_from_being_done(stripe, duty, monkeypatch, capsys, caplog):
    def failing():
        raise RuntimeError("out of order")

    monkeypatch.setattr(*duty, failing)
    monkeypatch.setattr(refunds, "submit_due", lambda: 7)

    assert swept(capsys) == "7 refunds sent"
    assert "out of order" in caplog.text


@pytest.mark.parametrize("seconds", ["0", "-5"])
def test_an_impossible_pause_is_refused(seconds):
    with pytest.raises(CommandError, match="from 1"):
        call_command("tend", f"--every={seconds}")


def test_a_pause_that_is_no_number_is_refused():
    with pytest.raises(CommandError, match="invalid int value"):
        call_command("tend", "--every=often")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.usefixtures("handlers")
def test_it_keeps_sweeping_until_it_is_told_to_stop(number, monkeypatch, capsys):
    sweeps = []

    def sweep(command):
        sweeps.append("swept")
        if len(sweeps) == 3:
            os.kill(os.getpid(), number)
        return f"sweep {len(sweeps)}"

    monkeypatch.setattr(tend.Command, "sweep", sweep)
    monkeypatch.setattr(Event, "wait", lambda event, seconds: event.is_set())

    call_command("tend", "--every=3600")

    assert capsys.readouterr().out.split("\n")[:3] == ["sweep 1", "sweep 2", "sweep 3"]
    assert len(sweeps) == 3


@pytest.mark.usefixtures("handlers")
def test_a_database_that_is_away_does_not_end_it(monkeypatch, capsys, caplog):
    sweeps, closed = [], []

    def sweep(command):
        sweeps.append("swept")
        if len(sweeps) == 1:
            raise OperationalError("the server closed the connection")
        os.kill(os.getpid(), signal.SIGTERM)
        return "back again"

    monkeypatch.setattr(tend.Command, "sweep", sweep)
    monkeypatch.setattr(tend.connection, "close", lambda: closed.append("closed"))
    monkeypatch.setattr(Event, "wait", lambda event, seconds: event.is_set())

    call_command("tend", "--every=60")

    assert "back again" in capsys.readouterr().out
    assert "the server closed the connection" in caplog.text
    assert closed == ["closed"]
