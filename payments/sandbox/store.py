"""All state of the sandbox: JSON objects by kind and id, in memory, written through to SQLite when it has a file."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

Obj = dict[str, Any]

# Fields that never change once an object exists, worth finding objects by.
INDEXED = {
    "charge": ("payment_intent", "customer"),
    "refund": ("charge", "payment_intent"),
    "dispute": ("charge", "payment_intent"),
    "_delivery": ("event",),
}

SCHEMA = """
create table if not exists objects (
    position integer primary key autoincrement,
    kind text not null,
    id text not null,
    body text not null,
    unique (kind, id)
)
"""


class Store:
    """Reads give fresh copies and writes take effect at `put`; `commit` makes them durable, `rollback` forgets them."""

    def __init__(self, path: str | None = None) -> None:
        self._disk = self._open(path) if path else None
        self._load()

    @staticmethod
    def _open(path: str) -> sqlite3.Connection:
        disk = sqlite3.connect(path, check_same_thread=False)
        disk.execute("pragma journal_mode=wal")
        disk.execute("pragma synchronous=normal")
        disk.execute(SCHEMA)
        disk.commit()
        return disk

    def _load(self) -> None:
        self._bodies: dict[str, dict[str, str]] = defaultdict(dict)
        self._index: dict[tuple[str, str, str], list[str]] = defaultdict(list)
        self._before: dict[tuple[str, str], str | None] = {}
        if self._disk:
            for kind, id, body in self._disk.execute("select kind, id, body from objects order by position"):
                self._remember(kind, id, body)

    def _remember(self, kind: str, id: str, body: str) -> None:
        if id not in self._bodies[kind]:
            obj = json.loads(body) if kind in INDEXED else {}
            for field in INDEXED.get(kind, ()):
                self._index[kind, field, obj.get(field) or ""].append(id)
        self._bodies[kind][id] = body

    def get(self, kind: str, id: str) -> Obj | None:
        body = self._bodies[kind].get(id)
        return None if body is None else json.loads(body)

    def has(self, kind: str, id: str) -> bool:
        return id in self._bodies[kind]

    def count(self, kind: str) -> int:
        return len(self._bodies[kind])

    def all(self, kind: str) -> list[Obj]:
        """Oldest first."""
        return [json.loads(body) for body in list(self._bodies[kind].values())]

    def newest(self, kind: str) -> Iterator[Obj]:
        for body in reversed(list(self._bodies[kind].values())):
            yield json.loads(body)

    def find(self, kind: str, field: str, value: str) -> list[Obj]:
        """Oldest first, by an indexed field."""
        return [json.loads(self._bodies[kind][id]) for id in self._index[kind, field, value]]

    def put(self, obj: Obj, kind: str | None = None) -> None:
        kind, id = kind or obj["object"], obj["id"]
        self._before.setdefault((kind, id), self._bodies[kind].get(id))
        self._remember(kind, id, json.dumps(obj, separators=(",", ":")))

    def delete(self, kind: str, id: str) -> None:
        """For kinds without an index."""
        self._before.setdefault((kind, id), self._bodies[kind].get(id))
        self._bodies[kind].pop(id, None)

    def commit(self) -> None:
        if self._disk and self._before:
            for kind, id in self._before:
                _write(self._disk, kind, id, self._bodies[kind].get(id))
            self._disk.commit()
        self._before.clear()

    def rollback(self) -> None:
        for (kind, id), body in self._before.items():
            if body is not None:
                self._bodies[kind][id] = body
            else:
                self._forget(kind, id)
        self._before.clear()

    def _forget(self, kind: str, id: str) -> None:
        self._bodies[kind].pop(id, None)
        for (indexed, _field, _value), ids in self._index.items():
            if indexed == kind and id in ids:
                ids.remove(id)

    def clear(self) -> None:
        if self._disk:
            self._disk.execute("delete from objects")
            self._disk.commit()
        self._bodies.clear()
        self._index.clear()
        self._before.clear()

    def close(self) -> None:
        if self._disk:
            self._disk.close()


def _write(disk: sqlite3.Connection, kind: str, id: str, body: str | None) -> None:
    if body is None:
        disk.execute("delete from objects where kind = ? and id = ?", (kind, id))
        return
    disk.execute(
        "insert into objects (kind, id, body) values (?, ?, ?)"
        " on conflict (kind, id) do update set body = excluded.body",
        (kind, id, body),
    )
