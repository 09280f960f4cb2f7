"""Print the tables of a labelled corpus; on demand put them into its card and draw three pictures.

usage: python data/describe.py data/corpus [--card data/README.md] [--pictures data/pictures]

The counting is `qawl.data.stats`, the tables are those of `qawl validate --stats`. The card's are replaced
between the lines `<!-- stats -->` and `<!-- /stats -->`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qawl.data.files import read_text, whole_file
from qawl.data.stats import VOICES, Counts, count, measure, read_splits, tables, voices
from qawl.errors import InputError
from qawl.records import STANCES, TOPICS, Article

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MARKERS = "<!-- stats -->", "<!-- /stats -->"
# Paul Tol's "bright" and "vibrant" schemes, which colour-blind readers can tell apart
SPLIT_COLOURS = ("#4477AA", "#CCBB44", "#EE6677", "#AA3377", "#66CCEE")
STANCE_COLOURS = {"favor": "#0077BB", "against": "#EE7733", "none": "#DDDDDD"}
VOICE_COLOURS = {"narrator": "#DDDDDD", "explicit": "#0077BB", "implicit": "#EE7733"}

Splits = Mapping[str, Sequence[Article]]


def put_into(card: Path, printed: str) -> None:
    """Replace what stands between the card's two markers."""
    text = read_text(card)
    opening, closing = MARKERS
    if text.count(opening) != 1 or text.count(closing) != 1 or text.index(opening) > text.index(closing):
        remedy = f"put {opening} and {closing} around the place of the tables, each on a line of its own"
        raise InputError(card, "not one pair of markers", remedy=remedy)
    before, rest = text.split(opening)
    with whole_file(card) as stream:
        stream.write(f"{before}{opening}\n{printed}{closing}{rest.split(closing)[1]}")


def draw(splits: Splits, folder: Path) -> list[Path]:
    """Draw topics, stance and attribution; return the files."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    counts = {name: count(articles) for name, articles in splits.items()}
    folder.mkdir(parents=True, exist_ok=True)
    style: dict[Any, Any] = {
        "font.size": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlelocation": "left",
    }
    pictures = {
        "topics": (4.6, lambda figure: draw_topics(figure, counts)),
        "stance": (0.9 + 0.5 * len(splits), lambda figure: draw_stance(figure, counts)),
        "speakers": (3.2, lambda figure: draw_speakers(figure, splits)),
    }
    drawn = []
    for name, (height, make) in pictures.items():
        with rc_context(style):
            figure = Figure(figsize=(7.6, height), layout="constrained")
            make(figure)
            drawn.append(folder / f"{name}.png")
            figure.savefig(drawn[-1], dpi=120, metadata={"Software": None})
    return drawn


def draw_topics(figure: Figure, splits: Mapping[str, Counts]) -> None:
    """Bars of sentences a topic, the splits stacked."""
    axes = figure.subplots()
    order = sorted(TOPICS, key=lambda topic: sum(own.topics[topic] for own in splits.values()))
    left = dict.fromkeys(order, 0)
    for (name, own), colour in zip(splits.items(), SPLIT_COLOURS, strict=False):
        axes.barh(order, [own.topics[topic] for topic in order], left=list(left.values()), color=colour, label=name)
        left = {topic: left[topic] + own.topics[topic] for topic in order}
    for topic in order:
        axes.text(left[topic] + 2, topic, f"{left[topic]}", va="center", color="#555555", fontsize=8)
    axes.set_title("Sentences of each topic")
    axes.set_xlabel("sentences")
    axes.legend(frameon=False, loc="lower right")


def draw_stance(figure: Figure, splits: Mapping[str, Counts]) -> None:
    """One bar a split, divided by stance."""
    axes = figure.subplots()
    counts = [own.stances for own in splits.values()]
    totals = [max(1, sum(own.values())) for own in counts]
    left = [0.0] * len(splits)
    for label in STANCES:
        parts = [own[label] / total for own, total in zip(counts, totals, strict=True)]
        axes.barh(list(splits), parts, left=left, color=STANCE_COLOURS[label], label=label, height=0.65)
        for row, part in enumerate(parts):
            # A narrow bar has room for the count alone.
            text = f"{counts[row][label]:,}" + (f" ({part:.0%})" if part > 0.08 else "")
            colour = "black" if label == "none" else "white"
            axes.text(left[row] + part / 2, row, text, ha="center", va="center", color=colour, fontsize=8)
        left = [start + part for start, part in zip(left, parts, strict=True)]
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.set_title("Stance of (sentence, target) pairs", pad=22)
    axes.legend(frameon=False, ncols=3, loc="lower left", bbox_to_anchor=(-0.01, 0.97))


def draw_speakers(figure: Figure, splits: Splits) -> None:
    """One bar an article, grouped by split and divided by whose words its sentences are."""
    # Splits of a few articles would have no room for their name.
    widest = max(map(len, splits.values()))
    widths = [max(len(articles), 0.12 * widest) for articles in splits.values()]
    row = figure.subplots(1, len(splits), sharey=True, gridspec_kw={"width_ratios": widths}, squeeze=False)[0]
    for axes, (name, articles) in zip(row, splits.items(), strict=True):
        counts = sorted(map(voices, articles), key=lambda own: own["narrator"] / own.total())
        bottom = [0.0] * len(counts)
        for voice in VOICES:
            parts = [own[voice] / own.total() for own in counts]
            axes.bar(range(len(counts)), parts, bottom=bottom, color=VOICE_COLOURS[voice], label=voice, width=1)
            bottom = [start + part for start, part in zip(bottom, parts, strict=True)]
        axes.set_xticks([])
        axes.set_xlim(-0.5, max(1, len(counts)) - 0.5)
        axes.set_ylim(0, 1)
        axes.set_xlabel(f"{name}\n{len(counts)} articles")
    row[0].yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    row[0].set_ylabel("sentences of the article")
    handles, labels = row[0].get_legend_handles_labels()
    row[0].set_title("Whose words: one bar an article", pad=10)
    figure.legend(handles, labels, frameon=False, ncols=3, loc="outside lower center")


def main() -> None:
    """Describe the corpus named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="a folder of *.jsonl, one a split, or one such file")
    parser.add_argument("--card", type=Path, metavar="README.md", help="put the tables between its markers")
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="draw PNG pictures into this folder")
    options = parser.parse_args()
    try:
        splits = {name: articles for name, articles in read_splits(options.data).items() if articles}
        if not splits:
            sys.exit(f"{options.data}: no article that passes `qawl validate`")
        printed = tables(measure(splits))
        sys.stdout.write(printed)
        if options.card:
            put_into(options.card, printed)
    except InputError as error:
        sys.exit(str(error))
    if options.pictures:
        for path in draw(splits, options.pictures):
            sys.stderr.write(f"{path}\n")


if __name__ == "__main__":
    main()
