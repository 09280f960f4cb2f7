"""The stance task: sentences and targets."""

from pathlib import Path

import pytest
import torch
from qawl.errors import QawlError
from qawl.models.hub import MINI, load_encoder
from qawl.records import STANCES, Article, Sentence
from qawl.tasks import StanceTask
from transformers import BertConfig, BertForMaskedLM, RobertaConfig, RobertaForMaskedLM

TINY = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 8}

ARTICLE = Article(
    "a",
    "أول. ثان. ثالث.",
    targets=("الحرب", "السلم"),
    sentences=(
        Sentence(0, 4, stance={"السلم": "favor", "الحرب": "against"}),
        Sentence(5, 9, stance={"السلم": "none"}),
        Sentence(10, 15),
    ),
)


def test_a_labelled_sentence_has_the_targets_that_it_is_labelled_for() -> None:
    made = [(own["sentence"], own["target"], own["label"]) for own in StanceTask().examples(ARTICLE)]
    assert made == [(0, "الحرب", "against"), (0, "السلم", "favor"), (1, "السلم", "none")]


def test_every_target_is_asked_once_of_every_sentence() -> None:
    made = StanceTask().examples(ARTICLE, labelled=False, targets=["كوريا", "الحرب"])
    assert [(own["sentence"], own["target"]) for own in made] == [
        (at, target) for at in range(3) for target in ("الحرب", "السلم", "كوريا")
    ]
    assert list(StanceTask().examples(Article("a", "أول."), labelled=False)) == []


def test_the_pair_is_the_target_with_what_came_before_and_the_sentence() -> None:
    *_, last = StanceTask(context=1).examples(ARTICLE)
    assert StanceTask().pair(last) == ("السلم\nأول.", "ثان.")
    *_, last = StanceTask().examples(ARTICLE)
    assert StanceTask().pair(last) == ("السلم", "ثان.")


def test_the_sentence_is_given_after_who_says_it() -> None:
    article = Article("a", "قال كيم إن الحرب انتهت. وأضاف أن السلم قريب. وتقع المدينة في الجنوب.", targets=("الحرب",))
    task = StanceTask(speaker=True)
    made = list(task.examples(article, labelled=False))
    assert [own["speaker"] for own in made] == ["كيم", "كيم", ""]
    assert [task.pair(own)[1] for own in made] == [
        "كيم: قال كيم إن الحرب انتهت.",
        "كيم: وأضاف أن السلم قريب.",
        "وتقع المدينة في الجنوب.",
    ]
    # Without the option nobody is looked for, and nothing of it is read.
    plain = list(StanceTask().examples(article, labelled=False))
    assert {own["speaker"] for own in plain} == {""} and StanceTask().pair(made[0])[1] == made[0]["text"]


def test_a_table_may_say_who_speaks() -> None:
    row = {"group": "g", "text": "نص", "target": "الحرب", "label": "مع", "speaker": "الوزير"}
    task = StanceTask(speaker=True)
    assert task.pair(task.row_example(row)) == ("الحرب", "الوزير: نص")
    assert task.pair(task.row_example({**row, "speaker": ""})) == ("الحرب", "نص")


def test_a_row_of_a_table() -> None:
    row = {"group": "g", "text": "نص", "target": "الحرب", "label": "مع"}
    assert StanceTask().row_example(row)["label"] == "مع"
    with pytest.raises(QawlError, match=r"a row without a target \(`target`\)"):
        StanceTask().row_example({**row, "target": ""})


def test_labels() -> None:
    assert StanceTask().fitted(["favor"]).labels == STANCES
    assert StanceTask().fitted(["مع", "ضد"]).labels == ("ضد", "مع")


def test_words_that_both_texts_have_in_whatever_form_are_marked_and_the_encoder_knows_them() -> None:
    task = StanceTask(shared=True, labels=STANCES)
    network, tokenizer = load_encoder(MINI, task, seed=1)
    example = {"target": "الحرب على غزة 2014", "before": "", "text": "رفض الوزير حربا في 2015."}
    inputs, plain = (own.encode([example], tokenizer)[0].inputs for own in (task, StanceTask(labels=STANCES)))
    tokens = tokenizer.convert_ids_to_tokens(inputs["input_ids"])
    assert plain["input_ids"] == inputs["input_ids"]
    marked = [
        (token, at)
        for token, at, own in zip(tokens, inputs["token_type_ids"], plain["token_type_ids"], strict=True)
        if at != own
    ]
    assert marked == [("الحرب", 2), ("حربا", 3)]
    assert network.config.type_vocab_size == 4
    # Pretrained on pairs, it has them already.
    table = network.base_model.embeddings.token_type_embeddings.weight
    assert table.shape[0] == 4
    assert not torch.equal(table[:2], table[2:])


def test_the_token_types_of_an_encoder_that_has_two_are_doubled(tmp_path: Path) -> None:
    _, tokenizer = load_encoder(MINI, StanceTask(labels=STANCES), seed=1)
    tokenizer.save_pretrained(tmp_path)
    BertForMaskedLM(BertConfig(vocab_size=len(tokenizer), **TINY)).save_pretrained(tmp_path)
    network, _ = load_encoder(str(tmp_path), StanceTask(shared=True, labels=STANCES), seed=1)
    table = network.base_model.embeddings.token_type_embeddings.weight
    assert network.config.type_vocab_size == table.shape[0] == 4
    assert torch.equal(table[:2], table[2:])
    assert table.requires_grad


def test_shared_tokens_need_an_encoder_with_two_segments(tmp_path: Path) -> None:
    _, tokenizer = load_encoder(MINI, StanceTask(labels=STANCES), seed=1)
    tokenizer.save_pretrained(tmp_path)
    RobertaForMaskedLM(RobertaConfig(type_vocab_size=1, vocab_size=len(tokenizer), **TINY)).save_pretrained(tmp_path)
    with pytest.raises(QawlError, match=r"has no two token types, which `input\.shared`"):
        load_encoder(str(tmp_path), StanceTask(shared=True, labels=STANCES), seed=1)
