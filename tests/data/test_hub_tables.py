"""Tables on a hub on the loopback: the two benchmarks that are fetched, in the shape that they have there.

Each command is a process of its own: the hub's client reads its address on import.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from datasets import Dataset
from hub_server import HubServer, Repo, closed_port
from pydantic import ValidationError
from qawl.data.loaders import DataConfig
from qawl.data.sources import ON_HUB, hub_copy
from qawl.errors import InputError

Qawl = Callable[..., subprocess.CompletedProcess[str]]
BENCHMARKS = Path(__file__).parents[2] / "experiments" / "benchmarks"
STANCES = ("discuss", "disagree", "unrelated", "agree")
SECTIONS = ("Tech", "Finance", "Politics", "Religion", "Medical", "Culture", "Sports")


def pinned(name: str) -> tuple[str, list[str]]:
    """Return the commit that a benchmark's file names, and the paths of its tables."""
    found = re.findall(r"hf://\S+", (BENCHMARKS / f"{name}.yaml").read_text("utf-8"))
    matches = [match for match in map(ON_HUB.fullmatch, found) if match]
    assert len(matches) == len(found)
    (commit,) = {match[2] for match in matches}
    return commit, [match[3] for match in matches]


def write(frame: pd.DataFrame, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(path)


@pytest.fixture(scope="module")
def repos(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Repo]:
    """The files of the two data sets with rows made up here; labels are numbers, as a hub's class labels are."""
    root = tmp_path_factory.mktemp("hub")
    commit, files = pinned("arastance")
    for file, count in zip(files, (40, 12, 16), strict=True):
        numbers = pd.Series(range(count))
        rows = {
            "filename": numbers.map("{}.txt".format),
            "claim": (numbers // 4).map("فاز الفريق {} بالكأس".format),
            "claim_url": "",
            "article": numbers.map(lambda at: f"{STANCES[at % 4]} قالت الصحيفة إن الفريق {at // 4} فاز"),
            "stance": numbers % 4,
            "article_title": "",
            "article_url": "",
        }
        write(pd.DataFrame(rows), root / "arastance" / file)
    repos = {"datasets/arbml/arastance": Repo(root / "arastance", commit=commit)}
    commit, (file,) = pinned("sanad")
    numbers = pd.Series(range(70))
    articles = {"Article": numbers.map("خبر رقم {}".format), "label": numbers % 7}
    write(pd.DataFrame(articles), root / "sanad" / file)
    return repos | {"datasets/arbml/SANAD": Repo(root / "sanad", commit=commit)}


@pytest.fixture
def hub(repos: dict[str, Repo], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """Return the hub that the commands of a test ask; its cache is their own."""
    with HubServer(repos) as server:
        settings = {"HF_ENDPOINT": server.url, "HF_HOME": str(tmp_path / "hf"), "NO_PROXY": "*", "no_proxy": "*"}
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        yield server


def test_arastance_trains_from_the_hub(hub: HubServer, qawl: Qawl, tmp_path: Path) -> None:
    done = qawl("train", BENCHMARKS / "arastance.yaml", "--set", "encoder=tfidf", "--output", "out")
    assert done.returncode == 0, done.stderr
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text("utf-8"))
    assert {f"f1_{label}" for label in STANCES} <= metrics["summary"].keys()
    assert metrics["summary"]["macro_f1"] > 0.9  # the label's own word stands in each article
    assert sum("GET /cdn/" in line for line in hub.requests) == 3


def test_sanad_is_fetched_once_and_read_with_the_hub_gone(
    hub: HubServer, qawl: Qawl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder, address in (("first", hub.url), ("again", f"http://127.0.0.1:{closed_port()}")):
        monkeypatch.setenv("HF_ENDPOINT", address)
        done = qawl("examples", BENCHMARKS / "sanad.yaml", "--output", folder)
        assert done.returncode == 0, done.stderr
    first, again = (sorted((tmp_path / folder).glob("*.parquet")) for folder in ("first", "again"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]
    labels = Counter(label for path in first for label in Dataset.from_parquet(str(path))["label"])
    assert labels == dict.fromkeys(SECTIONS, 10)


def test_a_file_that_the_hub_has_not(hub: HubServer, qawl: Qawl) -> None:
    address = f"hf://datasets/arbml/SANAD@{pinned('sanad')[0]}/data/other.parquet"
    done = qawl("examples", BENCHMARKS / "sanad.yaml", "--output", "out", "--set", f"data.train={address}")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and f"{address}: cannot be fetched: " in done.stderr


def test_what_is_no_address_of_a_file() -> None:
    with pytest.raises(InputError, match="hf://datasets/arbml/SANAD: no address of a data set's file — write hf://"):
        hub_copy("hf://datasets/arbml/SANAD")


def test_addresses_with_a_revision_and_without() -> None:
    for revision in ("", "main", "refs/convert/parquet"):
        match = ON_HUB.fullmatch(f"hf://datasets/a/b{'@' * bool(revision)}{revision}/default/train/0000.parquet")
        assert match and match.groups() == ("a/b", revision or None, "default/train/0000.parquet")


def test_labelled_articles_are_not_read_from_the_hub() -> None:
    with pytest.raises(ValidationError, match="only tables are read from the hub: give `columns` too"):
        DataConfig.model_validate({"train": "hf://datasets/a/b/train.jsonl"})
