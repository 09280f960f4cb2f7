"""Which sentences are hard, told by their rules on an article written for this."""

from __future__ import annotations

import pytest
from qawl.records import Article, Entity, Mention, Sentence
from qawl.tasks import make_task
from qawl.train.slices import SLICES, Seen, seen_in, slice_masks

LINES = (
    "قال كيم إن الحرب انتهت.",
    "وأضاف أن السلم قادم.",
    "وقالت ليلى إنها لا تصدق ذلك.",
    "وأكد كيم أن الاتفاق وقع.",
    "ونقلت الوكالة عن ليلى قولها إن المفاوضات فشلت.",
    "نزل المطر " + "كثيرا " * 30 + ".",
)
TARGETS = ("الحرب", "السِّلم")


def article(*, name: str = "a") -> Article:
    text = "\n".join(LINES)
    starts = [text.index(line) for line in LINES]
    kim, layla = starts[0] + LINES[0].index("كيم"), starts[2] + LINES[2].index("ليلى")
    again, relayed = starts[3] + LINES[3].index("كيم"), starts[4] + LINES[4].index("ليلى")
    speakers = [
        Mention("كيم", kim, kim + 3),
        Mention("كيم", kim, kim + 3),
        Mention("ليلى", layla, layla + 4),
        Mention("كيم", again, again + 3),
        Mention("ليلى", relayed, relayed + 4),
        None,
    ]
    sentences = tuple(
        Sentence(start, start + len(line), "weather", speaker, dict.fromkeys(TARGETS, "none"))
        for start, line, speaker in zip(starts, LINES, speakers, strict=True)
    )
    entities = (Entity("كيم", ("الرئيس",)), Entity("ليلى"))
    return Article(name, text, entities=entities, targets=TARGETS, sentences=sentences)


def sentences_in(name: str, seen: Seen | None = None) -> list[int]:
    own = article()
    examples = list(make_task("speaker").examples(own))
    mask = slice_masks(examples, {own.id: own}, seen)[name]
    return [example["sentence"] for example, inside in zip(examples, mask, strict=True) if inside]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("implicit subject", [1]), ("alternation", [3, 4]), ("relay", [4]), ("long sentence", [5])],
)
def test_each_slice_has_the_sentences_of_its_rule(name: str, expected: list[int]) -> None:
    assert sentences_in(name) == expected


def test_unseen_is_told_by_names_and_aliases_of_training() -> None:
    seen = Seen(speakers=frozenset(["كيم"]), targets=frozenset(["السلم"]))
    assert sentences_in("unseen speaker", seen) == [2, 4]
    own = article()
    examples = list(make_task("stance").examples(own))
    mask = slice_masks(examples, {own.id: own}, seen)["unseen target"]
    assert {example["target"] for example, inside in zip(examples, mask, strict=True) if inside} == {"الحرب"}
    assert mask.sum() == len(LINES)


def test_what_training_shows_is_folded_and_has_aliases() -> None:
    seen = seen_in([article()], [{"target": "الأسعار", "names": ["إيمان"]}])
    assert seen.speakers == {"كيم", "الرئيس", "ليلي", "ايمان"}
    assert {"السلم", "الحرب", "الاسعار"} == seen.targets


def test_without_training_data_the_unseen_is_left_out() -> None:
    own = article()
    masks = slice_masks(list(make_task("topic").examples(own)), {own.id: own}, None)
    assert set(SLICES) - set(masks) == {"unseen target", "unseen speaker"}


@pytest.mark.parametrize(
    ("text", "egyptian"),
    [
        ("قال فى القاهرة إن الحرب انتهت", True),
        ("مضى إلى المستشفى في المدى", False),
        ("قال في القاهرة وفي غيرها فى", False),
    ],
)
def test_egyptian_spelling_is_told_by_frequent_words(text: str, egyptian: bool) -> None:
    example = {"article_id": "row", "sentence": 0, "text": text, "label": "none", "target": "الحرب"}
    assert bool(slice_masks([example], {}, None)["Egyptian spelling"][0]) is egyptian
