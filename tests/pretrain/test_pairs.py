"""Pairs of headlines from news without labels."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from qawl.models.hub import load_tokenizer, mini_folder
from qawl.pretrain.pairs import (
    LABELS,
    Headline,
    PairHead,
    PairMaker,
    headlines,
    load_headlines,
    pair_inputs,
    save_headlines,
)
from qawl.pretrain.rewording import contradict, reword
from transformers import AutoConfig

TITLE = "الحكومة ترفض خفض سعر الوقود"
LEAD = (
    "أعلنت الحكومة في بيان لها مساء الأحد أنها لن تخفض سعر الوقود قبل نهاية العام، وأن لجنة من الوزراء تدرس دعم النقل"
)
NEWS = [TITLE, LEAD, "وقال الوزير إن الأمر لم يحسم بعد.", "قصيرة", "بلا عنوان فوقها: " + LEAD]
GIVEN = [
    Headline(TITLE, LEAD),
    Headline("مصر تستقبل 20 لاجئا من سوريا", "استقبلت مصر اليوم عشرين لاجئا قدموا من سوريا هربا من الحرب"),
    Headline("الحكومة تناقش مشروع الميزانية", "ناقشت الحكومة اليوم في جلسة مغلقة مشروع الميزانية للعام المقبل"),
]


def found(lines: list[str]) -> list[Headline]:
    return [own for _, own in headlines((False, line) for line in lines)]


def test_a_short_line_whose_words_come_again_below_is_a_headline() -> None:
    assert [own.text for own in found(NEWS)] == [TITLE]
    assert found(NEWS)[0].lead.startswith("أعلنت الحكومة في بيان")
    assert not found([TITLE + ".", LEAD])
    assert not found([TITLE, LEAD.replace("الوقود", "الخبز").replace("سعر", "ثمن").replace("الحكومة", "هي")])


def test_what_is_held_out_is_above_no_other_text() -> None:
    assert not list(headlines([(True, TITLE), (False, LEAD)]))
    # The next of its own kind is the one below it.
    assert [at for at, _ in headlines([(True, TITLE), (False, LEAD), (True, LEAD)])] == [True]


def test_headlines_are_kept_in_a_file(tmp_path: Path) -> None:
    save_headlines(GIVEN, tmp_path / "headlines.tsv")
    assert load_headlines(tmp_path / "headlines.tsv") == GIVEN


def changes(text: str, count: int = 200) -> set[str]:
    """Return what many draws make of a headline by contradicting it."""
    random = Random(1)
    return {" ".join(made) for _ in range(count) if (made := contradict(text.split(), random, ["كلمة"]))}


@pytest.mark.parametrize(
    ("text", "contrary"),
    [
        (TITLE, "الحكومة تقبل خفض سعر الوقود"),
        ("الحكومة تدرس خفض سعر الوقود", "الحكومة لا تدرس خفض سعر الوقود"),
        ("الحكومة لن تدفع", "الحكومة تدفع"),
        ("فوز السوريين", "خسارة السوريين"),
    ],
)
def test_the_contrary_of_a_headline(text: str, contrary: str) -> None:
    made = changes(text)
    assert contrary in made
    assert text not in made


def test_numbers_states_and_peoples_are_exchanged() -> None:
    assert any(own.endswith(" لاجئا") and own.split()[0].isdigit() for own in changes("20 لاجئا"))
    assert any(own.startswith("ال") and own.endswith("ين") and own != "السوريين" for own in changes("السوريين"))
    assert {"لبنان", "مصر"} <= changes("سوريا", 3000)


def test_nothing_to_change() -> None:
    assert contradict(["من"], Random(1), ["كلمة"]) is None


@given(st.lists(st.text("ابتثجحخدذرزسش12: ", min_size=1, max_size=6), min_size=4, max_size=16), st.integers(0, 999))
def test_rewording_leaves_words_and_the_same_seed_the_same(words: list[str], seed: int) -> None:
    own = " ".join(words).split() or ["س"]
    made = reword(own, Random(seed))
    assert made == reword(own, Random(seed))
    assert all(made)
    assert {word for word in made if word.isdigit()} <= {word.replace(":", "") for word in own}


def test_all_labels_are_made_and_the_same_seed_makes_the_same() -> None:
    maker = PairMaker(GIVEN)
    made = maker.make(400, Random(3))
    assert made == maker.make(400, Random(3)) != maker.make(400, Random(4))
    counts = Counter(own["label"] for own in made)
    assert set(counts) == set(LABELS)
    assert min(counts["agree"], counts["disagree"]) > 100
    titles = {own.text for own in GIVEN}
    # One of the two is a headline as it was written.
    assert all({own["target"], own["text"]} & titles for own in made)
    # What disagrees is never the headline itself.
    assert not [own for own in made if own["label"] == "disagree" and own["target"] == own["text"]]


def test_words_that_recur_are_marked_and_the_head_learns_from_the_pairs() -> None:
    tokenizer = load_tokenizer(str(mini_folder()))
    examples = PairMaker(GIVEN).make(8, Random(1))
    inputs, labels = pair_inputs(examples, tokenizer)
    assert set(inputs) == {"input_ids", "attention_mask", "token_type_ids"}
    assert inputs["input_ids"].shape == inputs["token_type_ids"].shape
    assert {2, 3} <= set(inputs["token_type_ids"].unique().tolist())
    assert labels.tolist() == [LABELS.index(own["label"]) for own in examples]
    torch.manual_seed(1)
    config = AutoConfig.from_pretrained(mini_folder())
    head = PairHead(type("Network", (), {"config": config}), 1.0)
    pooled = torch.randn(8, config.hidden_size, generator=torch.Generator().manual_seed(1))
    optimizer = torch.optim.AdamW(head.parameters(), lr=0.05)
    for _ in range(30):
        losses = head(pooled, labels)
        losses["pair_loss"].backward()
        optimizer.step()
        optimizer.zero_grad()
    assert losses["pair_accuracy"] == 1.0
