"""The files beside an output: the rows that were rejected, and the articles that were extracted from web pages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

from ..data.files import whole_file
from ..records import Article, Rejected
from .pages import ORIGIN


def rejected_path(output: Path) -> Path:
    """Return where the rejected rows of an output stand."""
    return output.with_name(f"{output.name}.rejected.jsonl")


def articles_path(output: Path) -> Path:
    """Return where the articles stand that were extracted from pages, as rows that qawl reads."""
    return output.with_name(f"{output.name}.articles.jsonl")


class Sidecars:
    """Takes the rejected rows out of what is read, and keeps them and the extracted articles beside the output."""

    def __init__(self, output: Path, stack: ExitStack) -> None:
        self.rejected = 0
        self.first: Rejected | None = None
        self._stack = stack
        self._files: dict[Path, IO[Any]] = {}
        self._rejected, self._articles = rejected_path(output), articles_path(output)

    def articles(self, found: Iterable[Article | Rejected]) -> Iterator[Article]:
        """Yield the articles; what is no article is written and counted."""
        for item in found:
            if isinstance(item, Rejected):
                self.rejected += 1
                self.first = self.first or item
                self._write(self._rejected, item.as_dict())
                continue
            if item.origin == ORIGIN:
                # The offsets of its rows are those of a text that stands nowhere else.
                fields = {"id": item.id, "title": item.title, "outlet": item.outlet, "date": item.date}
                self._write(self._articles, {**fields, "text": item.text})
            yield item

    def tidy(self) -> None:
        """Remove what an earlier run left there and this one has no use for."""
        for path in (self._rejected, self._articles):
            if path not in self._files:
                path.unlink(missing_ok=True)

    def _write(self, path: Path, row: dict[str, Any]) -> None:
        if path not in self._files:
            self._files[path] = self._stack.enter_context(whole_file(path))
        try:
            self._files[path].write(json.dumps(row, ensure_ascii=False) + "\n")
        except UnicodeEncodeError:
            # Half a surrogate pair, in a value or in the name of a file, is no UTF-8; escaped it is still JSON.
            self._files[path].write(json.dumps(row) + "\n")


@contextmanager
def open_sidecars(output: Path) -> Iterator[Sidecars]:
    """Yield the sidecars of an output; their files take their places when the block ends without an error."""
    with ExitStack() as stack:
        sidecars = Sidecars(output, stack)
        yield sidecars
        sidecars.tidy()
