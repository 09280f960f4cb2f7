"""Fewer and larger steps give what transformers gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from qawl.models.bert import FastBert, is_bert
from qawl.models.encoder import EncoderModel
from qawl.models.processor import forward_pool
from qawl.tasks import make_task
from transformers import (
    BertConfig,
    BertForQuestionAnswering,
    BertForSequenceClassification,
    BertForTokenClassification,
    ElectraConfig,
    ElectraForSequenceClassification,
    PreTrainedTokenizerFast,
)

SHAPE = {"hidden_size": 48, "num_attention_heads": 3, "intermediate_size": 80, "vocab_size": 50}
KINDS = (BertForSequenceClassification, BertForQuestionAnswering)


def network(kind: Any, layers: int) -> Any:
    torch.manual_seed(3)
    made = kind(BertConfig(num_hidden_layers=layers, num_labels=3, initializer_range=0.5, **SHAPE)).eval()
    if kind is BertForQuestionAnswering:
        made.qa_outputs = torch.nn.Linear(SHAPE["hidden_size"], 2)
        torch.nn.init.normal_(made.qa_outputs.weight)
    for name, values in made.named_parameters():
        if name.endswith("bias"):  # zeros would hide one that is left out
            torch.nn.init.normal_(values)
    return made


def inputs(padded: bool) -> dict[str, torch.Tensor]:
    draw = torch.Generator().manual_seed(5)
    ids = torch.randint(1, 50, (4, 9), generator=draw)
    types = (torch.arange(9) > 3).long().expand(4, 9)
    mask = torch.ones_like(ids)
    if padded:
        mask[1, 5:], mask[3, 2:] = 0, 0
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}


def heads(output: Any) -> list[torch.Tensor]:
    return [output.logits] if "logits" in output else [output.start_logits, output.end_logits]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("padded", [False, True])
@torch.inference_mode()
def test_the_answers_are_those_of_transformers(kind: Any, layers: int, padded: bool) -> None:
    plain, given = network(kind, layers), inputs(padded)
    expected = heads(plain(**given))
    found = FastBert(plain, torch.float32)(**given)
    seen = given["attention_mask"].bool()
    for own, other in zip(found, expected, strict=True):
        # What a padded place says is read by nobody.
        same = (own, other) if plain.config.num_labels == own.shape[-1] else (own[seen], other[seen])
        torch.testing.assert_close(*same, rtol=1e-4, atol=1e-5)
    assert expected[0].std() > 0.1, "the network says the same of everything"


@pytest.mark.parametrize("kind", KINDS)
@torch.inference_mode()
def test_no_mask_is_one_that_hides_nothing(kind: Any) -> None:
    fast, given = FastBert(network(kind, 2), torch.float32), inputs(padded=False)
    for own, other in zip(fast(**given), fast(**given | {"attention_mask": None}), strict=True):
        torch.testing.assert_close(own, other)


@pytest.mark.parametrize("kind", KINDS)
@torch.inference_mode()
def test_bf16_is_near(kind: Any) -> None:
    plain, given = network(kind, 3), inputs(padded=True)
    seen = given["attention_mask"].bool()
    exact, near = (FastBert(plain, own)(**given) for own in (torch.float32, torch.bfloat16))
    for own, other in zip(near, exact, strict=True):
        assert own.dtype == torch.float32
        far = (own - other).abs() if own.shape != seen.shape else (own - other).abs()[seen]
        assert 0 < far.mean() < 0.1 * other.std()


def test_the_network_stays_as_it_is(tmp_path: Path, tokenizer: PreTrainedTokenizerFast) -> None:
    plain = network(BertForSequenceClassification, 2)
    before = {name: values.clone() for name, values in plain.state_dict().items()}
    task = make_task("stance", labels=("favor", "against", "none"))
    model = EncoderModel(task=task, network=plain, tokenizer=tokenizer)
    with forward_pool() as pool:
        model.speed_up(pool)
    model.save_weights(tmp_path)
    kept = BertForSequenceClassification.from_pretrained(tmp_path).state_dict()
    assert kept.keys() == before.keys() == plain.state_dict().keys()
    assert all(torch.equal(kept[name], values) for name, values in before.items())


@torch.inference_mode()
def test_other_networks_go_the_way_of_transformers(
    tokenizer: PreTrainedTokenizerFast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qawl.models.encoder.computes_bf16", lambda device: False)
    assert is_bert(network(BertForSequenceClassification, 1))
    assert not is_bert(network(BertForTokenClassification, 1))
    assert not is_bert(BertForSequenceClassification(BertConfig(num_hidden_layers=1, is_decoder=True, **SHAPE)))
    torch.manual_seed(3)
    other = ElectraForSequenceClassification(ElectraConfig(num_hidden_layers=1, embedding_size=16, **SHAPE))
    assert not is_bert(other)
    model = EncoderModel(task=make_task("stance", labels=("favor", "against")), network=other, tokenizer=tokenizer)
    given = {name: values.numpy() for name, values in inputs(padded=True).items()}
    before = model.forward(given)
    with forward_pool() as pool:
        model.speed_up(pool)
    assert (model.forward(given)[0] == before[0]).all()
