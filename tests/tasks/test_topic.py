"""The topic task, and what it shares with stance: labels, inputs, candidates, figures, lookup by name."""

from typing import Any

import numpy as np
import pytest
from qawl.errors import QawlError
from qawl.models.hub import load_tokenizer, mini_folder
from qawl.records import TOPICS, Article, Sentence
from qawl.tasks import Candidates, TopicTask, make_task

TEXT = "أول. ثان. ثالث. رابع. خامس."
SPANS = [(0, 4), (5, 9), (10, 15), (16, 21), (22, 27)]
ARTICLE = Article(
    "a",
    TEXT,
    title="عنوان",
    sentences=tuple(Sentence(*span, topic=None if at == 1 else "sport") for at, span in enumerate(SPANS)),
)


def example(label: str) -> dict[str, Any]:
    return {"article_id": "a", "sentence": 0, "text": "نص", "title": "", "before": "", "after": "", "label": label}


def test_a_sentence_comes_with_its_neighbours() -> None:
    made = {own["sentence"]: own for own in TopicTask(context=1).examples(ARTICLE)}
    assert list(made) == [0, 2, 3, 4]
    around = {at: (own["before"], own["text"], own["after"]) for at, own in made.items()}
    assert around[0] == ("", "أول.", "ثان.")
    assert around[2] == ("ثان.", "ثالث.", "رابع.")
    assert around[4] == ("رابع.", "خامس.", "")
    assert made[2]["label"] == "sport" and made[2]["title"] == "عنوان"


def test_all_sentences_are_asked_where_labels_are_not_wanted() -> None:
    assert [own["sentence"] for own in TopicTask().examples(ARTICLE, labelled=False)] == [0, 1, 2, 3, 4]
    bare = list(TopicTask(context=9).examples(Article("a", TEXT), labelled=False))
    assert [own["text"] for own in bare] == ["أول.", "ثان.", "ثالث.", "رابع.", "خامس."]
    assert bare[2]["before"] == "أول. ثان." and bare[2]["after"] == "رابع. خامس."


def test_the_pair_leaves_out_what_is_empty() -> None:
    given = {**example("sport"), "title": "عنوان", "after": "بعد"}
    assert TopicTask().pair(given) == ("عنوان\nبعد", "نص")
    assert TopicTask().pair(example("sport")) == ("", "نص")


def test_a_row_of_a_table() -> None:
    made = TopicTask().row_example({"group": "g", "text": "نص", "label": "رياضة", "after": "بعد"})
    assert (made["article_id"], made["label"], made["before"], made["after"]) == ("g", "رياضة", "", "بعد")
    with pytest.raises(QawlError, match="without a label"):
        TopicTask().row_example({"group": "g", "text": "نص", "label": " "})


def test_our_labels_where_the_data_keeps_to_them_else_the_datas_own() -> None:
    assert TopicTask().fitted(["sport", "weather"]).labels == TOPICS
    assert TopicTask().fitted(["sport", "رياضة", "أ"]).labels == ("sport", "أ", "رياضة")
    with pytest.raises(QawlError, match="one label only"):
        TopicTask().fitted(["رياضة"])


def test_a_label_that_training_never_saw() -> None:
    task = TopicTask(labels=("أ", "ب"))
    assert task.loss_groups([example("ب"), example("أ")]) == [1, 0]
    with pytest.raises(QawlError, match="unknown label 'ج': the topic labels are أ, ب"):
        task.loss_groups([example("ج")])


def test_inputs_and_candidates() -> None:
    tokenizer = load_tokenizer(str(mini_folder()))
    task = TopicTask(labels=("أ", "ب"), max_length=16)
    given = {**example("ب"), "text": "نعم " * 100, "before": "كيم " * 100}
    (inputs,) = task.training_inputs([given], tokenizer)
    assert inputs["labels"] == 1
    assert {len(inputs[name]) for name in ("input_ids", "attention_mask", "token_type_ids")} == {16}
    (encoding,) = task.encode([given], tokenizer)
    assert "labels" not in encoding.inputs
    assert task.decode(given, encoding, (np.array([0.0, 2.0]),)).best()[0] == "ب"


def test_figures_by_hand() -> None:
    task = TopicTask(labels=("أ", "ب", "ج"))
    gold = [example(label) for label in "أأبب"]
    figures = task.figures(gold, ["أ", "ب", "ب", "ج"])
    assert figures == pytest.approx({"accuracy": 0.5, "f1_أ": 2 / 3, "f1_ب": 0.5, "macro_f1": 7 / 12})
    assert task.right(gold[0], "أ") and not task.right(gold[0], "ب")
    assert task.confusion(gold[0], "ب") == ("أ", "ب")


def test_probabilities_cool_with_the_temperature() -> None:
    candidates = Candidates(("أ", "ب", "ب"), np.array([np.log(2.0), 0.0, 0.0]))
    assert candidates.probabilities() == pytest.approx([0.5, 0.25, 0.25])
    assert candidates.best() == ("أ", pytest.approx(0.5))
    assert candidates.probability("ب") == pytest.approx(0.5)
    assert candidates.probability("ج") == 0
    assert candidates.probabilities(0.5) == pytest.approx([4 / 6, 1 / 6, 1 / 6])
    assert Candidates(("أ", "ب"), np.array([1e4, -1e4])).probabilities() == pytest.approx([1, 0])


def test_tasks_by_name() -> None:
    assert make_task("topic", context=3) == TopicTask(context=3)
    with pytest.raises(QawlError, match="unknown task 'topics': use one of topic, stance, speaker"):
        make_task("topics")
    with pytest.raises(QawlError, match="the topic task has no such input option: it knows labels, context"):
        make_task("topic", marking="question")
