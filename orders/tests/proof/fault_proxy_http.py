"""The fault proxy for HTTP: strikes single requests, before or after the other side has carried them out."""

import re
import secrets
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from .fault_proxy import FaultProxy, reset, wait_until_given_up

LENGTH = re.compile(rb"^content-length: *(\d+)\r$", re.IGNORECASE | re.MULTILINE)
KEY = re.compile(rb"^(idempotency-key: *)[^\r]+", re.IGNORECASE | re.MULTILINE)
STATUSES = {
    409: "Conflict",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
}
SORRY = b"<html><body><h1>We will be back soon</h1></body></html>"
SHAPES = [b"[]", b"null", b'"ok"', b"{}", b"7"]
GARBAGE = bytes(range(128, 256)) * 3


@dataclass(frozen=True)
class Message:
    """A request or an answer, as it came over the line."""

    head: bytes
    body: bytes = b""

    @classmethod
    def read(cls, stream: BinaryIO) -> "Message | None":
        """None: the other side has hung up instead."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = stream.readline()
            if not line:
                return None
            head += line
        length = LENGTH.search(head)
        return cls(head, stream.read(int(length[1])) if length else b"")

    @property
    def raw(self) -> bytes:
        return self.head + self.body

    def with_length(self, length: int) -> bytes:
        """The head, but it promises a body of another length."""
        return LENGTH.sub(b"content-length: %d\r" % length, self.head)


class HttpFaultProxy(FaultProxy):
    """`forgets_keys`: each request goes on with a new idempotency key, as if the shop had never sent the same one."""

    forgets_keys = False

    def carry(self, line: socket.socket) -> None:
        with line.makefile("rb") as stream:
            while request := Message.read(stream):
                exchange = Exchange(self, line, request)
                if fault := self.next_fault():
                    if not FAULTS[fault](exchange):
                        return
                else:
                    exchange.send(exchange.forward().raw)

    def forward(self, request: Message) -> Message:
        raw = request.raw
        if self.forgets_keys:
            raw = KEY.sub(rb"\g<1>" + secrets.token_hex(16).encode(), raw, count=1)
        with (
            self.onward() as onward,
            onward.makefile("rb") as stream,
        ):
            onward.sendall(raw)
            answer = Message.read(stream)
        if answer is None:
            raise ConnectionResetError("the other side gave no answer")
        return answer


@dataclass(frozen=True)
class Exchange:
    """One request that is to be spoilt."""

    proxy: HttpFaultProxy
    line: socket.socket
    request: Message

    def forward(self) -> Message:
        """Have it carried out."""
        return self.proxy.forward(self.request)

    def send(self, raw: bytes) -> None:
        self.line.sendall(raw)


# Each fault says whether the connection stands afterwards.


def refuse(x: Exchange) -> bool:
    """Gone until the client has given up: the first call is cut, every further one refused."""
    x.proxy.vanish()
    return False


def close_before(x: Exchange) -> bool:
    return False


def close_after(x: Exchange) -> bool:
    x.forward()
    return False


def reset_before(x: Exchange) -> bool:
    reset(x.line)
    return False


def reset_after(x: Exchange) -> bool:
    x.forward()
    reset(x.line)
    return False


def hang_before(x: Exchange) -> bool:
    wait_until_given_up(x.line)
    return False


def hang_after(x: Exchange) -> bool:
    x.forward()
    wait_until_given_up(x.line)
    return False


def cut_in_the_head(x: Exchange) -> bool:
    head = x.forward().head
    x.send(head[: len(head) // 2])
    return False


def cut_in_the_body(x: Exchange) -> bool:
    answer = x.forward()
    x.send(answer.head + answer.body[: len(answer.body) // 2])
    return False


def truncated_json(x: Exchange) -> bool:
    """Half of the body, and a Content-Length that says just that."""
    answer = x.forward()
    half = answer.body[: len(answer.body) // 2]
    x.send(answer.with_length(len(half)) + half)
    return True


def length_too_short(x: Exchange) -> bool:
    """The whole body, but a Content-Length of half of it: the rest lies about on the line."""
    answer = x.forward()
    x.send(answer.with_length(len(answer.body) // 2) + answer.body)
    return True


def length_too_long(x: Exchange) -> bool:
    answer = x.forward()
    x.send(answer.with_length(len(answer.body) + 100) + answer.body)
    return False


def trickle(x: Exchange) -> bool:
    """All of it, in drops."""
    raw = x.forward().raw
    size = len(raw) // 10 + 1
    for start in range(0, len(raw), size):
        x.send(raw[start : start + size])
        threading.Event().wait(0.005)
    return True


def garbage_before(x: Exchange) -> bool:
    x.send(GARBAGE)
    return False


def garbage_after(x: Exchange) -> bool:
    x.forward()
    x.send(GARBAGE)
    return False


def html(x: Exchange) -> bool:
    """What a proxy shows to people, with the status of success."""
    x.forward()
    x.send(_answer(200, "OK", SORRY, b"text/html"))
    return True


def empty(x: Exchange) -> bool:
    x.forward()
    x.send(_answer(200, "OK", b"", b"application/json"))
    return True


def other_json(x: Exchange) -> bool:
    """JSON, but nothing that Stripe ever said."""
    x.forward()
    shape = SHAPES[x.proxy.struck["other_json"] % len(SHAPES)]
    x.send(_answer(200, "OK", shape, b"application/json"))
    return True


def forward_twice(x: Exchange) -> bool:
    """The same request, with the same idempotency key, is carried out a second time."""
    x.forward()
    x.send(x.forward().raw)
    return True


def close_idle(x: Exchange) -> bool:
    """Answered; but the connection that the client keeps for its next request is gone by then."""
    x.send(x.forward().raw)
    return False


def _status_before(status: int) -> Callable[[Exchange], bool]:
    def fault(x: Exchange) -> bool:
        x.send(_answer(status, STATUSES[status], SORRY, b"text/html"))
        return True

    return fault


def _status_after(status: int) -> Callable[[Exchange], bool]:
    def fault(x: Exchange) -> bool:
        x.forward()
        error = b'{"error": {"type": "api_error", "message": "Something went wrong"}}'
        x.send(_answer(status, STATUSES[status], error, b"application/json"))
        return True

    return fault


def _answer(status: int, reason: str, body: bytes, kind: bytes) -> bytes:
    head = f"HTTP/1.1 {status} {reason}\r\nContent-Length: {len(body)}\r\n".encode()
    return head + b"Content-Type: " + kind + b"\r\n\r\n" + body


FAULTS: dict[str, Callable[[Exchange], bool]] = {
    **{
        fault.__name__: fault
        for fault in (
            refuse,
            close_before,
            close_after,
            close_idle,
            reset_before,
            reset_after,
            hang_before,
            hang_after,
            cut_in_the_head,
            cut_in_the_body,
            truncated_json,
            length_too_short,
            length_too_long,
            trickle,
            garbage_before,
            garbage_after,
            html,
            empty,
            other_json,
            forward_twice,
        )
    },
    **{f"{status}_before": _status_before(status) for status in STATUSES},
    **{f"{status}_after": _status_after(status) for status in STATUSES},
}
HttpFaultProxy.KINDS = FAULTS
