"""The schema of labelled articles."""

from pathlib import Path
from typing import Any

import pytest
from qawl.data.articles import article_dict, iter_articles, parse_article, write_articles
from qawl.errors import InputError
from qawl.records import Article, Entity, Mention

ROW: dict[str, Any] = {
    "id": "a",
    "text": "قال كيم: نعم.",
    "entities": [{"name": "كيم", "aliases": ["الزعيم"]}],
    "targets": ["الحرب"],
    "sentences": [
        {
            "start": 0,
            "end": 13,
            "topic": "sport",
            "speaker": {"entity": "كيم", "start": 4, "end": 7},
            "stance": {"الحرب": "favor"},
        },
    ],
}


def test_a_row_becomes_a_record() -> None:
    article = parse_article(ROW, "a.jsonl", 1)
    (sentence,) = article.sentences
    assert sentence.speaker == Mention("كيم", 4, 7)
    assert article.text[4:7] == "كيم"
    assert article.entities == (Entity("كيم", ("الزعيم",)),)
    assert dict(sentence.stance) == {"الحرب": "favor"}
    assert (article.title, article.outlet, article.date) == ("", "", "")


def test_what_is_written_is_read_back(tmp_path: Path, articles: list[Article]) -> None:
    write_articles(tmp_path / "a.jsonl", articles)
    assert list(iter_articles(tmp_path / "a.jsonl")) == list(enumerate(articles, start=1))


def test_unlabelled_parts_stay_unlabelled() -> None:
    row = {**ROW, "sentences": [{"start": 0, "end": 13}]}
    written = article_dict(parse_article(row, "a.jsonl", 1))
    assert written["sentences"] == [{"start": 0, "end": 13, "topic": None, "speaker": None, "stance": {}}]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": ""}, "id"),
        ({"id": 7}, "id"),
        ({"text": None}, "text"),
        ({"txet": "قال"}, "txet"),
        ({"sentences": []}, "sentences"),
        ({"sentences": [{"start": -1, "end": 3}]}, "sentences.0.start"),
        ({"sentences": [{"start": 0, "end": 3, "speaker": {"entity": "كيم"}}]}, "sentences.0.speaker.start"),
        ({"sentences": [{"start": 0, "end": 3, "stance": {"الحرب": None}}]}, "sentences.0.stance.الحرب"),
        ({"text": "\ud800"}, "text"),
    ],
)
def test_a_field_that_does_not_fit_is_named(change: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as error:
        parse_article({**ROW, **change}, "a.jsonl", 7)
    assert str(error.value).startswith(f"a.jsonl:7: {field}: ")


def test_a_missing_field_is_named() -> None:
    with pytest.raises(InputError, match="text: Field required"):
        parse_article({key: value for key, value in ROW.items() if key != "text"}, "a.jsonl", 1)
