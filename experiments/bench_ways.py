"""The ways that `bench.py` compares: plain pipelines, `qawl score`'s engine, baselines; and the networks for them."""

from __future__ import annotations

import importlib.util
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from qawl.data.loaders import read_articles
from qawl.infer.loading import Models
from qawl.infer.score import score_articles
from qawl.models.encoder import EncoderModel
from qawl.models.folder import save_model
from qawl.models.hub import MINI, load_encoder
from qawl.models.processor import forward_pool
from qawl.models.rules import RulesModel
from qawl.models.tfidf import TfidfModel
from qawl.records import Article
from qawl.tasks import TASKS, Task, make_task
from transformers import BertConfig, BertForQuestionAnswering, BertForSequenceClassification, Pipeline, pipeline

CORPUS = Path(__file__).parents[1] / "data" / "corpus"
ARABERT = "AraBERT-sized"
TINY = "tiny"
SHAPES = {
    ARABERT: {"num_hidden_layers": 12, "hidden_size": 768, "num_attention_heads": 12, "intermediate_size": 3072},
    TINY: {"num_hidden_layers": 1, "hidden_size": 32, "num_attention_heads": 2, "intermediate_size": 64},
}
WORDS = 64_000

Labels = dict[str, list[Any]]


class SpanPipeline(Pipeline):  # type: ignore[misc]
    """Texts to the likeliest start and end."""

    def _sanitize_parameters(self, **given: Any) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        return given, {}, {}

    def preprocess(self, input_: dict[str, str], **options: Any) -> Any:
        """Tokenize a pair."""
        return self.tokenizer(**input_, **options, return_tensors="pt")

    def _forward(self, input_tensors: Any, **options: Any) -> Any:
        return self.model(**input_tensors)

    def postprocess(self, model_outputs: Any, **options: Any) -> tuple[int, int]:
        """Return the likeliest start and end."""
        return int(model_outputs.start_logits.argmax()), int(model_outputs.end_logits.argmax())


def own_task(name: str) -> Task:
    """Return a task with its own labels."""
    task = make_task(name)
    return replace(task, labels=getattr(task, "default_labels", ()))


def write_models(folder: Path, shape: str) -> None:
    """Write the three models of a shape, whose heads nobody trained."""
    for name in TASKS:
        task = own_task(name)
        network, tokenizer = load_encoder(MINI, task, seed=1)
        if shape != MINI:
            torch.manual_seed(1)
            labels = {"id2label": dict(enumerate(task.labels))} if task.labels else {}
            kind: Any = BertForSequenceClassification if task.labels else BertForQuestionAnswering
            network = kind(BertConfig(vocab_size=WORDS, **SHAPES[shape], **labels))
        save_model(EncoderModel(task=task, network=network, tokenizer=tokenizer), folder / name)


def write_int8(folder: Path, output: Path) -> None:
    """Export the three models, where ONNX Runtime is installed."""
    if not importlib.util.find_spec("onnxruntime"):
        return
    from qawl.train.quantise import quantised

    for name in TASKS:
        with tempfile.TemporaryDirectory() as scratch:
            save_model(quantised(folder / name, Path(scratch)), output / name)


def baselines(count: int | None) -> Models:
    """Return TF-IDF for topic and stance, trained on the corpus or some of it, and the rules for the speaker."""
    known = list(read_articles(CORPUS / "train.jsonl"))[:count]
    models: Models = {}
    for name in ("topic", "stance"):
        task = own_task(name)
        models[name] = TfidfModel.train(task, [own for article in known for own in task.examples(article)], seed=1)
    models["speaker"] = RulesModel(task=make_task("speaker"))
    return models


def by_pipelines(models: Models, articles: list[Article], targets: list[str], size: int) -> Labels:
    """Score with a pipeline a task, `size` inputs at a time, in the order of the text."""
    labels: Labels = {}
    for name, model in models.items():
        assert isinstance(model, EncoderModel)
        task = model.task
        given = [own for article in articles for own in task.examples(article, labelled=False, targets=targets)]
        pairs = [task.pair(own) for own in given]
        inputs = [{"text": one, "text_pair": two} if one else {"text": two} for one, two in pairs]
        made: dict[str, Any] = {"model": model.network, "tokenizer": model.tokenizer, "device": -1}
        scored = pipeline("text-classification", **made) if task.labels else SpanPipeline(**made)
        found = scored(inputs, batch_size=size, truncation=True, max_length=task.max_length)
        labels[name] = [own["label"] for own in found] if task.labels else list(found)
    return labels


def by_engine(models: Models, articles: list[Article], targets: list[str]) -> Labels:
    """Score as `qawl score` does."""
    with forward_pool() as pool:
        for model in models.values():
            model.speed_up(pool)
        rows = [row for own in score_articles(articles, models, targets=targets) for row in own]
    return {"topic": [row.topic.label for row in rows], "stance": [s.label for row in rows for s in row.stances]}
