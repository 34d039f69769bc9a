"""Refunds that others made, and news of refunds in any order."""

from decimal import Decimal
from itertools import permutations

import pytest

from bookstore.accounts.factories import StaffFactory
from payments import refunds
from payments.models import Attention, Refund
from payments.refunds import UnknownRefund
from payments.settlement import settle
from payments.stripe_objects import RefundNews

from .news import at, attention_to, intent, refund_object

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid(known):
    settle(intent(known), as_of=at(0))
    known.refresh_from_db()
    return known


def news(payment, status="succeeded", **changes):
    return RefundNews.parse(refund_object(payment, status, **changes))


def state(payment):
    payment.refresh_from_db()
    return payment.status, payment.amount_refunded


def test_a_refund_of_the_dashboard_gets_a_row_of_its_own(paid, announced):
    for _ in range(2):
        refunds.follow(news(paid, amount=500))

    refund = Refund.objects.get()
    assert (refund.reason, refund.amount, refund.stripe_refund_id) == ("dashboard", Decimal("5.00"), "re_1")
    assert state(paid) == ("PARTIALLY_REFUNDED", Decimal("5.00"))
    assert announced == ["refunded"]


def test_what_goes_back_in_another_currency_is_told_in_its_own_units(paid):
    """500 yen have no hundredths."""
    refunds.follow(news(paid, amount=500, currency="jpy"))

    assert Refund.objects.get().amount == 500
    assert "¥500:" in paid.order.events.last().text


@pytest.mark.parametrize(
    ("story", "outcome"),
    [
        (["pending", "succeeded"], "SUCCEEDED"),
        (["pending", "succeeded", "failed"], "FAILED"),
        (["pending", "canceled"], "CANCELED"),
        (["requires_action", "succeeded"], "SUCCEEDED"),
        (["pending", "invented_next_year", "succeeded"], "SUCCEEDED"),
    ],
)
def test_the_end_of_a_refund_does_not_depend_on_the_order_of_its_news(paid, story, outcome):
    for number, order in enumerate(permutations(story)):
        for status in (*order, order[0]):
            refunds.follow(news(paid, status, id=f"re_{number}", amount=1))
        assert Refund.objects.get(stripe_refund_id=f"re_{number}").status == outcome


def test_a_refund_may_be_heard_of_before_its_payment(known, announced):
    """A person gave the money back in the dashboard while our webhooks were lost."""
    refunds.follow(news(known))
    settle(intent(known), as_of=at(0))

    known.refresh_from_db()
    assert (known.status, known.amount_refunded) == ("REFUNDED", known.amount)
    assert "went back before" in attention_to(known)
    assert announced == ["refunded", "succeeded"]


def test_more_than_came_is_never_counted_while_a_failure_is_on_its_way(paid):
    """The first refund failed and was made again, but the news of the failure comes last."""
    refunds.follow(news(paid, id="re_1"))
    refunds.follow(news(paid, id="re_2"))
    assert state(paid) == ("REFUNDED", paid.amount)

    refunds.follow(news(paid, "failed", id="re_1"))
    assert state(paid) == ("REFUNDED", paid.amount)

    refunds.follow(news(paid, "failed", id="re_2"))
    assert state(paid) == ("COMPLETED", 0)


def test_a_refund_that_stripe_made_although_we_took_it_for_refused_is_believed(paid):
    refund = refunds.request(paid, paid.amount, reason=Refund.Reason.REQUESTED_BY_CUSTOMER)
    Refund.objects.update(status=Refund.Status.FAILED)

    refunds.follow(news(paid, metadata={"refund_id": str(refund.pk)}))

    refund.refresh_from_db()
    assert (refund.status, refund.stripe_refund_id) == ("SUCCEEDED", "re_1")
    assert state(paid) == ("REFUNDED", paid.amount)


def test_the_refund_of_a_second_payment_leaves_the_first_alone(paid):
    settle(intent(paid, id="pi_second"), as_of=at(1))
    refund = Refund.objects.get()

    refunds.follow(news(paid, payment_intent="pi_second", metadata={"refund_id": str(refund.pk)}))

    refund.refresh_from_db()
    assert refund.status == Refund.Status.SUCCEEDED
    assert state(paid) == ("COMPLETED", 0)


@pytest.mark.parametrize("intent_id", ["pi_theirs", None, 7])
def test_a_refund_of_somebody_elses_money_is_unknown(paid, intent_id):
    with pytest.raises(UnknownRefund):
        refunds.follow(news(paid, payment_intent=intent_id))


def test_metadata_that_names_no_refund_of_this_payment_is_not_believed(paid):
    refunds.follow(news(paid, amount=1, metadata={"refund_id": "'; DROP TABLE"}))

    assert Refund.objects.get().reason == "dashboard"


def test_a_reason_for_a_failure_is_kept(paid):
    refunds.follow(news(paid, "failed", failure_reason="lost_or_stolen_card"))

    assert Refund.objects.get().failure_reason == "lost_or_stolen_card"
    paid.refresh_from_db()
    assert "lost or stolen card" in attention_to(paid)


# Cases of refunds that failed


def open_cases():
    return Attention.objects.open().filter(reason="refund_failed").count()


def test_a_refund_that_failed_needs_nobody_once_all_has_gone_back(paid):
    refunds.follow(news(paid, "failed", id="re_1"))
    refunds.follow(news(paid, "pending", id="re_2"))
    assert open_cases() == 1

    refunds.follow(news(paid, id="re_2"))

    assert open_cases() == 0
    assert Attention.objects.get().settlement == "Refunded in full after all"


def test_it_needs_nobody_either_when_its_failure_is_heard_of_last(paid):
    refunds.follow(news(paid, id="re_2"))
    refunds.follow(news(paid, "failed", id="re_1"))

    assert open_cases() == 0


def test_it_needs_somebody_again_when_what_replaced_it_fails_too(paid):
    for status, id_ in (("failed", "re_1"), ("succeeded", "re_2"), ("failed", "re_2")):
        refunds.follow(news(paid, status, id=id_))

    assert open_cases() == 2


def test_more_than_all_is_all(paid):
    """As long as the news that one of them has failed is on its way."""
    for status, id_ in (("failed", "re_1"), ("succeeded", "re_2"), ("succeeded", "re_3")):
        refunds.follow(news(paid, status, id=id_))

    assert open_cases() == 0


def test_of_money_that_did_not_come_as_agreed_a_person_knows_how_much_is_owed(known):
    settle(intent(known, amount=1994, amount_received=1994), as_of=at(0))
    refunds.follow(news(known, "failed", id="re_1", amount=700))
    refunds.follow(news(known, id="re_2"))

    assert open_cases() == 1


def test_the_refunds_may_be_heard_of_before_the_payment(known):
    refunds.follow(news(known, "failed", id="re_1"))
    refunds.follow(news(known, id="re_2"))
    settle(intent(known), as_of=at(0))

    assert open_cases() == 0


def test_of_a_second_payment_all_went_back_too(paid):
    settle(intent(paid, id="pi_second"), as_of=at(1))
    ours = {"refund_id": str(Refund.objects.get().pk)}
    refunds.follow(news(paid, "failed", id="re_1", payment_intent="pi_second", metadata=ours))
    refunds.follow(news(paid, id="re_2", payment_intent="pi_second"))

    assert open_cases() == 0


def test_a_case_that_a_person_has_settled_stays_so(paid):
    refunds.follow(news(paid, "failed", id="re_1"))
    Attention.objects.get().settle("Sent by bank transfer", by=StaffFactory())

    refunds.follow(news(paid, "succeeded", id="re_2"))
    refunds.follow(news(paid, "failed", id="re_2"))

    assert Attention.objects.open().get().subject == str(Refund.objects.get(stripe_refund_id="re_2").pk)


def test_while_a_part_is_still_owed_it_needs_somebody(paid):
    refunds.follow(news(paid, "failed", id="re_1", amount=500))
    refunds.follow(news(paid, id="re_2", amount=1293))

    assert open_cases() == 1


def test_the_money_of_another_intent_closes_no_case(paid):
    settle(intent(paid, id="pi_second"), as_of=at(1))
    refunds.follow(news(paid, "failed", id="re_1"))
    refunds.follow(news(paid, id="re_2", payment_intent="pi_second"))

    assert open_cases() == 1
