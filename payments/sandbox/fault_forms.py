"""The control page's forms for switching faults on and off."""

from __future__ import annotations

from typing import Any

from .faults import API_OUTCOMES, WEBHOOK_ACTIONS, Fault
from .html import Markup, tag

EFFECTS = {
    "error_500": "answer 500",
    "error_429": "answer 429 (too many requests)",
    "hang": "hold the line, then cut it",
    "drop": "cut the line at once",
    "slow": "work, but slowly",
}
ACTIONS = {
    "drop": "fail an attempt (it is retried)",
    "lose": "lose it for good",
    "delay": "delay it",
    "duplicate": "send it twice",
    "twin": "make two events of it",
    "reorder": "shuffle what happens together",
}
OBJECT_FAULTS = {
    "refund_fails": "a refund fails later",
    "dispute": "a charge is disputed",
    "delayed": "a payment takes days",
}


def fault_section(active: list[Fault]) -> Markup:
    switched_on = (
        tag("ul", *(_active(fault) for fault in active), class_="faults")
        if active
        else tag("p", "None is switched on.", class_="empty")
    )
    return tag(
        "section",
        tag("h2", "Faults", id="faults"),
        switched_on,
        tag("div", _api_form(), _webhook_form(), _object_form(), class_="forms"),
    )


def _active(fault: Fault) -> Markup:
    how_often = f"next {fault.count}" if fault.count else f"each time with probability {fault.probability:g}"
    where = f" on {fault.path}, {fault.when} executing" if fault.kind == "api" else ""
    text = f"{fault.kind} {fault.effect}{where}: {how_often} "
    remove = tag(
        "form",
        tag("button", "Switch off", type="submit"),
        method="post",
        action=f"/_sandbox/faults/{fault.id}/remove",
    )
    return tag("li", text, remove)


def _api_form() -> Markup:
    return _form(
        "api",
        "API requests",
        _select("api-effect", "effect", "What happens", {effect: EFFECTS[effect] for effect in API_OUTCOMES}),
        _select("api-when", "when", "When", {"before": "before executing", "after": "after executing"}),
        _input("api-path", "path", "Path begins with", value="/v1/payment_intents"),
        _select("api-method", "method", "Method", {"*": "any", "POST": "POST", "GET": "GET"}),
        *_frequency("api"),
        _number("api-seconds", "seconds", "Seconds", "10"),
    )


def _webhook_form() -> Markup:
    return _form(
        "webhook",
        "Webhooks",
        _select(
            "webhook-effect",
            "effect",
            "What happens",
            {action: ACTIONS[action] for action in WEBHOOK_ACTIONS},
        ),
        _input("webhook-types", "types", "Event type (* for all)", value="*"),
        *_frequency("webhook"),
        _number("webhook-seconds", "seconds", "Delay in seconds", "10"),
        _number("webhook-copies", "copies", "Extra copies", "1"),
    )


def _object_form() -> Markup:
    select = _select("object-kind", "kind", "What happens", OBJECT_FAULTS)
    return _form(None, "Payments", select, *_frequency("object"))


def _form(kind: str | None, legend: str, *fields: Any) -> Markup:
    hidden = tag("input", type="hidden", name="kind", value=kind) if kind else ""
    return tag(
        "form",
        tag("fieldset", tag("legend", legend), hidden, *fields, tag("button", "Switch on", type="submit")),
        method="post",
        action="/_sandbox/faults",
        class_="fault",
    )


def _frequency(form: str) -> list[Markup]:
    return [
        _number(f"{form}-count", "count", "How many times (empty: every time)", "1"),
        _number(f"{form}-probability", "probability", "Probability", "1", step="0.01"),
    ]


def _select(id: str, name: str, label: str, options: dict[str, str]) -> Markup:
    choices = [tag("option", text, value=value) for value, text in options.items()]
    return tag("p", tag("label", label, for_=id), tag("select", *choices, id=id, name=name))


def _input(id: str, name: str, label: str, **attributes: Any) -> Markup:
    return tag("p", tag("label", label, for_=id), tag("input", id=id, name=name, **attributes))


def _number(id: str, name: str, label: str, value: str, step: str = "1") -> Markup:
    return _input(id, name, label, type="number", value=value, min="0", step=step, inputmode="decimal")
