"""Events that are signed as they should be, and make no sense: none of them says that an order was paid."""

import json
import random
from collections.abc import Callable
from typing import Any

Event = dict[str, Any]

NOT_A_TEXT = [None, 7, -1, 1.5, True, [], ["a"], {}, {"a": {"b": []}}, "", "x" * 300]
NOT_AN_AMOUNT = [None, "1294", 1294.0, True, -1, 10**13, 10**40, [], {}]
NOT_AN_OBJECT = [None, 7, "x", [], [{}], True, {}]
OTHER_TYPES = [
    "x",
    "payment_intent",
    "payment_intent.frobnicated",
    "account.updated",
    "v2.core.event",
    "refund.x",
]
MODES = [True, None, "false", 0, 1, []]


class Jester:
    """Spoils one thing of a genuine event that says a payment has succeeded."""

    def __init__(self, events: list[Event], seed: object) -> None:
        self.events = events
        self.dice = random.Random(f"{seed}:jests")

    def jest(self) -> tuple[str, bytes]:
        """A kind and a body."""
        event = json.loads(json.dumps(self.dice.choice(self.events)))
        event["id"] = f"evt_{self.dice.getrandbits(96):024x}"
        kind = self.dice.choice(KINDS)
        body = kind(self, event)
        return kind.__name__, body if isinstance(body, bytes) else json.dumps(body).encode()

    def one_of(self, choices: list[Any]) -> Any:
        return self.dice.choice(choices)


def no_event(j: Jester, event: Event) -> Any:
    return j.one_of(
        [[], None, 7, "event", {}, [event], {"event": event}, event["data"], event["data"]["object"]]
    )


def no_object(j: Jester, event: Event) -> Event:
    event["data"] = j.one_of([{"object": wrong} for wrong in NOT_AN_OBJECT] + NOT_AN_OBJECT)
    return event


def spoilt_envelope(j: Jester, event: Event) -> Event:
    key, values = j.one_of(
        [
            ("id", [*NOT_A_TEXT, "evt_\0", "evt ä", "evt_'; DROP TABLE", "../evt"]),
            ("object", NOT_A_TEXT),
            ("type", NOT_A_TEXT),
            ("created", [None, "now", 1.5, True, 10**30, -(10**30), [], {}]),
        ]
    )
    event[key] = j.one_of(values)
    return event


def other_mode(j: Jester, event: Event) -> Event:
    """A live event in a test shop, or one of no mode."""
    where = j.one_of([event, event["data"]["object"]])
    where["livemode"] = j.one_of(MODES)
    return event


def other_type(j: Jester, event: Event) -> Event:
    """The object is an intent, or is none; the type says something else about it."""
    event["type"] = j.one_of(["refund.updated", "charge.refund.updated", "charge.dispute.created"])
    if j.dice.random() < 0.5:
        event["type"] = j.one_of(OTHER_TYPES)
        event["data"]["object"] = {"object": "x", "deep": [[[[]]]]}
    return event


def wrong_types(j: Jester, event: Event) -> Event:
    intent = event["data"]["object"]
    key = j.one_of(["id", "status", "currency", "object", "amount", "amount_received", "metadata", "decline"])
    if key.startswith("amount"):
        intent[key] = j.one_of(NOT_AN_AMOUNT)
    elif key == "metadata":
        intent[key] = j.one_of([7, "x", [1], {"order_id": 7}, {"payment_id": []}, {"x": None}])
    elif key == "decline":
        intent["last_payment_error"] = j.one_of([7, "x", [], True, {"code": 7}, {"code": "x" * 200}])
    else:
        intent[key] = j.one_of(NOT_A_TEXT)
    return event


def missing_key(j: Jester, event: Event) -> Event:
    del event["data"]["object"][j.one_of(["id", "object", "status", "amount", "amount_received", "currency"])]
    return event


def wrong_money(j: Jester, event: Event) -> Event:
    """Another amount or currency than was agreed, or another order's ids."""
    intent = event["data"]["object"]
    change = j.one_of(["amount_received", "currency", "order_id", "payment_id"])
    if change == "amount_received":
        intent[change] = intent["amount"] + j.one_of([-1, 1, 100, 10**6])
    elif change == "currency":
        intent[change] = j.one_of(["usd", "jpy", "GBP", "xxx", "\0"])
    else:
        intent["metadata"][change] = j.one_of(["", "x", "0" * 32, "\0", "' OR 1=1"])
    return event


def unknown_status(j: Jester, event: Event) -> Event:
    event["data"]["object"]["status"] = j.one_of(["frobnicated", "SUCCEEDED", "succeeded ", "x" * 255, "\0"])
    return event


def unstorable(j: Jester, event: Event) -> bytes:
    """Text that no database takes, numbers that are none, depths that nothing can read; and no success."""
    event["data"]["object"]["status"] = "frobnicated"
    raw = json.dumps(event).encode()
    depth = j.one_of([100, 400, 1_000, 20_000])
    extra = [
        b'"x": "\\u0000\\ud800", ',
        b'"x": NaN, ',
        b'"x": 1e999, ',
        b'"x": ' + b"9" * 5_000 + b", ",
        b'"x": ' + b"[" * depth + b"]" * depth + b", ",
        b'"id": 7, ',
        b'"\\u0000": {"\\udfff": 1}, ',
    ]
    return b"{" + j.one_of(extra) + raw[1:]


def no_json(j: Jester, event: Event) -> bytes:
    raw = json.dumps(event).encode()
    return j.one_of([b"", raw[:-1], raw + b"}", raw * 2, raw.decode().encode("utf-16"), b"\0" + raw])


KINDS: list[Callable[[Jester, Event], Any]] = [
    no_event,
    no_object,
    spoilt_envelope,
    other_mode,
    other_type,
    wrong_types,
    missing_key,
    wrong_money,
    unknown_status,
    unstorable,
    no_json,
]
