"""Two of staff, or one of them twice, do the same thing in the same moment. Each with its control."""

import pytest
from django.db.models.query import QuerySet

from bookstore.accounts.factories import StaffFactory
from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import Book
from bookstore.testing.threads import at_once
from orders.factories import DeliveryMethodFactory, place_order
from orders.models import Order, Shipment, ShippedLine
from orders.tests.ledger import books_add_up
from payments.models import Refund

from .conftest import Desk, all_news, copies, pay

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

ROUNDS = 3


@pytest.fixture
def staff():
    return [Desk(StaffFactory()) for _ in range(3)]


def bought(stripe):
    order = place_order(
        BookFactory(title="Emma", stock=4),
        BookFactory(title="Persuasion", stock=4),
        delivery=DeliveryMethodFactory(),
    )
    return pay(stripe, order)


def twice(person, order, name, **typed):
    """One person, one form, and a finger that slipped."""
    send = ready(person, order, name, **typed)
    return [send, send]


def together(staff, order, name, **typed):
    """Everybody has the page open, each with a form of their own."""
    return [ready(person, order, name, **typed) for person in staff]


def ready(person, order, name, **typed):
    page = person.sends(order, name, person.form(order, name), **typed) if name != "ship" else None
    if page:
        return lambda: person.confirms(page)
    form = person.form(order, name)
    return lambda: person.sends(order, name, form, **typed)


def pages(outcomes):
    assert {page.status_code for page in outcomes} == {200}
    return outcomes


@pytest.fixture
def unlocked(monkeypatch):
    """No row is locked, as if nobody else were there."""
    return lambda: monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **options: rows.all())


# Ship


def shipped(order):
    return sum(ShippedLine.objects.filter(line__order=order).values_list("quantity", flat=True))


@pytest.mark.parametrize("clicks", ["twice", "together"])
def test_a_parcel_goes_out_once(stripe, staff, clicks):
    for _ in range(ROUNDS):
        order = bought(stripe)
        acts = twice(staff[0], order, "ship") if clicks == "twice" else together(staff, order, "ship")

        pages(at_once(*acts))

        assert (order.shipments.count(), shipped(order)) == (1, 2)
        assert order.mails.filter(kind="shipped").count() == 1


def test_parts_that_several_pack_never_exceed_the_order(stripe, staff):
    for _ in range(ROUNDS):
        order = bought(stripe)
        both, one = copies(order, Emma=1, Persuasion=1), copies(order, Emma=1)
        acts = [ready(staff[0], order, "ship", **both), ready(staff[1], order, "ship", **one)]

        pages(at_once(*acts))

        assert shipped(order) in (1, 2)
        assert max(ShippedLine.objects.values_list("quantity", flat=True)) == 1
        assert order.shipments.count() == 1


def test_control_without_locks_the_same_copies_go_out_twice(stripe, staff, unlocked):
    unlocked()

    lost = 0
    for _ in range(20):
        order = bought(stripe)
        at_once(*together(staff, order, "ship", **copies(order, Emma=1)), raising=Exception)
        lost += shipped(order) > 1
        if lost:
            break

    assert lost


# Refund


def asked_back(order):
    return sum(refund.amount for refund in Refund.objects.standing().filter(payment__order=order))


@pytest.mark.parametrize("clicks", ["twice", "together"])
def test_all_the_money_goes_back_once(stripe, staff, clicks):
    typed = {"what": "all", "restock": "yes", "reason": "At once"}
    for _ in range(ROUNDS):
        order = bought(stripe)
        how = twice(staff[0], order, "refund", **typed) if clicks == "twice" else None

        pages(at_once(*(how or together(staff, order, "refund", **typed))))

        assert asked_back(order) == order.total
        assert Refund.objects.filter(payment__order=order).count() == 1
    all_news(stripe)
    assert len(stripe.sandbox.refunds()) == ROUNDS
    assert books_add_up()


def test_the_limit_holds_for_several_forms_at_once(stripe, settings):
    settings.REFUND_LIMIT = 10
    manager = Desk(StaffFactory(is_superuser=False))
    manager.person.user_permissions.set(permissions("view_order", "refund_order"))
    for _ in range(ROUNDS):
        order = bought(stripe)

        pages(
            at_once(*together([manager] * 3, order, "refund", what="amount", amount="6", reason="In parts"))
        )

        assert asked_back(order) == 6


def permissions(*codenames):
    from django.contrib.auth.models import Permission

    return Permission.objects.filter(codename__in=codenames)


def test_control_without_locks_more_goes_back_than_came(stripe, staff, unlocked):
    unlocked()

    lost = 0
    for _ in range(20):
        order = bought(stripe)
        at_once(
            *together(staff, order, "refund", what="amount", amount="20.00", reason="At once"),
            raising=Exception,
        )
        lost += asked_back(order) > order.total
        if lost:
            break

    assert lost


# Cancel


@pytest.mark.parametrize("clicks", ["twice", "together"])
def test_a_paid_order_is_taken_back_once(stripe, staff, clicks):
    for _ in range(ROUNDS):
        order = bought(stripe)
        acts = twice(staff[0], order, "cancel", reason="x") if clicks == "twice" else None

        pages(at_once(*(acts or together(staff, order, "cancel", reason="x"))))

        order.refresh_from_db()
        assert order.status == Order.Status.CANCELED
        assert order.events.filter(kind="canceled").count() == 1
        assert asked_back(order) == order.total
    assert set(Book.objects.values_list("stock", flat=True)) == {4}
    assert books_add_up()


def test_an_order_is_shipped_or_taken_back_but_not_both(stripe, staff):
    for _ in range(ROUNDS * 2):
        order = bought(stripe)
        acts = [ready(staff[0], order, "ship"), ready(staff[1], order, "cancel", reason="Sold out")]

        pages(at_once(*acts))

        order.refresh_from_db()
        outcome = (order.status, Shipment.objects.filter(order=order).count(), asked_back(order))
        assert outcome in {("SHIPPED", 1, 0), ("CANCELED", 0, order.total)}
    assert books_add_up()


def test_control_without_locks_the_money_of_a_shipped_order_goes_back(stripe, staff, unlocked):
    unlocked()

    lost = 0
    for _ in range(30):
        order = bought(stripe)
        part = ready(staff[0], order, "ship", **copies(order, Emma=1))
        at_once(part, ready(staff[1], order, "cancel", reason="Sold out"), raising=Exception)
        lost += bool(shipped(order) and asked_back(order))
        if lost:
            break

    assert lost


# Notes


def test_a_note_is_written_once_by_one_person_and_by_each_of_several(stripe, staff):
    order = bought(stripe)
    form = staff[0].form(order, "note") | {"text": "Rang"}

    pages(at_once(*[lambda: staff[0].sends(order, "note", form)] * 3))
    assert order.events.filter(kind="note").count() == 1
    pages(at_once(*[lambda person=person: person.sends(order, "note", form) for person in staff]))

    assert order.events.filter(kind="note").count() == 3
