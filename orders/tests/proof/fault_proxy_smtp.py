"""The fault proxy for SMTP: strikes a conversation at one of its steps, before or after the letter was accepted.

Steps are "greeting", the client's commands, "letter" (it has been handed over, but not passed on) and "taken" (it was
passed on and accepted, the client does not know yet).
"""

import socket
import threading
from collections.abc import Callable, Iterator

from .fault_proxy import FaultProxy, reset, wait_until_given_up

END = b".\r\n"


class MailFaultProxy(FaultProxy):
    """Django's SMTP back end opens one connection for each mail: an exchange is a whole conversation."""

    def carry(self, line: socket.socket) -> None:
        fault = self.next_fault()
        step, act = FAULTS[fault] if fault else ("", go_on)
        with self.onward() as onward:
            Conversation(self, line, onward).hold(step, act)


class Conversation:
    """Both ends of a connection, one command and its reply after the other."""

    def __init__(self, proxy: MailFaultProxy, line: socket.socket, onward: socket.socket) -> None:
        self.proxy, self.line, self.onward = proxy, line, onward
        self.swallows_letter = False
        self._asks, self._replies = line.makefile("rb"), onward.makefile("rb")

    def hold(self, struck: str, act: "Act") -> None:
        with self._asks, self._replies:
            for step, reply in self._steps():
                goes_on = act(self, reply) if step == struck else go_on(self, reply)
                if not goes_on:
                    return

    def _steps(self) -> Iterator[tuple[str, bytes]]:
        """Each step, and the other side's reply to it, which is still to be handed on."""
        yield "greeting", self._reply()
        while asked := self._asks.readline():
            command = asked[:4].decode(errors="replace").upper()
            reply = self._passed_on(asked)
            yield command, reply
            if command == "DATA" and reply.startswith(b"354"):
                yield from self._letter()

    def _letter(self) -> Iterator[tuple[str, bytes]]:
        letter = b""
        while not letter.endswith(b"\r\n" + END):
            if not (said := self._asks.readline()):
                return  # told "554" instead of "354", the client has gone away without handing over anything
            letter += said
        yield "letter", b""
        if not self.swallows_letter:
            yield "taken", self._passed_on(letter)

    def _passed_on(self, raw: bytes) -> bytes:
        self.onward.sendall(raw)
        return self._reply()

    def _reply(self) -> bytes:
        reply = line = self._replies.readline()
        while line[3:4] == b"-":
            line = self._replies.readline()
            reply += line
        return reply


# Each act says whether the conversation goes on.


def go_on(it: Conversation, reply: bytes) -> bool:
    it.line.sendall(reply)
    return True


def vanish(it: Conversation, reply: bytes) -> bool:
    """Gone: this line is dropped, whoever calls again is refused."""
    it.proxy.vanish()
    return False


def close(it: Conversation, reply: bytes) -> bool:
    return False


def cut(it: Conversation, reply: bytes) -> bool:
    reset(it.line)
    return False


def hang(it: Conversation, reply: bytes) -> bool:
    wait_until_given_up(it.line)
    return False


def babble(it: Conversation, reply: bytes) -> bool:
    it.line.sendall(b"\xff\xfe\x00 as it were\r\n")
    return False


def dawdle(it: Conversation, reply: bytes) -> bool:
    for place in range(len(reply)):
        it.line.sendall(reply[place : place + 1])
        threading.Event().wait(0.005)
    return True


def says(words: str) -> "Act":
    """Another reply than the real one. A letter that is turned down like this was never passed on."""

    def act(it: Conversation, reply: bytes) -> bool:
        it.swallows_letter = not reply
        it.line.sendall(words.encode() + b"\r\n")
        return not words.startswith("421")

    return act


Act = Callable[[Conversation, bytes], bool]

BEFORE: dict[str, tuple[str, Act]] = {
    "refused": ("greeting", vanish),
    "closed at the greeting": ("greeting", close),
    "hung at the greeting": ("greeting", hang),
    "garbage for a greeting": ("greeting", babble),
    "421 for a greeting": ("greeting", says("421 Too busy")),
    "slow greeting": ("greeting", dawdle),
    "451 at MAIL": ("MAIL", says("451 Try again later")),
    "450 at RCPT": ("RCPT", says("450 Greylisted")),
    "550 at RCPT": ("RCPT", says("550 No such mailbox")),
    "reset at RCPT": ("RCPT", cut),
    "554 at DATA": ("DATA", says("554 Not today")),
    "closed before it was taken": ("letter", close),
    "reset before it was taken": ("letter", cut),
    "hung before it was taken": ("letter", hang),
    "421 before it was taken": ("letter", says("421 Shutting down")),
    "451 before it was taken": ("letter", says("451 Disk full")),
    "552 before it was taken": ("letter", says("552 Too large")),
}
AFTER: dict[str, tuple[str, Act]] = {
    "closed after it was taken": ("taken", close),
    "reset after it was taken": ("taken", cut),
    "hung after it was taken": ("taken", hang),
    "garbage after it was taken": ("taken", babble),
    "451 after it was taken": ("taken", says("451 Lost my memory")),
    "slow after it was taken": ("taken", dawdle),
    "closed at QUIT": ("QUIT", close),
    "hung at QUIT": ("QUIT", hang),
}
"""After these the shop may not know that its letter has gone out."""

FAULTS = BEFORE | AFTER
MailFaultProxy.KINDS = FAULTS
