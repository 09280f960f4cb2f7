"""Count what lies in a labelled corpus; print the tables as Markdown and, on demand, draw three pictures.

usage: python data/describe.py data/corpus [--pictures data/pictures]

Every *.jsonl of the folder is a split. Where a split holds seed articles (`origin` begins with "seed"), they
are counted in the split and once more in a column of their own.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import TYPE_CHECKING, Any

from qawl.data.articles import iter_articles
from qawl.data.validate import corpus_files
from qawl.errors import InputError
from qawl.records import STANCES, TOPICS, Article

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SPLITS = ("train", "validation", "test")
ATTRIBUTIONS = ("narrator", "named here", "named before")
# Paul Tol's "bright" and "vibrant" schemes, which colour-blind readers can tell apart
SPLIT_COLOURS = ("#4477AA", "#CCBB44", "#EE6677", "#AA3377", "#66CCEE")
STANCE_COLOURS = {"favor": "#0077BB", "against": "#EE7733", "none": "#DDDDDD"}
ATTRIBUTION_COLOURS = {"narrator": "#DDDDDD", "named here": "#0077BB", "named before": "#EE7733"}


@dataclass(frozen=True)
class Column:
    """A column of the tables: a split, or the seeds inside one."""

    name: str
    articles: tuple[Article, ...]
    is_split: bool = True


def read_columns(data: Path) -> list[Column]:
    """Return the splits in their usual order, each followed by its seeds where it mixes these with others."""
    splits = {path.stem: tuple(article for _, article in iter_articles(path)) for path in corpus_files(data)}
    columns = []
    for name in sorted(splits, key=lambda split: (SPLITS.index(split) if split in SPLITS else len(SPLITS), split)):
        columns.append(Column(name, splits[name]))
        seeds = tuple(article for article in splits[name] if article.origin.startswith("seed"))
        if 0 < len(seeds) < len(splits[name]):
            columns.append(Column(f"of {name}: seeds", seeds, is_split=False))
    return columns


def attributions(article: Article) -> Counter[str]:
    """Count the sentences of the narrator, of speakers named in the sentence and of speakers named before it."""
    counts: Counter[str] = Counter()
    for sentence in article.sentences:
        if sentence.speaker is None:
            counts["narrator"] += 1
        else:
            counts["named here" if sentence.speaker.start >= sentence.start else "named before"] += 1
    return counts


def distances(article: Article) -> Iterator[int]:
    """Yield, for each speaker that is named before the sentence, how many sentences back the mention stands."""
    for index, sentence in enumerate(article.sentences):
        if sentence.speaker is not None and sentence.speaker.start < sentence.start:
            start = sentence.speaker.start
            yield index - max(at for at, other in enumerate(article.sentences) if other.start <= start)


def stances(articles: Sequence[Article], *, spoken: bool | None = None) -> Counter[str]:
    """Count stance labels: of all sentences, or of those with (`spoken`) or without a speaker."""
    return Counter(
        label
        for article in articles
        for sentence in article.sentences
        if spoken is None or spoken == (sentence.speaker is not None)
        for label in sentence.stance.values()
    )


def topics(articles: Sequence[Article]) -> Counter[str]:
    """Count the topics of sentences."""
    return Counter(sentence.topic or "(none)" for article in articles for sentence in article.sentences)


def names(articles: Sequence[Article]) -> set[str]:
    """Return the names of all entities."""
    return {entity.name for article in articles for entity in article.entities}


def targets(articles: Sequence[Article]) -> set[str]:
    """Return the targets of all articles."""
    return {target for article in articles for target in article.targets}


def share(part: int, whole: int) -> str:
    """Return a count with its share of the whole."""
    return f"{part:,} ({part / whole:.0%})" if whole else "0"


def table(columns: Sequence[Column], first: str, rows: Mapping[str, Sequence[object]]) -> str:
    """Return a Markdown table whose columns are the splits."""
    lines = [f"| {' | '.join([first, *(column.name for column in columns)])} |"]
    lines.append(f"|{' --- |' + ' ---: |' * len(columns)}")
    lines += [f"| {' | '.join([label, *map(str, cells)])} |" for label, cells in rows.items()]
    return "\n".join(lines) + "\n"


def size_table(columns: Sequence[Column]) -> str:
    """Articles, sentences, words, speakers and targets of each split."""
    sentences = [[len(article.sentences) for article in column.articles] for column in columns]
    words = [sum(len(article.text.split()) for article in column.articles) for column in columns]
    speakers = [sum(len(article.entities) for article in column.articles) for column in columns]
    asked = [sum(len(article.targets) for article in column.articles) for column in columns]
    rows: dict[str, Sequence[object]] = {
        "articles": [len(column.articles) for column in columns],
        "sentences": [f"{sum(counts):,}" for counts in sentences],
        "sentences an article, median": [f"{median(counts):g}" for counts in sentences],
        "words": [f"{count:,}" for count in words],
        "speakers (entities)": speakers,
        "speakers an article, mean": [f"{n / len(c.articles):.1f}" for n, c in zip(speakers, columns, strict=True)],
        "targets": asked,
    }
    return table(columns, "size", rows)


def speaker_table(columns: Sequence[Column]) -> str:
    """How sentences are attributed, and how far back implicit speakers are named."""
    counts = [sum((attributions(article) for article in column.articles), Counter()) for column in columns]
    back = [[steps for article in column.articles for steps in distances(article)] for column in columns]
    rows: dict[str, Sequence[object]] = {
        "narrator (no speaker)": [share(count["narrator"], count.total()) for count in counts],
        "speaker named in the sentence (explicit)": [share(count["named here"], count.total()) for count in counts],
        "speaker named before it (implicit)": [share(count["named before"], count.total()) for count in counts],
        "implicit: sentences back, mean": [f"{mean(steps):.1f}" if steps else "" for steps in back],
        "implicit: sentences back, most": [max(steps, default="") for steps in back],
    }
    return table(columns, "speaker", rows)


def topic_table(columns: Sequence[Column]) -> str:
    """Sentences of each topic, the commonest first."""
    total = topics([article for column in columns if column.is_split for article in column.articles])
    order = sorted([*TOPICS, *(total.keys() - set(TOPICS))], key=lambda topic: -total[topic])
    counts = [topics(column.articles) for column in columns]
    return table(columns, "topic", {f"`{topic}`": [count[topic] for count in counts] for topic in order})


def stance_table(columns: Sequence[Column]) -> str:
    """(Sentence, target) pairs of each stance, and those of the narrator alone."""
    counts = [stances(column.articles) for column in columns]
    narrated = [stances(column.articles, spoken=False) for column in columns]
    rows: dict[str, Sequence[object]] = {"pairs": [f"{count.total():,}" for count in counts]}
    rows |= {f"`{label}`": [share(count[label], count.total()) for count in counts] for label in STANCES}
    rows["the narrator's pairs"] = [f"{count.total():,}" for count in narrated]
    rows["of them `favor` or `against`"] = [count["favor"] + count["against"] for count in narrated]
    return table(columns, "stance", rows)


def overlap_table(columns: Sequence[Column]) -> str:
    """What a split shares with `train` by its exact string: names of speakers and targets."""
    train = next((column.articles for column in columns if column.name == "train"), ())
    others = [column for column in columns if column.name != "train"]
    rows = {
        "names of speakers, also in train": [
            f"{len(names(column.articles) & names(train))} of {len(names(column.articles))}" for column in others
        ],
        "targets, also in train": [
            f"{len(targets(column.articles) & targets(train))} of {len(targets(column.articles))}" for column in others
        ],
    }
    return table(others, "shared with train", rows)


def describe(columns: Sequence[Column]) -> str:
    """Return all tables."""
    tables = [size_table, speaker_table, stance_table, topic_table, overlap_table]
    return "\n".join(make(columns) for make in tables)


def draw(columns: Sequence[Column], folder: Path) -> list[Path]:
    """Draw topics, stance and attribution; return the files."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    splits = [column for column in columns if column.is_split]
    folder.mkdir(parents=True, exist_ok=True)
    style: dict[Any, Any] = {
        "font.size": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlelocation": "left",
    }
    drawn = []
    for name, make, height in (
        ("topics", draw_topics, 4.6),
        ("stance", draw_stance, 0.9 + 0.5 * len(splits)),
        ("speakers", draw_speakers, 3.2),
    ):
        with rc_context(style):
            figure = Figure(figsize=(7.6, height), layout="constrained")
            make(figure, splits)
            drawn.append(folder / f"{name}.png")
            figure.savefig(drawn[-1], dpi=120, metadata={"Software": None})
    return drawn


def draw_topics(figure: Figure, splits: Sequence[Column]) -> None:
    """Bars of sentences a topic, the splits stacked."""
    axes = figure.subplots()
    total = topics([article for column in splits for article in column.articles])
    order = sorted(TOPICS, key=lambda topic: total[topic])
    left = dict.fromkeys(order, 0)
    for column, colour in zip(splits, SPLIT_COLOURS, strict=False):
        count = topics(column.articles)
        axes.barh(order, [count[topic] for topic in order], left=list(left.values()), color=colour, label=column.name)
        left = {topic: left[topic] + count[topic] for topic in order}
    for topic in order:
        axes.text(left[topic] + 2, topic, f"{left[topic]}", va="center", color="#555555", fontsize=8)
    axes.set_title("Sentences of each topic")
    axes.set_xlabel("sentences")
    axes.legend(frameon=False, loc="lower right")


def draw_stance(figure: Figure, splits: Sequence[Column]) -> None:
    """One bar a split, divided by stance."""
    axes = figure.subplots()
    labels = [column.name for column in splits]
    left = [0.0] * len(splits)
    for label in STANCES:
        counts = [stances(column.articles) for column in splits]
        parts = [count[label] / max(1, count.total()) for count in counts]
        axes.barh(labels, parts, left=left, color=STANCE_COLOURS[label], label=label, height=0.65)
        for row, part in enumerate(parts):
            text = f"{counts[row][label]:,} ({part:.0%})"
            colour = "black" if label == "none" else "white"
            axes.text(left[row] + part / 2, row, text, ha="center", va="center", color=colour, fontsize=8)
        left = [start + part for start, part in zip(left, parts, strict=True)]
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.set_title("Stance of (sentence, target) pairs", pad=22)
    axes.legend(frameon=False, ncols=3, loc="lower left", bbox_to_anchor=(-0.01, 0.97))


def draw_speakers(figure: Figure, splits: Sequence[Column]) -> None:
    """One bar an article, grouped by split and divided by attribution."""
    widths = [len(column.articles) for column in splits]
    row = figure.subplots(1, len(splits), sharey=True, gridspec_kw={"width_ratios": widths}, squeeze=False)[0]
    for axes, column in zip(row, splits, strict=True):
        counts = sorted(map(attributions, column.articles), key=lambda count: count["narrator"] / count.total())
        bottom = [0.0] * len(counts)
        for kind in ATTRIBUTIONS:
            parts = [count[kind] / count.total() for count in counts]
            axes.bar(range(len(counts)), parts, bottom=bottom, color=ATTRIBUTION_COLOURS[kind], label=kind, width=0.82)
            bottom = [start + part for start, part in zip(bottom, parts, strict=True)]
        axes.set_xticks([])
        axes.set_xlim(-0.7, len(counts) - 0.3)
        axes.set_ylim(0, 1)
        axes.set_xlabel(f"{column.name}: {len(counts)} articles")
    row[0].yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    row[0].set_ylabel("sentences of the article")
    handles, labels = row[0].get_legend_handles_labels()
    row[0].set_title("Whose words: one bar an article", pad=10)
    figure.legend(handles, labels, frameon=False, ncols=3, loc="outside lower center")


def main() -> None:
    """Describe the corpus named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="a folder of *.jsonl, one a split, or one such file")
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="draw PNG pictures into this folder")
    options = parser.parse_args()
    try:
        columns = read_columns(options.data)
    except InputError as error:
        sys.exit(str(error))
    if empty := [column.name for column in columns if not column.articles]:
        sys.exit(f"{options.data}: no article in {', '.join(empty)}")
    sys.stdout.write(describe(columns))
    if options.pictures:
        for path in draw(columns, options.pictures):
            sys.stderr.write(f"{path}\n")


if __name__ == "__main__":
    main()
