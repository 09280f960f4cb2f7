"""What was freed goes back to the system."""

import os
import sys
from pathlib import Path

import pytest
from qawl.models.processor import release_memory


def resident() -> float:
    """Return the MiB that this process has in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@pytest.mark.skipif(sys.platform != "linux" or "glibc" not in str(os.confstr("CS_GNU_LIBC_VERSION")), reason="glibc")
def test_pieces_between_what_is_still_used_are_released() -> None:
    pieces = [bytes([1]) * 8000 for _ in range(20_000)]
    kept = pieces[::200]
    pieces.clear()
    before = resident()
    release_memory()
    assert resident() < before - 50
    assert all(len(own) == 8000 for own in kept)


def test_elsewhere_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    release_memory()
