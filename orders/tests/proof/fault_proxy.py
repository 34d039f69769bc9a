"""A proxy on this machine that spoils what goes through it, as seeded dice will have it.

`fault_proxy_http` and `fault_proxy_smtp` know the two languages that the shop speaks with others; here is what both
need: a line that can be taken away and given back, and a pack of faults from which one is drawn now and then.
"""

import random
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Self

LONGEST = 10  # seconds that a thread of ours waits for anything
HERE = "127.0.0.1"


class Pack:
    """Kinds of faults, drawn like cards: each comes once before one comes again. The same seed, the same order."""

    def __init__(self, kinds: Iterable[str], seed: object) -> None:
        self._kinds = sorted(kinds)
        self._dice = random.Random(f"{seed}:faults")
        self._left: list[str] = []

    def strikes(self, probability: float) -> bool:
        return self._dice.random() < probability

    def draw(self) -> str:
        if not self._left:
            self._left = self._dice.sample(self._kinds, len(self._kinds))
        return self._left.pop()


class FaultProxy:
    """Stands between a client and `target`; `probability` says how often an exchange is struck, `struck` by what.

    A subclass carries one connection through, asking `next_fault` before each exchange.
    """

    KINDS: Iterable[str] = ()

    def __init__(self, target: tuple[str, int], *, seed: object, probability: float = 0.0) -> None:
        self.target = target
        self.probability = probability
        self.struck: Counter[str] = Counter()
        self._pack = Pack(self.KINDS, seed)
        self._lock = threading.Lock()
        self._lines: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener: socket.socket | None = None

    def __enter__(self) -> Self:
        self._place = _bound(0)  # keeps the port ours while nobody listens on it
        self.port = self._place.getsockname()[1]
        self.come_back()
        return self

    def __exit__(self, *error: object) -> None:
        """Raises RuntimeError when a thread goes on: it would slow down whatever is measured after this."""
        self.vanish()
        self._place.close()
        for thread in self._threads:
            thread.join(2 * LONGEST)
        if left := [thread.name for thread in self._threads if thread.is_alive()]:
            raise RuntimeError(f"{len(left)} threads of the proxy go on: {left}")

    @property
    def url(self) -> str:
        return f"http://{HERE}:{self.port}"

    def heal(self) -> None:
        """From now on everything goes through."""
        self.probability = 0
        self.come_back()

    def vanish(self) -> None:
        """Drop all lines; whoever calls from now on is refused by the operating system."""
        with self._lock:
            listener, self._listener = self._listener, None
            lines, self._lines = self._lines, set()
        if listener:
            listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
            listener.close()
        for line in lines:
            _hang_up(line)

    def come_back(self) -> None:
        """Take calls again. Nothing changes for a proxy that never went away."""
        if self._listener is None:
            self._listener = _bound(self.port)
            self._listener.listen(64)
            self._start(self._accept, self._listener)

    def next_fault(self) -> str:
        """What strikes this exchange; "" when nothing does."""
        with self._lock:
            if not self._pack.strikes(self.probability):
                return ""
            kind = self._pack.draw()
            self.struck[kind] += 1
            return kind

    def carry(self, line: socket.socket) -> None:
        """Carry one connection through. OSError ends it."""
        raise NotImplementedError

    def onward(self) -> socket.socket:
        """A new connection to the other side."""
        line = socket.create_connection(self.target, timeout=LONGEST)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return line

    def _start(self, act: Callable[[socket.socket], None], line: socket.socket) -> None:
        thread = threading.Thread(target=act, args=(line,), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            self._start(self._serve, line)

    def _serve(self, line: socket.socket) -> None:
        line.settimeout(LONGEST)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._lines.add(line)
        with suppress(OSError):
            self.carry(line)
        with self._lock:
            self._lines.discard(line)
        _hang_up(line)


def reset(line: socket.socket) -> None:
    """End a connection by RST, as a crashed machine or an impatient firewall does."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.close()


def wait_until_given_up(line: socket.socket) -> None:
    """Say nothing until the client's patience is at its end."""
    while line.recv(4096):
        pass


def _bound(port: int) -> socket.socket:
    place = socket.socket()
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    place.bind((HERE, port))
    return place


def _hang_up(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
    line.close()
