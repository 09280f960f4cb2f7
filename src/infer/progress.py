"""How far a job of `qawl score` is: a bar on a terminal, a line a minute in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Thread
from typing import IO, Any, cast

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from ..errors import QawlError
from .readers import count_records

EVERY = 60.0
"""Seconds between two lines of a log."""


class _SafeStderr:
    """Standard error that drops what nobody can read any more: a closed pipe, a terminal that is gone, a full disk."""

    def write(self, text: str) -> int:
        with suppress(OSError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stderr.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(sys.stderr, name)


class SafeConsole(Console):
    """A console on stderr that falls silent when nobody reads it any more: the job is worth more than its bar."""

    def __init__(self) -> None:
        super().__init__(file=cast(IO[str], _SafeStderr()))


class JobProgress:
    """Articles and sentences that are done, of this run and of those before it."""

    def __init__(self, console: Console, bar: Progress) -> None:
        self.console, self.bar = console, bar
        self.job = bar.add_task("articles", total=None, rate="")
        self.started = self.told = time.monotonic()
        self.records = self.earlier = self.sentences = 0
        self.total: int | None = None

    def skip(self, records: int) -> None:
        """Count what an earlier run did."""
        self.earlier += records
        self.bar.update(self.job, completed=self.earlier)

    def advance(self, records: int, sentences: int) -> None:
        """Count what this run did."""
        self.records += records
        self.sentences += sentences
        seconds = time.monotonic() - self.started
        rate = f"{self.sentences / seconds:,.0f} sentences/s"
        self.bar.update(self.job, completed=self.earlier + self.records, rate=rate)
        if not self.console.is_terminal and time.monotonic() - self.told >= EVERY:
            self.told = time.monotonic()
            done, left = f"{self.earlier + self.records:,} articles", ""
            if self.total is not None:
                minutes = (self.total - self.earlier - self.records) / self.records * seconds / 60
                done, left = f"{done} of {self.total:,}", f", {minutes:,.0f} min left"
            self.console.print(f"{done}, {rate}{left}", highlight=False)

    def count(self, inputs: Sequence[str]) -> None:
        """Find how many there are, beside the job: only then is there a remaining time."""

        def find() -> None:
            try:
                self.total = count_records(inputs)
            except QawlError:
                return  # the job meets it too
            self.bar.update(self.job, total=self.total)

        Thread(target=find, daemon=True).start()


@contextmanager
def job_progress(console: Console, *, quiet: bool) -> Iterator[JobProgress]:
    """Yield the progress of a job, shown while the block runs."""
    columns: tuple[Any, ...] = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    shown = Console(quiet=True) if quiet else console
    with Progress(*columns, console=shown, transient=True) as bar:
        yield JobProgress(shown, bar)
