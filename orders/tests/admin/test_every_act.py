"""What holds for all acts: once for each form, with the permission, by POST, and only where it is possible."""

from uuid import uuid4

import pytest

from bookstore.accounts.factories import UserFactory
from orders import shipping
from orders.models import Order, OrderEvent
from orders.tests.ledger import books_add_up
from payments.models import Refund

from .conftest import act_page, all_news, messages, pay, signed_in

pytestmark = pytest.mark.django_db

VIEW = "orders.view_order"


STEPS = {
    "ship": {},
    "deliver": {},
    "refund": {"what": "amount", "amount": "2.00", "reason": "Late"},
    "cancel": {"reason": "Flooded"},
    "note": {"text": "Rang"},
}


def ready_for(name, order):
    if name == "deliver":
        shipping.ship(order, key=uuid4())


@pytest.mark.parametrize("name", STEPS)
def test_a_form_that_is_sent_twice_has_one_effect(owner, stripe, paid, name):
    ready_for(name, paid)
    form = owner.form(paid, name) | STEPS[name]
    page = owner.sends(paid, name, form)
    if page.context.get("promise"):
        owner.confirms(page)
    before = OrderEvent.objects.count(), Refund.objects.count(), paid.shipments.count()

    again = owner.sends(paid, name, form)
    if again.context.get("promise"):
        again = owner.confirms(page)

    assert again.redirect_chain
    assert before == (OrderEvent.objects.count(), Refund.objects.count(), paid.shipments.count())
    assert books_add_up()


def test_a_mail_is_sent_again_once_for_a_form(owner, stripe, paid):
    all_news(stripe)
    form = owner.form(paid, "resend") | {"mail": paid.mails.get().pk}

    for _ in range(2):
        owner.sends(paid, "resend", form)
        all_news(stripe)

    assert paid.mails.get().resends == 1


PERMISSIONS = {
    "ship": "ship_order",
    "deliver": "ship_order",
    "refund": "refund_order",
    "cancel": "cancel_order",
    "revive": "revive_order",
    "resend": "annotate_order",
    "note": "annotate_order",
}


@pytest.mark.parametrize("name", PERMISSIONS)
def test_an_act_needs_its_own_permission(desk, paid, name):
    others = {f"orders.{each}" for each in PERMISSIONS.values()} - {f"orders.{PERMISSIONS[name]}"}
    somebody = desk(VIEW, *others, "orders.change_order")

    page = act_page(paid, name)
    assert somebody.client.get(page).status_code == 403
    assert somebody.client.post(page, {"key": uuid4()}).status_code == 403
    assert f"/{name}/" not in somebody.opens(paid).text
    assert desk(f"orders.{PERMISSIONS[name]}").client.get(page).status_code == 403
    assert desk(VIEW, f"orders.{PERMISSIONS[name]}").client.get(page).status_code in (200, 302)


@pytest.mark.parametrize("name", PERMISSIONS)
def test_shoppers_and_strangers_are_sent_to_the_sign_in(client, paid, name):
    for visitor in (client, signed_in(UserFactory())):
        for ask in (visitor.get, visitor.post):
            answer = ask(act_page(paid, name))
            assert answer.status_code == 302
            assert "/login/" in answer.url


@pytest.mark.parametrize("name", PERMISSIONS)
def test_other_methods_are_refused(owner, paid, name):
    assert owner.client.put(act_page(paid, name)).status_code == 405
    assert owner.client.delete(act_page(paid, name)).status_code == 405


@pytest.mark.parametrize("name", PERMISSIONS)
def test_looking_at_a_page_changes_nothing(owner, paid, name):
    before = list(Order.objects.values()), OrderEvent.objects.count()

    owner.client.get(act_page(paid, name))

    assert before == (list(Order.objects.values()), OrderEvent.objects.count())


@pytest.mark.parametrize("name", PERMISSIONS)
def test_a_form_without_its_key_does_nothing(owner, paid, name):
    page = owner.client.post(
        act_page(paid, name), STEPS.get(name, {"reason": "x"}) | {"key": "1", "_confirm": "yes"}
    )

    assert page.status_code == 200
    assert "Enter a valid UUID." in page.text
    assert paid.events.count() == 2


@pytest.mark.parametrize("name", PERMISSIONS)
def test_an_order_that_is_not_there_leads_to_the_list(owner, name):
    for pk in (uuid4(), "not-an-id"):
        answer = owner.client.get(f"/admin/orders/order/{pk}/{name}/")
        assert answer.status_code == 302


def test_buttons_are_shown_where_they_are_possible(owner, stripe, placed):
    def buttons():
        return [button["label"] for button in owner.opens(placed).context["acts"]]

    assert buttons() == ["Cancel the order", "Add a note"]
    pay(stripe, placed)
    assert buttons() == ["Ship", "Packing slip", "Refund", "Cancel the order", "Add a note"]
    all_news(stripe)
    shipping.ship(placed, key=uuid4())
    assert buttons() == ["Mark as delivered", "Refund", "Send a mail again", "Add a note"]
    placed.refresh_from_db()
    placed.deliver()
    assert buttons() == ["Refund", "Send a mail again", "Add a note"]


def test_what_is_not_possible_leads_back_to_the_order(owner, placed):
    page = owner.client.get(act_page(placed, "ship"), follow=True)

    assert "this cannot be done with the order as it is now" in messages(page)
