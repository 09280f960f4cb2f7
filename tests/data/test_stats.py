"""The counts of a corpus: small cases counted by hand, and a card whose tables are those of the corpus."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from qawl.data.articles import parse_article
from qawl.data.constructions import CONSTRUCTIONS, constructions, cue_lemmas, steps_back
from qawl.data.stats import count, measure, near_twins, read_splits, tables
from qawl.records import Article

ROOT = Path(__file__).parents[2]
DESCRIBE = ROOT / "data" / "describe.py"


def article(*sentences: tuple[str, str | None], **fields: Any) -> Article:
    """An article of (sentence, speaker); the mention is the last one at or before the sentence's end."""
    text = "\n".join(said for said, _ in sentences)
    rows, start = [], 0
    for said, who in sentences:
        end = start + len(said)
        at = -1 if who is None else text.rindex(who, 0, end)
        speaker = None if who is None else {"entity": who, "start": at, "end": at + len(who)}
        rows.append({"start": start, "end": end, "topic": "sport", "speaker": speaker})
        start = end + 1
    names = dict.fromkeys(who for _, who in sentences if who)
    row = {"id": "a", "text": text, "entities": [{"name": name} for name in names], "sentences": rows, **fields}
    return parse_article(row, "here", 1)


SPOKEN = article(
    ("وصل الوفد إلى البلدة صباح الأحد.", None),
    ("وقال سالم الرواحي إن السوق سيفتح.", "سالم الرواحي"),
    ("وأضاف أن الباعة عادوا.", "سالم الرواحي"),
    ("من جانبها، هدى الجابري أكدت أن الإغلاق انتهى.", "هدى الجابري"),
    ("وتابع سالم الرواحي أن العمل تم.", "سالم الرواحي"),
    ("وختم الوفد جولته في المساء.", None),
    ("وأكد أن الطريق آمن.", "سالم الرواحي"),
)


def test_sentences_and_voices_counted_by_hand() -> None:
    counts = count([SPOKEN])
    assert counts.lengths == (7,)
    assert counts.words == len(SPOKEN.text.split())
    assert counts.entities == 2
    assert counts.voices == {"narrator": 2, "explicit": 3, "implicit": 2}
    assert counts.steps == (1, 2)
    assert counts.topics == {"sport": 7}
    assert [steps_back(SPOKEN.sentences, index) for index in range(7)] == [0, 0, 1, 0, 0, 0, 2]


def test_pairs_counted_by_hand() -> None:
    row: dict[str, Any] = {"id": "a", "text": "قال كيم: لا. هطل المطر.", "targets": ["الحرب", "السلم"]}
    row["entities"] = [{"name": "كيم"}]
    said = {"entity": "كيم", "start": 4, "end": 7}
    row["sentences"] = [
        {"start": 0, "end": 12, "speaker": said, "stance": {"الحرب": "against", "السلم": "favor"}},
        {"start": 13, "end": 23, "stance": {"الحرب": "none", "السلم": "favor"}},
    ]
    counts = count([parse_article(row, "here", 1)])
    assert counts.stances == {"against": 1, "favor": 2, "none": 1}
    assert counts.narrated == {"favor": 1, "none": 1}
    assert counts.targets == {"الحرب", "السلم"}


def test_constructions_of_an_article_counted_by_hand() -> None:
    found = constructions(SPOKEN)
    assert found == {
        "verb-subject": 2,
        "subject-verb": 1,
        "implicit subject": 2,
        "turn phrase": 1,
        "return to an earlier speaker": 1,
        "implicit, several back": 1,
    }
    assert found.keys() <= CONSTRUCTIONS.keys()
    assert cue_lemmas(SPOKEN) == {"قال", "أضاف", "من جانبه", "أكد", "تابع"}


@pytest.mark.parametrize(
    ("sentence", "who", "expected"),
    [
        ("«لن نترك السوق أبدا»، يقول سالم وهو يبتسم.", "سالم", {"fronted quotation", "verb-subject"}),
        ("وبحسب مصادر مطلعة، يفتح السوق غدا.", "مصادر مطلعة", {"verbless source phrase"}),
        ("وغادر سالم القاعة غاضبا، مؤكدا أن القرار باطل.", "سالم", {"participle only"}),
        ("ونقلت صحيفة الوادي عن سالم قوله إن السوق سيفتح.", "سالم", {"relay"}),
        ("أما سالم فأكد أن السوق سيفتح.", "سالم", {"turn phrase", "subject-verb"}),
        ("سالم: السوق لنا.", "سالم", {"name and colon"}),
        ("سالم يبتسم للسوق.", "سالم", {"none of these"}),
    ],
)
def test_one_construction(sentence: str, who: str, expected: set[str]) -> None:
    assert set(constructions(article((sentence, who)))) == expected


def test_a_quotation_that_goes_on() -> None:
    text = "وقال سالم: «السوق لنا. والبحر لنا»."
    middle = text.index("والبحر")
    said = {"entity": "سالم", "start": 5, "end": 9}
    rows = [{"start": 0, "end": middle - 1, "speaker": said}, {"start": middle, "end": len(text), "speaker": said}]
    row = {"id": "a", "text": text, "entities": [{"name": "سالم"}], "sentences": rows}
    found = constructions(parse_article(row, "here", 1))
    assert found == {"verb-subject": 1, "quotation continued without cue": 1}


def test_near_twins_counted_by_hand() -> None:
    words = "a b c d e f g h i j k l".split()
    # of 10 shingles each, 9 are shared: 9/11; 7 shared of 13 are too few
    one, far = [*words[:-1], "x"], [*words[:-3], "x", "y", "z"]
    assert near_twins([words, one, far]) == [True, True, False]
    assert near_twins([words[:5], words[:5]]) == [None, None]
    assert near_twins([words[:6], words[:6]]) == [True, True]
    assert near_twins([words]) == [False]


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


ROW: dict[str, Any] = {
    "id": "a",
    "text": "قال كيم إن المطر سيهطل في المدينة غدا.",
    "entities": [{"name": "كيم"}],
    "targets": ["المطر"],
    "sentences": [{"start": 0, "end": 38, "topic": "weather", "speaker": {"entity": "كيم", "start": 4, "end": 7}}],
}


def test_columns_stand_in_the_order_of_splits_and_tell_what_is_new(tmp_path: Path) -> None:
    write(tmp_path / "train.jsonl", ROW, {"id": "broken"})
    write(tmp_path / "test.jsonl", {**ROW, "id": "b"})
    (tmp_path / "extra.jsonl").write_text("not JSON\n")
    columns = measure(read_splits(tmp_path))
    assert [column.name for column in columns] == ["train", "test", "extra", "all"]
    assert [(column.twins, column.compared) for column in columns] == [(1, 1), (1, 1), (0, 0), (2, 2)]
    printed = tables(columns)
    assert "| articles | 1 | 1 | 0 | 2 |" in printed
    assert "| sentences with a near twin | 1 (100.0%) | 1 (100.0%) | 0 | 2 (100.0%) |" in printed
    assert "| names of speakers | 0 of 1 (0%) | 0 |" in printed


def test_the_command_prints_findings_and_then_tables(tmp_path: Path, qawl: Any) -> None:
    write(tmp_path / "train.jsonl", ROW, {"id": "broken"})
    done = qawl("validate", tmp_path, "--stats")
    assert done.returncode == 1
    finding, first, *_ = done.stdout.splitlines()
    assert "train.jsonl:2: text: Field required" in finding
    assert first == "| size | train |"


def describe(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(DESCRIBE), *map(str, words)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False, timeout=120)


def test_tables_go_between_the_markers_of_a_card(tmp_path: Path) -> None:
    data = write(tmp_path / "train.jsonl", ROW)
    card = tmp_path / "card.md"
    card.write_text("before\n<!-- stats -->\nold\n<!-- /stats -->\nafter\n", encoding="utf-8")
    done = describe(data, "--card", card)
    assert done.returncode == 0, done.stderr
    expected = f"before\n<!-- stats -->\n{tables(measure(read_splits(data)))}<!-- /stats -->\nafter\n"
    assert card.read_text(encoding="utf-8") == expected
    card.write_text("no markers\n", encoding="utf-8")
    done = describe(data, "--card", card)
    assert done.returncode == 1
    assert "not one pair of markers" in done.stderr


def test_our_card_has_the_tables_of_our_corpus(corpus: Path) -> None:
    card = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    inside = card.split("<!-- stats -->\n")[1].split("<!-- /stats -->")[0]
    remedy = "run: python data/describe.py data/corpus --card data/README.md --pictures data/pictures"
    assert inside == tables(measure(read_splits(corpus))), remedy


def test_our_corpus_has_hardly_a_near_twin(corpus: Path) -> None:
    everything = measure(read_splits(corpus))[-1]
    assert everything.twins < 0.01 * everything.compared
