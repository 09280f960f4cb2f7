"""Endings learned from labelled namings: a cut or an extension that the rules alone do not make."""

from collections.abc import Iterator
from pathlib import Path

from qawl.arabic.spans import Span
from qawl.models.endings import FEWEST, Endings
from qawl.models.folder import load_model, save_model
from qawl.models.rules import RulesModel
from qawl.tasks import make_task

NAMES = ["سالم الحمد", "منى القاضي", "رائد شاهين", "ليلى حنون", "كريم الصفدي"]


def namings(count: int) -> Iterator[tuple[str, Span, int]]:
    """The rules stop before the name; the whole naming ends before the object or before «أن»."""
    for at in range(count):
        name = NAMES[at % len(NAMES)]
        text = f"أعلن الوزير الفرنسي {name} أن الخطة {at} تمت"
        yield text, Span(5, 19), 19 + 1 + len(name)


def test_the_end_is_learned():
    endings = Endings.train(namings(100), seed=1)
    text = "أعلن الوزير الألماني هاني المومني أن المفاوضات بدأت"
    mended = endings.mended(text, Span(5, 20))
    assert text[slice(*mended)] == "الوزير الألماني هاني المومني"
    assert endings == Endings.train(namings(100), seed=1)


def test_of_too_few_namings_nothing_is_learned_and_the_rules_stand():
    endings = Endings.train(namings(FEWEST - 1), seed=1)
    assert endings == Endings()
    assert endings.mended("أعلن الوزير الفرنسي سالم", Span(5, 11)) == Span(5, 11)


def test_a_naming_whose_end_is_no_border_is_left_out():
    inside = [(text, mention, end - 1) for text, mention, end in namings(200)]
    assert Endings.train(inside, seed=1) == Endings()


def test_a_mention_without_a_word_stays():
    endings = Endings.train(namings(100), seed=1)
    assert endings.mended("قال: «»", Span(5, 7)) == Span(5, 7)


def test_a_trained_model_keeps_its_endings(tmp_path: Path):
    rows = [
        {"text": text, "mention": text[mention.start : end], "group": str(at)}
        for at, (text, mention, end) in enumerate(namings(100))
    ] + [{"text": f"وتوقف العمل في السد {at} مساء أمس.", "mention": "", "group": f"n{at}"} for at in range(40)]
    task = make_task("speaker")
    model = RulesModel.train(task, [task.row_example(row) for row in rows], seed=1)
    save_model(model, tmp_path / "model")
    again = load_model(tmp_path / "model")
    example = task.row_example({"text": "أعلن الوزير النرويجي هاني المومني أن السد آمن", "mention": "", "group": "new"})
    [(answer, _)] = again.predict([example])
    assert task.describe(example, answer) == "الوزير النرويجي هاني المومني"
    assert again.predict([example]) == model.predict([example])
