"""What the machine can do: whether it computes in bf16, how many forward passes go on at the same time, its memory."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def computes_bf16(device: torch.device) -> bool:
    """Tell whether the device multiplies bf16 faster than float32."""
    import torch

    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def cores() -> int:
    """Return how many physical cores this process may use: by affinity, by cgroup, and by OMP_NUM_THREADS."""
    from joblib import cpu_count

    given = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    return int(given) if given.isdecimal() and int(given) else int(cpu_count(only_physical_cores=True))


@contextmanager
def forward_pool(threads: int | None = None) -> Iterator[Executor]:
    """Yield a pool with a thread a core, or so many; each computes alone. What waits in it is dropped at the end.

    Several small passes side by side waste no time at the barriers of a pass that is shared, and the figures
    that come out don't depend on the number of cores.
    """
    # oneDNN, and the layer through which torch calls it in each thread, keep code for the last 1024 shapes that they
    # saw: hundreds of MiB, for batches of which few have the same. Before their first use they can be told less.
    for name in ("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "LRU_CACHE_CAPACITY"):
        os.environ.setdefault(name, "64")
    pool = ThreadPoolExecutor(threads or cores(), initializer=_alone)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def release_memory() -> None:
    """Give back to the system what was freed, where the C library would keep it: glibc on Linux.

    Tensors of many sizes, freed by other threads than made them, leave its arenas in pieces: without this a job
    grows faster with its parts.
    """
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)) is not None:
        trim(0)


def _alone() -> None:
    import torch

    torch.set_num_threads(1)
