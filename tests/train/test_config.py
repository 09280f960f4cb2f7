"""The experiment file and its overrides."""

import re
from pathlib import Path

import pytest
from qawl.data.sources import ON_HUB
from qawl.errors import InputError, QawlError
from qawl.models.hub import MINI
from qawl.tasks import SpeakerTask
from qawl.train.config import BASELINES, Experiment, experiment_yaml, load_experiment

BASE = "task: topic\nencoder: qawl-mini\ndata:\n  train: a.jsonl\n"
ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "experiments").rglob("*.yaml"))
EXPERIMENTS = [path for path in FILES if not path.stem.startswith("pretrain-") and path.name != "dvc.yaml"]


def load(folder: Path, text: str, *overrides: str) -> Experiment:
    path = folder / "e.yaml"
    path.write_text(text, encoding="utf-8")
    return load_experiment(path, list(overrides))


def refusal(folder: Path, text: str, *overrides: str) -> str:
    with pytest.raises(QawlError) as error:
        load(folder, text, *overrides)
    return str(error.value)


@pytest.mark.parametrize("path", EXPERIMENTS, ids=lambda path: path.stem)
def test_the_experiments_that_ship_are_sound(path: Path) -> None:
    experiment = load_experiment(path)
    benchmark = path.parent.name == "benchmarks"
    assert benchmark != path.stem.startswith(experiment.task)
    assert not (benchmark and experiment.publish)
    assert experiment.make_task().name == experiment.task
    assert experiment.encoder in (*BASELINES, MINI, "aubmindlab/bert-base-arabertv02")


@pytest.mark.parametrize("path", EXPERIMENTS, ids=lambda path: path.stem)
def test_the_data_of_the_experiments_that_ship_is_there(path: Path) -> None:
    data = load_experiment(path).data
    for file in (*data.files().values(), *data.more):
        if isinstance(file, str):
            match = ON_HUB.fullmatch(file)
            assert match and re.fullmatch("[0-9a-f]{40}", match[2]), "a file of the hub, at a commit"
        elif file.parts[0] == "data":
            assert (ROOT / file).is_file()
        elif file.parts[:2] == ("..", "shared"):
            if not (ROOT.parent / "shared").is_dir():
                pytest.skip(f"{file} is not on this machine")
            assert (ROOT / file).is_file()
        else:
            assert file.parts[0] == "build"


def test_defaults(tmp_path: Path) -> None:
    experiment = load(tmp_path, BASE)
    assert experiment.seeds == (1, 2, 3)
    assert experiment.training.learning_rate == 3e-5
    assert (experiment.data.validation, experiment.data.test) == (0.15, 0.15)
    assert experiment.calibration == "sigmoid"


def test_a_baseline_has_one_seed_unless_told(tmp_path: Path) -> None:
    assert load(tmp_path, BASE, "encoder=tfidf").seeds == (1,)
    assert load(tmp_path, BASE, "encoder=tfidf", "seeds=[4, 5]").seeds == (4, 5)


def test_input_options_reach_the_task(tmp_path: Path) -> None:
    text = BASE.replace("topic", "speaker") + "input: {marking: question, context: 9}\n"
    assert load(tmp_path, text).make_task() == SpeakerTask(marking="question", context=9)


def test_an_input_option_of_another_task_is_refused(tmp_path: Path) -> None:
    experiment = load(tmp_path, BASE + "input: {marking: question}\n")
    with pytest.raises(QawlError, match="the topic task has no such input option"):
        experiment.make_task()


@pytest.mark.parametrize(
    ("line", "key", "near"),
    [
        ("sedes: [1]", "sedes", "seeds"),
        ("training: {epoch: 3}", "training.epoch", "epochs"),
        ("training: {lr: 3}", "training.lr", "learning_rate"),
        ("input: {max_len: 3}", "input.max_len", "max_length"),
        ("data: {train: a, colums: {text: a}}", "data.colums", "columns"),
        ("data: {train: a, path: b}", "data.path", "train"),
    ],
)
def test_an_unknown_key_names_the_nearest_known_one(tmp_path: Path, line: str, key: str, near: str) -> None:
    text = BASE if "data" not in line else "task: topic\nencoder: tfidf\n"
    message = refusal(tmp_path, text + line)
    assert f"unknown key '{key}': did you mean '" in message
    assert key == "data.path" or f"did you mean '{near}'?" in message
    assert message.startswith(str(tmp_path / "e.yaml"))


def test_speakers_have_no_labels_to_smooth(tmp_path: Path) -> None:
    data = "task: speaker\nencoder: e\ndata: {train: a, validation: b, test: c}\n"
    message = refusal(tmp_path, data + "training: {label_smoothing: 0.1}")
    assert "`training.label_smoothing` is for labels, which speaker has none of" in message


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    message = refusal(tmp_path, "task: topics\nencoder: ''\ndata: {}\n")
    assert all(f"{key}: " in message for key in ("task", "encoder", "data.train"))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("training: {epochs: 0}", "training.epochs: Input should be greater than or equal to 1"),
        ("training: {learning_rate: -1}", "training.learning_rate: Input should be greater than 0"),
        ("training: {warmup: 1}", "training.warmup: Input should be less than 1"),
        ("seeds: [1, 1]", "`seeds` names one seed twice"),
        ("seeds: []", "seeds: Tuple should have at least 1 item"),
        ("input: {max_length: 513}", "input.max_length: Input should be less than or equal to 512"),
        ("ensemble: rules", "ensemble: Input should be 'tfidf' or 'signs'"),
        ("ensemble: signs", "`ensemble: signs` cannot stand beside `encoder: qawl-mini` of topic"),
        ("calibration: platt", "calibration: Input should be 'sigmoid', 'isotonic', 'temperature' or 'none'"),
    ],
)
def test_a_value_that_does_not_fit_is_named(tmp_path: Path, line: str, problem: str) -> None:
    assert problem in refusal(tmp_path, BASE + line)


SEARCH = "search: {trials: 2, space: {training.epochs: [1, 2]}}\n"


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        ("{training.learning_rat: [1]}", "cannot vary 'training.learning_rat': did you mean 'training.learning_rate'?"),
        ("{data.train: [a, b]}", "cannot vary 'data.train': it varies `encoder`, `input.…` and `training.…`"),
        ("{training.epochs: {low: 1.5, high: 3}}", "value 1.5: training.epochs: Input should be a valid integer"),
        ("{training.epochs: {low: 0, high: 3}}", "value 0.0: training.epochs: Input should be greater than or equal"),
        ("{input.max_length: {low: 64, high: 999}}", "value 999.0: input.max_length: Input should be less than"),
        ("{training.epochs: [1, two]}", "value 'two': training.epochs: Input should be a valid integer"),
        ("{training.epochs: {lo: 1, high: 3}}", "'search.space.training.epochs.lo': did you mean 'low'?"),
        ("{training.learning_rate: [1.0e-5, 0.00001]}", "training.learning_rate: one value stands there twice"),
        ("{training.learning_rate: {low: 2, high: 1}}", "training.learning_rate: `low` must be below `high`"),
        ("{training.weight_decay: {low: 0, high: 1, log: true}}", "above 0 with `log`"),
        ("{training.weight_decay: {low: 0}}", "training.weight_decay: give `low` and `high`, or a list"),
        ("{training.weight_decay: 3}", "training.weight_decay: give `low` and `high`, or a list"),
        ("{training.weight_decay: []}", "training.weight_decay: give `low` and `high`, or a list"),
        ("{training.learning_rate: {low: 1, high: .inf}}", "training.learning_rate.high: Input should be a finite"),
        ("{training.class_weights: {low: 0, high: 1}}", "training.class_weights: a range is for numbers"),
        ("{input.marking: [question]}", "input.marking, value 'question': the topic task has no such input option"),
        ("{encoder: [tfidf, rules]}", "value 'rules': the baseline of topic is `encoder: tfidf`"),
        ("{training.C: [1, 2]}", "'training.C', which `encoder: qawl-mini` does not read"),
        ("{}", "search.space: Dictionary should have at least 1 item"),
    ],
)
def test_a_search_over_what_does_not_fit_names_the_key(tmp_path: Path, override: str, problem: str) -> None:
    assert problem in refusal(tmp_path, BASE + SEARCH, f"search.space={override}")


def test_a_search_needs_a_budget_and_a_space(tmp_path: Path) -> None:
    assert "search: give `trials`, `hours` or both" in refusal(tmp_path, BASE + SEARCH, "search.trials=null")
    assert "unknown key 'search.trails': did you mean 'trials'?" in refusal(tmp_path, BASE + SEARCH, "search.trails=1")
    assert load(tmp_path, BASE + SEARCH, "search=null").search is None


def test_the_values_of_a_search_are_of_the_keys_own_type(tmp_path: Path) -> None:
    space = "{training.epochs: {low: 2, high: 5}, training.learning_rate: [1e-5, 1], encoder: [tfidf, qawl-mini]}"
    experiment = load(tmp_path, BASE + SEARCH, f"search.space={space}")
    assert experiment.search is not None
    settled = {key: experiment.settled(key, values) for key, values in experiment.search.space.items()}
    assert settled == {
        "training.epochs": (2, 5),
        "training.learning_rate": (1e-5, 1.0),
        "encoder": ("tfidf", "qawl-mini"),
    }
    assert {type(own) for own in settled["training.epochs"]} == {int}
    assert {type(own) for own in settled["training.learning_rate"]} == {float}


def test_an_experiment_that_is_written_reads_back_the_same(tmp_path: Path) -> None:
    settings = "  test: null\nseeds: [4]\ntraining: {learning_rate: 1.2345678901234567e-05}\n" + SEARCH
    experiment = load(tmp_path, BASE + settings)
    assert load(tmp_path, experiment_yaml(experiment)) == experiment.model_copy(update={"search": None})


def test_a_share_outside_0_1_is_named_by_its_key_alone(tmp_path: Path) -> None:
    message = refusal(tmp_path, BASE + "  validation: 1.5\n")
    assert "data.validation: Input should be less than 1" in message
    assert "constrained-float" not in message


@pytest.mark.parametrize(("task", "wrong", "right"), [("topic", "rules", "tfidf"), ("speaker", "tfidf", "rules")])
def test_each_task_has_its_own_baseline(tmp_path: Path, task: str, wrong: str, right: str) -> None:
    message = refusal(tmp_path, BASE, f"task={task}", f"encoder={wrong}")
    assert f"the baseline of {task} is `encoder: {right}`" in message


def test_a_table_needs_the_tasks_columns(tmp_path: Path) -> None:
    message = refusal(tmp_path, BASE + "  columns: {text: s}\n", "task=stance")
    assert "`data.columns` lacks target, label, which stance needs" in message


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("task: [topic\nencoder: x", 2, "not YAML"),
        ("task: topic\n\tencoder: x", 2, "not YAML"),
        ("revision: 2024-99-99", None, "not YAML: month must be in 1..12"),
        ("- topic", None, "not a mapping of keys to values"),
        ("", None, "task: Field required"),
    ],
)
def test_a_file_that_is_no_experiment(tmp_path: Path, text: str, line: int | None, problem: str) -> None:
    with pytest.raises(InputError, match=problem) as error:
        load(tmp_path, text)
    assert error.value.line == line


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such experiment file"):
        load_experiment(tmp_path / "e.yaml")


def test_overrides_are_yaml_and_the_last_one_holds(tmp_path: Path) -> None:
    experiment = load(
        tmp_path,
        BASE,
        "training.epochs=3",
        "training.epochs=4",
        "seeds=[7]",
        "data.columns={text: a=b, label: c}",
        "training.class_weights=false",
        "data.test=null",
        "input.context=1",
    )
    assert experiment.training.epochs == 4
    assert experiment.seeds == (7,)
    assert experiment.data.columns == {"text": "a=b", "label": "c"}
    assert experiment.training.class_weights is False
    assert experiment.data.test is None
    assert experiment.input.context == 1


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        ("epochs", "--set epochs: write key=value"),
        ("=3", "--set =3: write key=value"),
        ("task.name=x", "--set task.name=x: task is no section"),
        ("seeds=[1", "--set seeds=[1: the value is not YAML"),
        ("revision=2024-99-99", "the value is not YAML"),
        ("training.epoch=3", "unknown key 'training.epoch': did you mean 'epochs'?"),
        ("new.key=3", "unknown key 'new'"),
    ],
)
def test_an_override_that_does_not_fit(tmp_path: Path, override: str, problem: str) -> None:
    assert problem in refusal(tmp_path, BASE, override)
