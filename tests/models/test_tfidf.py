"""The TF-IDF baseline."""

from pathlib import Path

import pytest
from qawl.models.folder import load_model, save_model
from qawl.models.tfidf import TfidfModel
from qawl.tasks import Example, Task, make_task

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
