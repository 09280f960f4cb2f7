"""Which ids have been there, in eight bytes each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b

import numpy as np

from ..records import Article, Rejected

PENDING = 1 << 16
"""Ids that wait in a set until they are sorted in among the others."""


class SeenIds:
    """A set of ids that keeps 64 bits of each: 80 MB for ten million.

    Two different ids are taken for one with a probability of about n² / 2⁶⁵: three in a million for ten million ids.
    """

    def __init__(self, pending: int = PENDING) -> None:
        self._most = pending
        self._sorted = np.empty(0, dtype=np.uint64)
        self._pending: set[int] = set()

    def add(self, name: str) -> bool:
        """Add an id; return False where it is there already."""
        key = int.from_bytes(blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
        if key in self._pending or self._has(np.uint64(key)):
            return False
        self._pending.add(key)
        if len(self._pending) >= self._most:
            fresh = np.fromiter(self._pending, dtype=np.uint64, count=len(self._pending))
            fresh.sort()
            self._sorted = np.insert(self._sorted, np.searchsorted(self._sorted, fresh), fresh)
            self._pending.clear()
        return True

    def _has(self, key: np.uint64) -> bool:
        at = int(np.searchsorted(self._sorted, key))
        return at < len(self._sorted) and bool(self._sorted[at] == key)


def reject_twice(found: Iterable[tuple[str, int | None, Article | Rejected]]) -> Iterator[Article | Rejected]:
    """Yield what is found, an article whose id was there before as a rejected row.

    Args:
        found: (file, line, article or rejected row).
    """
    seen = SeenIds()
    for file, line, item in found:
        if isinstance(item, Article) and not seen.add(item.id):
            yield Rejected(file, line, f"the id {item.id!r} stands already")
        else:
            yield item
