"""The TF-IDF baseline."""

import json
from pathlib import Path

import pytest
from qawl.models.calibration import Calibration
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


def test_a_card_that_holds_a_temperature_alone_is_read(tmp_path: Path) -> None:
    task, known = examples()
    model = TfidfModel.train(task.fitted([task.gold(example) for example in known]), known, seed=1)
    save_model(model, tmp_path / "model")
    path = tmp_path / "model" / "qawl.json"
    card = json.loads(path.read_text())
    del card["calibration"]
    path.write_text(json.dumps({**card, "temperature": 2.5}))
    assert load_model(tmp_path / "model").calibration == Calibration(2.5)
