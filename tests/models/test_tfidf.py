"""The TF-IDF baseline."""

import json
from pathlib import Path

import pytest
from qawl.models.calibration import Calibration
from qawl.models.folder import load_model, save_model
from qawl.models.tfidf import TfidfModel
from qawl.tasks import Example, Task, make_task

VERBS = {"رفض الوزير": "against", "أيد الوزير": "favor"}
SPORT, WEATHER = "فاز الفريق بالمباراة في الملعب", "هطلت الأمطار الغزيرة على المدينة"


def examples(**around: str) -> tuple[Task, list[Example]]:
    task = make_task("topic")
    rows = [(SPORT, "sport"), (WEATHER, "weather")] * 4
    return task, [task.row_example({"text": text, "label": label, "group": text, **around}) for text, label in rows]


@pytest.mark.parametrize("around", [{}, {"before": "قال المراسل", "title": "خبر اليوم"}])
def test_it_learns_with_and_without_a_context(tmp_path: Path, around: dict[str, str]) -> None:
    task, known = examples(**around)
    model = TfidfModel.train(task.fitted([task.gold(example) for example in known]), known, seed=1)
    assert [label for label, _ in model.predict(known)] == [task.gold(example) for example in known]
    save_model(model, tmp_path / "model")
    assert load_model(tmp_path / "model").predict(known) == model.predict(known)


def test_a_card_that_holds_a_temperature_alone_is_read(tmp_path: Path) -> None:
    task, known = examples()
    model = TfidfModel.train(task.fitted([task.gold(example) for example in known]), known, seed=1)
    save_model(model, tmp_path / "model")
    path = tmp_path / "model" / "qawl.json"
    card = json.loads(path.read_text())
    del card["calibration"]
    path.write_text(json.dumps({**card, "temperature": 2.5}))
    assert load_model(tmp_path / "model").calibration == Calibration(2.5)


def test_of_two_texts_it_learns_whether_they_agree(tmp_path: Path) -> None:
    """No word tells the label: only whether the two texts share theirs."""
    words = "البرلمان الحكومة المصنع الميناء المدرسة النهر الجسر القمر".split()
    task = make_task("stance").fitted(["agree", "other"])
    rows = [
        {"target": f"افتتاح {one} اليوم", "text": f"اليوم يفتتح {other}", "label": "agree" if one == other else "other"}
        for one in words
        for other in words
        if one == other or words.index(other) == (words.index(one) + 1) % len(words)
    ]
    known = [task.row_example({**row, "group": str(at)}) for at, row in enumerate(rows)]
    model = TfidfModel.train(task, known[:-4], seed=1)
    assert [label for label, _ in model.predict(known[-4:])] == [row["label"] for row in rows[-4:]]
    save_model(model, tmp_path / "model")
    assert load_model(tmp_path / "model").predict(known) == model.predict(known)


def test_targets_that_stand_whole_in_their_sentences_leave_nothing_over() -> None:
    task = make_task("stance").fitted(["favor", "against"])
    rows = [(f"{verb} {target}", target, label) for target in ("القرار", "العقوبات") for verb, label in VERBS.items()]
    known = [
        task.row_example({"text": text, "target": target, "label": own, "group": text}) for text, target, own in rows
    ]
    assert TfidfModel.train(task, known, seed=1).predict(known)
