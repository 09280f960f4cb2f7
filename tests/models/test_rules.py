"""The cue rules as a model: what training weighs, and what a folder keeps of it."""

import json
from pathlib import Path

import numpy as np
import pytest
from qawl.models.calibration import Calibration
from qawl.models.folder import load_model, save_model
from qawl.models.rules import UNSEEN, WEIGHTS, RulesModel
from qawl.records import Article, Sentence
from qawl.tasks import Example, Task, make_task

ROWS = [
    ("وقال العمدة سالم الحمد إن السد آمن.", "العمدة سالم الحمد"),
    ("وتوقف العمل في السد مساء أمس.", ""),
    ("وأكدت البلدية أن الماء يكفي.", "البلدية"),
    ("وكان الطريق إلى القرية مقطوعا.", ""),
]


def labelled(rows: list[tuple[str, str]], times: int = 6) -> tuple[Task, list[Example]]:
    task = make_task("speaker")
    given = [{"text": text, "mention": mention, "group": str(at)} for at, (text, mention) in enumerate(rows * times)]
    return task, [task.row_example(row) for row in given]


def probabilities(model: RulesModel, examples: list[Example]) -> list[list[float]]:
    return [np.exp(own.logits).tolist() for own in model.candidates(examples)]


def test_a_trained_folder_answers_as_its_model_did(tmp_path: Path) -> None:
    task, examples = labelled(ROWS)
    model = RulesModel.train(task, examples, seed=1)
    assert [task.right(own, answer) for own, (answer, _) in zip(examples, model.predict(examples), strict=True)] == [
        True
    ] * len(examples)
    save_model(model, tmp_path / "model")
    kept = json.loads((tmp_path / "model" / WEIGHTS).read_text("utf-8"))
    assert kept[UNSEEN] == 0 and len(kept) > 10
    assert all(isinstance(weight, int | float) for weight in kept.values())
    again = load_model(tmp_path / "model")
    assert again.predict(examples) == model.predict(examples)


def test_training_overrules_the_rules() -> None:
    """Where the labels say that a construction is the narrator's, it is, whatever the rules make of it."""
    task, examples = labelled(
        [("وقال العمدة سالم الحمد إن السد آمن.", ""), ("وأكدت البلدية أن الماء يكفي.", "البلدية")]
    )
    [ruled, _] = RulesModel(task=task).predict(examples[:2])
    [learned, kept] = RulesModel.train(task, examples, seed=1).predict(examples[:2])
    assert ruled[0] is not None and learned[0] is None
    assert kept[0] is not None


def test_no_option_is_surer_than_the_options_allow() -> None:
    """A speaker who is none of the options keeps the share that he had in training."""
    rows = [*ROWS, ("وعاد الناس إلى بيوتهم.", "القبطان")]
    task, examples = labelled([(text, mention) for text, mention in rows if mention in text])
    away = [{**examples[1], "answer_start": -2, "answer_end": -2, "names": ["القبطان"]}] * len(examples)
    model = RulesModel.train(task, examples + away, seed=1)
    assert model.weights[UNSEEN] == 0.5
    for shares in probabilities(model, examples):
        assert max(shares) <= 0.5 + 0.5 / len(shares) + 1e-6
        assert sum(shares) == pytest.approx(1)


def test_without_weights_the_rules_have_fixed_confidences(tmp_path: Path) -> None:
    task, examples = labelled(ROWS, times=1)
    model = RulesModel(task=task, calibration=Calibration(temperature=2.0))
    save_model(model, tmp_path / "model")
    assert not (tmp_path / "model" / WEIGHTS).exists()
    again = load_model(tmp_path / "model")
    assert again.predict(examples) == model.predict(examples)
    assert again.calibration.temperature == 2.0
    assert [answer is not None for answer, _ in model.predict(examples)] == [True, False, True, False]


def test_data_without_a_choice_teaches_nothing() -> None:
    task, examples = labelled([("نعم.", "")])
    assert RulesModel.train(task, examples, seed=1) == RulesModel(task=task)


def test_an_article_is_read_once_and_each_sentence_gets_its_own_reading() -> None:
    """The sentences of an article together, or each by itself with its window, have the same answers."""
    text = "وقال العمدة سالم الحمد إن السد آمن. وأضاف أن الماء يكفي. وتوقف العمل مساء أمس. وتابع أن الطريق مفتوح."
    ends = [at + 1 for at, letter in enumerate(text) if letter == "."]
    starts = [0, *(end + 1 for end in ends[:-1])]
    article = Article("a", text, sentences=tuple(Sentence(*span) for span in zip(starts, ends, strict=True)))
    task = make_task("speaker", context=12)
    examples = list(task.examples(article))
    model = RulesModel(task=task)
    together = model.predict(examples)
    assert together == [model.predict([example])[0] for example in examples]
    assert [task.describe(own, answer) for own, (answer, _) in zip(examples, together, strict=True)][1] == (
        "العمدة سالم الحمد"
    )


def test_a_name_that_comes_back_behind_the_sentence_is_not_its_answer() -> None:
    """The speaker stands before the window and again in the next sentence: neither is in this one's window."""
    text = "وقال العمدة سالم الحمد إن السد آمن. وأضاف أن الماء يكفي. وأضاف أن الطريق مفتوح. وعاد العمدة سالم الحمد."
    ends = [at + 1 for at, letter in enumerate(text) if letter == "."]
    starts = [0, *(end + 1 for end in ends[:-1])]
    article = Article("a", text, sentences=tuple(Sentence(*span) for span in zip(starts, ends, strict=True)))
    examples = list(make_task("speaker", context=1).examples(article))
    found = RulesModel(task=make_task("speaker", context=1)).candidates(examples)
    for example, own in zip(examples, found, strict=True):
        length = len(example["before"]) + len(example["text"])
        assert all(option is None or option[1] <= length for option in own.options)
