"""Resampled articles: the same numbers as measuring each resample by itself, and differences with a p-value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from qawl.tasks import Task, make_task
from qawl.train.bootstrap import by_article, difference, intervals, resampled

STANCES = ("favor", "against", "none")


def stance_case(articles: int = 12) -> tuple[Task, list[dict[str, Any]], list[str]]:
    random = np.random.default_rng(3)
    golds = random.choice(STANCES, size=4 * articles, p=[0.1, 0.2, 0.7])
    examples = [{"article_id": f"a{at // 4}", "text": "", "label": gold} for at, gold in enumerate(golds)]
    predicted = [gold if random.random() < 0.6 else str(random.choice(STANCES)) for gold in golds]
    return make_task("stance", labels=STANCES), examples, predicted


def speaker_case() -> tuple[Task, list[dict[str, Any]], list[Any]]:
    text = "قال كيم نعم\n"
    kinds = [(4, 7, ["كيم"], True), (-1, -1, [], False), (-2, -2, ["ليلى"], False)]
    keys = ("answer_start", "answer_end", "names", "explicit")
    examples = [
        {
            "article_id": f"a{at % 5}",
            "sentence": at // 5,
            "before": "",
            "text": text,
            "window_start": at // 5 * len(text),
            **dict(zip(keys, kinds[at % 3], strict=True)),
        }
        for at in range(30)
    ]
    predicted = [[(4, 7), None, (0, 3), (4, 11)][at % 4] for at in range(30)]
    return make_task("speaker"), examples, predicted


@pytest.mark.parametrize("case", [stance_case, speaker_case])
def test_a_resample_has_the_figures_of_its_drawn_articles(case: Any) -> None:
    task, examples, predicted = case()
    sums = by_article(examples, task.tallies(examples, predicted))
    figures = task.figures_of(resampled(sums, resamples=20, seed=7))
    groups: dict[str, list[int]] = {}
    for at, example in enumerate(examples):
        groups.setdefault(example["article_id"], []).append(at)
    places, random = list(groups.values()), np.random.default_rng(7)
    for number in range(20):
        drawn = [places[group] for group in random.integers(len(places), size=len(places))]
        # An article that is drawn twice counts as two.
        rows = [{**examples[at], "article_id": f"{draw}"} for draw, group in enumerate(drawn) for at in group]
        expected = task.figures(rows, [predicted[at] for group in drawn for at in group])
        own = {name: float(values[number]) for name, values in figures.items() if name in expected}
        assert own == pytest.approx(expected, nan_ok=True, abs=1e-12)


def test_figures_are_those_of_scikit_learn() -> None:
    from sklearn.metrics import accuracy_score, f1_score

    task, examples, predicted = stance_case()
    golds = [example["label"] for example in examples]
    figures = task.figures(examples, predicted)
    assert figures["macro_f1"] == pytest.approx(f1_score(golds, predicted, average="macro"))
    assert figures["accuracy"] == pytest.approx(accuracy_score(golds, predicted))
    each = f1_score(golds, predicted, average=None, labels=list(STANCES))
    assert [figures[f"f1_{label}"] for label in STANCES] == pytest.approx(list(each))


def test_intervals_hold_the_figures_and_one_article_has_no_width() -> None:
    task, examples, predicted = stance_case()
    sums = by_article(examples, task.tallies(examples, predicted))
    figures, around = task.figures(examples, predicted), intervals(task, sums, resamples=200)
    assert set(around) == set(figures)
    assert all(low < figures[name] < high for name, (low, high) in around.items())
    assert around == intervals(task, sums, resamples=200)
    low, high = intervals(task, sums[:1], resamples=50)["accuracy"]
    assert low == high


def test_entities_have_intervals_too() -> None:
    task, examples, predicted = speaker_case()
    sums = by_article(examples, task.tallies(examples, predicted))
    figures, around = task.figures(examples, predicted), intervals(task, sums, resamples=200)
    for name in ("entity_b3_precision", "entity_b3_recall", "entity_b3_f1"):
        low, high = around[name]
        assert low < figures[name] < high


def test_a_model_that_is_better_in_every_article_differs_and_a_model_from_itself_does_not() -> None:
    task, examples, predicted = stance_case()
    golds = [example["label"] for example in examples]
    own, perfect = (by_article(examples, task.tallies(examples, made)) for made in (predicted, golds))
    better = difference(task, perfect, own, resamples=500)
    assert better.value == pytest.approx(1 - task.figures(examples, predicted)["macro_f1"])
    assert better.low > 0 and better.p < 0.05
    worse = difference(task, own, perfect, resamples=500)
    assert (worse.value, worse.p) == pytest.approx((-better.value, better.p))
    same = difference(task, own, own, resamples=100)
    assert (same.value, same.low, same.high, same.p) == (0, 0, 0, 1)


def test_alike_models_seldom_differ() -> None:
    """Two models that are right at random: p under 0.05 in about one of twenty pairs."""
    task = make_task("stance", labels=STANCES)
    random = np.random.default_rng(0)
    golds = [STANCES[at % 3] for at in range(120)]
    examples = [{"article_id": f"a{at // 4}", "text": "", "label": gold} for at, gold in enumerate(golds)]
    found = []
    for _ in range(40):
        made = [[gold if random.random() < 0.6 else "none" for gold in golds] for _ in range(2)]
        sums = [by_article(examples, task.tallies(examples, own)) for own in made]
        found.append(difference(task, *sums, resamples=100).p)
    assert sum(p < 0.05 for p in found) <= 8
    assert np.mean(found) > 0.3
