"""What a person reads in a case and after pressing its button, to the word: it is all they have to go by."""

import uuid
from decimal import Decimal

import pytest

from bookstore.accounts.factories import UserFactory
from orders.factories import place_order
from payments import gateway, intents, orphans, refunds, remedies, signals
from payments.gateway import StripeRefused
from payments.models import Attention, OrphanCharge, Payment, Refund
from payments.stripe_objects import RefundNews

from .news import refund_object
from .passing import later

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("impatient")]


@pytest.fixture
def manager():
    return UserFactory()


@pytest.fixture
def refused(monkeypatch):
    """`refused(code)`: Stripe refuses whatever is asked, with this code."""

    def install(code):
        def refuse(*args, **kwargs):
            raise StripeRefused(code, "in Stripe's words")

        for name in ("create_refund", "refund_orphan", "retrieve_intent"):
            monkeypatch.setattr(gateway, name, refuse)

    return install


def a_refund(payment):
    return refunds.request(payment, payment.amount, reason=Refund.Reason.CANCELED_BY_SHOP)


@pytest.mark.parametrize(
    ("code", "kept", "said"),
    [("charge_disputed", "charge_disputed", "charge disputed"), ("", "refused", "no reason given")],
)
def test_a_refund_that_stripe_refuses_is_kept_and_said(paid, refused, code, kept, said):
    refund = a_refund(paid)
    refused(code)

    refunds.submit(refund)

    refund.refresh_from_db()
    assert (refund.status, refund.failure_reason) == (Refund.Status.FAILED, kept)
    case = Attention.objects.get()
    assert (case.reason, case.subject, case.payment) == ("refund_failed", str(refund.pk), paid)
    assert case.detail == f"Refund of £12.94 refused by Stripe: {said}"


def test_a_refund_that_stripe_refuses_is_announced_as_payments_news(paid, refused):
    refund = a_refund(paid)
    heard = []

    def ear(sender, payment, refund, **more):
        heard.append((payment, refund.status))

    signals.payment_refunded.connect(ear, sender=Payment)
    refused("charge_disputed")
    refunds.submit(refund)
    signals.payment_refunded.disconnect(ear, sender=Payment)

    assert heard == [(paid, "FAILED")]


def test_a_refund_that_was_refused_is_not_refused_again(paid, refused):
    refund = a_refund(paid)
    refused("charge_disputed")
    refunds.submit(refund)
    Attention.objects.all().delete()

    refunds.submit(refund)

    assert not Attention.objects.exists()


def test_a_refusal_fails_no_other_refund(paid, refused):
    first, second = (
        refunds.request(paid, Decimal(amount), reason=Refund.Reason.REQUESTED_BY_CUSTOMER)
        for amount in (1, 2)
    )
    refused("charge_disputed")

    refunds.submit(first)

    second.refresh_from_db()
    assert second.status == Refund.Status.REQUESTED


def test_a_refusal_needs_nobody_when_all_has_gone_back_by_another_way(paid, refused):
    refund = a_refund(paid)
    refunds.follow(RefundNews.parse(refund_object(paid)))
    refused("charge_already_refunded")

    refunds.submit(refund)

    refund.refresh_from_db()
    assert refund.status == Refund.Status.FAILED
    assert Attention.objects.get().settlement == "Refunded in full after all"


def test_an_amount_that_no_currency_has_is_refused_under_a_code_of_ours(payment, sandbox):
    payment.amount = Decimal(1_000_000)

    with pytest.raises(StripeRefused) as refusal:
        gateway.create_intent(payment)

    assert refusal.value.code == "unpayable"


@pytest.mark.parametrize(("code", "said"), [("resource_missing", "resource_missing"), ("", "no code")])
def test_an_orphan_that_stripe_does_not_show(refused, code, said):
    OrphanCharge.objects.create(pk="pi_elsewhere", amount=5, currency="gbp")
    refused(code)

    orphans.look_again()

    assert Attention.objects.get().detail == f"Stripe does not show it: {said}"


def test_an_orphan_whose_payment_turned_up_says_so(lost, stripe):
    order, missing = place_order(), uuid.uuid4()
    intent_id = lost(payment_id=str(missing), order_id=str(order.pk))
    orphans.sweep()
    Attention.objects.create(reason="orphan_charge", subject=intent_id, detail="1£2.94")
    Payment.objects.update(id=missing)

    orphans.look_again()

    assert Attention.objects.get().settlement == "Its payment was found"


def test_a_very_long_order_number_is_cut(lost):
    lost(order_number="N" * 50)

    orphans.sweep()

    assert OrphanCharge.objects.get().order_number == "N" * 40


def test_ending_an_order_that_stripe_does_not_know_says_so(known, stripe, manager):
    with pytest.raises(StripeRefused):
        intents.refresh(known)

    said = remedies.apply(Attention.objects.get(), "give_up", by=manager)

    assert said == "The order was ended, Stripe does not know its payment"


def test_asking_again_finds_an_intent_whose_opening_went_unanswered(payment, stripe, manager):
    stripe.sandbox.pay(gateway.create_intent(payment).id)
    Payment.objects.update(opened_at=payment.created_at)
    case = Attention.objects.create(reason="stuck_payment", subject=str(payment.pk), payment=payment)

    said = remedies.apply(case, "ask_again", by=manager)

    payment.refresh_from_db()
    assert said == "The payment is now: Paid"
    assert payment.is_paid


def test_money_of_an_order_that_had_ended_goes_back_without_ending_it_again(
    opened, stripe, manager, announced
):
    intents.give_up(opened)
    announced.clear()
    stripe.sandbox.pay(opened.stripe_payment_id)
    case = Attention.objects.create(
        reason="mismatch", subject=opened.stripe_payment_id, payment=opened, detail="amount"
    )

    said = remedies.apply(case, "send_back", by=manager)

    (refund,) = stripe.sandbox.refunds()
    assert said == f"Refund {refund['id']} of all that came is succeeded"
    assert announced == []


@pytest.mark.parametrize(
    ("number", "said"), [("LOST-1", "£12.94 for order LOST-1"), ("", "£12.94 for order ?")]
)
def test_an_orphan_that_is_left_to_a_person_names_its_amount_and_order(lost, monkeypatch, number, said):
    lost(order_number=number)
    orphans.sweep()
    monkeypatch.setattr(orphans, "MOST_AUTOMATIC", 0)

    with later(minutes=61):
        orphans.look_again()

    assert Attention.objects.open().get().detail == said


def test_an_orphan_whose_refund_stripe_refuses_without_a_code(lost, monkeypatch):
    def refuse(*args, **kwargs):
        raise StripeRefused("", "in Stripe's words")

    lost()
    orphans.sweep()
    monkeypatch.setattr(gateway, "refund_orphan", refuse)

    with later(minutes=61):
        orphans.look_again()

    assert Attention.objects.open().get().detail == "Stripe refused to refund it: no code"


def orphan_of(amount=5, currency="gbp"):
    return OrphanCharge.objects.create(pk="pi_lost", amount=amount, currency=currency)


def news_of(status="succeeded", amount=500, currency="gbp", reason="", **metadata):
    return RefundNews("re_1", status, amount, currency, "pi_lost", reason, metadata)


@pytest.mark.parametrize("status", ["failed", "canceled"])
@pytest.mark.parametrize(
    ("reason", "said"), [("expired_or_canceled_card", "expired or canceled card"), ("", "no reason given")]
)
def test_an_orphan_whose_refund_comes_back_says_why(db, status, reason, said):
    orphan_of()

    orphans.follow(news_of(status, reason=reason))

    assert OrphanCharge.objects.get().status == OrphanCharge.Status.LEFT
    assert Attention.objects.get().detail == f"Refund of £5.00 {status}: {said} (re_1)"


@pytest.mark.parametrize(("amount", "status"), [(1500, "REFUNDED"), (1499, "FOUND")])
def test_a_part_of_an_orphan_in_yen_is_told_from_the_whole(db, amount, status):
    orphan_of(1500, "jpy")

    assert orphans.follow(news_of(amount=amount, currency="jpy"))

    assert OrphanCharge.objects.get().status == status


@pytest.mark.parametrize("status", ["failed", "canceled"])
def test_a_refund_that_fails_at_once_settles_no_case(opened, stripe, manager, monkeypatch, status):
    stripe.sandbox.pay(opened.stripe_payment_id)
    case = Attention.objects.create(reason="mismatch", subject=opened.stripe_payment_id, payment=opened)
    monkeypatch.setattr(orphans, "send_back", lambda intent: news_of(status))

    with pytest.raises(remedies.NoRemedy, match=f"Refund re_1 {status}: no reason given"):
        remedies.apply(case, "send_back", by=manager)

    assert Attention.objects.open().exists()


@pytest.mark.parametrize("status", ["failed", "canceled"])
def test_a_refund_of_an_order_that_comes_back_without_a_reason(paid, status):
    refund = a_refund(paid)
    Refund.objects.update(stripe_refund_id="re_1", status=Refund.Status.PENDING)
    intent_id = paid.stripe_payment_id

    refunds.follow(RefundNews("re_1", status, 1294, "gbp", intent_id, "", {}))

    refund.refresh_from_db()
    assert refund.status == status.upper()
    assert Attention.objects.get().detail == f"Refund of £12.94 {status}: no reason given (re_1)"


def test_a_payment_that_stripe_does_not_know_is_a_case_under_its_intent(opened, sandbox):
    sandbox.reset()
    with pytest.raises(StripeRefused):
        intents.refresh(opened)

    case = Attention.objects.get()
    assert (case.subject, case.payment) == (opened.stripe_payment_id, opened)
    assert case.detail == f"Stripe does not know {case.subject}: is the secret key of another account?"
