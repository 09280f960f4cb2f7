"""The checks of a corpus: one test a finding, each with its file, line and remedy."""

import json
import random
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from qawl.data.validate import NEAR_DUPLICATE, validate
from qawl.errors import InputError

TEXT = "قال كيم: نعم. وأضاف: لا."
ROW: dict[str, Any] = {
    "id": "a",
    "text": TEXT,
    "entities": [{"name": "كيم", "aliases": []}],
    "targets": ["الحرب"],
    "sentences": [
        {"start": 0, "end": 13, "topic": "sport", "speaker": {"entity": "كيم", "start": 4, "end": 7}},
        {"start": 14, "end": 24, "speaker": {"entity": "كيم", "start": 4, "end": 7}, "stance": {"الحرب": "against"}},
    ],
}
Change = Callable[[dict[str, Any]], Any]


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def changed(change: Change, **fields: Any) -> dict[str, Any]:
    row = {**deepcopy(ROW), **fields}
    change(row)
    return row


def findings(data: Path) -> list[str]:
    return [str(finding) for finding in validate(data)[0]]


def test_our_corpus_is_clean(corpus: Path) -> None:
    found, articles, sentences = validate(corpus)
    assert found == []
    assert articles == sum(1 for file in corpus.glob("*.jsonl") for _ in file.open())
    assert sentences > 10 * articles


def test_a_sound_article_is_clean(tmp_path: Path) -> None:
    assert validate(write(tmp_path / "a.jsonl", ROW)) == ([], 1, 2)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda row: row["sentences"][1].update(end=25), "sentence 1: offsets 14:25 lie outside the text of 24"),
        (lambda row: row["sentences"][1].update(start=24), "sentence 1: offsets 24:24 lie outside"),
        (lambda row: row["sentences"][1].update(start=12), "sentence 1: starts at 12, before the sentence above ends"),
        (lambda row: row["sentences"][1].update(start=13), "sentence 1: blanks at its edges"),
        (lambda row: row["sentences"][0].update(topic="sports"), "sentence 0: unknown topic 'sports'"),
        (lambda row: row["sentences"][1].update(stance={"الحرب": "pro"}), "sentence 1: unknown stance 'pro'"),
        (lambda row: row["sentences"][1].update(stance={"السلم": "favor"}), "sentence 1: a stance toward «السلم»"),
        (
            lambda row: row["sentences"][0]["speaker"].update(start=14, end=19),
            "sentence 0: the mention's offsets 14:19 lie outside the text up to this sentence's end",
        ),
        (lambda row: row["sentences"][0]["speaker"].update(start=3), "sentence 0: blanks at the edges of the mention"),
        (lambda row: row["sentences"][0]["speaker"].update(start=5), "sentence 0: the mention is «يم»"),
        (lambda row: row["sentences"][0]["speaker"].update(entity="أون"), "sentence 0: the speaker «أون» is not in"),
        (lambda row: row["entities"].append({"name": "كيم"}), "two entities are named «كيم»"),
        (lambda row: row["targets"].append("الحرب"), "a target listed twice"),
        (lambda row: row["targets"].append(" "), "an empty target"),
        (lambda row: row.update(sentences=[]), "sentences: List should have at least 1 item"),
    ],
)
def test_what_is_wrong_in_an_article_is_found(tmp_path: Path, change: Change, problem: str) -> None:
    sound = changed(lambda row: None, id="b", text=TEXT.replace("نعم", "كلا"))
    path = write(tmp_path / "a.jsonl", sound, changed(change))
    found = [finding for finding in findings(path) if "near-duplicate" not in finding]
    assert len(found) == 1, found
    assert found[0].startswith(f"{path}:2: {problem}")
    assert found[0].partition(" — ")[2]


@pytest.mark.parametrize(
    ("content", "line", "problem"),
    [
        (b"", 1, "no article in it"),
        (b"{}\n[]\n", 2, "a JSON value that is no object"),
        (b"{}\n\xff", 2, "not UTF-8 at byte 3"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_finding(tmp_path: Path, content: bytes, line: int, problem: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(content)
    assert findings(path)[-1].startswith(f"{path}:{line}: {problem}")
    assert sum("{}" not in finding and "Field required" not in finding for finding in findings(path)) == 1


def test_an_id_that_stands_twice(tmp_path: Path) -> None:
    other = changed(lambda row: None, text="قال كيم: كلا. ثم مضى ....")
    path = write(tmp_path / "a.jsonl", ROW, other)
    (found,) = [finding for finding in findings(path) if "stands already" in finding]
    assert found.startswith(f"{path}:2: id 'a' stands already at {path}:1 —")


def test_an_id_in_two_splits_is_a_leak(tmp_path: Path) -> None:
    first = write(tmp_path / "test.jsonl", ROW)
    second = write(tmp_path / "train.jsonl", changed(lambda row: None, text="قال كيم: كلا. ثم مضى ...."))
    (found,) = [finding for finding in findings(tmp_path) if "stands already" in finding]
    assert found.startswith(f"{second}:1: id 'a' stands already at {first}:1 (a leak between splits)")


def near(words: list[str], change: int) -> str:
    """The same words but for the last ones: of n three-word shingles, n - change are shared."""
    return " ".join([*words[: len(words) - change], *(f"غير{number}" for number in range(change))])


def long_row(name: str, text: str) -> dict[str, Any]:
    return {"id": name, "text": text, "sentences": [{"start": 0, "end": len(text)}]}


def test_one_story_told_twice(tmp_path: Path) -> None:
    words = [f"كلمة{number}" for number in range(102)]
    rows = [long_row("a", " ".join(words)), long_row("b", near(words, 10)), long_row("c", near(words, 60))]
    path = write(tmp_path / "a.jsonl", *rows)
    assert [finding.split(" — ")[0] for finding in findings(path)] == [
        f"{path}:2: near-duplicate: 82% the same as article 'a' at {path}:1"
    ]


def test_a_story_in_two_splits_is_a_leak(tmp_path: Path) -> None:
    words = [f"كلمة{number}" for number in range(102)]
    first = write(tmp_path / "test.jsonl", long_row("a", " ".join(words)))
    second = write(tmp_path / "train.jsonl", long_row("b", near(words, 10)))
    (found,) = findings(tmp_path)
    assert found.startswith(f"{second}:1: near-duplicate: 82% the same as article 'a' at {first}:1, a leak between")


def test_the_index_misses_no_pair_at_the_threshold(tmp_path: Path) -> None:
    draw = random.Random(1)
    rows = []
    for number in range(40):
        words = [f"كلمة{draw.randrange(10**9)}" for _ in range(102)]
        # 83 of 117 shingles are shared: 71 %.
        rows += [long_row(f"{number}", " ".join(words)), long_row(f"{number}'", near(words, 17))]
    assert NEAR_DUPLICATE < 83 / 117
    assert len(findings(write(tmp_path / "a.jsonl", *rows))) == 40


def test_no_corpus_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a folder without \*.jsonl"):
        validate(tmp_path)
    with pytest.raises(InputError, match="no such file or folder"):
        validate(tmp_path / "a.jsonl")
