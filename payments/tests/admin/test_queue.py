"""The queue: the oldest open case first, with its reason, its age, what to do, and the buttons for it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from bookstore.accounts.factories import UserFactory
from orders.factories import place_order
from payments import attention
from payments.models import Attention

from .conftest import QUEUE, shown

pytestmark = pytest.mark.django_db

Reason = Attention.Reason
VIEW, SETTLE = "payments.view_attention", "payments.settle_attention"
CASE = "admin:payments_attention_change"


def subjects(page):
    return [case.subject for case in shown(page)]


def test_a_case_tells_why_about_what_for_how_long_and_what_to_do(owner, known, case):
    case("mismatch", "pi_known", hours=3, detail="9.99 came, not 12.94", payment=known)

    page = owner.opens(QUEUE)

    for fact in (
        "Paid, but not as agreed",
        reverse("admin:orders_order_change", args=[known.order_id]),
        known.order.number,
        "/#pi_known",
        "9.99 came, not 12.94",
        "3\xa0hours",
        "Compare the payment",
    ):
        assert fact in page.text


def test_open_cases_are_shown_the_oldest_first(owner, case):
    for subject, hours in (("young", 1), ("old", 9), ("done", 20)):
        case("orphan_charge", subject, hours)
    attention.settle(Reason.ORPHAN_CHARGE, "done", "Refunded in full")

    assert subjects(owner.opens(QUEUE)) == ["old", "young"]
    assert subjects(owner.opens(QUEUE, state="open")) == ["old", "young"]
    assert subjects(owner.opens(QUEUE, state="settled")) == ["done"]
    assert subjects(owner.opens(QUEUE, state="all")) == ["old", "young", "done"]


def test_the_filter_marks_what_is_shown(owner, case):
    def marked(**query):
        spec = owner.opens(QUEUE, **query).context["cl"].filter_specs[0]
        changelist = owner.opens(QUEUE, **query).context["cl"]
        return [choice["display"] for choice in spec.choices(changelist) if choice["selected"]]

    assert marked() == ["Open"]
    assert marked(state="settled") == ["Settled"]


@pytest.mark.parametrize("word", ["needle", "pi_needle", "ada@example.com"])
def test_cases_are_found_by_detail_subject_and_shopper(owner, known, case, word):
    case("mismatch", "pi_needle", detail="the needle", payment=known)
    case("dispute", "du_hay")

    assert subjects(owner.opens(QUEUE, q=word)) == ["pi_needle"]


def buttons(page):
    return [button.label for button in page.context["buttons"]]


REMEDIES = {
    "mismatch": ["Send the money back"],
    "orphan_charge": ["Send the money back"],
    "refund_failed": ["Refund again"],
    "refunded_first": [],
    "dispute": ["Answer at Stripe"],
    "stuck_payment": ["Ask Stripe again"],
    "unknown_intent": ["End the order"],
    "event_set_aside": ["Apply the event again"],
}


@pytest.mark.parametrize("reason", Reason.values)
def test_every_reason_has_its_remedy_and_a_note(owner, known, case, reason):
    row = case(reason, "x_1", payment=known)

    page = owner.opens(CASE, row.pk)

    assert buttons(page) == [*REMEDIES[reason], "Settle with a note"]
    for button in page.context["buttons"]:
        assert button.url in owner.opens(QUEUE).text


def test_events_of_the_other_mode_are_looked_at_in_the_journal(owner, case):
    page = owner.opens(CASE, case("event_set_aside", "events of the other mode").pk)

    assert buttons(page) == ["Look at the events", "Settle with a note"]
    assert owner.client.get(page.context["buttons"][0].url).status_code == 200


def test_a_failed_refund_leads_to_the_refund_of_its_order(owner, paid, case):
    page = owner.opens(CASE, case("refund_failed", "x", payment=paid).pk)

    assert owner.client.get(page.context["buttons"][0].url).status_code == 200


def test_a_settled_case_has_no_buttons_and_says_how_it_ended(owner, known, case):
    row = case("mismatch", "pi_known", payment=known)
    row.settle("Agreed by telephone", by=owner.person)

    page = owner.opens(CASE, row.pk)

    assert buttons(page) == []
    assert "Agreed by telephone" in page.text


def test_a_case_shows_the_others_of_its_subject_and_its_order(owner, known, case):
    earlier = case("mismatch", "pi_known", 90, detail="of last week", payment=known)
    earlier.settle("Agreed by telephone", by=owner.person)
    row = case("mismatch", "pi_known", payment=known)
    case("dispute", "du_1", payment=known)
    case("dispute", "du_elsewhere")

    page = owner.opens(CASE, row.pk)

    assert [other.subject for other in page.context["others"]] == ["du_1", "pi_known"]
    for fact in ("of last week", "Agreed by telephone", "by Olive Owner"):
        assert fact in page.text


def test_a_case_leads_to_its_event_and_its_orphan(owner, case, journal):
    row = case("event_set_aside", journal(id="evt_odd").pk)

    assert reverse("admin:payments_stripeevent_change", args=["evt_odd"]) in owner.opens(CASE, row.pk).text


def test_who_may_only_look_has_no_buttons_and_no_links_that_lead_nowhere(desk, known, case):
    row = case("unknown_intent", "pi_known", payment=known)
    looker = desk(VIEW)

    for page in (looker.opens(QUEUE), looker.opens(CASE, row.pk)):
        assert page.status_code == 200
        assert "End the order" not in page.text
        assert "Settle with a note" not in page.text
        assert reverse("admin:orders_order_change", args=[known.order_id]) not in page.text
        assert known.order.number in page.text


def test_refunds_are_offered_to_who_may_refund(desk, paid, case):
    case("refund_failed", "x", payment=paid)

    assert "Refund again" not in desk(VIEW, SETTLE).opens(QUEUE).text
    assert "Refund again" in desk(VIEW, "orders.view_order", "orders.refund_order").opens(QUEUE).text


@pytest.mark.parametrize("page", ["changelist", "change", "settle", "remedy"])
def test_who_may_not_see_cases_is_kept_out(desk, case, page):
    args = {"changelist": [], "remedy": [case().pk, "send_back"]}.get(page, [1])
    somebody = desk(SETTLE, "payments.view_payment")

    assert somebody.opens(f"admin:payments_attention_{page}", *args).status_code == 403


@pytest.mark.parametrize("page", ["add", "delete"])
def test_cases_are_neither_added_nor_deleted_by_hand(owner, case, page):
    args = [case().pk] if page == "delete" else []

    assert owner.opens(f"admin:payments_attention_{page}", *args).status_code == 403


def test_what_a_detail_says_is_shown_as_text(owner, case):
    row = case(detail="<script>alert(1)</script>")

    for page in (owner.opens(QUEUE), owner.opens(CASE, row.pk)):
        assert "<script>alert" not in page.text


def test_many_cases_take_as_many_queries_as_one(owner, django_assert_max_num_queries):
    for number in range(8):
        attention.call(Reason.MISMATCH, f"pi_{number}", "odd", payment=place_order().payment)

    with django_assert_max_num_queries(8):
        assert len(shown(owner.opens(QUEUE))) == 8


# The front page


def front(desk):
    return desk.client.get(reverse("admin:index")).text


def test_the_front_page_says_first_how_much_needs_attention(owner, case):
    case(hours=50)
    case("dispute", "du_1", hours=1)

    page = front(owner)

    assert "2 cases need attention" in page
    assert "2\xa0days, 2\xa0hours old" in page
    assert page.index("need attention") < page.index("app-catalog")
    assert f'href="{reverse(QUEUE)}"' in page


def test_one_case_is_one_case(owner, case):
    case(hours=2)

    assert "1 case needs attention" in front(owner)


def test_when_nothing_needs_attention_the_front_page_says_so(owner, case):
    case().settle("done")

    page = front(owner)

    assert "Nothing" in page
    assert "case-summary--open" not in page


def test_the_front_page_keeps_to_itself_what_somebody_may_not_see(desk, case):
    case()

    assert "case-summary" not in front(desk("orders.view_order"))


def test_the_front_page_counts_with_one_query(owner, case, django_assert_max_num_queries):
    for number in range(5):
        case(subject=f"pi_{number}", hours=number)

    with django_assert_max_num_queries(8) as asked:
        front(owner)

    assert len([query for query in asked.captured_queries if "payments_attention" in query["sql"]]) == 1


def test_shoppers_are_sent_to_the_sign_in(client, case):
    client.force_login(UserFactory())

    for page in (reverse(QUEUE), reverse("admin:payments_attention_remedy", args=[case().pk, "send_back"])):
        assert client.get(page).status_code == 302


def test_the_age_is_told_in_words(owner, case):
    row = case()
    Attention.objects.update(opened_at=timezone.now() - timedelta(days=15))

    assert "2\xa0weeks" in owner.opens(CASE, row.pk).text
