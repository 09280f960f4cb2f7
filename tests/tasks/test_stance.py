"""The stance task: sentences and targets."""

import pytest
from qawl.errors import QawlError
from qawl.records import STANCES, Article, Sentence
from qawl.tasks import StanceTask

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


def test_a_row_of_a_table() -> None:
    row = {"group": "g", "text": "نص", "target": "الحرب", "label": "مع"}
    assert StanceTask().row_example(row)["label"] == "مع"
    with pytest.raises(QawlError, match=r"a row without a target \(`target`\)"):
        StanceTask().row_example({**row, "target": ""})


def test_labels() -> None:
    assert StanceTask().fitted(["favor"]).labels == STANCES
    assert StanceTask().fitted(["مع", "ضد"]).labels == ("ضد", "مع")
