"""The parts of a job on disk: each whole or not there, with all that a later run needs to go on from them."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from ..data.files import whole_file
from ..errors import InputError, QawlError
from ..records import Article, Rejected, ScoredRow
from .pages import ORIGIN
from .summary import Summary
from .writers import join_files, open_writer, write_line

Record = Article | Rejected
REJECTED = ".rejected.jsonl"
ARTICLES = ".articles.jsonl"


def is_extracted(record: Record) -> bool:
    """Tell whether a record is an article out of a web page."""
    return isinstance(record, Article) and record.origin == ORIGIN


class Digest:
    """A running digest of all that was read, by which a later run knows the input again."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, record: Record) -> None:
        """Take in the next record."""
        if isinstance(record, Article):
            fields = (record.id, record.text, record.title, record.outlet, record.date, record.origin, *record.targets)
        else:
            fields = (str(record),)
        # JSON, so that no two lists of fields look the same.
        self._hash.update(json.dumps(fields).encode())

    def __str__(self) -> str:
        """Return the digest so far."""
        return self._hash.hexdigest()


@dataclass(frozen=True, slots=True)
class Part:
    """What is known of a finished part.

    Args:
        number: its place, from 0.
        records: articles and rejected rows.
        rejected: the rejected rows among them.
        extracted: the articles among them that come from web pages.
        digest: of the input up to the part's end.
        summary: what its rows say.
    """

    number: int
    records: int
    rejected: int
    extracted: int
    digest: str
    summary: dict[str, Any]


class Parts:
    """The folder `OUT.parts` beside an output file while its job runs."""

    def __init__(self, output: Path) -> None:
        self.output = output
        self.folder = output.with_name(output.name + ".parts")
        self.rejected = output.with_name(output.name + REJECTED)
        self.articles = output.with_name(output.name + ARTICLES)
        self._spent = output.with_name(f".{output.name}.parts")

    @contextmanager
    def job(self, settings: dict[str, Any], *, resume: bool) -> Iterator[None]:
        """Hold the folder while the block runs; one without a finished part goes with an error.

        Raises:
            QawlError: another job holds it, parts lie there without `resume`, or they were made otherwise.
        """
        self.folder.mkdir(exist_ok=True)
        shutil.rmtree(self._spent, ignore_errors=True)
        try:
            with FileLock(self.folder / "lock", timeout=0):
                try:
                    self._begin(settings, resume)
                    yield
                except BaseException:
                    if next(self.done(), None) is None:
                        shutil.rmtree(self.folder, ignore_errors=True)
                    raise
        except Timeout:
            raise InputError(self.output, "another job is writing it", remedy="wait for it, or stop it") from None

    def done(self) -> Iterator[Part]:
        """Yield the finished parts in order."""
        number = 0
        while (state := self._path(number, ".json")).is_file():
            yield Part(**json.loads(state.read_text("utf-8")))
            number += 1

    def write(self, part: Part, rows: Iterable[ScoredRow], records: Iterable[Record]) -> None:
        """Write a part: it counts only when its last file, the one with its counts, has its name."""
        with open_writer(self._path(part.number, self.output.suffix)) as write:
            for row in rows:
                write(row)
        rejected, extracted = [], []
        for record in records:
            if isinstance(record, Rejected):
                rejected.append(record.as_dict())
            elif is_extracted(record):
                # The offsets of its rows are those of a text that stands nowhere else.
                fields = {"id": record.id, "title": record.title, "outlet": record.outlet, "date": record.date}
                extracted.append({**fields, "text": record.text})
        for suffix, lines in ((REJECTED, rejected), (ARTICLES, extracted)):
            if lines:
                with whole_file(self._path(part.number, suffix)) as stream:
                    for line in lines:
                        write_line(stream, line)
        _write_state(self._path(part.number, ".json"), asdict(part))

    def finish(self) -> tuple[Summary, int]:
        """Put the parts together under the names that the user gave, and remove them.

        Returns what they say, and how many rows were rejected; a QawlError where there is no article.
        """
        summary, rejected = Summary(), 0
        numbers: dict[str, list[int]] = {REJECTED: [], ARTICLES: [], self.output.suffix: []}
        for part in self.done():
            summary.merge(part.summary)
            rejected += part.rejected
            for suffix, count in ((REJECTED, part.rejected), (ARTICLES, part.extracted), (self.output.suffix, 1)):
                numbers[suffix] += [part.number] if count else []
        if not summary.articles:
            first = next(self._rejections(), None)
            shutil.rmtree(self.folder)
            raise QawlError("no article in the input" + (f": {first}" if first else ""))
        for suffix, to in ((REJECTED, self.rejected), (ARTICLES, self.articles), (self.output.suffix, self.output)):
            self._join(numbers[suffix], suffix, to)
        # In one step: a kill within the removal would leave parts of which some lack their rows.
        self.folder.replace(self._spent)
        shutil.rmtree(self._spent)
        return summary, rejected

    def _join(self, numbers: Sequence[int], suffix: str, to: Path) -> None:
        """Put the files of parts together; where there are none, what an earlier job left there goes."""
        if not numbers:
            to.unlink(missing_ok=True)
            return
        # In a file of the folder first: a kill leaves nothing behind that the next run doesn't clear away.
        whole = self.folder / f"whole{suffix}"
        join_files((self._path(number, suffix) for number in numbers), whole)
        whole.replace(to)

    def _rejections(self) -> Iterator[Rejected]:
        for part in self.done():
            if part.rejected:
                with self._path(part.number, REJECTED).open(encoding="utf-8") as stream:
                    for line in map(json.loads, stream):
                        yield Rejected(line["file"], line["line"], line["reason"])

    def _begin(self, settings: dict[str, Any], resume: bool) -> None:
        for litter in self.folder.glob(".*"):
            litter.unlink()
        path = self.folder / "settings.json"
        if next(self.done(), None) is None:
            _write_state(path, settings)
            return
        remedy = f"or remove {self.folder} to begin anew"
        if not resume:
            remedy = f"go on with --resume, {remedy}"
            raise InputError(self.output, "has parts of a job that was stopped", remedy=remedy)
        began = json.loads(path.read_text("utf-8"))
        if differing := [name for name in {**began, **settings} if began.get(name) != settings.get(name)]:
            name = differing[0]
            was, now = (json.dumps(own.get(name), ensure_ascii=False) for own in (began, settings))
            problem = f"the job began with other {', '.join(differing)} ({name}: {was}, now {now})"
            raise InputError(self.output, problem, remedy=f"give what it began with, {remedy}")

    def _path(self, number: int, suffix: str) -> Path:
        # .json is the state's: rows have a suffix of a table.
        return self.folder / f"{number:06}{suffix}"


def _write_state(path: Path, state: dict[str, Any]) -> None:
    with whole_file(path) as stream:
        # Escaped: a target or a name may hold half of a surrogate pair.
        json.dump(state, stream)
