"""Cases for people: one open row for a reason and a subject, said once, closed by whoever or whatever settles it."""

import logging

import pytest
from django.db import IntegrityError, transaction

from bookstore.accounts.factories import StaffFactory
from payments import attention
from payments.models import Attention

from .passing import later

pytestmark = pytest.mark.django_db

Reason = Attention.Reason


def call(detail="it is odd", subject="pi_1", reason=Reason.MISMATCH):
    return attention.call(reason, subject, detail)


def errors(caplog):
    return [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]


def test_a_case_is_a_row_and_an_error_in_the_log(payment, caplog):
    assert attention.call(Reason.MISMATCH, "pi_1", "9.99 came, not 12.94", payment=payment) is True

    case = Attention.objects.open().get()
    assert (case.reason, case.subject, case.detail, case.payment) == (
        "mismatch",
        "pi_1",
        "9.99 came, not 12.94",
        payment,
    )
    assert errors(caplog) == ["pi_1 needs attention: Paid, but not as agreed: 9.99 came, not 12.94"]


def test_what_is_found_again_is_said_once(caplog):
    call()

    assert call() is False

    assert Attention.objects.count() == 1
    assert len(errors(caplog)) == 1


def test_something_new_about_an_open_case_is_said_and_keeps_its_age(caplog):
    call("first")
    opened_at = Attention.objects.get().opened_at

    with later(hours=1):
        assert call("second") is True

    case = Attention.objects.get()
    assert (case.detail, case.opened_at) == ("second", opened_at)
    assert len(errors(caplog)) == 2


def test_other_reasons_and_other_subjects_are_other_cases():
    call()
    call(subject="pi_2")
    call(reason=Reason.DISPUTE)

    assert Attention.objects.open().count() == 3


def test_a_very_long_detail_is_cut_and_still_said_once():
    call("x" * 300)

    assert call("x" * 300) is False
    assert Attention.objects.get().detail == "x" * 250


def test_what_a_person_has_settled_stays_settled_until_there_is_news(caplog):
    staff = StaffFactory()
    call("first")
    Attention.objects.get().settle("Talked to the shopper", by=staff)

    assert call("first") is False
    assert not Attention.objects.open().exists()

    assert call("second") is True
    assert Attention.objects.open().get().detail == "second"
    assert Attention.objects.count() == 2


def test_what_has_settled_itself_is_a_new_case_when_it_comes_back():
    call()
    attention.settle(Reason.MISMATCH, "pi_1", "It went away")

    assert call() is True

    assert [bool(case.settled_at) for case in Attention.objects.order_by("pk")] == [True, False]


def test_a_case_that_settles_itself_says_how(caplog):
    caplog.set_level(logging.INFO)
    call()

    assert attention.settle(Reason.MISMATCH, "pi_1", "Refunded in full") is True
    assert attention.settle(Reason.MISMATCH, "pi_1", "Refunded in full") is False

    case = Attention.objects.get()
    assert (case.settlement, case.settled_by) == ("Refunded in full", None)
    assert case.settled_at is not None
    assert caplog.text.count("no longer needs attention") == 1


def test_settling_leaves_other_cases_open():
    call()
    call(subject="pi_2")

    attention.settle(Reason.MISMATCH, "pi_2", "gone")

    assert Attention.objects.open().get().subject == "pi_1"


def test_a_person_settles_a_case_once_and_is_named():
    staff, other = StaffFactory(), StaffFactory()
    call()
    case = Attention.objects.get()

    assert case.settle("Refunded by hand", by=staff) is True
    assert case.settle("Me too", by=other) is False

    case.refresh_from_db()
    assert (case.settlement, case.settled_by) == ("Refunded by hand", staff)


def test_the_age_of_a_case_ends_when_it_is_settled():
    call()
    with later(hours=2):
        Attention.objects.get().settle("done")

    with later(hours=9):
        age = Attention.objects.get().age

    assert round(age.total_seconds()) == 7200


def test_every_reason_says_what_to_do():
    for reason in Reason:
        assert len(Attention(reason=reason).remedy) > 40


def test_the_database_holds_one_open_case_for_a_reason_and_a_subject():
    call()

    with pytest.raises(IntegrityError), transaction.atomic():
        Attention.objects.create(reason=Reason.MISMATCH, subject="pi_1", detail="again")


def test_two_processes_that_see_it_at_once_open_one_case(monkeypatch, caplog):
    """The other one's row comes between our look and our insert."""
    look = Attention.objects.filter

    def other_was_faster(*args, **kwargs):
        monkeypatch.undo()
        found = list(look(*args, **kwargs))
        Attention.objects.create(reason=Reason.MISMATCH, subject="pi_1", detail="the other's")
        return Attention.objects.none() if not found else look(*args, **kwargs)

    monkeypatch.setattr(Attention.objects, "filter", other_was_faster)

    assert call() is False
    assert Attention.objects.get().detail == "the other's"
    assert errors(caplog) == []


def test_stuck_payments_are_called_once_and_closed_when_they_move(payment, caplog):
    caplog.set_level(logging.INFO)

    assert attention.call_stuck({payment: "the bank is slow"}) == 1
    assert attention.call_stuck({payment: "the bank is slow"}) == 0
    assert attention.call_stuck({}) == 1
    assert attention.call_stuck({}) == 0

    case = Attention.objects.get()
    assert (case.reason, case.subject, case.payment) == ("stuck_payment", str(payment.pk), payment)
    assert case.settlement == "The payment moved on"


def test_a_stuck_payment_that_a_person_has_settled_is_not_called_again(payment):
    attention.call_stuck({payment: "the bank is slow"})
    Attention.objects.get().settle("The bank knows", by=StaffFactory())

    assert attention.call_stuck({payment: "the bank is slow"}) == 0
    assert not Attention.objects.open().exists()


def test_cases_of_other_reasons_are_not_closed_with_stuck_payments(payment):
    call(subject=str(payment.pk))

    attention.call_stuck({})

    assert Attention.objects.open().exists()


def settled_by_itself(payment, words="All went back"):
    attention.call(Reason.MISMATCH, "pi_1", "it is odd", payment=payment)
    attention.settle(Reason.MISMATCH, "pi_1", words)


def test_a_case_that_settled_itself_is_opened_anew_when_the_reason_is_gone(payment):
    settled_by_itself(payment)
    assert attention.call_again(Reason.DISPUTE, "pi_1", after="All went back") is False

    assert attention.call_again(Reason.MISMATCH, "pi_1", after="All went back") is True

    case = Attention.objects.open().get()
    assert (case.detail, case.payment) == ("it is odd", payment)
    assert attention.call_again(Reason.MISMATCH, "pi_1", after="All went back") is False


def test_a_case_that_settled_itself_for_another_reason_stays_settled(payment):
    settled_by_itself(payment, "The order was taken up again")

    assert attention.call_again(Reason.MISMATCH, "pi_1", after="All went back") is False
    assert attention.call_again(Reason.MISMATCH, "pi_2", after="All went back") is False
    assert not Attention.objects.open().exists()


def test_a_case_that_a_person_settled_is_not_opened_by_the_same_words(payment):
    attention.call(Reason.MISMATCH, "pi_1", "it is odd", payment=payment)
    Attention.objects.get().settle("All went back", by=StaffFactory())

    assert attention.call_again(Reason.MISMATCH, "pi_1", after="All went back") is False
