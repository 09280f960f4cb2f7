"""The batch job of `qawl score`: read, score, write part after part, and go on where an earlier run was stopped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from glob import has_magic
from itertools import islice
from pathlib import Path

from rich.console import Console

from .. import __version__
from ..errors import InputError
from ..records import Rejected, ScoredRow
from .chunks import Chunk, scored
from .cluster import Cluster, ray_engine
from .engine import Engine, Question, Scored, local_engine
from .loading import chosen, confidences, find_models, fingerprint, parse_confidence, shipping
from .parts import Digest, Part, Parts, Record, is_extracted
from .progress import JobProgress, SafeConsole, job_progress
from .readers import OWN_COLUMNS, STDIN, read_articles, read_targets
from .rows import Columns
from .score import has_arabic
from .summary import Summary
from .writers import check_output


def score_files(
    inputs: Sequence[str],
    output: Path,
    target_options: Sequence[str],
    target_file: Path | None,
    models: str | None,
    min_confidence: str,
    quiet: bool,
    columns: Columns = OWN_COLUMNS,
    resume: bool = False,
    cluster: Cluster | None = None,
) -> int:
    """Score every article of the inputs into one output file, whole or not at all.

    The finished parts of a run that was stopped stay beside it, for `resume`. Returns how many rows were
    rejected: they are in `OUTPUT.rejected.jsonl`, as articles out of web pages are in `OUTPUT.articles.jsonl`.
    With a cluster its workers score, else this process; the files are the same.
    """
    console = SafeConsole()
    # Everything that a user can have got wrong is looked at before the models load.
    least = parse_confidence(min_confidence, "--min-confidence")
    check_output(output)
    parts = Parts(output)
    for own in (parts.output, parts.rejected, parts.articles):
        _refuse_overwriting(inputs, own)
    targets = read_targets(target_options, target_file)
    records = read_articles(inputs, columns)
    place = chosen(models)
    folders = find_models(place)
    confidence = confidences(folders, least)
    if not quiet and (tasks := shipping(folders)):
        console.print(f"models that ship with qawl: {', '.join(tasks)}", highlight=False)
    if least is None and not quiet:
        each = ", ".join(f"{task} {own:.2f}" for task, own in confidence.items())
        console.print(f"abstaining under: {each}", highlight=False)
    question = Question(tuple(targets), confidence)
    fingerprints = {task: fingerprint(folder) for task, folder in folders.items()}
    if cluster is None:
        opening: AbstractContextManager[Engine] = local_engine(folders, question)
    else:
        opening = ray_engine(cluster, place, folders, fingerprints, question, console.print)
    with opening as engine:
        settings = {
            "qawl": __version__,
            "targets": targets,
            "min_confidence": confidence if least is None else least,
            "columns": dict(columns),
            "models": fingerprints,
            "precision": engine.precision,
        }
        try:
            with parts.job(settings, resume=resume):
                with job_progress(console, quiet=quiet) as progress:
                    progress.count(inputs)
                    done = _pass_over(records, parts, progress)
                    for chunk, answers in scored(records, engine):
                        part, rows = _part(chunk, answers, done, console)
                        parts.write(part, rows, chunk.records)
                        progress.advance(part.records, len(rows))
                summary, rejected = parts.finish()
        except OSError as error:
            remedy = "what is finished stays; mend it, then run the same command with --resume"
            raise InputError(error.filename or parts.folder, error.strerror or str(error), remedy=remedy) from error
    if not quiet:
        summary.show(console)
        console.print(f"{output}: {summary.sentences} rows", highlight=False, markup=False)
    if rejected:
        said = f"{rejected} {'row' if rejected == 1 else 'rows'} rejected: see {parts.rejected}"
        console.print(said, style="yellow", highlight=False, markup=False)
    return rejected


@dataclass
class _Done:
    """Where the next part begins: how many there are, and the digest of all that was read for them."""

    parts: int
    digest: Digest


def _pass_over(records: Iterator[Record], parts: Parts, progress: JobProgress) -> _Done:
    """Read what an earlier run has scored, and make sure that it is the same."""
    done = _Done(0, Digest())
    first = 1
    for part in parts.done():
        for record in islice(records, part.records):
            done.digest.add(record)
        last = first + part.records - 1
        if str(done.digest) != part.digest:
            problem = f"the input has changed since the job began: articles {first} to {last} are not the ones scored"
            remedy = f"give the same input, or remove {parts.folder} to begin anew"
            raise InputError(parts.output, problem, remedy=remedy)
        first = last + 1
        done.parts += 1
        progress.skip(part.records)
    return done


def _part(chunk: Chunk, answers: Scored, done: _Done, console: Console) -> tuple[Part, list[ScoredRow]]:
    summary = Summary()
    rows: list[ScoredRow] = []
    for article, own in zip(chunk.articles, answers, strict=True):
        if not has_arabic(article.text):
            console.print(f"{article.id}: no Arabic in it; its rows are abstentions", style="yellow", markup=False)
        summary.add(own)
        rows += own
    for record in chunk.records:
        done.digest.add(record)
    rejected = sum(isinstance(record, Rejected) for record in chunk.records)
    extracted = sum(map(is_extracted, chunk.records))
    part = Part(done.parts, len(chunk.records), rejected, extracted, str(done.digest), summary.as_dict())
    done.parts += 1
    return part, rows


def _refuse_overwriting(inputs: Sequence[str], output: Path) -> None:
    """Refuse an output file among the inputs: what one run wrote, parts too, the next would read as articles."""
    place = output.resolve()
    for given in inputs:
        if given == STDIN or "://" in given:
            continue
        own = Path(given).resolve()
        if own in (place, *place.parents) or (has_magic(given) and _matches(place.parts, own.parts)):
            raise InputError(output, f"is itself among the inputs ({given})", remedy="write somewhere else")


def _matches(place: Sequence[str], pattern: Sequence[str]) -> bool:
    """Tell whether a pattern finds a path, or a folder above it, of which then every file is read."""
    if not pattern:
        return True
    if pattern[0] == "**":
        return any(_matches(place[at:], pattern[1:]) for at in range(len(place) + 1))
    return bool(place) and fnmatchcase(place[0], pattern[0]) and _matches(place[1:], pattern[1:])
