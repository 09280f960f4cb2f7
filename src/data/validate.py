"""The checks of a corpus. Each finding names the file, the line and the remedy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..arabic.normalise import fold
from ..errors import InputError
from ..records import STANCES, TOPICS, Article, Sentence

NEAR_DUPLICATE = 0.7
"""Jaccard similarity of three-word shingles from which two articles count as one told twice."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a corpus, and what to do about it."""

    path: str
    line: int
    problem: str
    remedy: str

    def __str__(self) -> str:
        """Return the finding as editors and terminals make it clickable."""
        return f"{self.path}:{self.line}: {self.problem} — {self.remedy}"


def corpus_files(data: Path) -> list[Path]:
    """Return the JSONL files of a corpus: the file itself, or those in the folder; an error where there are none."""
    if data.is_file():
        return [data]
    files = sorted(data.glob("*.jsonl"))
    if not files:
        problem = "a folder without *.jsonl" if data.is_dir() else "no such file or folder"
        raise InputError(data, problem, remedy="give a JSONL file of labelled articles, or a folder of them")
    return files


def validate(data: Path, texts: Path | None = None) -> tuple[list[Finding], int, int]:
    """Check a corpus; return the findings, the number of articles and the number of sentences.

    A folder's files are its splits: what stands in two of them is a leak. `texts` is the folder with the texts of
    labels that come without.
    """
    from .articles import parse_article
    from .standoff import read_rows

    findings: list[Finding] = []
    read: list[tuple[Path, int, Article]] = []
    for path in corpus_files(data):
        rows = 0
        try:
            for line, row in read_rows(path, texts):
                rows += 1
                try:
                    article = parse_article(row, path, line)
                except InputError as error:
                    findings.append(Finding(str(path), line, error.problem, error.remedy))
                    continue
                findings += [Finding(str(path), line, *found) for found in check_article(article)]
                read.append((path, line, article))
            if not rows:
                findings.append(Finding(str(path), 1, "no article in it", "add articles or remove the file"))
        except InputError as error:
            findings.append(Finding(str(path), error.line or 1, error.problem, error.remedy))
    findings += _same_ids(read)
    findings += _near_duplicates(read)
    return findings, len(read), sum(len(article.sentences) for _, _, article in read)


def check_article(article: Article) -> Iterator[tuple[str, str]]:
    """Yield (problem, remedy) for what is wrong inside one labelled article."""
    if any(not target.strip() for target in article.targets):
        yield "an empty target", "name the target or remove it"
    if len(set(article.targets)) != len(article.targets):
        yield "a target listed twice", "keep it once"
    names = [entity.name for entity in article.entities]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"two entities are named «{name}»", "join them"
    end = 0
    for index, sentence in enumerate(article.sentences):
        for problem, remedy in _check_sentence(article, sentence, end):
            yield f"sentence {index}: {problem}", remedy
        end = max(end, sentence.end)


def _check_sentence(article: Article, sentence: Sentence, previous_end: int) -> Iterator[tuple[str, str]]:
    if not 0 <= sentence.start < sentence.end <= len(article.text):
        problem = f"offsets {sentence.start}:{sentence.end} lie outside the text of {len(article.text)} characters"
        yield problem, "count characters of the text as it stands in the file, end exclusive"
        return
    if sentence.start < previous_end:
        yield f"starts at {sentence.start}, before the sentence above ends", "sentences stand in order, apart"
    text = article.text[sentence.start : sentence.end]
    if text != text.strip():
        yield "blanks at its edges", "move its offsets to the first and last character that is no blank"
    if sentence.topic is not None and sentence.topic not in TOPICS:
        yield f"unknown topic {sentence.topic!r}", f"use one of {', '.join(TOPICS)}"
    for target, label in sentence.stance.items():
        if target not in article.targets:
            yield f"a stance toward «{target}», which `targets` lacks", "add the target, or mend its spelling"
        if label not in STANCES:
            yield f"unknown stance {label!r}", f"use one of {', '.join(STANCES)}"
    yield from _check_mention(article, sentence)


def _check_mention(article: Article, sentence: Sentence) -> Iterator[tuple[str, str]]:
    mention = sentence.speaker
    if mention is None:
        return
    if not 0 <= mention.start < mention.end <= sentence.end:
        problem = f"the mention's offsets {mention.start}:{mention.end} lie outside the text up to this sentence's end"
        yield problem, "point to this sentence or an earlier one"
        return
    said = article.text[mention.start : mention.end]
    if said != said.strip():
        yield f"blanks at the edges of the mention «{said}»", "point to the words alone"
    if mention.entity not in [entity.name for entity in article.entities]:
        yield f"the speaker «{mention.entity}» is not in `entities`", "add it there with its aliases"
    elif said.strip() not in article.entity(mention.entity).names:
        problem = f"the mention is «{said}», which is no name of «{mention.entity}»"
        yield problem, "mend the offsets, or add it to the aliases"


def _same_ids(read: list[tuple[Path, int, Article]]) -> Iterator[Finding]:
    seen: dict[str, tuple[Path, int]] = {}
    for path, line, article in read:
        if article.id in seen:
            first, first_line = seen[article.id]
            leak = " (a leak between splits)" if first != path else ""
            problem = f"id {article.id!r} stands already at {first}:{first_line}{leak}"
            yield Finding(str(path), line, problem, "give each article an id of its own, in one split")
        else:
            seen[article.id] = (path, line)


def _near_duplicates(read: list[tuple[Path, int, Article]]) -> Iterator[Finding]:
    from datasketch import MinHash, MinHashLSH

    # 32 bands of 4: of the pairs at the threshold, the index misses one in 6,000; its own choice missed half.
    index = MinHashLSH(params=(32, 4), num_perm=128)
    shingles: list[set[str]] = []
    for number, (path, line, article) in enumerate(read):
        words = fold(article.text).split()
        own = {" ".join(words[at : at + 3]) for at in range(max(1, len(words) - 2))}
        shingles.append(own)
        digest = MinHash(num_perm=128, seed=1)
        digest.update_batch([shingle.encode("utf-8", "surrogatepass") for shingle in own])
        for other in sorted(index.query(digest)):
            shared = len(own & shingles[other]) / len(own | shingles[other])
            # The index finds candidates; the sets decide.
            if shared < NEAR_DUPLICATE:
                continue
            first, first_line, twin = read[other]
            leak = ", a leak between splits" if first != path else ""
            problem = f"{shared:.0%} the same as article {twin.id!r} at {first}:{first_line}{leak}"
            yield Finding(str(path), line, f"near-duplicate: {problem}", "keep one of the two, in one split")
        index.insert(number, digest)
