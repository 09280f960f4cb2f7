"""Examples in batches of like length, by token count: little padding, even memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def length_batches(lengths: Sequence[int], *, tokens: int) -> Iterator[list[int]]:
    """Yield lists of indices, the longest first, so that a padded batch holds at most `tokens` tokens.

    An input longer than `tokens` makes a batch of its own.
    """
    batch: list[int] = []
    width = 0
    for index in sorted(range(len(lengths)), key=lambda at: (-lengths[at], at)):
        if batch and max(width, lengths[index]) * (len(batch) + 1) > tokens:
            yield batch
            batch, width = [], 0
        batch.append(index)
        width = max(width, lengths[index])
    if batch:
        yield batch
