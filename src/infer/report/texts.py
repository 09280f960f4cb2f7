"""The sentences' texts, each once, in compressed blocks that the page opens only when it shows them."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from hashlib import blake2b
from tempfile import SpooledTemporaryFile

BLOCK = 128 * 1024
"""Characters of a block: some 700 sentences, unpacked in milliseconds; larger ones are hardly smaller packed."""
_IN_MEMORY = 16 * 1024 * 1024


def pack(raw: bytes) -> str:
    """Return bytes as the page carries them: gzip, which every browser unpacks by itself, as base64."""
    return base64.b64encode(gzip.compress(raw, mtime=0)).decode("ascii")


class Texts:
    """Texts by number. Wire copy that many outlets print is kept once; blocks wait on disk, not in memory."""

    def __init__(self) -> None:
        self.first: list[int] = []
        """The number of the first text of each block."""
        self._numbers: dict[bytes, int] = {}
        self._waiting: list[str] = []
        self._length = 0
        self._blocks = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115

    def add(self, text: str) -> int:
        """Return the text's number."""
        key = blake2b(text.encode(), digest_size=16).digest()
        known = self._numbers.get(key)
        if known is not None:
            return known
        number = self._numbers[key] = len(self._numbers)
        if not self._waiting:
            self.first.append(number)
        self._waiting.append(text)
        self._length += len(text)
        if self._length >= BLOCK:
            self._flush()
        return number

    def blocks(self) -> Iterator[str]:
        """Yield the packed blocks: JSON lists of strings. Nothing can be added afterwards."""
        self._flush()
        self._blocks.seek(0)
        for line in self._blocks:
            yield line.decode("ascii").rstrip("\n")

    def close(self) -> None:
        """Free the blocks."""
        self._blocks.close()

    def _flush(self) -> None:
        if self._waiting:
            self._blocks.write(pack(json.dumps(self._waiting, ensure_ascii=False).encode()).encode() + b"\n")
            self._waiting, self._length = [], 0
