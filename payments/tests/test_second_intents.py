"""Which payment an intent belongs to, and what a second intent for one order may do."""

import pytest

from orders.factories import place_order
from payments.models import Payment, Refund
from payments.settlement import UnknownPayment, settle

from .news import at, attention_to, intent

pytestmark = pytest.mark.django_db


def test_a_payment_is_found_by_what_we_wrote_into_the_intent(payment, announced):
    settle(intent(payment, id="pi_never_written_down"), as_of=at(0))

    payment.refresh_from_db()
    assert payment.stripe_payment_id == "pi_never_written_down"
    assert payment.opened_at is not None
    assert announced == ["succeeded"]


def test_an_intent_is_its_own_payments_before_it_is_that_of_the_one_written_into_it(known):
    other = place_order().payment

    found = Payment.objects.of_intent(intent(known, metadata={"payment_id": str(other.pk)}))

    assert (found.first(), found.last()) == (known, other)


@pytest.mark.parametrize(
    "metadata", [{}, {"payment_id": "42"}, {"payment_id": "00000000-0000-0000-0000-000000000000"}]
)
def test_an_intent_of_nobody_is_unknown(known, metadata):
    with pytest.raises(UnknownPayment):
        settle(intent(known, id="pi_of_nobody", metadata=metadata), as_of=at(0))


@pytest.mark.parametrize("status", ["requires_payment_method", "processing", "canceled"])
def test_a_second_intent_means_nothing_before_it_is_paid(known, announced, status):
    settle(intent(known, status, id="pi_second"), as_of=at(0))

    known.refresh_from_db()
    assert (known.stripe_payment_id, known.status) == ("pi_known", Payment.Status.PENDING)
    assert attention_to(known) == ""
    assert announced == []


def test_a_payment_may_be_made_by_its_second_intent(known, announced):
    settle(intent(known, id="pi_second"), as_of=at(0))

    known.refresh_from_db()
    assert (known.stripe_payment_id, known.status) == ("pi_second", Payment.Status.COMPLETED)
    assert announced == ["succeeded"]


def test_what_is_paid_twice_goes_back_once(known, announced):
    settle(intent(known), as_of=at(0))
    for _ in range(3):
        settle(intent(known, id="pi_second"), as_of=at(1))

    (refund,) = Refund.objects.all()
    assert (refund.intent_id, refund.amount, refund.reason) == ("pi_second", known.amount, "double_payment")
    known.refresh_from_db()
    assert (known.stripe_payment_id, known.status) == ("pi_known", Payment.Status.COMPLETED)
    assert announced == ["succeeded"]


def test_a_second_payment_of_a_wrong_amount_is_for_a_person(known):
    settle(intent(known), as_of=at(0))
    settle(intent(known, id="pi_second", amount_received=1), as_of=at(1))

    known.refresh_from_db()
    assert attention_to(known).startswith("Paid, but amount")
    assert not Refund.objects.exists()


@pytest.mark.parametrize(("in_the_dashboard", "asked_back"), [("0.40", ["12.54"]), ("12.94", [])])
def test_what_somebody_sent_back_before_does_not_go_back_again(known, in_the_dashboard, asked_back):
    """News of the second payment may come first, and that of the first one's refund before its own."""
    settle(intent(known, id="pi_second"), as_of=at(0))
    Refund.objects.create(
        payment=known,
        intent_id="pi_known",
        stripe_refund_id="re_by_hand",
        amount=in_the_dashboard,
        currency="gbp",
        reason=Refund.Reason.DASHBOARD,
        status=Refund.Status.SUCCEEDED,
    )

    for _ in range(2):
        settle(intent(known, id="pi_known"), as_of=at(1))

    made = Refund.objects.filter(reason=Refund.Reason.DOUBLE_PAYMENT)
    assert [str(refund.amount) for refund in made] == asked_back
    assert {refund.intent_id for refund in made} <= {"pi_known"}
