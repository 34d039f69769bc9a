"""A morning in the shop: what a packer and a manager do at the admin, and that books and money are right afterwards."""

import csv
from collections.abc import Callable, Iterator
from io import StringIO
from urllib.request import Request, urlopen

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.core.management import call_command
from django.urls import reverse
from playwright.sync_api import Browser, expect

from bookstore.accounts.factories import StaffFactory
from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import Book, StockMovement
from bookstore.testing.worker import run_due_tasks
from orders import receivers
from orders.factories import place_order
from orders.models import Order, OrderEvent
from payments import intents
from payments.models import Attention, Payment, StripeEvent
from payments.sandbox.testing import SandboxServer

from .colleague import Colleague
from .conftest import wait_for_webhooks

pytestmark = [pytest.mark.browser, pytest.mark.postgres]


@pytest.fixture
def comes_in(browser: Browser, live_server, sandbox) -> Iterator[Callable[[str, str], Colleague]]:
    """`comes_in("Packer", "Percy Palmer")`: somebody with that role and no more has signed in."""
    came: list[Colleague] = []

    def come(role: str, name: str) -> Colleague:
        person = StaffFactory(full_name=name, is_superuser=False)
        person.groups.add(Group.objects.get(name=role))
        context = browser.new_context(locale="en-GB", timezone_id="Europe/London")
        came.append(Colleague(context, live_server.url, sandbox))
        came[-1].comes_in(person)
        return came[-1]

    yield come
    for colleague in came:
        colleague.leaves()
    assert [complaint for colleague in came for complaint in colleague.complaints] == []


@pytest.fixture
def packer(comes_in) -> Colleague:
    return comes_in("Packer", "Percy Palmer")


@pytest.fixture
def manager(comes_in) -> Colleague:
    return comes_in("Manager", "Maud Ellery")


@pytest.fixture(autouse=True)
def the_books_are_right_in_the_evening(sandbox) -> Iterator[None]:
    """Every rule about money and stock holds, and Stripe's lists say the same."""
    yield
    all_news(sandbox)
    call_command("audit", "--stripe", "--grace=0", verbosity=0)


@pytest.fixture
def bought(sandbox, delivery) -> Callable[..., Order]:
    """`bought("Emma", "Dracula")`: paid and confirmed over the webhook, its first mail sent; by default two Emmas."""

    def buy(*titles: str, quantity: int = 1, name: str = "ada") -> Order:
        books = [Book.objects.filter(title=title).first() or BookFactory(title=title) for title in titles]
        email = f"{name}@example.com"
        order = place_order(*books, quantity=quantity, delivery=delivery, email=email)
        sandbox.pay(intents.ensure(order.payment).id)
        all_news(sandbox)
        order.refresh_from_db()
        return order

    return buy


def all_news(sandbox: SandboxServer) -> None:
    """Worker and webhooks, until nothing is under way."""
    wait_for_webhooks(sandbox)
    while run_due_tasks():
        wait_for_webhooks(sandbox)


def letters(order: Order) -> list[str]:
    return [letter.subject for letter in mail.outbox if letter.to == [order.email]]


def told(order: Order, kind: OrderEvent.Kind) -> list[tuple[str, str]]:
    """What the order's history says of that kind, and who did it."""
    events = order.events.filter(kind=kind).select_related("actor")
    return [(event.text, event.actor.full_name if event.actor else "") for event in events]


def costs_now(sandbox: SandboxServer, intent: str, amount: int) -> None:
    """Somebody changes a PaymentIntent behind the shop's back, as one can in a program of one's own."""
    address, key = f"{sandbox.url}/v1/payment_intents/{intent}", f"Bearer {sandbox.secret_key}"
    with urlopen(Request(address, f"amount={amount}".encode(), {"Authorization": key})):
        pass


def stock(title: str) -> int:
    return Book.objects.get(title=title).stock


def test_a_packer_sends_three_orders(packer, bought, sandbox):
    whole, split = bought("Emma", name="whole"), bought("Dracula", "Persuasion", name="split")
    quick = bought("Middlemarch", name="quick")

    packer.chooses(whole, split, quick, action="Print packing slips")
    expect(packer.slips).to_have_count(3)
    expect(packer.slips.filter(has_text=split.number)).to_contain_text("Persuasion")

    packer.opens_order(whole)
    packer.follows("Ship")
    packer.fills_in(Carrier="Royal Mail", Tracking_number="AB123456789GB")
    packer.presses("Ship this parcel")
    packer.sees_message("The order is shipped, and a mail is on its way")
    packer.sees_in_story("AB123456789GB")

    packer.opens_order(split)
    packer.follows("Ship")
    packer.takes(0, "Persuasion")
    packer.fills_in(Carrier="DPD", Tracking_number="FIRST1")
    packer.presses("Ship this parcel")
    packer.sees_message("The rest is still to be shipped")
    packer.follows("Ship")
    packer.fills_in(Carrier="DPD", Tracking_number="SECOND2")
    packer.presses("Ship this parcel")
    packer.sees_message("The order is shipped")

    packer.chooses(quick, action="Mark as shipped")
    packer.fills_in(Carrier="Evri")
    packer.presses("Mark as shipped")
    packer.sees_message("1 marked as shipped")

    all_news(sandbox)
    assert set(Order.objects.values_list("status", flat=True)) == {Order.Status.SHIPPED}
    assert [shipment.tracking for shipment in split.shipments.all()] == ["FIRST1", "SECOND2"]
    assert {shipment.actor for shipment in quick.shipments.all()} == {packer.person}
    assert [len(letters(order)) for order in (whole, split, quick)] == [2, 3, 2]
    assert "AB123456789GB" in mail_to(whole)
    assert [told(order, OrderEvent.Kind.SHIPPED)[0][1] for order in (whole, quick)] == ["Percy Palmer"] * 2


def test_a_packer_writes_a_note(packer, bought):
    order = bought("Emma")

    packer.opens_order(order)
    packer.follows("Add a note")
    packer.fills_in(Note="Corner bumped, wrapped twice")
    packer.presses("Add the note")

    packer.sees_in_story("Corner bumped, wrapped twice")
    assert told(order, OrderEvent.Kind.NOTE) == [("Corner bumped, wrapped twice", "Percy Palmer")]
    assert len(letters(order)) == 1


def test_a_packer_unpacks_a_delivery_with_the_scanner(packer):
    emma, dracula = BookFactory(title="Emma", stock=1), BookFactory(title="Dracula", stock=0)
    packer.opens_section("Books")
    packer.follows("Receive a delivery")

    for isbn in (emma.isbn13, dracula.isbn13, emma.isbn13):
        packer.scans(isbn)
    packer.scans("9780000000000")
    expect(packer.page.locator(".errorlist")).to_contain_text("was not added")
    packer.page.get_by_label("Copies of Dracula").fill("5")
    packer.page.get_by_label("Supplier’s note").fill("Delivery note 4711")
    assert (stock("Emma"), stock("Dracula")) == (1, 0)
    packer.page.get_by_label("ISBN").fill("")
    packer.presses("Book the delivery")

    packer.sees_message("Booked: 7 copies of 2 books")
    assert (stock("Emma"), stock("Dracula")) == (3, 5)
    received = StockMovement.objects.filter(note="Delivery note 4711")
    assert sorted(received.values_list("delta", "actor")) == [(2, packer.person.pk), (5, packer.person.pk)]


def test_a_packer_handles_no_money(packer, bought, sandbox):
    order = bought("Emma")

    packer.opens_order(order)
    packer.cannot_follow("Refund|Cancel the order|Export")

    for name in ("refund", "cancel"):
        packer.is_refused(reverse(f"admin:orders_order_{name}", args=[order.pk]))
    for page in ("payments_payment", "payments_attention", "payments_stripeevent"):
        packer.is_refused(reverse(f"admin:{page}_changelist"))
    packer.is_refused(reverse("admin:orders_order_export"))
    packer.is_refused(reverse("orders:dashboard"))
    assert sandbox.refunds() == []


def test_a_manager_refunds_one_book_which_goes_back_to_the_shelf(manager, bought, sandbox):
    order = bought("Emma", "Dracula")

    manager.opens_order(order)
    manager.follows("Refund")
    manager.picks("The price of some books")
    manager.takes(1, "Emma")
    manager.picks("Yes: sell them again")
    manager.fills_in(Reason="Ordered by mistake")
    manager.presses("Continue")
    expect(manager.page.get_by_role("main")).to_contain_text("£9.99 goes back to the card")
    assert sandbox.refunds() == []
    manager.presses("Yes, send the money back")
    manager.sees_message("£9.99 is on its way back")

    all_news(sandbox)
    order.refresh_from_db()
    assert [refund["amount"] for refund in sandbox.refunds()] == [999]
    assert order.payment.amount_refunded == order.lines.get(title="Emma").unit_price
    assert order.status == Order.Status.CONFIRMED
    assert (stock("Emma"), stock("Dracula")) == (10, 9)
    assert "£9.99" in mail_to(order)
    assert told(order, OrderEvent.Kind.REFUND)[0][1] == "Maud Ellery"


def test_a_manager_cancels_a_paid_order_and_writes_why(manager, bought, sandbox):
    order = bought("Emma")

    manager.opens_order(order)
    manager.follows("Cancel the order")
    manager.fills_in(Reason="Bought twice")
    manager.presses("Continue")
    expect(manager.page.get_by_role("main")).to_contain_text("£12.94 goes back to the card")
    manager.presses("Yes, cancel the order")
    manager.sees_message("The order is canceled")
    manager.follows("Add a note")
    manager.fills_in(Note="Rang at nine, keeps the other one")
    manager.presses("Add the note")

    all_news(sandbox)
    order.refresh_from_db()
    assert (order.status, order.cancel_reason) == ("CANCELED", "by_staff")
    assert [refund["amount"] for refund in sandbox.refunds()] == [1294]
    assert order.payment.status == Payment.Status.REFUNDED
    assert stock("Emma") == 10
    assert len(letters(order)) == 2
    assert told(order, OrderEvent.Kind.CANCELED) == [("Bought twice", "Maud Ellery")]
    assert told(order, OrderEvent.Kind.NOTE)[-1] == ("Rang at nine, keeps the other one", "Maud Ellery")


def test_a_manager_sends_back_what_was_not_paid_as_agreed(manager, sandbox, delivery):
    order = place_order(BookFactory(title="Emma"), delivery=delivery)
    intent = intents.ensure(order.payment).id
    costs_now(sandbox, intent, 1194)
    sandbox.pay(intent)
    all_news(sandbox)

    manager.visits("/admin/")
    manager.follows("1 case needs attention")
    manager.page.get_by_role("link", name="Send the money back").click()
    assert sandbox.refunds() == []
    manager.presses("Send the money back")

    manager.sees_message("of all that came is succeeded")
    all_news(sandbox)
    case = Attention.objects.get()
    order.refresh_from_db()
    assert case.settled_by == manager.person
    assert [refund["amount"] for refund in sandbox.refunds()] == [1194]
    assert order.status == Order.Status.CANCELED
    assert stock("Emma") == 10
    manager.visits("/admin/")
    expect(manager.page.get_by_role("main")).to_contain_text("Nothing needs attention")


def test_a_manager_has_an_event_applied_that_had_failed(manager, bought, monkeypatch):
    with monkeypatch.context() as ailing:
        ailing.setattr(receivers, "accept", _fails)
        order = bought("Emma")
    event = StripeEvent.objects.get(type="payment_intent.succeeded")
    assert (order.status, event.processed_at) == (Order.Status.PENDING, None)

    manager.opens_section("Stripe events")
    manager.page.get_by_role("link", name=event.pk).click()
    manager.presses("Replay")

    manager.sees_message("1 applied, 0 applied before")
    order.refresh_from_db()
    event.refresh_from_db()
    assert order.status == Order.Status.CONFIRMED
    assert event.processed_at
    run_due_tasks()
    assert len(letters(order)) == 1


def test_a_manager_hands_the_month_to_the_bookkeeper_and_looks_at_the_takings(manager, bought):
    order = bought("Emma", "Dracula")
    waiting = place_order(BookFactory(title="Persuasion"))

    manager.visits("/admin/orders/order/?status=CONFIRMED")
    manager.follows("Export")
    orders, lines = manager.downloads("Orders (CSV)"), manager.downloads("Lines (CSV)")
    manager.visits(reverse("orders:dashboard"))

    manager.sees("Dashboard")
    expect(manager.page.get_by_role("main")).to_contain_text("£22.93")
    (row,) = csv.DictReader(StringIO(orders))
    assert (row["order"], row["total"]) == (order.number, "22.93")
    assert {line["title"] for line in csv.DictReader(StringIO(lines))} == {"Emma", "Dracula"}
    assert waiting.number not in orders


def mail_to(order: Order) -> str:
    """The latest."""
    return next(str(letter.body) for letter in reversed(mail.outbox) if letter.to == [order.email])


def _fails(order: Order) -> bool:
    raise RuntimeError("no order today")
