"""A remedy is asked about, done once, and told; what cannot be done is told, too."""

import pytest
from django.contrib.admin.models import LogEntry

from payments.models import Attention, OrphanCharge, Payment

from .conftest import Desk, messages

pytestmark = pytest.mark.django_db

PAGE = "admin:payments_attention_remedy"
VIEW, SETTLE = "payments.view_attention", "payments.settle_attention"


def test_the_page_says_what_will_happen_before_anything_does(owner, stripe, mismatch):
    page = owner.opens(PAGE, mismatch.pk, "send_back")

    assert "All of it goes back to the shopper" in page.text
    assert mismatch.detail in page.text
    assert stripe.sandbox.refunds() == []


def test_confirming_sends_the_money_back_once_and_says_so(owner, stripe, opened, mismatch):
    page = owner.remedies(mismatch, "send_back")

    opened.refresh_from_db()
    mismatch.refresh_from_db()
    assert "of all that came is succeeded" in messages(page)
    assert opened.status == Payment.Status.CANCELED
    assert mismatch.settled_by == owner.person
    assert len(stripe.sandbox.refunds()) == 1


def test_a_form_that_is_sent_twice_has_one_effect(owner, stripe, mismatch):
    owner.remedies(mismatch, "send_back")
    settlement = Attention.objects.get().settlement

    again = owner.remedies(mismatch, "send_back")

    assert f"The case was settled before by Olive Owner: {settlement}" in messages(again)
    assert len(stripe.sandbox.refunds()) == 1
    assert LogEntry.objects.count() == 1


def test_who_did_what_is_in_the_history_of_the_case(owner, opened, stripe, case):
    row = case("stuck_payment", str(opened.pk), payment=opened)

    owner.remedies(row, "ask_again")

    assert "Ask Stripe again: The payment is now: Not paid yet" in (
        owner.opens("admin:payments_attention_history", row.pk).text
    )


def test_what_leaves_the_case_open_leads_back_to_it(owner, opened, stripe, case):
    row = case("stuck_payment", str(opened.pk), payment=opened)

    page = owner.remedies(row, "ask_again")

    assert page.context["case"] == row
    assert Attention.objects.open().exists()


def test_news_of_the_case_are_read_before_anything_is_done(owner, stripe, mismatch):
    Attention.objects.update(detail="something else altogether")

    page = owner.remedies(mismatch, "send_back")

    assert "There is news of this case" in page.text
    assert "something else altogether" in page.text
    assert stripe.sandbox.refunds() == []


@pytest.mark.parametrize("sent", [{}, {"seen": ""}, {"seen": "\x00"}])
def test_a_form_that_does_not_say_what_was_read_does_nothing(owner, stripe, mismatch, sent):
    page = owner.sends(PAGE, mismatch.pk, "send_back", **sent)

    assert "There is news of this case" in page.text
    assert stripe.sandbox.refunds() == []


def test_a_remedy_that_does_not_fit_any_more_is_told(owner, opened, stripe, case):
    row = case("unknown_intent", opened.stripe_payment_id, payment=opened)

    page = owner.remedies(row, "give_up")

    assert "Stripe knows the payment after all." in messages(page)
    assert Attention.objects.open().exists()
    assert "not done" in LogEntry.objects.get().change_message


def test_while_stripe_is_silent_nothing_is_settled(owner, stripe, mismatch, impatient):
    stripe.sandbox.faults.api("error_500")

    page = owner.remedies(mismatch, "send_back")

    assert "Stripe did not answer" in messages(page)
    assert Attention.objects.open().exists()


def test_a_refusal_of_stripe_is_told(owner, lost, stripe, case):
    intent = lost("pm_card_createDispute")
    stripe.sandbox.advance(10)

    page = owner.remedies(case("orphan_charge", intent), "send_back")

    assert "Stripe refused: charge_disputed" in messages(page)
    assert Attention.objects.open().exists()


def test_an_event_is_applied_from_its_case(owner, known, set_aside, ailing):
    ailing.clear()

    page = owner.remedies(Attention.objects.get(), "apply")

    known.refresh_from_db()
    assert "The event was applied." in messages(page)
    assert known.status == Payment.Status.COMPLETED
    assert not Attention.objects.open().exists()


def test_an_event_whose_cause_is_still_there_is_told_with_its_error(owner, set_aside):
    page = owner.remedies(Attention.objects.get(), "apply")

    assert "no order today" in messages(page)
    assert Attention.objects.open().exists()


@pytest.mark.parametrize("name", ["give_up", "nothing-of-the-kind"])
def test_a_remedy_of_another_reason_is_none(owner, stripe, mismatch, name):
    page = owner.remedies(mismatch, name)

    assert "There is no such remedy for this case." in messages(page)
    assert Attention.objects.open().exists()


def test_a_case_that_is_not_there_is_not_found(owner):
    assert owner.opens(PAGE, 99, "send_back").status_code == 404
    assert owner.sends("admin:payments_attention_settle", 99, settlement="x").status_code == 404


@pytest.mark.parametrize("page", ["remedy", "settle"])
def test_acts_need_their_permission(desk, stripe, mismatch, page):
    args = [mismatch.pk, "send_back"] if page == "remedy" else [mismatch.pk]
    for somebody in (desk(VIEW, "payments.change_attention"), desk(SETTLE)):
        assert somebody.opens(f"admin:payments_attention_{page}", *args).status_code == 403
        sent = somebody.sends(f"admin:payments_attention_{page}", *args, seen=mismatch.detail, settlement="x")
        assert sent.status_code == 403

    assert desk(VIEW, SETTLE).opens(f"admin:payments_attention_{page}", *args).status_code == 200
    assert stripe.sandbox.refunds() == []
    assert Attention.objects.open().exists()


@pytest.mark.parametrize("page", ["remedy", "settle"])
def test_other_methods_are_refused(owner, case, page):
    args = [case().pk, "send_back"] if page == "remedy" else [case().pk]
    url = owner.opens(f"admin:payments_attention_{page}", *args).request["PATH_INFO"]

    assert owner.client.put(url).status_code == 405
    assert owner.client.delete(url).status_code == 405


# Settled with a note


def test_how_a_case_ended_is_written_down_with_who_says_so(owner, case):
    page = owner.settles(case(), "Sent a new copy")

    row = Attention.objects.get()
    assert "Settled" in messages(page)
    assert (row.settlement, row.settled_by) == ("Sent a new copy", owner.person)


@pytest.mark.parametrize(
    ("note", "complaint"),
    [
        ("", "This field is required."),
        ("   ", "This field is required."),
        ("x" * 251, "at most 250 characters"),
    ],
)
def test_a_case_is_not_settled_without_a_proper_note(owner, case, note, complaint):
    page = owner.settles(case(), note)

    assert complaint in page.text
    assert note.strip() in page.text
    assert page.text.index("<title>Error:")
    assert Attention.objects.open().exists()


def test_a_case_is_settled_once_and_the_first_note_stands(owner, desk, case):
    row = case()
    owner.settles(row, "Mine")

    page = desk(VIEW, SETTLE).settles(row, "Mine too")

    assert "The case was settled before by Olive Owner: Mine" in messages(page)
    assert Attention.objects.get().settlement == "Mine"


def many(desk, cases, **typed):
    chosen = {"action": "settle_many", "_selected_action": [case.pk for case in cases]}
    return desk.sends("admin:payments_attention_changelist", **chosen, **typed)


def test_many_cases_are_settled_with_one_note_that_is_asked_for(owner, case):
    cases = [case(subject=f"pi_{n}") for n in range(3)]
    other = case(subject="pi_other")

    page = many(owner, cases)
    assert page.context["form"]
    assert Attention.objects.open().count() == 4
    assert "This field is required." in many(owner, cases, settlement=" ").text

    page = many(owner, cases, settlement="The bank was down")
    assert "3 settled." in messages(page)
    assert list(Attention.objects.open()) == [other]
    assert set(Attention.objects.exclude(pk=other.pk).values_list("settlement", "settled_by")) == {
        ("The bank was down", owner.person.pk)
    }


def test_settling_many_again_changes_nothing(owner, case):
    cases = [case()]
    many(owner, cases, settlement="First")

    sent = {"action": "settle_many", "_selected_action": [cases[0].pk], "settlement": "Second"}
    page = owner.client.post("/admin/payments/attention/?state=all", sent, follow=True)

    assert "0 settled." in messages(page)
    assert Attention.objects.get().settlement == "First"


def test_who_may_only_look_cannot_settle_many(desk, case):
    page = many(desk(VIEW), [case()], settlement="x")

    assert "settle_many" not in page.text
    assert Attention.objects.open().exists()


# Orphans


def test_orphans_lead_to_stripe_and_to_their_remedy(owner, desk, case):
    OrphanCharge.objects.create(pk="pi_lost", order_number="LOST-1", amount=5, currency="gbp", status="LEFT")
    row = case("orphan_charge", "pi_lost")

    for page in (
        owner.opens("admin:payments_orphancharge_changelist"),
        owner.opens("admin:payments_orphancharge_change", "pi_lost"),
    ):
        for fact in ("LOST-1", "£5.00", "/#pi_lost", f"/attention/{row.pk}/remedy/send_back/"):
            assert fact in page.text
    looker = Desk(desk("payments.view_orphancharge", "payments.view_attention").person)
    assert "send_back" not in looker.opens("admin:payments_orphancharge_changelist").text


@pytest.mark.parametrize(("status", "words"), [("FOUND", "Wait"), ("REFUNDED", "Nothing")])
def test_an_orphan_without_a_case_needs_nobody(owner, status, words):
    OrphanCharge.objects.create(pk="pi_lost", amount=5, currency="gbp", status=status)

    page = owner.opens("admin:payments_orphancharge_changelist")

    assert f'field-remedy">{words}<br>' in page.text


def test_many_orphans_take_as_many_queries_as_one(owner, case, django_assert_max_num_queries):
    for n in range(6):
        OrphanCharge.objects.create(pk=f"pi_{n}", amount=5, currency="gbp", status="LEFT")
        case("orphan_charge", f"pi_{n}")

    with django_assert_max_num_queries(6):
        assert owner.opens("admin:payments_orphancharge_changelist").status_code == 200
