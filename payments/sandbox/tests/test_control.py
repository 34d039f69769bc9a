"""The control API and the control page."""

from __future__ import annotations

import httpx
import pytest


@pytest.fixture
def control(sandbox):
    with httpx.Client(base_url=sandbox.url, timeout=30) as client:
        yield client


def test_faults_are_switched_by_json(control, sandbox):
    fault = control.post("/_sandbox/faults", json={"kind": "api", "effect": "drop", "count": 2}).json()
    listed = control.get("/_sandbox/faults").json()["data"]
    removed = control.delete(f"/_sandbox/faults/{fault['id']}").json()

    assert [known["id"] for known in listed] == [fault["id"]]
    assert removed["removed"] is True
    assert sandbox.faults.active == []


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'{"kind": "weather"}', b'{"kind": "api", "effect": ["drop"]}']
)
def test_nonsense_is_refused_with_a_reason(control, body):
    answer = control.post("/_sandbox/faults", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 400
    assert answer.json()["error"]


def test_a_page_of_another_origin_may_not_press_buttons(control, sandbox, new_intent):
    new_intent()

    answer = control.post("/_sandbox/reset", headers={"Origin": "http://evil.example"})

    assert answer.status_code == 403
    assert len(sandbox.intents()) == 1


def test_reset_forgets_all_but_the_webhook_address(control, sandbox, new_intent):
    sandbox.set_webhook_url("http://127.0.0.1:9/hook")
    new_intent()

    control.post("/_sandbox/reset")

    assert sandbox.intents() == []
    assert len(sandbox.engine.store.all("webhook_endpoint")) == 1
    sandbox.set_webhook_url(None)


def test_events_and_deliveries_can_be_seen_and_sent_again(control, sandbox, new_intent):
    sandbox.set_webhook_url("http://127.0.0.1:9/hook")
    new_intent()
    event = control.get("/_sandbox/events").json()["data"][-1]

    again = control.post(f"/_sandbox/events/{event['id']}/redeliver").json()

    assert again == {"deliveries": 1, "notice": "Sent again to 1 endpoint."}
    deliveries = control.get("/_sandbox/deliveries").json()["data"]
    assert [delivery["event"] for delivery in deliveries] == [event["id"]] * 2
    sandbox.set_webhook_url(None)


def test_the_bank_can_be_played_by_hand(control, sandbox, new_intent, stripe_api):
    asked, slow = new_intent(), new_intent()
    sandbox.pay(asked.id, "pm_card_authenticationRequired")
    sandbox.faults.delay_next()
    sandbox.pay(slow.id)

    control.post(f"/_sandbox/payment_intents/{asked.id}/authenticate", json={"approve": True})
    control.post(f"/_sandbox/payment_intents/{slow.id}/settle", json={"succeed": True})
    refund = stripe_api.refunds.create({"payment_intent": slow.id})
    control.post(f"/_sandbox/refunds/{refund.id}/fail")
    dispute = control.post(f"/_sandbox/charges/{sandbox.charges()[1]['id']}/dispute").json()
    control.post(f"/_sandbox/disputes/{dispute['id']}/end", json={"status": "won"})

    assert [intent["status"] for intent in sandbox.intents()] == ["succeeded", "succeeded"]
    assert sandbox.refunds()[0]["status"] == "failed"
    assert sandbox.disputes()[0]["status"] == "won"


def test_what_is_not_there_is_told(control):
    answer = control.post("/_sandbox/refunds/re_nobody/fail")

    assert answer.status_code == 400
    assert "re_nobody" in answer.json()["error"]


def test_time_can_be_moved(control, sandbox, new_intent):
    sandbox.pay(new_intent().id)

    answer = control.post("/_sandbox/clock/advance", json={"seconds": 3})

    assert answer.json()["jobs"] == 1
    assert sandbox.events()[-1]["type"] == "charge.updated"


def test_the_page_shows_what_there_is(control, sandbox, new_intent, stripe_api):
    intent = new_intent()
    sandbox.pay(intent.id, "pm_card_chargeDeclined")
    sandbox.pay(intent.id)
    stripe_api.refunds.create({"payment_intent": intent.id, "amount": 100})

    page = control.get("/").text

    for text in (
        intent.id,
        "succeeded",
        "failed",
        "£19.99",
        "£1.00",
        "payment_intent.payment_failed",
        "Send again",
    ):
        assert text in page
    assert intent.client_secret not in page
    assert "4000 0025 0000 3155" in page


def test_the_page_escapes_everything(control, sandbox, stripe_api):
    stripe_api.webhook_endpoints.create(
        {"url": "http://x.example/<script>alert(1)</script>", "enabled_events": ["*"]}
    )
    sandbox.faults.api("drop", '/v1/"><script>')

    page = control.get("/", params={"notice": "<script>alert(2)</script>"})

    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_the_forms_of_the_page_lead_back_to_it(control, sandbox):
    form = {
        "kind": "api",
        "effect": "hang",
        "when": "after",
        "path": "/v1/refunds",
        "count": "2",
        "seconds": "7.5",
    }

    answer = control.post("/_sandbox/faults", data=form)
    wrong = control.post("/_sandbox/faults", data={**form, "count": "two"})

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/?notice=")
    assert "not+a+number" in wrong.headers["location"]
    (fault,) = sandbox.faults.active
    assert (fault.count, fault.seconds, fault.when) == (2, 7.5, "after")
