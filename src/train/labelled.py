"""Labelled data to evaluate on: articles, a table with our column names, or the test split of an experiment file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..data.files import read_table
from ..data.loaders import DataConfig, read_articles, table_examples
from ..errors import InputError
from ..records import Article
from ..tasks import Example, Task
from .config import COLUMNS, load_experiment
from .examples import load_splits
from .slices import Seen, seen_in

TABLES = (".csv", ".tsv", ".parquet")
EXPERIMENTS = (".yaml", ".yml")


@dataclass(frozen=True)
class Labelled:
    """A file or folder that somebody labelled.

    Args:
        path: as it was given.
        articles: by id; none where it is a table.
        config: of an experiment file, whose test split (else its validation split) is meant.
    """

    path: Path
    articles: Mapping[str, Article] = field(default_factory=dict)
    config: DataConfig | None = None

    @classmethod
    def read(cls, path: Path, texts: Path | None = None) -> Labelled:
        """Read it; `texts` has the texts of labels that come without."""
        if path.suffix in EXPERIMENTS:
            config = load_experiment(path).data
            files = [] if config.columns else [Path(own) for own in (*config.files().values(), *config.more)]
            articles = {own.id: own for file in files for own in read_articles(file, config.texts)}
            return cls(path, articles, config)
        if path.suffix in TABLES:
            return cls(path)
        return cls(path, {article.id: article for article in read_articles(path, texts)})

    def examples(self, task: Task) -> list[Example]:
        """Return the task's labelled examples.

        Raises:
            InputError: there are none.
        """
        if self.config is not None:
            splits = load_splits(self.config, task)
            found = list(splits["test" if "test" in splits else "validation"])
        elif self.path.suffix in TABLES:
            header = next((row for _, row in read_table(self.path)), {})
            columns = {name: name for name in COLUMNS if name in header}
            if missing := [name for name in task.columns if name not in columns]:
                remedy = "rename the columns, or give an experiment file with `data.columns`"
                raise InputError(self.path, f"no column {missing[0]!r}, which {task.name} needs", remedy=remedy)
            found = table_examples(self.path, columns, task.row_example)
        else:
            found = [example for article in self.articles.values() for example in task.examples(article)]
        if not found:
            raise InputError(self.path, f"no label for {task.name} in it", remedy="label it, or give another file")
        return found

    def training(self, task: Task) -> Seen | None:
        """Return what the training split of an experiment file shows; None for other files."""
        if self.config is None:
            return None
        examples = list(load_splits(self.config, task)["train"])
        ids = {example["article_id"] for example in examples}
        return seen_in((own for name, own in self.articles.items() if name in ids), examples)


def seen_in_files(train: Sequence[Path], task: Task, texts: Path | None = None) -> Seen | None:
    """Return the speakers and targets of training files, None without any."""
    if not train:
        return None
    data = [Labelled.read(path, texts) for path in train]
    parts = [
        own.training(task) or seen_in(own.articles.values(), [] if own.articles else own.examples(task)) for own in data
    ]
    return Seen(frozenset().union(*(own.speakers for own in parts)), frozenset().union(*(own.targets for own in parts)))
