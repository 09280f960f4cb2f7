"""What is scored: every sentence once and in order, the same in all three formats, whole or not there."""

import csv
import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qawl.arabic.sentences import split_sentences
from qawl.data.files import read_table
from qawl.errors import InputError
from qawl.infer.job import score_files
from qawl.infer.loading import Models
from qawl.infer.readers import read_articles
from qawl.infer.score import CHUNK, has_arabic, score_articles
from qawl.infer.summary import Summary
from qawl.infer.writers import CSV_COLUMNS, FORMATS, check_output, join_files, open_writer
from qawl.records import STANCES, TOPICS, Article, ScoredLabel, ScoredRow, ScoredSpeaker, ScoredStance
from rich.console import Console

TARGETS = ["كوريا الشمالية", "العقوبات"]
ARABIC = "قال كيم:نعمو أضافإن«»\"'. \n؟،لا\ud800a٣ـ"
Score = Callable[..., list[ScoredRow]]


def score(models: Models, *given: Article, **options: Any) -> list[ScoredRow]:
    return [row for rows in score_articles(given, models, **options) for row in rows]


def check_offsets(article: Article, rows: list[ScoredRow]) -> None:
    """Every sentence once and in order, and what each row quotes stands in the article where it says."""
    assert [(row.start, row.end) for row in rows] == split_sentences(article.text)
    assert [row.sentence for row in rows] == list(range(len(rows)))
    for row in rows:
        assert row.article_id == article.id
        assert row.text == article.text[row.start : row.end]
        if row.speaker and row.speaker.mention is not None:
            assert row.speaker.mention == article.text[row.speaker.start : row.speaker.end]
            assert row.speaker.end is not None and row.speaker.end <= row.end


@pytest.fixture(scope="session")
def seed_rows(models: Models, seeds: list[Path]) -> list[tuple[Article, list[ScoredRow]]]:
    found = [own for own in read_articles([str(path) for path in seeds]) if isinstance(own, Article)]
    return list(zip(found, score_articles(found, models, targets=TARGETS), strict=True))


def test_every_sentence_of_the_seeds_is_scored_once_and_in_order(
    seed_rows: list[tuple[Article, list[ScoredRow]]],
) -> None:
    assert len(seed_rows) == 2
    for article, rows in seed_rows:
        check_offsets(article, rows)
        assert len(rows) > 10 and any(row.speaker and row.speaker.mention for row in rows)
        for row in rows:
            assert row.topic.label in TOPICS and 0 < row.topic.score <= 1
            assert [stance.target for stance in row.stances] == TARGETS
            assert all(stance.label in STANCES and 0 < stance.score <= 1 for stance in row.stances)
            assert row.speaker is None or 0 < row.speaker.score <= 1
            assert 0 < row.narrator_score <= 1


def test_a_speaker_goes_by_one_of_the_articles_own_strings(seed_rows: list[tuple[Article, list[ScoredRow]]]) -> None:
    for article, rows in seed_rows:
        named = [row.speaker for row in rows if row.speaker]
        assert {speaker.entity for speaker in named} <= {speaker.mention for speaker in named}
        assert all(speaker.entity in article.text for speaker in named if speaker.entity)


@settings(max_examples=40, deadline=None)
@given(text=st.text() | st.text(alphabet=ARABIC, max_size=120))
def test_any_text_is_scored_to_the_character(models: Models, text: str) -> None:
    article = Article("a", text)
    rows = score(models, article, targets=["الحرب"])
    check_offsets(article, rows)
    assert all(len(row.stances) == 1 for row in rows)


def test_a_mention_is_found_where_it_stands_however_far_down(models: Models) -> None:
    text = "مضى يوم.\n" * 12 + "قال كيم إن الحرب انتهت.\nوأضاف: نعم."
    start = text.index("كيم")
    *_, said, added = score(models, Article("a", text))
    for row in (said, added):
        assert row.speaker and (row.speaker.start, row.speaker.end) == (start, start + 3)


def test_a_paragraph_of_200_000_characters(models: Models) -> None:
    sentence = "قال الوزير كيم إن العلاقات جيدة، وأضاف أن الأمر واضح"
    one = Article("a", (sentence + "، ") * (200_000 // len(sentence)))
    many = Article("b", (sentence + ". ") * (200_000 // len(sentence)))
    rows = list(score_articles([one, many], models))
    assert [len(own) for own in rows] == [1, 200_000 // len(sentence)]
    check_offsets(one, rows[0])
    check_offsets(many, rows[1])


def test_articles_that_fill_several_chunks_keep_their_order(models: Models) -> None:
    given = [Article(str(number), "قال كيم: نعم.\n" * (CHUNK // 3)) for number in range(5)]
    rows = list(score_articles(given, models))
    assert [{row.article_id for row in own} for own in rows] == [{article.id} for article in given]
    assert {len(own) for own in rows} == {CHUNK // 3}


def test_an_articles_own_targets_come_first_and_each_is_asked_once(models: Models) -> None:
    rows = score(models, Article("a", "قال كيم: نعم.", targets=("السلم", "الحرب")), targets=["الحرب", "كوريا"])
    assert [[stance.target for stance in row.stances] for row in rows] == [["السلم", "الحرب", "كوريا"]]


def test_what_falls_under_the_confidence_is_an_abstention_with_its_score(models: Models) -> None:
    article = Article("a", "قال كيم إن الحرب انتهت.\nومضى يوم.")
    sure = score(models, article, targets=["الحرب"])
    unsure = score(models, article, targets=["الحرب"], min_confidence=1.0)
    assert sure[0].speaker and sure[0].speaker.mention == "كيم" and sure[1].speaker is None
    for before, after in zip(sure, unsure, strict=True):
        assert after.topic == ScoredLabel(None, before.topic.score)
        assert after.stances == (ScoredStance("الحرب", None, before.stances[0].score),)
        assert after.narrator_score == before.narrator_score
        assert after.speaker
        # The rules had no other answer than the narrator for the second sentence: they are sure of it.
    assert unsure[0].speaker == ScoredSpeaker(None, None, None, None, sure[0].speaker.score)


def test_the_confidence_is_a_threshold(models: Models) -> None:
    article = Article("a", "قال كيم إن الحرب انتهت.")
    (row,) = score(models, article)
    assert row.speaker
    (kept,) = score(models, article, min_confidence=row.speaker.score - 0.001)
    (left,) = score(models, article, min_confidence=row.speaker.score + 0.001)
    assert kept.speaker == row.speaker
    assert left.speaker and left.speaker.entity is None


def test_no_arabic_gives_abstentions(models: Models) -> None:
    (row,) = score(models, Article("a", "No Arabic, ٣ ـ.", targets=("الحرب",)))
    assert row.speaker == ScoredSpeaker(None, None, None, None, 0.0)
    assert row.topic == ScoredLabel(None, 0.0)
    assert row.stances == (ScoredStance("الحرب", None, 0.0),)


@pytest.mark.parametrize(
    ("text", "arabic"),
    [("a ق", True), ("ﻗﺎﻝ", True), ("پ", True), ("", False), ("٣٫٥ ٪ ؟ ،", False), ("ـ", False), ("שלום", False)],
)
def test_has_arabic(text: str, arabic: bool) -> None:
    assert has_arabic(text) is arabic


# --- files


def row(**changed: Any) -> ScoredRow:
    fields: dict[str, Any] = {
        "article_id": "a",
        "sentence": 0,
        "start": 0,
        "end": 4,
        "text": "نعم،",
        "speaker": ScoredSpeaker("كيم أون", "كيم", 1, 4, 0.93),
        "narrator_score": 0.07,
        "topic": ScoredLabel("sport", 0.5),
        "stances": (ScoredStance("الحرب", "favor", 0.8), ScoredStance("السلم", None, 0.4)),
        "outlet": "روسيا اليوم",
    }
    return ScoredRow(**{**fields, **changed})


ROWS = [
    row(),
    row(sentence=1, speaker=None, stances=(), text='فيها "، \n\r'),
    row(sentence=2, speaker=ScoredSpeaker(None, None, None, None, 0.4), topic=ScoredLabel(None, 0.1)),
]


def write(path: Path, rows: list[ScoredRow]) -> Path:
    with open_writer(path) as write_row:
        for own in rows:
            write_row(own)
    return path


def read_json(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]


def test_jsonl_and_parquet_hold_the_rows(tmp_path: Path) -> None:
    given = [json.loads(json.dumps(own.as_dict())) for own in ROWS]
    assert read_json(write(tmp_path / "a.jsonl", ROWS)) == given
    assert pq.read_table(write(tmp_path / "a.parquet", ROWS)).to_pylist() == given


def test_csv_is_the_same_flattened_for_excel(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", ROWS)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        table = list(csv.DictReader(stream))
    assert list(table[0]) == CSV_COLUMNS
    assert [(own["sentence"], own["target"], own["stance"], own["stance_score"]) for own in table] == [
        ("0", "الحرب", "favor", "0.8"),
        ("0", "السلم", "", "0.4"),
        ("1", "", "", ""),
        ("2", "الحرب", "favor", "0.8"),
        ("2", "السلم", "", "0.4"),
    ]
    assert [(own["speaker_entity"], own["speaker_start"], own["speaker_score"]) for own in table] == [
        *[("كيم أون", "1", "0.93")] * 2,
        ("", "", ""),
        *[("", "", "0.4")] * 2,
    ]
    assert table[2]["text"] == ROWS[1].text


def test_the_seeds_are_the_same_in_every_format(
    tmp_path: Path, seeds: list[Path], models_folder: Path, seed_rows: list[tuple[Article, list[ScoredRow]]]
) -> None:
    for suffix in FORMATS:
        score_files([str(path) for path in seeds], tmp_path / f"a{suffix}", TARGETS, None, str(models_folder), 0, True)
    expected = [own for _, rows in seed_rows for own in rows]
    lines = read_json(tmp_path / "a.jsonl")
    assert lines == [json.loads(json.dumps(own.as_dict())) for own in expected]
    assert pq.read_table(tmp_path / "a.parquet").to_pylist() == lines
    table = [own for _, own in read_table(tmp_path / "a.csv")]
    assert [
        (own["article_id"], int(own["sentence"]), own["text"], own["speaker_mention"], own["target"], own["stance"])
        for own in table
    ] == [
        (own.article_id, own.sentence, own.text, (own.speaker and own.speaker.mention) or "", s.target, s.label)
        for own in expected
        for s in own.stances
    ]


def test_half_a_surrogate_pair_is_escaped_in_json_and_replaced_elsewhere(tmp_path: Path) -> None:
    given = [row(text="a\ud800b", stances=(ScoredStance("\udfff", None, 0.5),))]
    assert read_json(write(tmp_path / "a.jsonl", given))[0]["text"] == "a\ud800b"
    (stored,) = pq.read_table(write(tmp_path / "a.parquet", given)).to_pylist()
    assert (stored["text"], stored["stances"][0]["target"]) == ("a\ufffdb", "\ufffd")
    ((_, flat),) = read_table(write(tmp_path / "a.csv", given))
    assert (flat["text"], flat["target"]) == ("a\ufffdb", "\ufffd")


@pytest.mark.parametrize("suffix", FORMATS)
def test_no_row_is_still_a_file(tmp_path: Path, suffix: str) -> None:
    assert list(read_table(write(tmp_path / f"a{suffix}", []))) == []


@pytest.mark.parametrize("suffix", FORMATS)
def test_joined_files_are_one_file_with_all_rows(tmp_path: Path, suffix: str) -> None:
    parts = [write(tmp_path / f"{at}{suffix}", rows) for at, rows in enumerate((ROWS[:2], [], ROWS[2:]))]
    join_files(iter(parts), tmp_path / f"joined{suffix}")
    whole = write(tmp_path / f"whole{suffix}", ROWS)
    assert list(read_table(tmp_path / f"joined{suffix}")) == list(read_table(whole))


def test_a_summary_of_parts_is_that_of_the_whole_and_does_not_grow_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, merged = Summary(), Summary()
    for rows in (ROWS, ROWS[1:], [row(topic=ScoredLabel("\ud800", 0.5))]):
        whole.add(rows)
        part = Summary()
        part.add(rows)
        merged.merge(json.loads(json.dumps(part.as_dict())))
    assert merged.as_dict() == whole.as_dict()
    monkeypatch.setattr("qawl.infer.summary.KEPT", 100)
    for number in range(300):
        part = Summary()
        part.add([row(speaker=ScoredSpeaker(f"متحدث {number}", "x", 0, 1, 0.9)), *ROWS])
        merged.merge(part.as_dict())
    assert len(merged.speakers) <= 100
    assert merged.speakers["كيم أون"] == whole.speakers["كيم أون"] + 300


@pytest.mark.parametrize("suffix", FORMATS)
def test_an_error_while_scoring_leaves_the_earlier_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_text("earlier")
    with pytest.raises(ZeroDivisionError), open_writer(path) as write_row:
        for _ in range(5000):
            write_row(row())
        raise ZeroDivisionError
    assert path.read_text() == "earlier"
    assert os.listdir(tmp_path) == [path.name]  # noqa: PTH208


def test_an_output_that_cannot_be_written_is_refused_first(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"unknown kind of output '\.xlsx'"):
        check_output(tmp_path / "a.xlsx")
    with pytest.raises(InputError, match=r"the folder .* does not exist — mkdir -p"):
        check_output(tmp_path / "none" / "a.csv")
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(InputError, match="is a folder"):
        check_output(tmp_path / "a.csv")


@pytest.mark.parametrize(
    ("among", "output"),
    [
        ("a.jsonl", "a.jsonl"),
        (".", "a.jsonl"),
        (".", "new.jsonl"),
        ("*.jsonl", "new.jsonl"),
        ("**/*.jsonl", "new.jsonl"),
        ("../*", "new.jsonl"),  # finds the folder, of which every file is read
    ],
)
def test_an_input_is_never_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, models_folder: Path, among: str, output: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.jsonl").write_text('{"text": "نص"}\n', encoding="utf-8")
    with pytest.raises(InputError, match="is itself among the inputs"):
        score_files([among], tmp_path / output, [], None, str(models_folder), 0, True)
    assert Path("a.jsonl").read_text("utf-8") == '{"text": "نص"}\n'


def test_an_output_that_a_pattern_does_not_find_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, models_folder: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    Path("in/a.jsonl").write_text('{"text": "نص"}\n', encoding="utf-8")
    for pattern, output in (("in/*.jsonl", "a.jsonl"), ("**/a*.jsonl", "in/rows.jsonl"), ("i?/a.jsonl", "in/o.csv")):
        assert score_files([pattern], Path(output), [], None, str(models_folder), "0", True) == 0
        Path(output).unlink()


def test_the_summary_shows_names_as_they_are() -> None:
    summary = Summary()
    summary.add([row(speaker=ScoredSpeaker("[/b] x", "x", 0, 1, 0.9), stances=(ScoredStance("[/t]", "favor", 1.0),))])
    summary.add([row(speaker=None), row(speaker=ScoredSpeaker(None, None, None, None, 0.1))])
    console = Console(file=io.StringIO(), width=200)
    summary.show(console)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert shown.startswith("2 articles, 3 sentences")
    assert all(part in shown for part in ("[/b] x", "[/t]", "(narrator)", "(abstained)", "sport"))


def test_the_summary_says_where_nobody_takes_a_side_and_how_many_it_leaves_out() -> None:
    summary = Summary()
    for number in range(15):
        speaker = ScoredSpeaker(f"متحدث{number}", "x", 0, 1, 0.9)
        summary.add([row(article_id=str(number), speaker=speaker, stances=(ScoredStance("السلم", "none", 1.0),))])
    console = Console(file=io.StringIO(), width=200)
    summary.show(console)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "nobody takes a side" in shown and "… 3 others" in shown
