"""The ids that a job has met, in memory that does not grow with them."""

from __future__ import annotations

import errno
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager

from ..records import Article, Rejected

CACHE = 16 * 1024
"""KiB of the table that are kept in memory; what is beyond lies in a temporary file that goes with the process."""


class Seen:
    """A table id → place on disk."""

    def __init__(self, table: sqlite3.Connection) -> None:
        self._table = table

    def before(self, name: str, place: str) -> str | None:
        """Return the place where an id stood before, or None and remember this one.

        Raises:
            OSError: no room for the table, which lies where temporary files do.
        """
        try:
            return self._before(name, place)
        except sqlite3.Error as error:
            raise OSError(errno.ENOSPC, f"no room for the ids ({error})", tempfile.gettempdir()) from error

    def _before(self, name: str, place: str) -> str | None:
        # Halves of surrogate pairs are no text to SQLite.
        key = name.encode("utf-8", "surrogatepass")
        row = self._table.execute("SELECT place FROM seen WHERE id = ?", (key,)).fetchone()
        if row is not None:
            return bytes(row[0]).decode("utf-8", "surrogatepass")
        self._table.execute("INSERT INTO seen VALUES (?, ?)", (key, place.encode("utf-8", "surrogatepass")))
        return None


@contextmanager
def seen_ids() -> Iterator[Seen]:
    """Yield an empty table; it is gone when the block ends."""
    # An empty name is a database of SQLite's own: in memory while it is small, then in a file without a name.
    with closing(sqlite3.connect("", isolation_level=None, check_same_thread=False)) as table:
        table.execute("PRAGMA journal_mode = OFF")
        table.execute(f"PRAGMA cache_size = -{CACHE}")
        table.execute("CREATE TABLE seen (id BLOB PRIMARY KEY, place BLOB) WITHOUT ROWID")
        table.execute("BEGIN")
        yield Seen(table)


def reject_twice(found: Iterable[tuple[str, int | None, Article | Rejected]]) -> Iterator[Article | Rejected]:
    """Yield what is found, an article whose id was there before as a rejected row.

    Args:
        found: (file, line, article or rejected row).
    """
    with seen_ids() as seen:
        for file, line, item in found:
            place = file if line is None else f"{file}:{line}"
            if isinstance(item, Article) and (first := seen.before(item.id, place)):
                remedy = f"give each article an id of its own; the first one is at {first}"
                yield Rejected(file, line, f"the id {item.id!r} stands already — {remedy}")
            else:
                yield item
