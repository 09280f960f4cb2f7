"""From files to `datasets.DatasetDict`: labelled articles or the user's own tables, split by article."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from ..errors import InputError, QawlError
from ..records import Article
from .articles import parse_article
from .files import SURROGATE, read_table
from .sources import hub_copy
from .standoff import read_rows
from .validate import check_article, corpus_files

if TYPE_CHECKING:
    from datasets import DatasetDict

SPLITS = ("train", "validation", "test")
Share = Annotated[float, Field(gt=0, lt=1)]
OnHub = Annotated[str, Tag("hub")]
OnDisk = Annotated[Path, Tag("path")]


def _place(value: object) -> str:
    return "hub" if isinstance(value, str) and value.startswith("hf://") else "path"


def _part(value: object) -> str:
    return "share" if isinstance(value, float | int) else _place(value)


# With tags an error is told of the one that is meant, not of each that it might have been.
File = Annotated[OnHub | OnDisk, Discriminator(_place)]
Part = Annotated[OnHub | OnDisk | Annotated[Share, Tag("share")], Discriminator(_part)]


class DataConfig(BaseModel):
    """The `data:` of an experiment.

    Files of labelled articles or, with `columns`, tables: `columns` maps our names (text, target, label, …)
    to the table's. A share instead of a file takes that part of `train`, whole articles (or, in tables, whole
    groups of the column `group`, else of equal texts), chosen by a hash of their id and `split_seed`. A table may lie
    on the Hugging Face hub: `hf://datasets/OWNER/NAME@REVISION/FILE`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    train: File
    more: tuple[Path, ...] = Field(default=(), description="further labelled articles to train on")
    texts: Path | None = Field(default=None, description="the folder with the texts of labels that come without")
    validation: Part = 0.15
    test: Part | None = 0.15
    columns: dict[str, str] | None = None
    where: dict[str, str] = Field(default={}, description="keep only the table's rows with these values")
    labels: dict[str, str] = Field(default={}, description="rename the table's labels; the others are refused")
    split_seed: int = 0

    @model_validator(mode="after")
    def _table_options(self) -> DataConfig:
        if self.columns is None and (self.where or self.labels):
            raise ValueError("`where` and `labels` are for tables: give `columns` too")
        if self.columns is not None and (self.more or self.texts):
            raise ValueError("`more` and `texts` are for labelled articles, not for tables: leave out `columns`")
        if self.columns is None and any(isinstance(own, str) for own in self.files().values()):
            raise ValueError("only tables are read from the hub: give `columns` too")
        return self

    def files(self) -> dict[str, File]:
        """Return the split names that have a file of their own."""
        given = {name: getattr(self, name) for name in SPLITS}
        return {name: value for name, value in given.items() if isinstance(value, Path | str)}

    def test_name(self) -> str:
        """Return a name of the data that models are tested on; two models compare under one name only."""
        where = "".join(f" {key}={value}" for key, value in self.where.items())
        if "test" in self.files():
            return f"{self.test}{where}"
        if self.test is None and "validation" in self.files():
            return f"{self.validation}{where}"
        return f"{self.test or self.validation} of {self.train}{where}, split seed {self.split_seed}"


Example = dict[str, Any]
Keyed = list[tuple[str, list[Example]]]


def load_dataset(
    config: DataConfig,
    *,
    article_examples: Callable[[Article], Iterable[Example]],
    row_example: Callable[[dict[str, str]], Example],
) -> DatasetDict:
    """Return train, validation and (where there is one) test, each a `Dataset` of the task's examples.

    Args:
        config: which files, and how they are read.
        article_examples: the task's examples of one labelled article.
        row_example: the task's example of one row whose columns bear our names; raises QawlError.
    """
    from datasets import Dataset, DatasetDict

    keyed = {
        name: _from_tables(path, config, row_example)
        if config.columns
        else _from_articles(Path(path), config.texts, article_examples)
        for name, path in config.files().items()
    }
    for path in config.more:
        keyed["train"] += _from_articles(path, config.texts, article_examples)
    if not config.columns:
        _refuse_leaks(config, keyed)
    shares = {name: getattr(config, name) for name in SPLITS[1:] if isinstance(getattr(config, name), float)}
    keyed |= _take_shares(keyed, shares, config.split_seed)
    splits = {}
    for name in SPLITS:
        if name not in keyed:
            continue
        examples = [example for _, group in keyed[name] for example in group]
        if not examples:
            remedy = "add labelled rows, or give the split another file or share"
            raise InputError(config.files().get(name, config.train), f"the {name} split is empty", remedy=remedy)
        splits[name] = Dataset.from_list(examples)
    return DatasetDict(splits)


def read_articles(path: Path, texts: Path | None = None) -> Iterator[Article]:
    """Yield the labelled articles of a file or folder, refusing the first that does not pass its checks.

    `texts` is the folder with the texts of labels that come without (see `standoff`).
    """
    seen: dict[str, str] = {}
    for file in corpus_files(path):
        for line, row in read_rows(file, texts):
            article = parse_article(row, file, line)
            for problem, remedy in check_article(article):
                raise InputError(file, problem, line=line, remedy=remedy)
            if article.id in seen:
                problem = f"the id {article.id!r} stands already at {seen[article.id]}"
                raise InputError(file, problem, line=line, remedy="give each article an id of its own")
            seen[article.id] = f"{file}:{line}"
            yield article


def table_examples(
    path: Path, columns: dict[str, str], row_example: Callable[[dict[str, str]], Example]
) -> list[Example]:
    """Return the examples of a table; `columns` as in `DataConfig`."""
    config = DataConfig(train=path, columns=columns)
    return [example for _, group in _from_tables(path, config, row_example) for example in group]


def _refuse_leaks(config: DataConfig, keyed: dict[str, Keyed]) -> None:
    split_of: dict[str, str] = {}
    for name, articles in keyed.items():
        for article_id, _ in articles:
            if article_id in split_of:
                other = split_of[article_id]
                problem = f"the article {article_id!r} is in the {other} split {'twice' if other == name else 'too'}"
                raise InputError(config.files()[name], problem, remedy="keep each article in one split, once")
            split_of[article_id] = name


def _from_articles(path: Path, texts: Path | None, article_examples: Callable[[Article], Iterable[Example]]) -> Keyed:
    return [(article.id, list(article_examples(article))) for article in read_articles(path, texts)]


def _from_tables(path: File, config: DataConfig, row_example: Callable[[dict[str, str]], Example]) -> Keyed:
    columns = config.columns or {}
    groups: dict[str, list[Example]] = {}
    for line, row in read_table(hub_copy(path) if isinstance(path, str) else path):
        needed = [*columns.values(), *config.where]
        if missing := [name for name in needed if name not in row]:
            remedy = f"the columns are {', '.join(map(repr, row))}: mend `columns` in the experiment"
            raise InputError(path, f"no column {missing[0]!r}", line=line, remedy=remedy)
        if any(str(row[name]) != value for name, value in config.where.items()):
            continue
        mapped = {ours: "" if row[theirs] is None else str(row[theirs]).strip() for ours, theirs in columns.items()}
        for ours, value in mapped.items():
            if SURROGATE.search(value):
                problem = f"half of a surrogate pair in {columns[ours]!r}"
                raise InputError(path, problem, line=line, remedy="mend the row or remove it")
        if config.labels and "label" in mapped:
            if mapped["label"] not in config.labels:
                remedy = f"`labels` renames {', '.join(map(repr, config.labels))} only: add it there"
                raise InputError(path, f"unknown label {mapped['label']!r}", line=line, remedy=remedy)
            mapped["label"] = config.labels[mapped["label"]]
        # `article_id` is what the bootstrap resamples: rows of one group are not independent.
        key = mapped.get("group") or mapped.get("text", "")
        mapped["group"] = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:12]
        try:
            groups.setdefault(mapped["group"], []).append(row_example(mapped))
        except QawlError as error:
            raise InputError(path, str(error), line=line, remedy="mend the row or remove it") from None
    return list(groups.items())


def _take_shares(keyed: dict[str, Keyed], shares: dict[str, float], seed: int) -> dict[str, Keyed]:
    """Move shares of the train articles into the splits that have no file, by a hash that no order can change."""

    def place(item: tuple[str, list[Example]]) -> bytes:
        return hashlib.sha256(f"{seed}:{item[0]}".encode("utf-8", "surrogatepass")).digest()

    waiting = sorted(keyed["train"], key=place)
    taken: dict[str, Keyed] = {}
    total = len(waiting)
    for name, share in shares.items():
        count = min(max(1, round(share * total)), len(waiting))
        taken[name], waiting = waiting[:count], waiting[count:]
    moved = {key for groups in taken.values() for key, _ in groups}
    taken["train"] = [item for item in keyed["train"] if item[0] not in moved]
    return taken
