"""How fast the scoring engine is beside plain transformers pipelines with the same weights, in one process.

usage: python experiments/scoring_speed.py MODELS INPUT… [--articles 20] [--target TEXT]…

MODELS is a folder with three encoder models. Three `transformers.pipeline`s, one a task (text classification for
topic and stance; transformers 5 has none for spans, so the speaker gets the shortest one that there can be), score
the sentences with batches of 1 and of 32 in the order of the text, then `qawl score`'s engine scores them. Each
way goes over a few sentences first, unmeasured. Prints sentences a second by the clock and by processor time, and
the share of equal labels. Other work on the machine makes the clock lie: then go by processor time.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from typing import Any

import torch
from qawl.infer.readers import read_articles
from qawl.infer.score import Models, load_models, score_articles
from qawl.models.encoder import EncoderModel
from qawl.models.processor import cores, forward_pool
from qawl.records import Article
from transformers import Pipeline, pipeline

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


def by_pipelines(models: Models, articles: list[Article], targets: list[str], size: int) -> Labels:
    """Score with a pipeline a task, `size` inputs at a time."""
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
    return {
        "topic": [row.topic.label for row in rows],
        "stance": [stance.label for row in rows for stance in row.stances],
        "speaker": rows,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models")
    parser.add_argument("inputs", nargs="+")
    parser.add_argument("--articles", type=int, default=20)
    parser.add_argument("--target", action="append", default=[])
    given = parser.parse_args()
    models = load_models(given.models)
    articles = [own for own in read_articles(given.inputs) if isinstance(own, Article)][: given.articles]
    torch.set_num_threads(cores())
    ways: dict[str, Callable[[list[Article]], Labels]] = {
        "pipelines, batch size 1": lambda some: by_pipelines(models, some, given.target, 1),
        "pipelines, batch size 32": lambda some: by_pipelines(models, some, given.target, 32),
        "qawl score": lambda some: by_engine(models, some, given.target),
    }
    found: dict[str, Labels] = {}
    for name, way in ways.items():
        way(articles[:1])
        clock, processor = time.perf_counter(), time.process_time()
        found[name] = way(articles)
        clock, processor = time.perf_counter() - clock, time.process_time() - processor
        count = len(found[name]["speaker"])
        rates = f"{count / clock:.1f} a second, {count / processor:.1f} a second of processor time"
        sys.stdout.write(f"{name}: {count} sentences, {rates}\n")
        sys.stdout.flush()
    first, *_, last = found.values()
    for task in ("topic", "stance"):
        if pairs := list(zip(first[task], last[task], strict=True)):
            sys.stdout.write(f"{task}: {sum(a == b for a, b in pairs) / len(pairs):.2%} equal labels\n")


if __name__ == "__main__":
    main()
