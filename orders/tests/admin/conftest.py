"""People of staff with chosen permissions, and orders at the stages that they meet them in."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from bookstore.accounts.factories import StaffFactory
from bookstore.accounts.models import User
from bookstore.catalog.factories import BookFactory
from bookstore.catalog.models import Book
from bookstore.testing.stripe import Stripe
from bookstore.testing.worker import run_due_tasks
from orders.factories import place_order
from orders.models import Order
from payments import intents


def may(*names: str, **person: Any) -> User:
    """Somebody of staff with these permissions (`orders.ship_order`) and no others."""
    staff = StaffFactory(is_superuser=False, **person)
    for name in names:
        app, codename = name.split(".")
        permission = Permission.objects.get(content_type__app_label=app, codename=codename)
        staff.user_permissions.add(permission)
    return staff


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def pay(stripe: Stripe, order: Order) -> Order:
    stripe.sandbox.pay(intents.ensure(order.payment).id)
    stripe.deliver()
    order.refresh_from_db()
    return order


def all_news(stripe: Stripe) -> None:
    """Worker and webhooks, until nothing is under way."""
    run_due_tasks()
    stripe.deliver()
    run_due_tasks()


def page_of(order: Order) -> str:
    return reverse("admin:orders_order_change", args=[order.pk])


def act_page(order: Order, name: str) -> str:
    return reverse(f"admin:orders_order_{name}", args=[order.pk])


class Desk:
    """Somebody of staff at the admin."""

    def __init__(self, person: User) -> None:
        self.person = person
        self.client = signed_in(person)

    def opens(self, order: Order, name: str = "") -> Any:
        return self.client.get(act_page(order, name) if name else page_of(order))

    def form(self, order: Order, name: str) -> dict[str, Any]:
        """What the page's form would send if nothing were changed."""
        form = self.opens(order, name).context["form"]
        return {field.html_name: field.value() for field in form if field.value() not in (None, False)}

    def sends(self, order: Order, name: str, form: dict[str, Any], **changes: Any) -> Any:
        return self.client.post(act_page(order, name), form | changes, follow=True)

    def confirms(self, page: Any) -> Any:
        """Press the button of a page that says what will happen."""
        sent = page.context["form"].data.dict() | {
            "promise": page.context["promise"],
            "_confirm": "yes",
        }
        return self.client.post(page.request["PATH_INFO"], sent, follow=True)

    def does(self, order: Order, name: str, **changes: Any) -> Any:
        page = self.sends(order, name, self.form(order, name), **changes)
        return self.confirms(page) if page.context and page.context.get("promise") else page


@pytest.fixture
def owner() -> Desk:
    """May do everything."""
    return Desk(StaffFactory(full_name="Olive Owner"))


@pytest.fixture
def desk() -> Callable[..., Desk]:
    """`desk("orders.view_order", "orders.ship_order")`: somebody who may do that and no more."""
    return lambda *names, **person: Desk(may(*names, **person))


@pytest.fixture
def placed(stripe: Stripe) -> Order:
    """One Emma and one Persuasion for 9.99 each and delivery, unpaid; three copies of each are left on the shelf."""
    return place_order(BookFactory(title="Emma", stock=4), BookFactory(title="Persuasion", stock=4))


@pytest.fixture
def paid(stripe: Stripe, placed: Order) -> Order:
    return pay(stripe, placed)


def copies(order: Order, **titles: Any) -> dict[str, Any]:
    """`copies(order, Emma=1)`: the form's fields for that many copies, none of the others."""
    return {f"copies_{line.pk}": titles.get(line.title, 0) for line in order.lines.all()}


def stock(title: str) -> int:
    return Book.objects.get(title=title).stock


def messages(page: Any) -> str:
    return " ".join(str(message) for message in page.context["messages"])
