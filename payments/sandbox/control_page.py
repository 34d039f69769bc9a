"""The page at `/`: what there is, what was sent, and the switches for what shall go wrong."""

from __future__ import annotations

from itertools import islice
from typing import Any

from . import cards
from .engine import Engine
from .fault_forms import fault_section
from .html import Markup, join, page, tag
from .money import written
from .store import Obj
from .widgets import button, buttons, moment, section, status_badge

SHOWN = 20


def render(engine: Engine, notice: str = "") -> str:
    """One HTML document; called under the engine's lock."""
    return page(
        "Sandbox – an offline Stripe",
        tag("a", "Skip to content", href="#content", class_="skip"),
        _header(),
        tag(
            "main",
            tag("p", notice, class_="notice", role="status") if notice else "",
            _summary(engine),
            _intents(engine),
            _charges(engine),
            _refunds(engine),
            _disputes(engine),
            _events(engine),
            _deliveries(engine),
            fault_section(engine.faults.active),
            _test_cards(),
            id="content",
        ),
    )


def _header() -> Markup:
    sections = ("Payments", "Events", "Deliveries", "Faults", "Test cards")
    links = [tag("a", name, href="#" + name.lower().replace(" ", "-")) for name in sections]
    return tag(
        "header",
        tag("p", "Sandbox", class_="title"),
        tag("p", "An offline Stripe for demo and tests. No real card is charged.", class_="subtitle"),
        tag("nav", *links, aria_label="Sections"),
    )


def _summary(engine: Engine) -> Markup:
    endpoints = [
        tag("li", tag("code", point["url"]), f" ({point['status']})")
        for point in engine.store.all("webhook_endpoint")
    ]
    return tag(
        "section",
        tag("h1", "Sandbox"),
        tag("p", "Webhooks go to:") if endpoints else tag("p", "Webhooks go nowhere: no endpoint is set."),
        tag("ul", *endpoints) if endpoints else "",
        tag("div", button("/_sandbox/reset", "Forget everything", "danger"), class_="actions"),
    )


def _newest(engine: Engine, kind: str) -> list[Obj]:
    return list(islice(engine.store.newest(kind), SHOWN))


def _money(obj: Obj) -> str:
    return written(obj["amount"], obj["currency"])


def _intents(engine: Engine) -> Markup:
    rows = [
        [
            tag("code", intent["id"]),
            _money(intent),
            status_badge(intent["status"]),
            (intent["last_payment_error"] or {}).get("decline_code")
            or (intent["last_payment_error"] or {}).get("code", ""),
            moment(intent["created"]),
            _intent_actions(intent),
        ]
        for intent in _newest(engine, "payment_intent")
    ]
    headings = ["PaymentIntent", "Amount", "Status", "Last error", "Created", "Actions"]
    return section("Payments", headings, rows, engine.store.count("payment_intent"))


def _intent_actions(intent: Obj) -> Markup:
    here = f"/_sandbox/payment_intents/{intent['id']}"
    if intent["status"] == "requires_action":
        approve = button(f"{here}/authenticate", "Authenticate", approve="true")
        return buttons(approve, button(f"{here}/authenticate", "Fail", approve="false"))
    if intent["status"] == "processing":
        return buttons(
            button(f"{here}/settle", "Settle", succeed="true"),
            button(f"{here}/settle", "Bounce", succeed="false"),
        )
    return Markup("")


def _charges(engine: Engine) -> Markup:
    rows = [
        [
            tag("code", charge["id"]),
            _money(charge),
            status_badge(charge["status"]),
            written(charge["amount_refunded"], charge["currency"]),
            "yes" if charge["disputed"] else "no",
            _dispute_button(charge),
        ]
        for charge in _newest(engine, "charge")
    ]
    headings = ["Charge", "Amount", "Status", "Refunded", "Disputed", "Actions"]
    return section("Charges", headings, rows, engine.store.count("charge"))


def _dispute_button(charge: Obj) -> Markup:
    if charge["paid"] and not charge["disputed"]:
        return button(f"/_sandbox/charges/{charge['id']}/dispute", "Dispute")
    return Markup("")


def _refunds(engine: Engine) -> Markup:
    rows = [
        [
            tag("code", refund["id"]),
            _money(refund),
            status_badge(refund["status"]),
            refund["reason"] or "",
            button(f"/_sandbox/refunds/{refund['id']}/fail", "Let it fail")
            if refund["status"] != "failed"
            else "",
        ]
        for refund in _newest(engine, "refund")
    ]
    return section(
        "Refunds", ["Refund", "Amount", "Status", "Reason", "Actions"], rows, engine.store.count("refund")
    )


def _disputes(engine: Engine) -> Markup:
    rows = [
        [
            tag("code", dispute["id"]),
            _money(dispute),
            status_badge(dispute["status"]),
            dispute["reason"],
            _dispute_actions(dispute),
        ]
        for dispute in _newest(engine, "dispute")
    ]
    return section(
        "Disputes", ["Dispute", "Amount", "Status", "Reason", "Actions"], rows, engine.store.count("dispute")
    )


def _dispute_actions(dispute: Obj) -> Markup:
    here = f"/_sandbox/disputes/{dispute['id']}/end"
    if dispute["status"] in ("won", "lost", "warning_closed"):
        return Markup("")
    if dispute["status"].startswith("warning"):
        return button(here, "Close", status="warning_closed")
    return buttons(button(here, "Won", status="won"), button(here, "Lost", status="lost"))


def _events(engine: Engine) -> Markup:
    rows = [
        [
            event["type"],
            tag("code", event["data"]["object"]["id"]),
            moment(event["created"]),
            event["pending_webhooks"],
            button(f"/_sandbox/events/{event['id']}/redeliver", "Send again"),
        ]
        for event in _newest(engine, "event")
    ]
    headings = ["Event", "Object", "Created", "Pending", "Actions"]
    return section("Events", headings, rows, engine.store.count("event"))


def _deliveries(engine: Engine) -> Markup:
    rows = [_delivery(engine, delivery) for delivery in _newest(engine, "_delivery")]
    headings = ["Event", "State", "Attempts", "Last answer", "Next", "Actions"]
    return section("Deliveries", headings, rows, engine.store.count("_delivery"))


def _delivery(engine: Engine, delivery: Obj) -> list[Any]:
    event = engine.store.get("event", delivery["event"]) or {"type": delivery["event"]}
    last = delivery["attempts"][-1] if delivery["attempts"] else {}
    return [
        event["type"],
        status_badge(delivery["state"]),
        len(delivery["attempts"]),
        last.get("status") or last.get("error") or "",
        moment(delivery["next_at"]) if delivery["next_at"] else "",
        button(f"/_sandbox/events/{delivery['event']}/redeliver", "Send again"),
    ]


def _test_cards() -> Markup:
    rows: list[list[Any]] = [
        [tag("code", _grouped(card)), tag("code", " ".join(card.tokens[:1])), card.note]
        for card in cards.CARDS
    ]
    hint = tag("p", "Any future expiry date and any three-digit security code will do.", class_="empty")
    return join([section("Test cards", ["Number", "Test id", "What happens"], rows, len(rows)), hint])


def _grouped(card: cards.TestCard) -> str:
    groups = (4, 6, 5) if card.brand == "amex" else (4, 4, 4, 4)
    digits = iter(card.number)
    return " ".join("".join(islice(digits, size)) for size in groups)
