"""Mails about an order: owed with the change that calls for them, sent once, and tried again while they cannot go."""

import smtplib
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import IntegrityError, transaction
from django.utils import timezone

from bookstore.catalog.factories import BookFactory
from bookstore.testing.worker import run_due_tasks
from orders import mails
from orders.factories import ADDRESS, place_order
from orders.models import Order, OrderMail
from orders.models.mail import CLAIM_LIFETIME, FIRST_RETRY, LONGEST_WAIT

pytestmark = pytest.mark.django_db

CONFIRMATION = OrderMail.Kind.CONFIRMATION


@pytest.fixture
def order():
    return place_order(BookFactory(title="Emma & <Emma>"), quantity=2)


@pytest.fixture
def server(monkeypatch):
    """The mail server; `server.down = error` makes every try fail with it."""

    class Server:
        down = None
        tries = 0

    send = EmailMultiAlternatives.send

    def try_to_send(message, *args, **kwargs):
        Server.tries += 1
        if Server.down:
            raise Server.down
        return send(message, *args, **kwargs)

    monkeypatch.setattr(EmailMultiAlternatives, "send", try_to_send)
    return Server


def parts(letter):
    return letter.body, letter.alternatives[0].content


def test_a_confirmation_says_it_all_in_text_and_html(order):
    mails.send(mails.owe(order, CONFIRMATION))

    (letter,) = mail.outbox
    assert letter.subject == f"Your order {order.number} is confirmed"
    assert letter.to == ["ada@example.com"]
    assert letter.alternatives[0].mimetype == "text/html"
    for part in parts(letter):
        for said in (order.number, "£22.93", "£19.98", "£2.95", "Ada Reader", "LS1 4AP", "United Kingdom"):
            assert said in part
        assert mails.link_to(order) in part


def test_text_shows_titles_as_they_are_and_html_escapes_them(order):
    mails.send(mails.owe(order, CONFIRMATION))

    text, html = parts(mail.outbox[0])
    assert "2 x Emma & <Emma>" in text
    assert "Emma &amp; &lt;Emma&gt;" in html
    assert "<Emma>" not in html


def test_a_late_payment_is_explained(order):
    mails.send(mails.owe(order, OrderMail.Kind.REFUNDED_LATE))

    (letter,) = mail.outbox
    assert order.number in letter.subject
    for part in parts(letter):
        assert "£22.93" in part
        assert "back to your card" in part


def test_line_breaks_in_a_name_make_no_header():
    address = ADDRESS.__class__(**(ADDRESS.__dict__ | {"full_name": "Ada\r\nBcc: all@example.com"}))
    order = place_order(address=address)

    mails.send(mails.owe(order, CONFIRMATION))

    sent = mail.outbox[0].message()
    assert sent["Bcc"] is None
    assert sent["To"] == "ada@example.com"


def test_owing_a_mail_twice_sends_it_once(order):
    mails.owe(order, CONFIRMATION)
    mails.owe(order, CONFIRMATION)

    run_due_tasks()

    assert len(mail.outbox) == 1
    assert OrderMail.objects.get().sent_at is not None


def test_the_database_keeps_a_mail_from_being_owed_twice(order):
    mails.owe(order, CONFIRMATION)

    with pytest.raises(IntegrityError), transaction.atomic():
        OrderMail.objects.create(order=order, kind=CONFIRMATION)


def test_a_sent_mail_is_not_sent_again(order):
    owed = mails.owe(order, CONFIRMATION)

    assert mails.send(owed) is True
    assert mails.send(owed) is False
    assert mails.send_left_behind() == 0
    assert len(mail.outbox) == 1


def test_a_change_that_is_undone_owes_no_mail(order):
    with transaction.atomic():
        mails.owe(order, CONFIRMATION)
        transaction.set_rollback(True)

    assert run_due_tasks() == 0
    assert mail.outbox == []


@pytest.mark.parametrize(
    "error", [ConnectionRefusedError(), TimeoutError(), smtplib.SMTPServerDisconnected()]
)
def test_a_mail_waits_while_the_server_is_down_and_goes_out_when_it_is_back(order, server, error):
    mails.owe(order, CONFIRMATION)
    server.down = error
    run_due_tasks()
    assert OrderMail.objects.get().error == type(error).__name__

    server.down = None
    assert mails.send_left_behind() == 0, "too soon"
    OrderMail.objects.update(retry_at=timezone.now())

    assert mails.send_left_behind() == 1
    assert len(mail.outbox) == 1
    assert OrderMail.objects.get().error == ""


def test_pauses_between_tries_grow_up_to_an_hour(order, server):
    owed = mails.owe(order, CONFIRMATION)
    server.down = TimeoutError()
    pauses = []

    for _ in range(9):
        before = timezone.now()
        mails.send(owed)
        owed.refresh_from_db()
        pauses.append(round((owed.retry_at - before).total_seconds()))

    assert pauses[:3] == [30, 60, 120]
    assert pauses[-1] == LONGEST_WAIT.total_seconds()
    assert FIRST_RETRY.total_seconds() == 30


def test_all_tries_carry_one_message_id(order, server):
    owed = mails.owe(order, CONFIRMATION)
    mails.send(owed)
    OrderMail.objects.update(sent_at=None, claimed_at=None)  # it went out, but we died before noting it
    mails.send(owed)

    first, second = (letter.extra_headers["Message-ID"] for letter in mail.outbox)
    assert first == second == f"<confirmation.{order.pk}@testserver>"


def test_a_mail_whose_worker_died_is_sent_by_a_sweep_after_a_while(order):
    owed = mails.owe(order, CONFIRMATION)
    owed.claim()
    assert mails.send_left_behind() == 0

    long_ago = timezone.now() - CLAIM_LIFETIME - timedelta(seconds=1)
    OrderMail.objects.update(claimed_at=long_ago, created_at=long_ago)

    assert mails.send_left_behind() == 1
    assert len(mail.outbox) == 1


def test_a_mail_that_cannot_be_made_does_not_keep_the_others_back(order, server, monkeypatch, caplog):
    other = place_order()
    for each in (order, other):
        mails.owe(each, CONFIRMATION)
    OrderMail.objects.update(created_at=timezone.now() - CLAIM_LIFETIME)
    link_to = mails.link_to
    monkeypatch.setattr(mails, "link_to", lambda o: link_to(o) if o == other else 1 / 0)

    assert mails.send_left_behind() == 1

    assert [letter.subject for letter in mail.outbox] == [f"Your order {other.number} is confirmed"]
    assert OrderMail.objects.get(order=order).error == "ZeroDivisionError"
    assert str(order.pk) in caplog.text


def test_logs_do_not_say_who_gets_the_mail(order, server, caplog):
    caplog.set_level("INFO")
    owed = mails.owe(order, CONFIRMATION)
    mails.send(owed)

    assert str(order.pk) in caplog.text
    assert "ada@example.com" not in caplog.text
    assert "Ada Reader" not in caplog.text
    assert Order.objects.get() == order
