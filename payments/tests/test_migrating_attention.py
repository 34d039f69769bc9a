"""What stood as a text with a payment becomes a case when an older shop is brought up to date."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from orders.factories import place_order
from payments.models import Attention, Installation

REASONS = {
    "pi_paid succeeded, but amount is 999, not 1294": "mismatch",
    "dispute du_1 is needs_response": "dispute",
    "refund re_1 failed: expired_or_canceled_card": "refund_failed",
    "Stripe refused refund 5: charge_disputed": "refund_failed",
    "Stripe does not know pi_1: is the secret key of another account?": "unknown_intent",
    "12.94 went back before the order was confirmed": "refunded_first",
    "": None,
}


def migrate(targets):
    MigrationExecutor(connection).migrate(targets)
    return MigrationExecutor(connection).loader.project_state(targets).apps


@pytest.fixture
def old_shop(transactional_db):
    """One payment for each text, in the tables of the time when an attention was a text; today's come back."""
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    payments = {text: place_order().payment for text in REASONS}
    rows = migrate([("payments", "0001_initial")]).get_model("payments", "Payment").objects
    for number, (text, payment) in enumerate(payments.items()):
        rows.filter(pk=payment.pk).update(attention=text, stripe_payment_id=f"pi_{number}")
    yield payments
    migrate(latest)


@pytest.mark.slow
def test_each_text_becomes_a_case_of_its_reason_and_the_shop_gets_a_name(old_shop):
    migrate([("payments", "0003_attention_is_a_row")])

    cases = Attention.objects.open()
    assert {case.detail: case.reason for case in cases} | {"": None} == REASONS
    assert {case.detail: case.payment_id for case in cases} == {
        text: payment.pk for text, payment in old_shop.items() if text
    }
    assert sorted(case.subject for case in cases) == [f"pi_{number}" for number in range(6)]
    assert Installation.objects.count() == 1
