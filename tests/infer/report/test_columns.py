"""Rows become columns: in reading order, each text once, one speaker under all spellings."""

from __future__ import annotations

import gzip
import json
from base64 import b64decode
from dataclasses import replace
from typing import Any

from qawl.infer.report.columns import Columns, Table, percent
from qawl.infer.report.names import TOPIC_NAMES, across_articles
from qawl.infer.report.texts import BLOCK, Texts
from qawl.records import TOPICS, ScoredLabel, ScoredRow, ScoredSpeaker, ScoredStance
from scored_rows import TALKS, TEXTS, make_row


def unpack(packed: str) -> Any:
    return json.loads(gzip.decompress(b64decode(packed)))


def tabulate(rows: list[ScoredRow]) -> tuple[Table, list[str]]:
    texts = Texts()
    columns = Columns(texts)
    for _ in columns.take(rows):
        pass
    return columns.table(), [text for block in texts.blocks() for text in unpack(block)]


def test_all_topics_have_arabic_names() -> None:
    assert set(TOPIC_NAMES) == set(TOPICS)


def test_rows_come_in_reading_order(rows: list[ScoredRow]) -> None:
    other = [replace(row, article_id="b") for row in rows]
    table, texts = tabulate([rows[2], *other, rows[0], rows[3], rows[1]])
    assert [texts[number] for number in table.columns["text"]] == [*TEXTS, *TEXTS]
    assert table.columns["article"].tolist() == [0] * 4 + [1] * 4
    assert table.columns["score"].tolist() == [90, 93, 93, 41] * 2
    # The stances went with their sentences.
    own = slice(*table.columns["stance"][[2, 3]])
    assert [table.lists["labels"][label] for label in table.columns["label"][own]] == ["بلا موقف", "مؤيد"]
    assert table.lists["targets"][table.columns["target"][own][1]] == TALKS
    assert table.columns["certain"][own].tolist() == [90, 77]


def test_the_narrator_and_abstentions_have_numbers_of_their_own(rows: list[ScoredRow]) -> None:
    table, _ = tabulate(rows)
    assert table.columns["speaker"].tolist() == [0, 2, 2, 1]
    assert table.columns["topic"].tolist()[-1] == 0
    assert table.lists["topics"][0] == table.lists["labels"][0] == "امتناع"


def test_mentions_count_as_the_browser_does(rows: list[ScoredRow]) -> None:
    text = "🛰 قال بوتين كلمة"
    at = text.index("بوتين")
    inside = replace(rows[1], text=text, start=100, speaker=ScoredSpeaker("ب", "بوتين", 100 + at, 105 + at, 0.9))
    earlier = replace(rows[2], speaker=ScoredSpeaker("ب", "بوتين", 3, 8, 0.9))
    table, _ = tabulate([inside, earlier])
    columns = (table.columns[name].tolist() for name in ("text", "begin", "end"))
    assert sorted(zip(*columns, strict=True)) == [(0, at + 1, at + 6), (1, 0, 0)]


def test_spellings_of_one_name_are_one_speaker() -> None:
    named = {("a", "الرئيس الروسى"): 1, ("b", "الرئيس الروسي"): 5, ("c", "الرّئيس الروسي"): 1, ("c", "كيم"): 9}
    assert set(across_articles(named).values()) == {"الرئيس الروسي", "كيم"}
    speakers = [
        make_row(1, ScoredSpeaker(name, None, None, None, 0.9), article, sentence=number, start=number)
        for (article, name), count in named.items()
        for number in range(count)
    ]
    table, _ = tabulate(speakers)
    assert table.lists["speakers"][2:] == ["كيم", "الرئيس الروسي"]
    assert sorted(table.columns["speaker"].tolist()) == [2] * 9 + [3] * 7


def test_a_text_that_many_print_is_kept_once() -> None:
    texts = Texts()
    wire = [f"{number} خبر الوكالة " + "كلمة " * 2000 for number in range(40)]
    first = [texts.add(text) for text in wire]
    assert [texts.add(text) for text in wire] == first == list(range(40))
    blocks = [unpack(block) for block in texts.blocks()]
    assert [text for block in blocks for text in block] == wire
    assert 1 < len(blocks) <= len(wire) * 10_015 / BLOCK
    assert texts.first == [sum(map(len, blocks[:n])) for n in range(len(blocks))]


def test_labels_of_the_users_own_keep_their_names(rows: list[ScoredRow]) -> None:
    row = replace(rows[0], topic=ScoredLabel("طيران", 0.9), stances=(ScoredStance("القطار", "متردد", 0.8),))
    table, _ = tabulate([row])
    assert table.lists["topics"][table.columns["topic"][0]] == "طيران"
    assert table.lists["labels"][table.columns["label"][0]] == "متردد"


def test_no_character_can_break_the_page(rows: list[ScoredRow]) -> None:
    odd = "ق\ud800\x00\x1b\u202e\ufffe\x85ل"
    row = replace(rows[0], text=odd, title=odd, topic=ScoredLabel(odd, 0.5), stances=(ScoredStance(odd, odd, 0.5),))
    table, texts = tabulate([row])
    fit = "ق\ufffd\ufffd\ufffd\u202e\ufffd\ufffdل"
    assert texts == [fit] and table.lists["articles"][0][1] == table.lists["targets"][0] == fit


def test_certain_and_impossible_are_said_only_where_it_is_so() -> None:
    assert [percent(score) for score in (0, 0.0004, 0.5, 0.9996, 1)] == [0, 1, 50, 99, 100]
