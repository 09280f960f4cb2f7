"""What was freed goes back to the system, and what is kept for later does not grow with the shapes of batches."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from qawl.models.processor import computes_bf16, release_memory


def resident() -> float:
    """Return the MiB that this process has in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


ON_GLIBC = sys.platform == "linux" and "glibc" in str(os.confstr("CS_GNU_LIBC_VERSION"))


@pytest.mark.skipif(not ON_GLIBC, reason="glibc")
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


# In a process of its own: the limits are read once, before the first pass.
SHAPES = """
import os
from pathlib import Path
from qawl.models.processor import forward_pool, release_memory

def resident():
    release_memory()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

with forward_pool(1) as pool:
    import torch
    layer = torch.nn.Linear(64, 64, dtype=torch.bfloat16)

    @torch.inference_mode()
    def passes(shapes):
        for rows in shapes:
            layer(torch.ones(rows, 64, dtype=torch.bfloat16))

    pool.submit(passes, range(1, 101)).result()
    before = resident()
    pool.submit(passes, range(101, 801)).result()
    print(resident() - before)
"""


@pytest.mark.skipif(not ON_GLIBC or not computes_bf16(torch.device("cpu")), reason="glibc on a processor of bf16")
def test_a_pool_keeps_no_code_for_hundreds_of_shapes() -> None:
    limits = {"ONEDNN_PRIMITIVE_CACHE_CAPACITY", "LRU_CACHE_CAPACITY"}
    clean = {name: value for name, value in os.environ.items() if name not in limits}
    grown = subprocess.run([sys.executable, "-c", SHAPES], env=clean, check=True, capture_output=True, text=True).stdout
    # Either cache alone, left as large as it comes, keeps some 200 MiB.
    assert float(grown) < 50
