"""The command line on bad input: a clear line, exit status 2, no traceback and no half-written file."""

import gzip
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from qawl import cli
from qawl.data.validate import validate

TEXT = "قال كيم إن الحرب انتهت.\nوأضاف: نعم.\n"
EXPERIMENT = "task: stance\nencoder: tfidf\ndata:\n  train: a.csv\n  columns: {text: s, target: t, label: l}\n"
Qawl = Callable[..., subprocess.CompletedProcess[str]]
Main = Callable[..., tuple[int, str, str]]


@pytest.fixture
def main(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Main:
    """Run the command line in this process, in an empty folder; return (exit status, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["qawl", *map(str, words)])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        out, err = capfd.readouterr()
        return int(stop.value.code or 0), out, err

    return run


def write(name: str, content: str | bytes) -> str:
    Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return name


# --- score


def test_scoring_writes_the_rows_and_a_summary(main: Main, models_folder: Path) -> None:
    write("a.txt", TEXT)
    write("t.txt", "السلم\n")
    options = ["--output", "o.jsonl", "--models", models_folder, "--target", "الحرب", "--targets", "t.txt"]
    status, out, err = main("score", "a.txt", *options)
    assert (status, out) == (0, "")
    assert "1 articles, 2 sentences" in err and "o.jsonl: 2 rows" in err and "كيم" in err
    rows = [json.loads(line) for line in Path("o.jsonl").read_text("utf-8").splitlines()]
    assert [[stance["target"] for stance in row["stances"]] for row in rows] == [["الحرب", "السلم"]] * 2


def test_quiet_is_silent(main: Main, models_folder: Path) -> None:
    write("a.txt", TEXT)
    assert main("score", "a.txt", "--output", "o.csv", "--models", models_folder, "--quiet") == (0, "", "")


def test_no_arabic_is_said_and_its_rows_are_abstentions(main: Main, models_folder: Path) -> None:
    write("a.jsonl", '{"id": "[/x]", "text": "No Arabic here."}\n{"text": "' + TEXT.replace("\n", " ") + '"}')
    status, _, err = main("score", "a.jsonl", "--output", "o.jsonl", "--models", models_folder)
    assert status == 0 and "[/x]: no Arabic in it; its rows are abstentions" in err
    first, *others = [json.loads(line) for line in Path("o.jsonl").read_text("utf-8").splitlines()]
    assert first["topic"]["label"] is None and first["speaker"]["entity"] is None
    assert all(row["topic"]["label"] for row in others)


def test_a_paragraph_of_200_000_characters_and_half_a_surrogate(main: Main, models_folder: Path) -> None:
    text = "قال كيم إن الحرب انتهت، " * 9000 + "\ud800"
    write("a.jsonl", json.dumps({"text": text}))
    for suffix in ("jsonl", "csv", "parquet"):
        assert main("score", "a.jsonl", "--output", f"o.{suffix}", "--models", models_folder, "--quiet")[0] == 0
    assert json.loads(Path("o.jsonl").read_text("utf-8"))["text"] == text


def test_stdin_through_a_pipe(qawl: Qawl, models_folder: Path, tmp_path: Path) -> None:
    done = qawl("score", "-", "--output", "o.jsonl", "--models", models_folder, stdin=("\ufeff" + TEXT).encode())
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text("utf-8").splitlines()]
    assert [row["text"] for row in rows] == TEXT.splitlines()
    assert all(row["article_id"] == "stdin" and TEXT[row["start"] : row["end"]] == row["text"] for row in rows)


def test_auto_takes_the_threshold_of_each_model(main: Main, models_folder: Path) -> None:
    write("a.txt", TEXT)
    shutil.copytree(models_folder, "m")
    scoring = ["score", "a.txt", "--output", "o.jsonl", "--models", "m", "--quiet", "--min-confidence", "auto"]
    status, _, err = main(*scoring)
    assert status == 2 and "no threshold in the model of topic, stance, speaker" in err
    for task, confidence in (("topic", 1.0), ("stance", 0.0), ("speaker", 0.0)):
        card = json.loads(Path(f"m/{task}/qawl.json").read_text("utf-8"))
        card["card"]["threshold"] = {"confidence": confidence, "coverage": 1.0, "accuracy": 1.0, "goal": 0.9}
        write(f"m/{task}/qawl.json", json.dumps(card))
    assert main(*scoring, "--target", "الحرب")[0] == 0
    rows = [json.loads(line) for line in Path("o.jsonl").read_text("utf-8").splitlines()]
    assert {row["topic"]["label"] for row in rows} == {None}
    assert all(stance["label"] for row in rows for stance in row["stances"])
    assert rows[0]["speaker"]["entity"] == "كيم"


BAD: list[tuple[str, str | bytes, list[str], str]] = [
    ("a.txt", "", [], "a.txt: empty: no text in it"),
    ("a.txt", b"ab\xff", [], "a.txt:1: not UTF-8 at byte 2"),
    ("a.csv", "body\nنص\n", [], "a.csv: no column 'text'"),
    ("a.csv", "body\nنص\n", ["--column", "text"], "--column 'text': write FIELD=COLUMN"),
    ("a.csv", "body\nنص\n", ["--column", "text=b"], "a.csv: no column 'b'"),
    ("a.csv", "text\n", [], "no article in the input"),
    ("a.jsonl", '{"text": " "}\n{"text": 5}', [], "no article in the input: a.jsonl:1: `text` is empty"),
    ("a.jsonl", '{"text": "نص", "targets": [""]}', [], "no article in the input: a.jsonl:1: an empty target"),
    ("a.txt", TEXT, ["--target", ""], "--target '': the target is empty"),
    ("a.txt", TEXT, ["--targets", "none.txt"], "none.txt: No such file"),
    ("a.txt", TEXT, ["--output", "none/o.jsonl"], "the folder none does not exist"),
    ("a.txt", TEXT, ["--output", "o.xlsx"], "unknown kind of output '.xlsx'"),
    ("a.txt", TEXT, ["--output", "o.xlsx", "--models", "none/models"], "unknown kind of output '.xlsx'"),
    ("a.txt", TEXT, ["--models", "."], "no model here: it has none of topic, stance, speaker"),
    ("a.txt", TEXT, ["--models", "none/models"], "no folder of models"),
    ("a.txt", TEXT, ["--min-confidence", "2"], "--min-confidence 2: give a probability from 0 to 1, or auto"),
    ("a.txt", TEXT, ["--min-confidence", "high"], "--min-confidence high: give a probability"),
    ("a.txt", TEXT, ["--confidence", "1"], "No such option: --confidence"),
]


@pytest.mark.parametrize(("name", "content", "options", "problem"), BAD)
def test_what_cannot_be_scored(
    main: Main, models_folder: Path, name: str, content: str | bytes, options: list[str], problem: str
) -> None:
    given = [write(name, content), "--output", "o.jsonl", "--models", models_folder, *options]
    status, out, err = main("score", *given)
    assert (status, out) == (2, "")
    assert problem in " ".join(err.replace("│", " ").split())
    assert sorted(path.name for path in Path().iterdir()) == [name]


def test_bad_rows_are_written_beside_the_output_and_counted(main: Main, models_folder: Path) -> None:
    write("a.jsonl", '{"url": 1, "body": "قال كيم: نعم."}\n{"url": 1, "body": "نص"}\n{"url": 2, "body": ""}\n')
    write("b.txt", b"\xff")
    options = ["--column", "text=body", "--column", "id=url", "--models", models_folder]
    status, _, err = main("score", "a.jsonl", "b.txt", "--output", "o.jsonl", *options)
    assert status == 1 and "3 rows rejected: see o.jsonl.rejected.jsonl" in err
    assert [json.loads(line)["article_id"] for line in Path("o.jsonl").read_text("utf-8").splitlines()] == ["1"]
    bad = [json.loads(line) for line in Path("o.jsonl.rejected.jsonl").read_text("utf-8").splitlines()]
    assert [(row["file"], row["line"], row["reason"].split(" — ")[0]) for row in bad] == [
        ("a.jsonl", 2, "the id '1' stands already"),
        ("a.jsonl", 3, "`body` is empty"),
        ("b.txt", 1, "not UTF-8 at byte 0"),
    ]


def test_a_file_that_breaks_off_after_good_rows_leaves_the_earlier_output(main: Main, models_folder: Path) -> None:
    write("a.txt", TEXT)
    rows = "".join(f'{{"text": "قال كيم: {number}"}}\n' for number in range(500))
    write("b.jsonl.gz", gzip.compress(rows.encode())[:-9])
    write("o.jsonl", "earlier")
    status, _, err = main("score", "a.txt", "b.jsonl.gz", "--output", "o.jsonl", "--models", models_folder)
    assert status == 2 and "b.jsonl.gz:" in err and "cannot be read" in err
    assert Path("o.jsonl").read_text() == "earlier"
    assert sorted(path.name for path in Path().iterdir()) == ["a.txt", "b.jsonl.gz", "o.jsonl"]


def test_a_folder_without_articles_and_no_input(main: Main) -> None:
    Path("empty").mkdir()
    assert main("score", "empty", "--output", "o.jsonl")[0] == 2
    assert main("score", "none.txt", "--output", "o.jsonl")[0] == 2
    assert main("score", "--output", "o.jsonl")[0] == 2


def test_an_alias_that_no_registry_has(main: Main) -> None:
    write("a.txt", TEXT)
    status, _, err = main("score", "a.txt", "--output", "o.jsonl", "--models", "champion")
    assert status == 2 and "the registry has no qawl-topic@champion" in err


@pytest.mark.parametrize("card", ["", "[]", '{"kind": "tfidf"}', '{"kind": "x", "task": {"name": "topic"}}'])
def test_a_model_folder_whose_card_is_no_card(main: Main, models_folder: Path, card: str) -> None:
    write("a.txt", TEXT)
    shutil.copytree(models_folder, "m")
    write("m/topic/qawl.json", card)
    status, _, err = main("score", "a.txt", "--output", "o.jsonl", "--models", "m")
    assert status == 2 and "m/topic/qawl.json" in err
    assert not Path("o.jsonl").exists()


def test_a_model_folder_whose_weights_are_cut_off(main: Main, models_folder: Path) -> None:
    write("a.txt", TEXT)
    shutil.copytree(models_folder, "m")
    write("m/topic/model.skops", Path("m/topic/model.skops").read_bytes()[:1000])
    status, _, err = main("score", "a.txt", "--output", "o.jsonl", "--models", "m")
    assert status == 2 and "can't be read" in err


# --- validate


def test_a_clean_corpus(qawl: Qawl, corpus: Path) -> None:
    done = qawl("validate", corpus)
    _, articles, sentences = validate(corpus)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.strip() == f"{articles} articles, {sentences} sentences: clean"


def test_findings_are_printed_and_the_status_is_1(main: Main, tiny: Path) -> None:
    row: dict[str, Any] = json.loads((tiny / "test.jsonl").read_text("utf-8"))
    row["sentences"][0]["topic"] = "sports"
    write("a.jsonl", json.dumps(row) + "\n{}\n")
    status, out, err = main("validate", "a.jsonl")
    assert status == 1
    assert [line.split(": ")[0] for line in out.splitlines()] == ["a.jsonl:1", "a.jsonl:2"]
    assert "2 findings" in err


def test_a_finding_in_a_file_whose_name_is_not_utf8(qawl: Qawl, tmp_path: Path) -> None:
    (tmp_path / "\udcff.jsonl").write_text("{}\n")
    done = qawl("validate", ".")
    assert (done.returncode, done.stdout.split(": ")[0]) == (1, "\\udcff.jsonl:1")


@pytest.mark.parametrize("given", ["none", "."])
def test_nothing_to_validate(main: Main, given: str) -> None:
    status, out, err = main("validate", given)
    assert (status, out) == (2, "") and err.startswith("qawl: ")


# --- examples: what an experiment reads


def test_a_users_table_becomes_examples(main: Main) -> None:
    write("a.csv", "s,t,l\n" + "".join(f"نص {at},الحرب,{'مع' if at % 2 else 'ضد'}\n" for at in range(20)))
    write("e.yaml", EXPERIMENT)
    status, out, _ = main("examples", "e.yaml", "--output", "ex")
    assert (status, out) == (0, "train 14, validation 3, test 3 examples in ex\n")
    assert sorted(path.name for path in Path("ex").iterdir()) == ["test.parquet", "train.parquet", "validation.parquet"]


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ("", "a.csv: the train split is empty"),
        ("s,t\nنص,الحرب\n", "a.csv:2: no column 'l'"),
        ("s,t,l\nنص,الحرب,\n", "a.csv:2: a row without a label (`label`)"),
        ("s,t,l\nنص,,مع\n", "a.csv:2: a row without a target (`target`)"),
        (b"s,t,l\n\xff", "a.csv:2: not UTF-8 at byte 6"),
    ],
)
def test_a_table_that_no_experiment_can_read(main: Main, table: str | bytes, problem: str) -> None:
    write("a.csv", table)
    write("e.yaml", EXPERIMENT)
    status, out, err = main("examples", "e.yaml", "--output", "ex")
    assert (status, out) == (2, "") and problem in err
    assert not Path("ex").exists()


def test_an_unknown_label_and_key(main: Main, tiny: Path) -> None:
    row = json.loads((tiny / "test.jsonl").read_text("utf-8"))
    row["sentences"][0]["topic"] = "sports"
    write("a.jsonl", json.dumps(row))
    write("e.yaml", "task: topic\nencoder: tfidf\ndata: {train: a.jsonl}\n")
    status, _, err = main("examples", "e.yaml", "--output", "ex")
    assert status == 2 and "a.jsonl:1: sentence 0: unknown topic 'sports'" in err
    status, _, err = main("examples", "e.yaml", "--output", "ex", "--set", "data.split_sed=1")
    assert status == 2 and "unknown key 'data.split_sed': did you mean 'split_seed'?" in err


# --- the command itself


def test_help_loads_nothing_of_weight() -> None:
    code = "import sys, qawl.cli as c; sys.argv = ['qawl', '--help']\ntry: c.main()\nfinally: print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    loaded = set(done.stdout.split())
    assert "typer" in loaded and not loaded & {"torch", "transformers", "sklearn", "mlflow", "datasets", "pandas"}


def test_usage_errors_have_status_2(main: Main) -> None:
    assert main("nonsense")[0] == 2
    assert main("validate")[0] == 2
    assert main()[0] == 2


def test_an_error_of_the_system_is_one_line(main: Main, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("qawl.data.validate.validate", full)
    assert main("validate", ".") == (2, "", "qawl: No space left on device\n")


def test_a_defect_has_a_status_of_its_own(main: Main, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*given: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("qawl.data.validate.validate", wrong)
    status, out, err = main("validate", ".")
    assert (status, out) == (70, "") and "ZeroDivisionError: division by zero" in err and "report it" in err


def test_a_report_never_replaces_what_it_is_made_of(main: Main, tmp_path: Path) -> None:
    write("rows.jsonl", "{}")
    status, _, err = main("report", "rows.jsonl", "--output", "./rows.jsonl")
    assert status == 2 and "rows.jsonl: is the scored file itself" in err
    assert Path("rows.jsonl").read_text() == "{}"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("validate", "."), "qawl: stopped\n"),
        (("train", "e.yaml"), "qawl: stopped; with --resume it goes on from the last checkpoint\n"),
        (("score", "-", "--output", "o.jsonl"), "qawl: stopped; with --resume it goes on where it was\n"),
        (("score", "-"), "qawl: stopped\n"),
    ],
)
def test_ctrl_c_stops_with_130_and_says_what_goes_on(
    main: Main, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    def stop(*given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("qawl.data.validate.validate", stop)
    monkeypatch.setattr("qawl.train.config.load_experiment", stop)
    for place in ("job.score_files", "show.show_scored"):
        monkeypatch.setattr(f"qawl.infer.{place}", stop)
    assert main(*words) == (130, "", said)
