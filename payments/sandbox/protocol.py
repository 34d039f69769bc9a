"""Cutting a connection without an answer: what HTTP servers are built to avoid, and a fault test needs."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

Peer = tuple[str, int]
_open: dict[Peer, asyncio.Transport] = {}


class CuttableProtocol(H11Protocol):
    """Remembers the transport of each open connection by the address of its client."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        _send_at_once(transport)
        peer = _peer(transport)
        if peer:
            _open[peer] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        peer = _peer(self.transport)
        if peer:
            _open.pop(peer, None)
        super().connection_lost(exc)


def _send_at_once(transport: asyncio.Transport) -> None:
    """Headers and body are two writes: with Nagle's algorithm every answer would take 40 ms."""
    transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _peer(transport: Any) -> Peer | None:
    name = transport.get_extra_info("peername")
    return (str(name[0]), int(name[1])) if name else None


async def cut(client: Any) -> None:
    """Closes the connection of this client (`request.client`) at once, in the middle of its request."""
    transport = _open.pop((client.host, client.port), None) if client else None
    if transport:
        transport.abort()
        await asyncio.sleep(0.01)  # lets the server notice before the unsent answer reaches it
