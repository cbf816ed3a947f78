"""Which calls were read already: one that is found twice, in one file or in two, counts once.

A call is known by the ids of its response or request. An entry without an id is known by its content and by how many
like it came before it in its file: two alike in one file are two calls, the same two in a copy of the file are not.
"""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

_MEMORY = 32 << 10
"""KiB of the database that are kept in memory; the rest is in a temporary file."""


class SeenCalls:
    """Remembers calls by 64 bits of a hash, on disk when they are many: memory does not grow with their number."""

    def __init__(self) -> None:
        # A database without a name is a temporary file of SQLite's own, and is gone when it is closed.
        self._database = sqlite3.connect("", isolation_level=None)
        for statement in (
            f"PRAGMA cache_size = -{_MEMORY}",
            "PRAGMA journal_mode = OFF",
            "PRAGMA synchronous = OFF",
            "CREATE TABLE seen (id INTEGER PRIMARY KEY)",
            "CREATE TABLE alike (id INTEGER PRIMARY KEY, number INTEGER)",
            "BEGIN",
        ):
            self._database.execute(statement)

    def begin_file(self) -> None:
        """Begins a file: its entries without ids are counted from the first."""
        self._database.execute("DELETE FROM alike")

    def close(self) -> None:
        """Deletes the temporary file."""
        self._database.close()

    def add(self, ids: Sequence[str]) -> bool:
        """Remembers a call by its ids. False if one of them was there."""
        added = [
            self._database.execute("INSERT OR IGNORE INTO seen VALUES (?)", (_hash(name),)).rowcount for name in ids
        ]
        return all(added)

    def ids_of(self, entry: Mapping[str, Any]) -> tuple[str, ...]:
        """What stands for the ids of an entry that has none."""
        content = json.dumps(entry, sort_keys=True, default=str)
        [number] = self._database.execute(
            "INSERT INTO alike VALUES (?, 1) ON CONFLICT (id) DO UPDATE SET number = number + 1 RETURNING number",
            (_hash(content),),
        ).fetchone()
        return (f"{number} {content}",)


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(errors="replace"), digest_size=8).digest(), signed=True)
