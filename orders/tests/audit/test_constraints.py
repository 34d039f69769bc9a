"""What the database itself has to hold, and what is said when it does not."""

import pytest
from django.db import connection

from orders.models import Order, OrderMail
from payments.models import Payment, Refund

from .conftest import lawless

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("model", "lost"),
    [
        (Payment, ["payment_amount_is_positive", "unique order_id", "unique stripe_payment_id"]),
        (Refund, ["refund_of_unwanted_money_is_unique", "unique stripe_refund_id"]),
        (Order, ["order_total_is_sum", "order_pending_is_one_per_cart", "unique number"]),
        (OrderMail, ["mail_of_a_kind_is_unique"]),
    ],
)
def test_a_constraint_that_is_gone_is_named(broken, model, lost):
    assert broken() == {}

    with lawless(model):
        offences = broken(15)

    assert {f"table {model._meta.db_table} lacks {name}" for name in lost} <= set(offences)
    assert {offence.split()[1] for offence in offences} == {model._meta.db_table}


@pytest.mark.postgres
def test_a_constraint_that_was_never_checked_is_named(broken):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE orders_order ADD CONSTRAINT a_wish CHECK (total < 10000) NOT VALID")

    assert broken() == {15: ["table orders_order: a_wish is not valid for all of its rows"]}
