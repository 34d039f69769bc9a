"""Who may open what: every address of the admin, for every role, to look at and to act.

Each role may what the one above it may: Packer, Manager, Owner. The tables name the first that may; NOBODY is for
superusers alone, or for no one. An address that stands in neither table fails the test: whoever adds a page says here
whom it is for.
"""

from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse
from django.urls.resolvers import URLPattern

from bookstore.accounts.factories import StaffFactory, UserFactory
from bookstore.catalog.models import Book
from orders.urls import urlpatterns as orders_urls
from payments.models import Attention, OrphanCharge

from .conftest import all_news

pytestmark = pytest.mark.django_db

ANYBODY, PACKER, MANAGER, OWNER, NOBODY = range(5)
VISITORS = {"stranger": ANYBODY, "shopper": ANYBODY, "Packer": PACKER, "Manager": MANAGER, "Owner": OWNER}

# Rows of a kind:                 to see   to add   to change  to delete
ROWS = {
    "orders_order":               (PACKER,  NOBODY,  NOBODY,  NOBODY),
    "orders_deliverymethod":      (MANAGER, OWNER,   OWNER,   OWNER),
    "payments_payment":           (MANAGER, NOBODY,  NOBODY,  NOBODY),
    "payments_attention":         (MANAGER, NOBODY,  NOBODY,  NOBODY),
    "payments_stripeevent":       (MANAGER, NOBODY,  NOBODY,  NOBODY),
    "payments_orphancharge":      (MANAGER, NOBODY,  NOBODY,  NOBODY),
    "payments_mirroredpaymentintent": (MANAGER, NOBODY, NOBODY, NOBODY),
    "catalog_book":               (PACKER,  MANAGER, MANAGER, NOBODY),
    "catalog_contributor":        (PACKER,  MANAGER, MANAGER, MANAGER),
    "catalog_subject":            (PACKER,  MANAGER, MANAGER, MANAGER),
    "catalog_stockmovement":      (PACKER,  NOBODY,  NOBODY,  NOBODY),
    "cart_cart":                  (MANAGER, NOBODY,  NOBODY,  NOBODY),
    "accounts_user":              (OWNER,   OWNER,   OWNER,   NOBODY),
    "auth_group":                 (OWNER,   NOBODY,  NOBODY,  NOBODY),
    "django_tasks_database_dbtaskresult": (NOBODY, NOBODY, NOBODY, NOBODY),
}  # fmt: skip

PAGES = {
    "orders_order_ship": PACKER,
    "orders_order_deliver": PACKER,
    "orders_order_packing_slip": PACKER,
    "orders_order_note": PACKER,
    "orders_order_resend": PACKER,
    "orders_order_cancel": MANAGER,
    "orders_order_refund": MANAGER,
    "orders_order_revive": MANAGER,
    "orders_order_export": MANAGER,
    "orders_order_export_file": MANAGER,
    "payments_attention_remedy": MANAGER,
    "payments_attention_settle": MANAGER,
    "payments_stripeevent_replay": MANAGER,
    "orders:dashboard": MANAGER,
    "catalog_book_low_stock": PACKER,
    "catalog_book_receive": PACKER,
    "catalog_book_correct_stock": MANAGER,
    "catalog_book_export": MANAGER,
    "catalog_book_import": MANAGER,
    "catalog_book_preview": MANAGER,
    "auth_user_password_change": OWNER,
    # The admin's own:
    "index": PACKER,
    "app_list": PACKER,
    "autocomplete": PACKER,
    "jsi18n": PACKER,
    "password_change": PACKER,
    "password_change_done": PACKER,
    "second_factor": PACKER,
    "second_factor_code": PACKER,
    "view_on_site": PACKER,
    "login": ANYBODY,
    "logout": ANYBODY,
}

NOBODY_ACTS_HERE = 405
STEPS = ("changelist", "add", "change", "history", "delete")


def table():
    """For each address: who may look, who may act."""
    wanted = {name: (role, role) for name, role in PAGES.items()}
    for kind, (view, add, change, delete) in ROWS.items():
        see = min(view, change)
        roles = ((see, see), (add, add), (see, change), (see, see), (delete, delete))
        wanted |= {f"{kind}_{step}": pair for step, pair in zip(STEPS, roles, strict=True)}
    return wanted


def addresses():
    """Those that have a name. The others lead to the page of a row, or say that there is no such page.

    Pages that hang below /admin/ without being the admin site's are there too.
    """
    guests = {f"orders:{each.name}": each for each in orders_urls if str(each.pattern).startswith("admin/")}
    return guests | {pattern.name: pattern for pattern in walk(admin.site.urls[0]) if pattern.name}


def walk(patterns):
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield pattern
        else:
            yield from walk(pattern.url_patterns)


def test_the_tables_name_every_address_of_the_admin_and_no_other():
    assert set(addresses()) ^ set(table()) == set()


def test_what_has_no_name_leads_to_the_page_of_a_row_or_nowhere():
    nameless = {str(pattern.pattern) for pattern in walk(admin.site.urls[0]) if not pattern.name}

    assert nameless == {"<path:object_id>/", "(?P<url>.*)$"}


@pytest.fixture
def everything(stripe, paid):
    """One row of each kind at least."""
    all_news(stripe)
    Attention.objects.create(reason="dispute", subject="dp_1", detail="Fraud", payment=paid.payment)
    OrphanCharge.objects.create(intent_id="pi_9", amount=3, currency="gbp")
    book = Book.objects.get(title="Emma")
    book.subjects.add(apps.get_model("catalog", "Subject").objects.create(name="Novels", slug="novels"))
    UserFactory(email="reader@example.com")


def row(kind):
    found = {f"{m._meta.app_label}_{m._meta.model_name}": m for m in admin.site._registry}
    if kind == "accounts_user":
        return found[kind].objects.get(email="reader@example.com")
    first = found[kind]._default_manager.first()
    assert first is not None, f"no {kind} to look at"
    return first


def address_of(name, pattern):
    kind = next((kind for kind in ROWS if name.startswith(f"{kind}_")), "accounts_user")
    if ":" in name:
        return reverse(name)
    match name:
        case "app_list":
            return reverse("admin:app_list", args=["orders"])
        case "view_on_site":
            kind_of_row = ContentType.objects.get_for_model(Book)
            return reverse("admin:view_on_site", args=[kind_of_row.pk, row("catalog_book").pk])
        case "autocomplete":
            asked = {"app_label": "catalog", "model_name": "contribution", "field_name": "contributor"}
            return reverse("admin:autocomplete", query=asked)
        case "orders_order_export_file":
            return reverse("admin:orders_order_export_file", args=["orders"])
        case "catalog_book_preview":
            return reverse("admin:catalog_book_preview", args=[uuid4()])
        case "payments_attention_remedy":
            return reverse("admin:payments_attention_remedy", args=[row(kind).pk, "refund"])
    return reverse(f"admin:{name}", args=[row(kind).pk for _ in pattern.pattern.converters])


def visitor(who):
    client = Client()
    if who == "shopper":
        client.force_login(UserFactory())
    elif who != "stranger":
        person = StaffFactory(is_superuser=False)
        person.groups.add(Group.objects.get(name=who))
        client.force_login(person)
    return client


def is_refused(answer):
    return answer.status_code == 403 or (answer.status_code == 302 and "/login/" in answer.url)


@pytest.mark.parametrize("who", VISITORS)
def test_each_address_lets_in_those_it_is_for_and_refuses_the_others(everything, who):
    wanted, level, wrong = table(), VISITORS[who], []
    client = visitor(who)
    for name, pattern in sorted(addresses().items(), key=lambda each: each[0] == "logout"):
        page = address_of(name, pattern)
        for method, role in zip(("get", "post"), wanted[name], strict=True):
            answer = getattr(client, method)(page)
            assert answer.status_code < 500
            if answer.status_code != NOBODY_ACTS_HERE and is_refused(answer) != (level < role):
                wrong.append(f"{method} {page}: {answer.status_code}")

    assert wrong == []


@pytest.mark.parametrize("app", ["djstripe", "otp_totp", "otp_static", "token_blacklist"])
def test_secrets_are_for_nobody(everything, app):
    assert [model for model in admin.site._registry if model._meta.app_label == app] == []


def test_a_packer_cannot_act_on_many_orders_where_money_is_concerned(everything):
    page = visitor("Packer").get(reverse("admin:orders_order_changelist"))

    offered = {value for value, _ in page.context["action_form"].fields["action"].choices}
    assert offered <= {"", "mark_shipped", "mark_delivered", "print_packing_slips"}
