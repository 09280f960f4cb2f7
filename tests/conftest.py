"""What the rooms share: a tiny corpus, cheap models of all three tasks, and the command line as a user runs it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from qawl.data.articles import write_articles
from qawl.data.loaders import read_articles
from qawl.infer.loading import Models, load_models
from qawl.models.calibration import Calibration
from qawl.models.encoder import EncoderModel
from qawl.models.folder import save_model
from qawl.models.rules import RulesModel
from qawl.models.tfidf import TfidfModel
from qawl.pretrain.config import Pretraining, VocabularyConfig
from qawl.pretrain.vocabulary import train_tokenizer
from qawl.records import STANCES, Article
from qawl.tasks import Task, make_task
from transformers import BertConfig, BertForQuestionAnswering, BertForSequenceClassification, PreTrainedTokenizerFast

ROOT = Path(__file__).parents[1]
Run = subprocess.CompletedProcess[str]
Qawl = Callable[..., Run]
PRETRAINING: dict[str, Any] = {
    "texts": ["archive.txt"],
    "held_out": 0.2,
    "vocabulary": {"size": 400, "alphabet": 100, "fewest": 2},
    "architecture": {"layers": 2, "width": 32, "heads": 2, "intermediate": 64, "positions": 64},
    "vectors": {"passes": 1},
    "training": {"sequence": 32, "tokens_per_step": 256, "learning_rate": 5e-3},
    "budget": {"tokens": 32 * 256},
}
"""32 steps, of which the last eight have a falling learning rate."""


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The whole labelled corpus."""
    return ROOT / "data" / "corpus"


@pytest.fixture(scope="session")
def seeds() -> list[Path]:
    """The two articles that the project starts from."""
    return sorted((ROOT / "seeds").glob("*.txt"))


@pytest.fixture(scope="session")
def articles(corpus: Path) -> list[Article]:
    """Every labelled article of the corpus."""
    return list(read_articles(corpus))


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> Path:
    """A corpus of six articles: four to train on, one a split for the rest."""
    folder = tmp_path_factory.mktemp("tiny")
    for split, count in (("train", 4), ("validation", 1), ("test", 1)):
        write_articles(folder / f"{split}.jsonl", list(read_articles(corpus / f"{split}.jsonl"))[:count])
    return folder


@pytest.fixture(scope="session")
def models_folder(tmp_path_factory: pytest.TempPathFactory, tiny: Path) -> Path:
    """Model folders of the three tasks: rules for the speaker, TF-IDF trained on the tiny corpus for the others."""
    folder = tmp_path_factory.mktemp("models")
    known = list(read_articles(tiny / "train.jsonl"))
    for name in ("topic", "stance"):
        task = make_task(name)
        examples = [example for article in known for example in task.examples(article)]
        fitted = task.fitted([task.gold(example) for example in examples])
        save_model(TfidfModel.train(fitted, examples, seed=1), folder / name)
    save_model(RulesModel(task=make_task("speaker")), folder / "speaker")
    return folder


@pytest.fixture(scope="session")
def models(models_folder: Path) -> Models:
    """The same three, loaded."""
    return load_models(str(models_folder))


@pytest.fixture(scope="session")
def lines(articles: list[Article]) -> list[str]:
    """400 different paragraphs, to pretrain on."""
    found = dict.fromkeys(line.strip() for article in articles for line in article.text.splitlines() if line.strip())
    return list(found)[:400]


@pytest.fixture(scope="session")
def tokenizer(lines: list[str]) -> PreTrainedTokenizerFast:
    """Four hundred word pieces that are learned from them."""
    return train_tokenizer(lines, VocabularyConfig(**PRETRAINING["vocabulary"]), 64)


@pytest.fixture(scope="session")
def encoders(
    tmp_path_factory: pytest.TempPathFactory, tokenizer: PreTrainedTokenizerFast, articles: list[Article]
) -> Path:
    """Encoders of one layer that no one has trained: for speakers, and for stances, each of which is given."""
    folder = tmp_path_factory.mktemp("encoders")
    shape = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
    stance = replace(make_task("stance", shared=True), labels=STANCES)
    kinds: list[tuple[Task, Any]] = [(stance, BertForSequenceClassification)]
    kinds.append((make_task("speaker"), BertForQuestionAnswering))
    for task, kind in kinds:
        torch.manual_seed(3)
        labels = {"num_labels": len(task.labels), "type_vocab_size": 4} if task.labels else {}
        network = kind(BertConfig(vocab_size=len(tokenizer), initializer_range=0.3, **shape, **labels))
        model = EncoderModel(task=task, network=network, tokenizer=tokenizer, calibration=Calibration(1.7))
        model.card = {"encoder": "untrained", "threshold": {"confidence": 0.4, "goal": 0.9}}
        if task.labels:
            # By chance it gives one label to all.
            given = [own for article in articles[:6] for own in task.examples(article)]
            logits = torch.tensor(np.array([head for (head,) in model.logits(given)[1]]), dtype=torch.float32)
            with torch.no_grad():
                network.classifier.weight.mul_(3 / logits.std(dim=0)[:, None])
                network.classifier.bias.copy_(-3 * logits.mean(dim=0) / logits.std(dim=0))
        save_model(model, folder / task.name)
    return folder


@pytest.fixture(scope="session")
def mixed_folder(tmp_path_factory: pytest.TempPathFactory, models_folder: Path, encoders: Path) -> Path:
    """Model folders of the three tasks: TF-IDF for topics, encoders for the others."""
    folder = tmp_path_factory.mktemp("mixed")
    shutil.copytree(models_folder / "topic", folder / "topic")
    for task in ("stance", "speaker"):
        shutil.copytree(encoders / task, folder / task)
    return folder


@pytest.fixture(scope="session")
def tiny_settings() -> dict[str, Any]:
    """The keys of a file for a pretraining run of a second or two."""
    return PRETRAINING


@pytest.fixture
def tiny_config() -> Pretraining:
    """The same, read."""
    return Pretraining.model_validate(PRETRAINING)


@pytest.fixture
def qawl(tmp_path: Path) -> Qawl:
    """Run the command line in a process of its own, in an empty folder; no traceback may come out of it."""

    def run(*words: object, stdin: bytes | None = None) -> Run:
        done = subprocess.run(
            [sys.executable, "-m", "qawl", *map(str, words)],
            input=stdin or b"",
            capture_output=True,
            cwd=tmp_path,
            env={**os.environ, "MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path}/mlflow.db", "NO_COLOR": "1"},
            timeout=120,
            check=False,
        )
        out, err = done.stdout.decode(), done.stderr.decode()
        assert "Traceback" not in err, err
        return subprocess.CompletedProcess(done.args, done.returncode, out, err)

    return run
