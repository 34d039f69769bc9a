"""Tests talk to this machine only. Whatever tries to reach further fails at once and says where it wanted to go."""

import ipaddress
import socket
from collections.abc import Callable
from typing import Any


class NetworkBlocked(RuntimeError):
    """Not an OSError on purpose: code that copes with a dead network shall not cope with this."""


def is_this_machine(host: object) -> bool:
    if not isinstance(host, str):
        return host is None
    if host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def block() -> None:
    """Guard every socket made by Python in this process, for good."""
    socket.socket.connect = _guarded(socket.socket.connect)  # type: ignore[method-assign]
    socket.socket.connect_ex = _guarded(socket.socket.connect_ex)  # type: ignore[method-assign]
    lookup = socket.getaddrinfo

    def guarded_lookup(host: Any, *args: Any, **kwargs: Any) -> Any:
        _refuse_strangers(host.decode() if isinstance(host, bytes) else host)
        return lookup(host, *args, **kwargs)

    socket.getaddrinfo = guarded_lookup


def _guarded(connect: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            _refuse_strangers(address[0])
        return connect(self, address)

    return guarded


def _refuse_strangers(host: object) -> None:
    if not is_this_machine(host):
        raise NetworkBlocked(f"A test wanted to reach {host}.")
