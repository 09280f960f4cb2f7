"""What lies in a corpus, counted a split and in all, and written as Markdown tables."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from ..arabic.normalise import fold, plain
from ..errors import InputError
from ..records import STANCES, TOPICS, Article
from .articles import parse_article
from .constructions import CONSTRUCTIONS, constructions, cue_lemmas, steps_back
from .loaders import SPLITS
from .standoff import read_rows
from .validate import check_article, corpus_files

FILES = (*SPLITS, "seeds")
VOICES = ("narrator", "explicit", "implicit")
ALL = "all"
TWIN = 0.7
"""Jaccard similarity of three-word shingles from which two sentences are near twins."""
TWIN_WORDS = 6
"""Shorter sentences are alike by chance («وأضاف قائلا:») and are not compared."""
_WORD = re.compile(r"\w+")

Splits = Mapping[str, Sequence[Article]]


@dataclass(frozen=True, slots=True)
class Counts:
    """The counts of some articles. `steps` are those of implicit speakers: how many sentences back they are named.

    `names` (of speakers), `targets` and `lemmas` (of the cues of sentences with a speaker) are folded.
    """

    lengths: tuple[int, ...]
    words: int
    entities: int
    voices: Mapping[str, int]
    steps: tuple[int, ...]
    stances: Mapping[str, int]
    narrated: Mapping[str, int]
    topics: Mapping[str, int]
    constructions: Mapping[str, int]
    names: frozenset[str]
    targets: frozenset[str]
    lemmas: frozenset[str]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the tables. Of its sentences of six words or more (`compared`), `twins` have a near twin."""

    name: str
    counts: Counts
    compared: int
    twins: int


def read_splits(data: Path, texts: Path | None = None) -> dict[str, list[Article]]:
    """Return the articles of each file, in the usual order of splits; what does not pass its checks is left out."""
    files = corpus_files(data)
    files.sort(key=lambda file: (FILES.index(file.stem) if file.stem in FILES else len(FILES), file.stem))
    return {file.stem: list(_sound_articles(file, texts)) for file in files}


def _sound_articles(file: Path, texts: Path | None) -> Iterator[Article]:
    rows = read_rows(file, texts)
    while True:
        try:
            line, row = next(rows)
            article = parse_article(row, file, line)
        except StopIteration:
            return
        except InputError:
            # a row that does not fit is passed over; after a line that is no JSON at all the iterator ends
            continue
        if not any(check_article(article)):
            yield article


def count(articles: Iterable[Article]) -> Counts:
    """Count what lies in some articles."""
    known = list(articles)
    sentences = [sentence for article in known for sentence in article.sentences]
    return Counts(
        lengths=tuple(len(article.sentences) for article in known),
        words=sum(len(article.text.split()) for article in known),
        entities=sum(len(article.entities) for article in known),
        voices=sum((voices(article) for article in known), Counter()),
        steps=tuple(
            steps
            for article in known
            for index in range(len(article.sentences))
            if (steps := steps_back(article.sentences, index))
        ),
        stances=Counter(label for sentence in sentences for label in sentence.stance.values()),
        narrated=Counter(
            label for sentence in sentences if sentence.speaker is None for label in sentence.stance.values()
        ),
        topics=Counter(sentence.topic for sentence in sentences if sentence.topic is not None),
        constructions=sum((constructions(article) for article in known), Counter()),
        names=frozenset(fold(entity.name) for article in known for entity in article.entities),
        targets=frozenset(fold(target) for article in known for target in article.targets),
        lemmas=frozenset(lemma for article in known for lemma in cue_lemmas(article)),
    )


def voices(article: Article) -> Counter[str]:
    """Count the sentences of the narrator, of speakers named in the sentence and of those named before it."""
    return Counter(
        "narrator" if said.speaker is None else "explicit" if said.speaker.start >= said.start else "implicit"
        for said in article.sentences
    )


def measure(splits: Splits) -> list[Column]:
    """Return a column for each split and, where there are several, one for all of them."""
    found = iter(near_twins([_words(text) for articles in splits.values() for text in _texts(articles)]))
    twins = {name: [next(found) for _ in _texts(articles)] for name, articles in splits.items()}
    groups = {name: (list(articles), twins[name]) for name, articles in splits.items()}
    if len(groups) > 1:
        everything = [article for articles in splits.values() for article in articles]
        groups[ALL] = (everything, [twin for name in splits for twin in twins[name]])
    return [
        Column(name, count(articles), sum(twin is not None for twin in own), sum(twin is True for twin in own))
        for name, (articles, own) in groups.items()
    ]


def _texts(articles: Iterable[Article]) -> Iterator[str]:
    return (article.text[said.start : said.end] for article in articles for said in article.sentences)


def _words(text: str) -> list[str]:
    return _WORD.findall(plain(text))


def near_twins(sentences: Sequence[Sequence[str]]) -> list[bool | None]:
    """Tell of each sentence, given as words, whether another one is a near twin; None of one too short to compare."""
    shingles = [
        {tuple(words[at : at + 3]) for at in range(len(words) - 2)} if len(words) >= TWIN_WORDS else set()
        for words in sentences
    ]
    holders: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    twins: list[bool | None] = [False if own else None for own in shingles]
    for index, own in enumerate(shingles):
        for other, shared in Counter(earlier for shingle in own for earlier in holders[shingle]).items():
            if shared >= TWIN * (len(own) + len(shingles[other]) - shared):
                twins[index] = twins[other] = True
        for shingle in own:
            holders[shingle].append(index)
    return twins


def tables(columns: Sequence[Column]) -> str:
    """Return all tables as Markdown."""
    counts = [column.counts for column in columns]
    parts = [
        _table("size", columns, _sizes(columns)),
        _table("speaker", columns, _speakers(counts)),
        _table("stance", columns, _stances(counts)),
        _table("topic", columns, _topics(counts)),
        _table("how a speaker is introduced", columns, _introductions(counts)),
    ]
    train = next((column.counts for column in columns if column.name == "train"), None)
    others = [column for column in columns if column.name not in ("train", ALL)]
    if train is not None and others:
        parts.append(_table("never in train", others, _novelties(train, [column.counts for column in others])))
    return "\n".join(parts)


def _table(first: str, columns: Sequence[Column], rows: Mapping[str, Sequence[object]]) -> str:
    lines = [f"| {' | '.join([first, *(column.name for column in columns)])} |"]
    lines.append(f"|{' --- |' + ' ---: |' * len(columns)}")
    cells = (map(_cell, row) for row in rows.values())
    lines += [f"| {' | '.join([label, *row])} |" for label, row in zip(rows, cells, strict=True)]
    return "\n".join(lines) + "\n"


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _share(part: int, whole: int, digits: int = 0) -> str:
    return f"{part:,} ({part / whole:.{digits}%})" if whole else "0"


def _sizes(columns: Sequence[Column]) -> dict[str, Sequence[object]]:
    counts = [column.counts for column in columns]
    return {
        "articles": [len(own.lengths) for own in counts],
        "sentences": [sum(own.lengths) for own in counts],
        "sentences an article: min / median / max": [
            f"{min(own.lengths)} / {median(own.lengths):g} / {max(own.lengths)}" if own.lengths else ""
            for own in counts
        ],
        "words": [own.words for own in counts],
        "entities (speakers, an article)": [own.entities for own in counts],
        "targets (different ones)": [len(own.targets) for own in counts],
        "sentences with a near twin": [_share(column.twins, column.compared, 1) for column in columns],
    }


def _speakers(counts: Sequence[Counts]) -> dict[str, Sequence[object]]:
    labels = {"narrator": "no speaker", "explicit": "named in the sentence", "implicit": "named before it"}
    rows: dict[str, Sequence[object]] = {
        f"{voice} ({labels[voice]})": [_share(own.voices[voice], sum(own.lengths)) for own in counts]
        for voice in VOICES
    }
    rows["implicit: sentences back, most"] = [max(own.steps, default="") for own in counts]
    return rows


def _stances(counts: Sequence[Counts]) -> dict[str, Sequence[object]]:
    rows: dict[str, Sequence[object]] = {"(sentence, target) pairs": [sum(own.stances.values()) for own in counts]}
    rows |= {
        f"`{label}`": [_share(own.stances[label], sum(own.stances.values())) for own in counts] for label in STANCES
    }
    rows["the narrator's pairs"] = [sum(own.narrated.values()) for own in counts]
    rows["of them, taking a side"] = [own.narrated["favor"] + own.narrated["against"] for own in counts]
    return rows


def _topics(counts: Sequence[Counts]) -> dict[str, Sequence[object]]:
    order = sorted(TOPICS, key=lambda topic: -counts[-1].topics[topic])
    return {f"`{topic}`": [own.topics[topic] for own in counts] for topic in order}


def _introductions(counts: Sequence[Counts]) -> dict[str, Sequence[object]]:
    rows = {name: [own.constructions[name] for own in counts] for name in CONSTRUCTIONS}
    spoken = [sum(own.lengths) - own.voices["narrator"] for own in counts]
    return {"sentences with a speaker": spoken, **rows}


def _novelties(train: Counts, others: Sequence[Counts]) -> dict[str, Sequence[object]]:
    def new(own: frozenset[str], known: frozenset[str]) -> str:
        return f"{len(own - known)} of {len(own)} ({len(own - known) / len(own):.0%})" if own else "0"

    return {
        "names of speakers": [new(own.names, train.names) for own in others],
        "targets": [new(own.targets, train.targets) for own in others],
        "lemmas of cues": [new(own.lemmas, train.lemmas) for own in others],
    }
