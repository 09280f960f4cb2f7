"""Many examples at once give what each gives alone: in a pool, in bf16, and where they repeat themselves."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import torch
from qawl.models.encoder import EncoderModel
from qawl.models.processor import computes_bf16, cores, forward_pool
from qawl.records import Article
from qawl.tasks import Candidates, Example, make_task
from transformers import BertConfig, BertForQuestionAnswering, BertForSequenceClassification, PreTrainedTokenizerFast

LABELS = ("favor", "against", "none")
TARGETS = ["الحرب", "السلم"]


@pytest.fixture(params=["stance", "speaker"])
def model(request: pytest.FixtureRequest, tokenizer: PreTrainedTokenizerFast) -> EncoderModel:
    """A tiny network that no one has trained, with weights large enough for it to take sides."""
    torch.manual_seed(3)
    task: Any = make_task(request.param, **({"labels": LABELS} if request.param == "stance" else {}))
    shape = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    config = BertConfig(vocab_size=len(tokenizer), num_labels=3 if task.labels else 2, initializer_range=0.3, **shape)
    kind: Any = BertForSequenceClassification if task.labels else BertForQuestionAnswering
    return EncoderModel(task=task, network=kind(config), tokenizer=tokenizer)


def examples(model: EncoderModel, articles: list[Article], count: int = 4) -> list[Example]:
    given = articles[:count]
    return [own for article in given for own in model.task.examples(article, labelled=False, targets=TARGETS)]


def far(some: list[Candidates], others: list[Candidates]) -> float:
    """Return the largest difference of two probabilities."""
    pairs = [(own, other, option) for own, other in zip(some, others, strict=True) for option in own.options]
    return max(abs(own.probability(option) - other.probability(option)) for own, other, option in pairs)


def test_each_alone_and_all_together(model: EncoderModel, articles: list[Article]) -> None:
    given = examples(model, articles, 2)
    together = model.candidates(given)
    alone = [model.candidates([own])[0] for own in given]
    assert far(together, alone) < 1e-5
    assert [own.best()[0] for own in together] == [own.best()[0] for own in alone]
    assert len({round(own.best()[1], 3) for own in together}) > 3, "the network says the same of everything"


def test_a_pool_changes_nothing(model: EncoderModel, articles: list[Article]) -> None:
    given = examples(model, articles)
    before = model.candidates(given)
    with ThreadPoolExecutor(3) as pool:
        model.pool = pool
        assert far(model.candidates(given), before) < 1e-5


@pytest.fixture
def bf16(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every processor one that computes in bf16, or none: without it bf16 takes longer to the same figures."""
    monkeypatch.setattr("qawl.models.encoder.computes_bf16", lambda device: request.param)


@pytest.mark.parametrize("bf16", [True], indirect=True)
@pytest.mark.usefixtures("bf16")
def test_bf16_moves_probabilities_by_little(model: EncoderModel, articles: list[Article]) -> None:
    given = examples(model, articles)
    before = model.candidates(given)
    assert model.precision == "float32"
    with forward_pool() as pool:
        model.speed_up(pool)
        after = model.candidates(given)
    assert model.precision == "bf16"
    kept = [own.best()[0] == other.best()[0] for own, other in zip(after, before, strict=True)]
    differences = [abs(own.best()[1] - other.best()[1]) for own, other in zip(after, before, strict=True)]
    assert 0 < np.mean(differences) < 0.02 and np.mean(kept) > 0.9


def test_bf16_is_where_the_processor_has_it(model: EncoderModel) -> None:
    with forward_pool() as pool:
        model.speed_up(pool)
    assert model.bf16 is computes_bf16(torch.device("cpu"))


@pytest.mark.parametrize("bf16", [False], indirect=True)
@pytest.mark.usefixtures("bf16")
def test_what_no_head_reads_is_left_out(model: EncoderModel, articles: list[Article]) -> None:
    given = examples(model, articles)
    before = model.candidates(given)
    widths: list[int] = []
    norm = model.network.base_model.encoder.layer[-1].output.LayerNorm  # type: ignore[union-attr]
    norm.register_forward_pre_hook(lambda _, states: widths.append(states[0].shape[1]))
    with forward_pool() as pool:
        model.speed_up(pool)
        model.speed_up(pool)
        assert far(model.candidates(given), before) < 1e-5
    assert widths
    assert (set(widths) == {1}) is bool(model.task.labels)


def test_what_repeats_itself_is_computed_once(
    model: EncoderModel, articles: list[Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert model.network is not None
    computed: list[int] = []
    forward = model.network.forward

    def counted(**inputs: Any) -> Any:
        computed.append(len(inputs["input_ids"]))
        return forward(**inputs)

    monkeypatch.setattr(model.network, "forward", counted)
    given = examples(model, articles, 1)[:6]
    some = model.candidates(given)
    assert sum(computed) == 6
    computed.clear()
    many = model.candidates([own for own in given for _ in range(5)])
    assert sum(computed) == 6
    assert far(many[::5], some) < 1e-5 and far(many[4::5], some) < 1e-5


def test_tokens_of_many_are_those_of_each(model: EncoderModel, articles: list[Article]) -> None:
    assert model.tokenizer is not None
    given = examples(model, articles)
    for own, together in zip(given, model.task.encode(given, model.tokenizer), strict=True):
        (alone,) = model.task.encode([own], model.tokenizer)
        assert (together.inputs, together.offsets, together.sides) == (alone.inputs, alone.offsets, alone.sides)
        assert len(alone) <= model.task.max_length


def test_omp_num_threads_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3,2")
    assert cores() == 3
    for given in ("", "0", "many"):
        monkeypatch.setenv("OMP_NUM_THREADS", given)
        assert cores() >= 1
