"""What a scored file says, in tables on the terminal: who speaks, about what, and where they stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, TypeVar

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..records import STANCES, ScoredRow

NARRATOR = "(narrator)"
ABSTAINED = "(abstained)"
MOST = 12
Key = TypeVar("Key")
KEPT = 50_000
"""Names that are counted at one time: of more, the rarer half is dropped. The tables show the first twelve."""


class Summary:
    """Counts of rows, in memory that an archive of any size doesn't fill."""

    def __init__(self) -> None:
        self.articles = 0
        self.sentences = 0
        self.speakers: Counter[str] = Counter()
        self.topics: Counter[str] = Counter()
        self.stances: Counter[tuple[str, str, str]] = Counter()

    def add(self, rows: Sequence[ScoredRow]) -> None:
        """Count the rows of one article."""
        self.articles += 1
        for row in rows:
            name = named(row)
            self.sentences += 1
            self.speakers[name] += 1
            self.topics[row.topic.label or ABSTAINED] += 1
            for stance in row.stances:
                self.stances[stance.target, name, stance.label or ABSTAINED] += 1

    def as_dict(self) -> dict[str, Any]:
        """Return the counts as JSON types."""
        return {
            "articles": self.articles,
            "sentences": self.sentences,
            "speakers": dict(self.speakers),
            "topics": dict(self.topics),
            "stances": [[*key, count] for key, count in self.stances.items()],
        }

    def merge(self, counts: dict[str, Any]) -> None:
        """Add what `as_dict` returned of another summary."""
        self.articles += counts["articles"]
        self.sentences += counts["sentences"]
        self.speakers.update(counts["speakers"])
        self.topics.update(counts["topics"])
        for target, name, label, count in counts["stances"]:
            self.stances[target, name, label] += count
        self.speakers, self.stances = _bounded(self.speakers), _bounded(self.stances)

    def show(self, console: Console) -> None:
        """Print the tables."""
        console.print(f"{self.articles} articles, {self.sentences} sentences", highlight=False)
        console.print(_counts("who says it", self.speakers))
        console.print(_counts("what it is about", self.topics))
        if self.stances:
            console.print(self._stance_table())

    def _stance_table(self) -> Table:
        table = Table(title="where they stand", title_justify="left")
        table.add_column("target")
        table.add_column("speaker")
        labels = list(dict.fromkeys([*STANCES, *sorted({label for _, _, label in self.stances})]))
        for label in labels:
            table.add_column(Text(label), justify="right")
        pairs = Counter[tuple[str, str]]()
        for (target, name, label), count in self.stances.items():
            pairs[target, name] += count if label != "none" else 0
        for target in dict.fromkeys(target for target, _, _ in self.stances):
            sided = [(name, count) for (own, name), count in pairs.items() if own == target and count]
            for at, (name, _) in enumerate(sorted(sided, key=lambda item: -item[1])[:MOST]):
                counts = [self.stances[target, name, label] for label in labels]
                table.add_row(Text("" if at else target), Text(name), *(str(count or "") for count in counts))
            if not sided:
                table.add_row(Text(target), "nobody takes a side", *("" for _ in labels))
        return table


def named(row: ScoredRow) -> str:
    """Return who says a row, as tables call them."""
    return NARRATOR if row.speaker is None else row.speaker.entity or ABSTAINED


def _bounded(counts: Counter[Key]) -> Counter[Key]:
    return counts if len(counts) <= KEPT else Counter(dict(counts.most_common(KEPT // 2)))


def _counts(title: str, counts: Counter[str]) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("")
    table.add_column("sentences", justify="right")
    for name, count in counts.most_common(MOST):
        # Names come from articles: as plain strings, `[/b]` would be read as markup.
        table.add_row(Text(name), str(count))
    if rest := sum(count for _, count in counts.most_common()[MOST:]):
        table.add_row(f"… {len(counts) - MOST} others", str(rest))
    return table
