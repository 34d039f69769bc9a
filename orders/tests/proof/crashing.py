"""A power cut at an exact point: a process dies right before the k-th thing it does to the world outside.

Such deeds are an SQL statement, a COMMIT, a call to Stripe, a mail handed to the mail server, and the answer to whoever
asked. Between two deeds nothing leaves the process, so that dying before a deed is dying after the one before it: cuts
before every deed, the answer included, are cuts before and after each of them. A call to Stripe that was made and whose
answer never came is the cut before the deed that follows it.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import requests
from django.core.mail import EmailMessage
from django.db import connection, transaction

STATEMENT, COMMIT, STRIPE, MAIL, ANSWER = "SQL statement", "COMMIT", "call to Stripe", "mail", "answer"

WRITING = ("INSERT", "UPDATE", "DELETE")

MIRROR = "djstripe_paymentintent"
"""The one of dj-stripe's many tables that the shop writes to."""

KEPT = ("django_migrations", "django_content_type", "auth_permission")
"""What migrations write."""


class PowerCut(BaseException):
    """Not an Exception: nothing of the shop's may catch it and go on."""


@dataclass(frozen=True)
class Deed:
    kind: str
    words: str
    lasts: bool = True
    """Whether the world is another one afterwards: a statement inside a transaction is nothing until the COMMIT."""

    def __str__(self) -> str:
        return f"{self.kind} ({self.words})"


class Power:
    """Counts what processes do while it is `on()`, and cuts them off before deed number `cut_before`, once.

    `tick` is called at every deed.
    """

    def __init__(self, cut_before: int | None = None, tick: Callable[[], None] = lambda: None) -> None:
        self.cut_before, self.tick = cut_before, tick
        self.deeds: list[Deed] = []
        self.is_off = False
        self.was_cut = False

    @property
    def last_kind(self) -> str:
        """Of the deed before the cut; "" when the cut came before all deeds, or not at all."""
        return self.deeds[self.cut_before - 1].kind if self.was_cut and self.cut_before else ""

    @contextmanager
    def on(self) -> Iterator[None]:
        """While this lasts, what is done is a process's deed. Leaves a connection as a new process would open it."""
        commit = connection._commit
        send, send_mail = requests.Session.send, EmailMessage.send

        def commits() -> None:
            self.deed(Deed(COMMIT, ""), commit)

        def sends(session: Any, request: Any, **more: Any) -> Any:
            words = f"{request.method} {request.path_url.partition('?')[0]}"
            return self.deed(Deed(STRIPE, words), send, session, request, **more)

        def mails(message: EmailMessage, *args: Any, **more: Any) -> Any:
            return self.deed(Deed(MAIL, message.subject), send_mail, message, *args, **more)

        with ExitStack() as stack:
            stack.enter_context(connection.execute_wrapper(self._statement))
            stack.enter_context(patch.object(connection, "_commit", commits))
            stack.enter_context(patch.object(requests.Session, "send", sends))
            stack.enter_context(patch.object(EmailMessage, "send", mails))
            yield

    def deed(self, deed: Deed, act: Callable[..., Any], *args: Any, **more: Any) -> Any:
        """A dead process does nothing more, whatever its `except` and `finally` blocks try."""
        if self.is_off:
            raise PowerCut
        if len(self.deeds) == self.cut_before and not self.was_cut:
            self._cut()
            raise PowerCut
        self.deeds.append(deed)
        self.tick()
        return act(*args, **more)

    def restore(self) -> None:
        """The next process comes up: it has a connection of its own."""
        dead = connection.connection
        connection.connect()
        dead.close()  # only now: a SQLite database in memory lives as long as somebody is connected
        self.is_off = False

    def _cut(self) -> None:
        self.is_off = self.was_cut = True
        connection.connection.rollback()  # as the database does when its client is gone

    def _statement(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        lasts = not connection.in_atomic_block and sql.startswith(WRITING)
        return self.deed(Deed(STATEMENT, sql[:70], lasts), execute, sql, params, many, context)


def counted(deeds: list[Deed]) -> str:
    """`61 SQL statements, 9 COMMITs, ...`"""
    kinds = Counter(deed.kind for deed in deeds)
    plurals = {STRIPE: "calls to Stripe"}
    return ", ".join(
        f"{kinds[kind]} {kind if kinds[kind] == 1 else plurals.get(kind, kind + 's')}"
        for kind in (STATEMENT, COMMIT, STRIPE, MAIL)
        if kinds[kind]
    )


def wipe() -> None:
    """Empty every table that a story may have written to."""
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    written = [
        table
        for table in tables
        if table not in KEPT and (table == MIRROR or not table.startswith("djstripe_"))
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # histories refuse to be deleted there, and TRUNCATE takes long
            cursor.execute("SET LOCAL session_replication_role = replica")
        for table in written:
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")
