"""The dashboard's figures: the same as those of a slow and obvious count, whatever happened."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.dashboard import figures
from orders.dashboard.periods import Span, Unit
from orders.models import Order, OrderEvent
from payments.models import Payment, Refund, StripeEvent

from .conftest import noon

pytestmark = pytest.mark.django_db

LONDON = ZoneInfo("Europe/London")
STATEMENTS = 12
MARCH = Span(date(2026, 3, 1), date(2026, 3, 31), Unit.DAY)


def over(span):
    return figures.of(span)


def takings_of(found, *day):
    return found.rows[date(*day)].takings


# What counts, and when


def test_money_counts_on_the_day_it_came_and_refunds_on_theirs(past):
    order = past.sold(noon(2026, 3, 2), "20.00")
    past.refunded(order, noon(2026, 3, 9), "5.00")

    found = over(MARCH)

    assert (takings_of(found, 2026, 3, 2).taken, takings_of(found, 2026, 3, 2).refunded) == (20, 0)
    assert (takings_of(found, 2026, 3, 9).taken, takings_of(found, 2026, 3, 9).refunded) == (0, 5)
    assert found.now.takings.net == 15


@pytest.mark.parametrize(
    ("status", "counted"), [("PENDING", 5), ("REQUESTED", 5), ("FAILED", 0), ("CANCELED", 0)]
)
def test_refunds_count_unless_they_failed(past, status, counted):
    past.refunded(past.sold(noon(2026, 3, 2)), noon(2026, 3, 9), "5.00", status=status)

    assert over(MARCH).now.takings.refunded == counted


def test_money_that_came_twice_and_went_straight_back_is_in_neither_figure(past):
    order = past.sold(noon(2026, 3, 2), "20.00")
    past.refunded(order, noon(2026, 3, 2), "20.00", intent_id="pi_other", reason="double_payment")

    assert (over(MARCH).now.takings.taken, over(MARCH).now.takings.refunded) == (20, 0)


def test_payments_that_were_not_made_are_no_takings(past):
    order = past.sold(noon(2026, 3, 2))
    Payment.objects.filter(order=order).update(status="FAILED")

    assert over(MARCH).now.takings.taken == 0


def test_the_average_counts_free_orders_and_those_canceled_later(past):
    past.sold(noon(2026, 3, 2), "10.00")
    past.sold(noon(2026, 3, 2), "0.00")
    past.sold(noon(2026, 3, 2), "10.01", status="CANCELED")

    takings = over(MARCH).now.takings

    assert (takings.orders, takings.value, takings.average) == (3, Decimal("20.01"), Decimal("6.67"))


def test_without_orders_there_is_no_average(past):
    assert over(MARCH).now.takings.average is None


def test_another_currency_has_rows_of_its_own(past):
    past.sold(noon(2026, 3, 2), "10.00")
    euros = past.sold(noon(2026, 3, 2), "30.00", currency="eur")
    past.refunded(euros, noon(2026, 3, 3), "1.00")

    found = over(MARCH)

    assert (found.now.takings.taken, found.now.takings.orders) == (10, 1)
    (elsewhere,) = found.elsewhere.items()
    assert elsewhere[0] == "eur"
    assert (elsewhere[1].taken, elsewhere[1].refunded, elsewhere[1].orders) == (30, 1, 1)


def test_a_day_is_a_day_of_the_shop(past):
    past.sold(datetime(2026, 7, 1, 23, 30, tzinfo=UTC), "10.00")  # half past midnight in London

    found = over(Span(date(2026, 7, 1), date(2026, 7, 3), Unit.DAY))

    assert takings_of(found, 2026, 7, 2).taken == 10
    assert takings_of(found, 2026, 7, 1).taken == 0


def test_the_first_and_the_last_moment_of_the_time_count(past):
    for at in ("2026-02-28 23:59:59", "2026-03-01 00:00:00", "2026-03-31 23:59:59", "2026-04-01 00:00:00"):
        past.sold(datetime.fromisoformat(at).replace(tzinfo=LONDON), "1.00")

    assert over(MARCH).now.takings.taken == 2


def test_the_time_before_is_counted_beside(past):
    past.sold(noon(2026, 3, 2), "10.00")
    past.sold(noon(2026, 2, 27), "4.00")
    past.declined(past.sold(noon(2025, 1, 1)), noon(2026, 2, 20))

    before = over(MARCH).before

    assert (before.takings.taken, before.declines) == (4, 1)


# Books


def test_best_sellers_are_those_with_most_copies_in_orders_that_stand(past, book):
    emma, persuasion, sanditon = book("Emma", stock=3), book("Persuasion"), book("Sanditon")
    past.sold(noon(2026, 3, 2), books={emma: 2, persuasion: 1})
    past.sold(noon(2026, 3, 3), books={emma: 1})
    past.sold(noon(2026, 3, 3), books={sanditon: 9}, status="CANCELED")
    past.sold(noon(2026, 4, 3), books={sanditon: 9})

    found = over(MARCH).best_sellers

    assert [(book.title, book.copies, book.value) for book in found] == [
        ("Emma", 3, Decimal("29.97")),
        ("Persuasion", 1, Decimal("9.99")),
    ]
    assert found[0].stock == 3


def test_copies_sold_in_another_currency_count_but_their_price_does_not(past, book):
    past.sold(noon(2026, 3, 2), books={book("Emma"): 2}, currency="eur")

    (emma,) = over(MARCH).best_sellers
    assert (emma.copies, emma.value) == (2, 0)


def test_low_stock_is_what_the_shop_shows_and_has_little_of(past, book, settings):
    settings.LOW_STOCK = 2
    for title, stock in [("Three", 3), ("Two", 2), ("None", 0)]:
        book(title, stock)
    hidden = book("Hidden", 0)
    hidden.active = False
    hidden.save()

    found = over(MARCH)

    assert found.low_stock_count == 2
    assert [(low.title, low.stock) for low in found.low_stock] == [("None", 0), ("Two", 2)]


# What goes wrong


def test_declines_and_their_reasons_are_counted(past):
    order = past.sold(noon(2025, 1, 1))
    for day, words in [(2, "Card expired."), (3, "Card expired."), (3, "No money."), (4, "")]:
        past.declined(order, noon(2026, 3, day), words)
    past.declined(order, noon(2026, 4, 1), "Later.")
    order.note(OrderEvent.Kind.NOTE, "No money.")

    found = over(MARCH)

    assert found.now.declines == 4
    assert found.rows[date(2026, 3, 3)].declines == 2
    assert found.decline_reasons == [("Card expired.", 2), ("No reason known", 1), ("No money.", 1)]


def test_delays_are_those_of_webhooks_and_never_below_nothing(past):
    past.webhook(noon(2026, 3, 2), 2)
    past.webhook(noon(2026, 3, 2), 6)
    past.webhook(noon(2026, 3, 3), -1)
    past.webhook(noon(2026, 3, 3), 9999, came_by=StripeEvent.CameBy.LIST)

    rows = over(MARCH).rows

    assert (rows[date(2026, 3, 2)].delays.mean, rows[date(2026, 3, 2)].delays.longest) == (4, 6)
    assert rows[date(2026, 3, 3)].delays.mean == 0
    assert rows[date(2026, 3, 4)].delays.mean is None


def test_the_backlog_is_what_is_not_applied_now(past):
    oldest = past.webhook(noon(2026, 1, 1), 1, processed_at=None)
    past.webhook(noon(2026, 1, 2), 1, processed_at=None)
    past.webhook(noon(2026, 1, 2), 1, processed_at=None, quarantine="What is this?")
    past.webhook(noon(2026, 1, 3), 1)

    backlog = over(MARCH).backlog

    assert (backlog.waiting, backlog.oldest, backlog.set_aside) == (2, oldest.received_at, 1)


# All of it, against a count that anybody can follow


@pytest.mark.parametrize("unit", Unit)
@pytest.mark.parametrize("chance", range(4))
def test_figures_equal_a_slow_and_obvious_count(past, unit, chance):
    dice = random.Random(chance)
    _any_past(past, dice)
    first = date(2026, 2, 1) + timedelta(days=dice.randrange(60))
    last = first + timedelta(days=dice.randrange(90))
    span = Span.covering(first, last, unit, today=date(2026, 6, 30))

    found = over(span)

    assert _as_plain(found.rows) == _slowly(span)
    for sums, time in ((found.now, span), (found.before, span.before())):
        rows = _slowly(time).values()
        expected = tuple(sum((row[n] for row in rows), Decimal(0)) for n in range(5))
        assert _plain(sums) == expected


def _any_past(past, dice):
    start = datetime(2026, 1, 1, tzinfo=UTC)

    def any_time():
        return start + timedelta(minutes=dice.randrange(180 * 24 * 60))

    for _ in range(40):
        pounds = Decimal(dice.randrange(0, 10_000)) / 100
        order = past.sold(any_time(), pounds, currency=dice.choice(["gbp", "gbp", "eur"]))
        if pounds > 1 and dice.random() < 0.5:
            status = dice.choice(["SUCCEEDED", "FAILED", "PENDING"])
            past.refunded(order, any_time(), "0.37", status=status)
        if dice.random() < 0.3:
            past.declined(order, any_time())


def _slowly(span):
    """By units: taken, refunded, orders, their value, declines."""
    rows = {start: [Decimal(0)] * 5 for start in span.starts}

    def add(at, column, what):
        day = at.astimezone(LONDON).date()
        if span.first <= day <= span.last:
            rows[max(start for start in span.starts if start <= day)][column] += what

    for payment in Payment.objects.all():
        if payment.is_paid and payment.currency == "gbp":
            add(payment.completed_at, 0, payment.amount)
    for refund in Refund.objects.all():
        if refund.status not in ("FAILED", "CANCELED") and refund.currency == "gbp":
            add(refund.created_at, 1, refund.amount)
    for order in Order.objects.all():
        if order.confirmed_at and order.currency == "gbp":
            add(order.confirmed_at, 2, 1)
            add(order.confirmed_at, 3, order.total)
    for event in OrderEvent.objects.filter(kind="payment_failed"):
        add(event.at, 4, 1)
    return {start: tuple(row) for start, row in rows.items()}


def _as_plain(rows):
    return {start: _plain(sums) for start, sums in rows.items()}


def _plain(sums):
    money = sums.takings
    return (money.taken, money.refunded, money.orders, money.value, sums.declines)


# How long it takes


def test_it_takes_as_many_statements_for_many_orders_as_for_none(past, book):
    emma = book("Emma")

    def statements():
        with CaptureQueriesContext(connection) as made:
            over(MARCH)
        return len(made)

    none = statements()
    for day in range(1, 20):
        order = past.sold(noon(2026, 3, day), books={emma: 1, book(f"Book {day}", 1): 1})
        past.refunded(order, noon(2026, 3, day), "1.00")
        past.declined(order, noon(2026, 3, day))
        past.webhook(noon(2026, 3, day), 1)

    assert none <= statements() == STATEMENTS


def test_figures_are_kept_for_a_minute_and_say_of_when_they_are(past):
    first = figures.kept(MARCH)
    past.sold(noon(2026, 3, 2), "20.00")

    again = figures.kept(MARCH)
    other = figures.kept(Span(date(2026, 3, 1), date(2026, 3, 31), Unit.MONTH))

    assert again.made_at == first.made_at
    assert again.now.takings.taken == 0
    assert other.now.takings.taken == 20
