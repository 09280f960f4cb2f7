"""How well mentions of speakers are gathered into entities: B³ over the gold mentions of labelled articles.

usage: python experiments/entities.py FILE… [--texts FOLDER] [--resamples 1000]

A mention is a place of the text that some sentence's label gives as its speaker's name; its gold cluster is the
entity of that label. Intervals: 95% percentile bootstrap over articles.

The last columns are of names across articles, as far as labels of single articles tell: every name and alias of a
speaker goes into one batch, as though each were of an article of its own. Of the pairs of strings of one article that
`link_names` joins, the share that is of one entity (precision); of those of one entity, the share it joins (recall,
low by design: an office without a name joins nobody).
"""

from __future__ import annotations

import argparse
import sys
from functools import reduce
from itertools import combinations
from operator import add
from pathlib import Path

import numpy as np
from qawl.arabic.entities import gather
from qawl.arabic.linking import link_names
from qawl.data.loaders import read_articles
from qawl.records import Article
from qawl.tasks.clusters import BCubed, b_cubed

FIGURES = ("precision", "recall", "f1")


def article_sums(article: Article) -> BCubed:
    """Return the B³ sums of the article's gold mentions, gathered."""
    gold = {(own.speaker.start, own.speaker.end): own.speaker.entity for own in article.sentences if own.speaker}
    return b_cubed(gold, gather(article.text, gold))


def linked_pairs(articles: list[Article]) -> tuple[int, int, int]:
    """Return how many pairs of names of one article are joined, rightly joined, and to be joined."""
    used = []
    for article in articles:
        speakers = {own.speaker.entity for own in article.sentences if own.speaker}
        used.append({name: own.name for own in article.entities if own.name in speakers for name in own.names})
    names = link_names(name for own in used for name in own)
    joined = right = due = 0
    for own in used:
        for one, other in combinations(own, 2):
            is_joined, is_due = names[one] == names[other], own[one] == own[other]
            joined, right, due = joined + is_joined, right + (is_joined and is_due), due + is_due
    return joined, right, due


def cells(sums: list[BCubed], resamples: int) -> list[str]:
    """Return precision, recall and F1 with their intervals."""
    random = np.random.default_rng(0)
    draws = [random.integers(len(sums), size=len(sums)) for _ in range(resamples)]
    drawn = [reduce(add, (sums[at] for at in draw), BCubed()) for draw in draws]
    whole = reduce(add, sums, BCubed())
    row = []
    for name in FIGURES:
        low, high = np.nanpercentile([getattr(own, name) for own in drawn], [2.5, 97.5])
        row.append(f"{getattr(whole, name):.3f} [{low:.3f}, {high:.3f}]")
    return row


def main() -> None:
    """Print a row of Markdown for each file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
    parser.add_argument("--texts", type=Path, help="the folder with the texts of labels without text")
    parser.add_argument("--resamples", type=int, default=1000)
    options = parser.parse_args()
    sys.stdout.write("| file | articles | mentions | B³ precision | recall | F1 | across: precision | recall |\n")
    sys.stdout.write("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n")
    for file in options.files:
        articles = list(read_articles(file, options.texts))
        sums = [article_sums(article) for article in articles]
        joined, right, due = linked_pairs(articles)
        shares = [f"{right / total:.3f} of {total:,}" if total else "" for total in (joined, due)]
        mentions = sum(own.gold for own in sums)
        row = [f"`{file}`", str(len(sums)), f"{mentions:,}", *cells(sums, options.resamples), *shares]
        sys.stdout.write("| " + " | ".join(row) + " |\n")


if __name__ == "__main__":
    main()
