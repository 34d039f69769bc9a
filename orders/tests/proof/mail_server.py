"""A real SMTP server in the test's process, which keeps what it was given."""

import asyncio
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Event, Thread
from typing import Any, Self

from aiosmtpd.smtp import SMTP

HERE = "127.0.0.1"
START_SECONDS = 10


class MailServer:
    """`letters`: every mail that it has accepted, oldest first, copies included."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self._ready = Event()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802, aiosmtpd's name
        letter = message_from_bytes(envelope.content, policy=policy.default)
        letter["X-Recipients"] = ",".join(envelope.rcpt_tos)
        self.letters.append(letter)
        return "250 Taken"

    def __enter__(self) -> Self:
        self._thread = Thread(target=asyncio.run, args=(self._serve(),), name="mail-server", daemon=True)
        self._thread.start()
        if not self._ready.wait(START_SECONDS):
            raise RuntimeError("the mail server did not start")
        return self

    def __exit__(self, *error: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(START_SECONDS)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await self._loop.create_server(lambda: SMTP(self, loop=self._loop, hostname="mail"), HERE, 0)
        self.address = server.sockets[0].getsockname()
        self._ready.set()
        await self._stop.wait()
        server.close()
