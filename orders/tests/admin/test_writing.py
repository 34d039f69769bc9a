"""Notes stay with the order, mails go out once more."""

import pytest
from django.core import mail

from orders.factories import place_order

from .conftest import all_news, pay

pytestmark = pytest.mark.django_db


def test_a_mail_that_was_sent_goes_out_once_more(owner, stripe, paid):
    all_news(stripe)
    sent = paid.mails.get(kind="confirmation")
    mail.outbox.clear()

    owner.does(paid, "resend", mail=sent.pk)
    all_news(stripe)

    assert [message.to for message in mail.outbox] == [["ada@example.com"]]
    assert paid.events.get(kind="mail").actor == owner.person


def test_another_orders_mail_is_no_choice(owner, stripe, paid):
    all_news(stripe)
    other = pay(stripe, place_order(email="someone.else@example.com"))
    all_news(stripe)

    page = owner.does(paid, "resend", mail=other.mails.first().pk)

    assert "not one of the available choices" in page.text


def test_a_note_stays_with_the_order(owner, placed):
    owner.does(placed, "note", text="Wants it gift-wrapped\n<b>Really</b>")

    page = owner.opens(placed)
    assert "Wants it gift-wrapped<br>&lt;b&gt;Really&lt;/b&gt;" in page.text
    assert placed.events.get(kind="note").actor == owner.person


def test_a_note_that_is_too_long_is_not_cut(owner, placed):
    page = owner.does(placed, "note", text="x" * 301)

    assert "at most 300 characters" in page.text
    assert "x" * 301 in page.text
