"""Who may do what: three groups, written down here and nowhere else.

Every `migrate` brings the groups to what stands here (see `make_up_to_date`); a shop that wants something else makes a
group of its own. Nobody may see what dj-stripe keeps, or keys and tokens of any kind: those have no pages.
"""

from collections.abc import Iterable
from typing import Any

from django.apps import apps as installed
from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.db import DEFAULT_DB_ALIAS

PACKER = {
    "orders": [
        *("view_order", "view_orderline", "view_orderevent", "view_shipment", "view_shippedline"),
        *("ship_order", "annotate_order"),
    ],
    "catalog": [
        *("view_book", "view_contribution", "view_contributor", "view_subject", "view_stockmovement"),
        "receive_stock",
    ],
}
"""Sends what was bought, and shelves what comes. No money: no payments, refunds, takings or exports."""

MANAGER = {
    "orders": [
        *PACKER["orders"],
        *("view_ordermail", "view_refundedline", "view_deliverymethod"),
        *("cancel_order", "refund_order", "revive_order", "export_orders", "view_takings"),
    ],
    "payments": [
        *("view_payment", "view_refund", "view_dispute", "view_orphancharge", "view_mirroredpaymentintent"),
        *("view_attention", "settle_attention", "view_stripeevent", "replay_stripeevent"),
    ],
    "catalog": [
        *PACKER["catalog"],
        *("add_book", "change_book", "import_books", "correct_stock"),
        *("add_contribution", "change_contribution", "delete_contribution"),
        *("add_contributor", "change_contributor", "delete_contributor"),
        *("add_subject", "change_subject", "delete_subject"),
    ],
    "cart": ["view_cart", "view_cartline"],
}
"""Runs the day: ends orders, refunds up to REFUND_LIMIT, settles what needs attention, keeps the catalogue."""

OWNER = {
    **MANAGER,
    "orders": [
        *MANAGER["orders"],
        "refund_any_amount",
        *("add_deliverymethod", "change_deliverymethod", "delete_deliverymethod"),
    ],
    "accounts": ["view_user", "add_user", "change_user"],
    "auth": ["view_group"],
}
"""Any amount, delivery and its prices, and who works here: gives roles that are no more than the owner's own."""

ROLES: dict[str, dict[str, list[str]]] = {"Packer": PACKER, "Manager": MANAGER, "Owner": OWNER}


def names(role: str) -> set[str]:
    """The permissions of a role as Django names them: `orders.ship_order`."""
    return {f"{app}.{codename}" for app, codenames in ROLES[role].items() for codename in codenames}


def make_up_to_date(*, using: str = DEFAULT_DB_ALIAS, apps: Apps = installed, **kwargs: Any) -> None:
    """Make the groups that are missing, and give each what its role says: no more, no less.

    Runs after every `migrate`, and after tests have emptied the tables. Rows for permissions may not have been made
    yet at that moment, so they are made here. `apps` are the models as they are then, which may be older than this
    code: what does not exist yet is given when it does.
    """
    if not _can_hold_roles(apps):
        return
    for label in sorted({app for role in ROLES.values() for app in role}):
        create_permissions(installed.get_app_config(label), verbosity=0, using=using, apps=apps)
    for role in ROLES:
        _give(role, using, apps)


def _can_hold_roles(apps: Apps) -> bool:
    """Not while some app is migrated back to before it had tables."""
    try:
        apps.get_model("auth", "Group")
        apps.get_model("accounts", "User")
    except LookupError:
        return False
    return True


def _give(role: str, using: str, apps: Apps) -> None:
    group, _ = apps.get_model("auth", "Group").objects.using(using).get_or_create(name=role)
    due = {permission.pk for permission in _permissions(role, using, apps)}
    if due != set(group.permissions.values_list("pk", flat=True)):
        group.permissions.set(due)


def _permissions(role: str, using: str, apps: Apps) -> Iterable[Any]:
    wanted = names(role)
    permissions = apps.get_model("auth", "Permission").objects.using(using).select_related("content_type")
    found = permissions.filter(content_type__app_label__in=ROLES[role])
    return [each for each in found if f"{each.content_type.app_label}.{each.codename}" in wanted]
