"""The table of the benchmarks, measured on stand-ins of a few made-up rows with a network of a few weights."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest
import torch
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

ROOT = Path(__file__).parents[2]
STANCES = ("agree", "disagree", "other")
SIDES = ("Favor", "Against", "None", "")
SMALL = ("training.epochs=1", "input.max_length=32")
Run = Callable[..., str]


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("encoders", ROOT / "experiments" / "encoders.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def work(tmp_path: Path, tokenizer: PreTrainedTokenizerFast, monkeypatch: pytest.MonkeyPatch, tool: ModuleType) -> Path:
    """Return a working folder with an encoder in it, and ANS and Mawqif beside it where the experiments look."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    torch.manual_seed(0)
    shape = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    BertModel(BertConfig(vocab_size=len(tokenizer), max_position_embeddings=64, **shape)).save_pretrained(
        folder / "own"
    )
    tokenizer.save_pretrained(folder / "own")
    for name in ("ans", "mawqif"):
        (tmp_path / "shared" / "data" / "benchmarks" / name).mkdir(parents=True)
    for split in ("train", "dev", "test"):
        pairs = [{"s1": f"قديم {at}", "s2": f"جديد {at} {at % 3}", "stance": STANCES[at % 3]} for at in range(24)]
        pd.DataFrame(pairs).to_csv(tmp_path / "shared/data/benchmarks/ans" / f"{split}.csv", index=False)
        tweets = [
            {"ID": at, "text": f"{side or 'صمت'} {at}", "target": target, "stance": side}
            for target in tool.MAWQIF
            for at in range(12)
            for side in SIDES
        ]
        pd.DataFrame(tweets).to_csv(tmp_path / "shared/data/benchmarks/mawqif" / f"{split}.csv", index=False)
    return folder


@pytest.fixture
def run(work: Path, tool: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command as a user would and return what it prints."""

    def call(encoder: str, *words: str) -> str:
        own = [word for setting in SMALL for word in ("--set", setting)]
        monkeypatch.setattr("sys.argv", ["encoders.py", encoder, "--results", "rows.jsonl", *own, *words])
        tool.main()
        return capsys.readouterr().out

    return call


def rows(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "rows.jsonl").read_text("utf-8").splitlines()]


def cells(table: str, name: str) -> dict[str, str]:
    """Return a row of the printed table by column."""
    split = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if "|" in line]
    (found,) = [line for line in split if line[0].startswith(f"{name} (")]
    return dict(zip(split[0], found, strict=True))


def test_one_command_measures_prints_and_goes_on(work: Path, run: Run) -> None:
    first = run("own", "--only", "ANS", "--seeds", "1")
    own = ["random-probe", "probe", "random", "pretrained", "ensemble"]
    assert [row["contender"] for row in rows(work)] == ["tfidf", *own]
    both = run("own", "--only", "ANS", "--seeds", "2")
    again = [(row["contender"], row["seed"]) for row in rows(work)[6:]]
    assert again == [(name, 2) for name in own if name != "probe"], "a probe of one network draws nothing"
    assert run("own", "--only", "ANS", "--seeds", "2") == both, "all of it was measured"
    assert len(rows(work)) == 10
    assert list(cells(both, "ANS")) == [
        *("test figure", "TF-IDF", "own, random weights, probed", "own, probed", "own, random weights", "own"),
        *("aubmindlab/bert-base-arabertv02", "own and TF-IDF", "published"),
    ]
    assert "±" not in first and cells(first, "ANS")["TF-IDF"] == cells(both, "ANS")["TF-IDF"]
    mean = sum(row["figures"]["macro_f1"] for row in rows(work) if row["contender"] == "pretrained") / 2
    assert cells(both, "ANS")["own"].startswith(f"{mean:.3f}")
    assert cells(both, "ANS")["aubmindlab/bert-base-arabertv02"] == ""
    assert cells(both, "ANS")["published"] == "0.767 BERT, best of the paper [1]"
    assert "\n1. Khouja 2020, https://aclanthology.org/2020.fever-1.2" in both


def test_changed_weights_are_measured_anew(work: Path, run: Run) -> None:
    options = ("--only", "ANS", "--seeds", "1", "--contenders", "random", "pretrained")
    run("own", *options)
    network = BertModel.from_pretrained(work / "own")
    torch.nn.init.normal_(network.embeddings.word_embeddings.weight)
    network.save_pretrained(work / "own")
    table = run("own", *options)
    assert [row["contender"] for row in rows(work)] == ["random", "pretrained", "pretrained"]
    assert cells(table, "ANS")["own"] == f"{rows(work)[-1]['figures']['macro_f1']:.3f}"


def test_mawqif_is_the_mean_over_targets_of_both_sides(work: Path, run: Run) -> None:
    table = run("own", "--only", "Mawqif", "--seeds", "1", "--contenders", "tfidf")
    (figures,) = [row["figures"] for row in rows(work)]
    assert figures["f1_favor_against"] == pytest.approx((figures["f1_favor"] + figures["f1_against"]) / 2)
    assert cells(table, "Mawqif")["published"].startswith("0.789 best of the paper [1]; 0.695 AraBERTv1 [2]")


def test_what_is_published_names_a_figure_of_ours_and_a_source(tool: ModuleType) -> None:
    published = tool.tomllib.loads(tool.PUBLISHED.read_text("utf-8"))["figure"]
    for figure in published:
        assert figure.keys() == {"data", "model", "value", "source", "other"}
        assert figure["data"] in tool.FIGURES and 0 < figure["value"] < 1 and figure["source"]
    for name in tool.FIGURES:
        if not name.startswith(("ANT", "our ")):
            assert (tool.HERE / "benchmarks" / f"{name.split(',')[0].lower()}.yaml").is_file()
