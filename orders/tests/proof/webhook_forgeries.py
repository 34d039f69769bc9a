"""Requests to the webhook that Stripe never sent, made up by seeded dice from events that it did send.

Most would move a payment if they were believed. What Stripe signed but makes no sense is in
`webhook_forgeries_signed`, what is not even HTTP in `webhook_forgeries_raw`.
"""

import gzip
import io
import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from payments.tests.news import signature
from payments.webhook import LARGEST_BODY

ADDRESS = "/orders/webhook"
DAY = 86_400
OTHER_METHODS = ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW"]
CONTENT_TYPES = [
    "",
    "text/plain",
    "text/plain; charset=hex",
    "application/json; charset=utf-16",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "multipart/form-data",
    "application/octet-stream",
    "\xff/\xff",
]


@dataclass
class Forgery:
    """One request as a web server would hand it over. `length` is what Content-Length says, if not the truth."""

    kind: str
    body: bytes = b""
    header: str | None = None  # Stripe-Signature
    method: str = "POST"
    content_type: str = "application/json"
    length: str | None = None
    breaks_off: bool = False  # the line, after what there is of the body
    more: dict[str, str] = field(default_factory=dict)  # as WSGI names it
    sender: str = "203.0.113.7"


class Forger:
    """Knows what a thief can know: events that went over the line before. `secret` is used where it cannot help."""

    def __init__(self, events: list[dict[str, Any]], secret: str, seed: object) -> None:
        self.events, self.secret = events, secret
        self.dice = random.Random(f"{seed}:forgeries")

    def forge(self) -> Forgery:
        kind = self.dice.choice(KINDS)
        forgery = kind(self)
        forgery.kind = kind.__name__
        forgery.sender = f"203.0.{self.dice.randrange(256)}.{self.dice.randrange(256)}"
        return forgery

    # What forgeries are made of

    def event(self) -> dict[str, Any]:
        """A genuine event, under an id that the shop has not seen."""
        return self.dice.choice(self.events) | {"id": f"evt_{self.dice.getrandbits(96):024x}"}

    def body(self) -> bytes:
        return json.dumps(self.event()).encode()

    def noise(self, most: int = 2_000) -> bytes:
        return self.dice.randbytes(self.dice.randrange(most))

    def right(self, body: bytes, *, age: float = 0) -> str:
        """A signature that only Stripe and the shop can make."""
        return signature(body, self.secret, when=time.time() - age)

    def wrong(self, body: bytes) -> str:
        return signature(body, self.wrong_secret())

    def wrong_secret(self) -> str:
        others = ["", "whsec_", "whsec_guessed", self.secret[:-1], self.secret.upper(), f"{self.secret} "]
        return self.dice.choice(others)


def random_bytes(f: Forger) -> Forgery:
    body = f.noise()
    return Forgery("", body, f.dice.choice([None, "", f.wrong(body), f.noise(60).decode("latin-1")]))


def unsigned(f: Forger) -> Forgery:
    return Forgery("", f.body(), f.dice.choice([None, "", " ", "t=,v1=", "null"]))


def wrong_secret(f: Forger) -> Forgery:
    body = f.body()
    return Forgery("", body, f.wrong(body))


def replayed_later(f: Forger) -> Forgery:
    """What Stripe once signed, word for word, more than five minutes ago."""
    body = f.body()
    return Forgery("", body, f.right(body, age=f.dice.choice([302, 600, DAY, 900 * DAY])))


def dated_ahead(f: Forger) -> Forgery:
    body = f.body()
    return Forgery("", body, f.right(body, age=-f.dice.choice([310, 600, DAY, 900 * DAY])))


def freshened_time(f: Forger) -> Forgery:
    """An old signature whose time was replaced, or another one was put before or behind it."""
    body = f.body()
    old = f.right(body, age=DAY)
    digest = old.partition(",")[2]
    fresh = f"t={int(time.time())}"
    return Forgery("", body, f.dice.choice([f"{fresh},{digest}", f"{fresh},{old}", f"{old},{fresh}"]))


def mutated_header(f: Forger) -> Forgery:
    body = f.body()
    when, _, digest = f.right(body).partition(",")
    digest = digest.removeprefix("v1=")
    return Forgery("", body, f.dice.choice(_spoilt(f, when, digest)))


def _spoilt(f: Forger, when: str, digest: str) -> list[str]:
    many = ",".join(f"v1={f.dice.getrandbits(256):064x}" for _ in range(50))
    return [
        when,
        f"v1={digest}",
        f"{when},v0={digest}",
        f"{when},v2={digest}",
        f"{when},V1={digest}",
        f"{when}; v1={digest}",
        f"{when},v1={digest[:-1]}",
        f"{when},v1={digest}0",
        f"{when},v1={digest.upper() if digest.upper() != digest else '0'}",
        f"{when},v1={digest[::-1] if digest[::-1] != digest else '0'}",
        f"{when},v1=",
        f"{when},{many}",
        f"{when},v1={'0' * 60_000}",
        f"{when},v1={digest}\xe4",
        f"{when}.5,v1={digest}",
        f"t=now,v1={digest}",
        f"t=-1,v1={digest}",
        f"t={'9' * 5_000},v1={digest}",
        f"t=,{when},v1={digest}",
        f"{when}=1,v1={digest}",
        "," * 5_000 + "=" * 5_000,
    ]


def another_body(f: Forger) -> Forgery:
    return Forgery("", f.body(), f.right(f.body()))


def truncated_or_extended(f: Forger) -> Forgery:
    body = f.body()
    spoilt = [body[:-1], body[: len(body) // 2], body + b"\n", b" " + body, body + b"\0", body * 2]
    return Forgery("", f.dice.choice(spoilt), f.right(body))


def encoded_anew(f: Forger) -> Forgery:
    """The same event in other bytes."""
    body = f.body()
    spoilt = [
        json.dumps(json.loads(body), indent=2).encode(),
        json.dumps(json.loads(body), separators=(",", ":")).encode(),
        b"\xef\xbb\xbf" + body,
        body.decode().encode("utf-16"),
        body.replace(b"evt_", b"\\u0065vt_"),
    ]
    return Forgery("", f.dice.choice(spoilt), f.right(body))


def tampered_content(f: Forger) -> Forgery:
    """The amount, the order, the kind of news: whatever a thief would like to change."""
    event = f.event()
    body = json.dumps(event).encode()
    thing = json.loads(body)
    thing["data"]["object"] |= f.dice.choice(
        [{"amount_received": 1}, {"status": "succeeded", "amount_received": 1294, "x": 1}, {"metadata": {}}]
    )
    return Forgery("", json.dumps(thing).encode(), f.right(body))


def monstrous_json(f: Forger) -> Forgery:
    depth = f.dice.choice([100, 1_000, 20_000])
    body = f.dice.choice(
        [
            b'{"a":' * depth,
            b"[" * depth + b"]" * depth,
            b'{"object": "event", "created": ' + b"9" * depth + b"}",
            b'{"id": "evt_1", "id": "evt_2", ' + f.body()[1:],
            b'{"fee": 1e999, ' + f.body()[1:],
            b'{"fee": NaN, ' + f.body()[1:],
            f.body().replace(b'"', b'"\\u0000', 1),
            b"\0" * depth,
        ]
    )
    return Forgery("", body, f.wrong(body))


def odd_content_type(f: Forger) -> Forgery:
    body = f.dice.choice([f.body(), f.noise(), b"--x\r\nContent-Disposition: form-data\r\n", b"a=b&" * 3_000])
    return Forgery("", body, f.wrong(body), content_type=f.dice.choice(CONTENT_TYPES))


def other_method(f: Forger) -> Forgery:
    """Signed as it should be; but Stripe posts."""
    body = f.body()
    return Forgery("", body, f.right(body), method=f.dice.choice(OTHER_METHODS))


def false_length(f: Forger) -> Forgery:
    """Less of a signed body than was signed, or a length that is none."""
    body = f.body()
    lengths = ["0", "1", str(len(body) - 1), "-1", "-999999", "", "many", "1e3", "0x10", "9" * 30, "٣"]
    return Forgery("", body, f.right(body), length=f.dice.choice(lengths))


def without_length(f: Forger) -> Forgery:
    """A chunked body: the web server names no length, so the shop reads nothing."""
    body = f.body()
    return Forgery("", body, f.right(body), length="", more={"HTTP_TRANSFER_ENCODING": "chunked"})


def about_the_largest(f: Forger) -> Forgery:
    size = LARGEST_BODY + f.dice.choice([-1, 0, 1, 2, 50_000])
    body = f.body().ljust(size)
    return Forgery("", body, f.right(body) if size > LARGEST_BODY else f.wrong(body))


def compressed(f: Forger) -> Forgery:
    """Signed before it was compressed."""
    body = f.body()
    return Forgery("", gzip.compress(body), f.right(body), more={"HTTP_CONTENT_ENCODING": "gzip"})


def signed_elsewhere(f: Forger) -> Forgery:
    """The signature where nobody asked for it, or the secret to check it by brought along."""
    body = f.body()
    mine = "whsec_mine"
    return f.dice.choice(
        [
            Forgery("", body, None, more={"HTTP_X_STRIPE_SIGNATURE": f.right(body)}),
            Forgery("", body, None, more={"HTTP_AUTHORIZATION": f.right(body)}),
            Forgery("", body, signature(body, mine), more={"HTTP_X_DJSTRIPE_WEBHOOK_SECRET": mine}),
            Forgery("", body, None, more={"QUERY_STRING": f"Stripe-Signature={f.right(body)}"}),
        ]
    )


def broken_off(f: Forger) -> Forgery:
    """The sender hangs up in the middle of a body that was signed as it should be."""
    body = f.body()
    return Forgery("", body[: len(body) // 2], f.right(body), length=str(len(body)), breaks_off=True)


KINDS: list[Callable[[Forger], Forgery]] = [
    random_bytes,
    unsigned,
    wrong_secret,
    replayed_later,
    dated_ahead,
    freshened_time,
    mutated_header,
    another_body,
    truncated_or_extended,
    encoded_anew,
    tampered_content,
    monstrous_json,
    odd_content_type,
    other_method,
    false_length,
    without_length,
    about_the_largest,
    compressed,
    signed_elsewhere,
    broken_off,
]


def environ_of(forgery: Forgery) -> dict[str, Any]:
    """What a web server hands to the shop (PEP 3333)."""
    stream = BrokenStream(forgery.body) if forgery.breaks_off else io.BytesIO(forgery.body)
    return {
        "REQUEST_METHOD": forgery.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": ADDRESS,
        "QUERY_STRING": "",
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": forgery.sender,
        "CONTENT_TYPE": forgery.content_type,
        "CONTENT_LENGTH": str(len(forgery.body)) if forgery.length is None else forgery.length,
        "wsgi.input": stream,
        "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "http",
        **({} if forgery.header is None else {"HTTP_STRIPE_SIGNATURE": forgery.header}),
        **forgery.more,
    }


class BrokenStream(io.BytesIO):
    """Whoever wants more than there is meets the error of a line that was cut."""

    def read(self, size: int | None = -1) -> bytes:
        piece = super().read(size)
        if len(piece) < (size or 0):
            raise ConnectionResetError("the line was cut")
        return piece
