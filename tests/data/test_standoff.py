"""Labels without their text, joined to the text where it is there."""

import json
import lzma
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from qawl.data.articles import write_articles
from qawl.data.loaders import DataConfig, load_dataset, read_articles
from qawl.data.standoff import detach
from qawl.data.validate import validate
from qawl.errors import InputError
from qawl.records import Article
from qawl.tasks import make_task
from qawl.train.labelled import Labelled


def detached(folder: Path, articles: Sequence[Article]) -> tuple[Path, Path, list[Article]]:
    """Write the articles' texts into one archive and their labels beside it; return both with what was written."""
    lines, rows, written = ["a line of something else"], [], []
    for article in articles:
        known = replace(article, title=article.title or "عنوان")
        rows.append(detach(known, "texts.txt.xz", len(lines) + 1, known.text.count("\n") + 1))
        lines += [known.title, *known.text.split("\n")]
        written.append(known)
    (folder / "raw").mkdir()
    (folder / "raw" / "texts.txt.xz").write_bytes(lzma.compress("\n".join([*lines, ""]).encode()))
    labels = folder / "labels.jsonl"
    labels.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return labels, folder / "raw", written


def test_the_joined_articles_are_the_ones_that_were_labelled(tmp_path: Path, articles: list[Article]) -> None:
    labels, texts, written = detached(tmp_path, articles[:12])
    assert list(read_articles(labels, texts)) == written
    assert validate(labels, texts)[0] == []


def test_no_sentence_of_the_text_is_in_the_labels(tmp_path: Path, articles: list[Article]) -> None:
    labels, _, written = detached(tmp_path, articles[:12])
    kept = labels.read_text("utf-8")
    for article in written:
        sentences = [article.text[own.start : own.end] for own in article.sentences]
        # A heading of a word or two may be a target too.
        assert not any(sentence in kept for sentence in sentences if len(sentence.split()) > 3)
        assert not any(
            name in kept for entity in article.entities for name in entity.names if name not in kept_targets(article)
        )


def kept_targets(article: Article) -> str:
    """What the annotator wrote, which may be a speaker's name."""
    return " ".join([*article.targets, article.outlet, article.origin])


def test_articles_with_and_without_text_stand_in_one_file(tmp_path: Path, articles: list[Article]) -> None:
    labels, texts, written = detached(tmp_path, articles[:2])
    write_articles(tmp_path / "whole.jsonl", articles[2:4])
    labels.write_text(labels.read_text("utf-8") + (tmp_path / "whole.jsonl").read_text("utf-8"), "utf-8")
    assert list(read_articles(labels, texts)) == [*written, *articles[2:4]]


def test_without_the_folder_the_error_names_the_file_and_the_key(tmp_path: Path, articles: list[Article]) -> None:
    labels, texts, _ = detached(tmp_path, articles[:2])
    with pytest.raises(InputError, match=r"stands in texts\.txt\.xz.*`texts:`"):
        list(read_articles(labels))
    (texts / "texts.txt.xz").unlink()
    with pytest.raises(InputError, match=r"raw/texts\.txt\.xz: no such file"):
        list(read_articles(labels, texts))


def test_another_text_than_the_labelled_one_is_refused(tmp_path: Path, articles: list[Article]) -> None:
    labels, texts, _ = detached(tmp_path, articles[:2])
    raw = texts / "texts.txt.xz"
    lines = lzma.decompress(raw.read_bytes()).decode().split("\n")
    lines[2] += " "
    raw.write_bytes(lzma.compress("\n".join(lines).encode()))
    with pytest.raises(InputError, match=r"labels\.jsonl:1: .*another text at line 2") as caught:
        list(read_articles(labels, texts))
    assert "release" in (caught.value.remedy or "")


@pytest.mark.parametrize("wrong", [{"line": 0}, {"file": "../../etc/passwd"}, {"sha256": "x"}, {"column": 1}])
def test_a_place_that_is_none(tmp_path: Path, articles: list[Article], wrong: dict[str, object]) -> None:
    labels, texts, _ = detached(tmp_path, articles[:1])
    row = json.loads(labels.read_text("utf-8"))
    row["text_from"] |= wrong
    labels.write_text(json.dumps(row), "utf-8")
    with pytest.raises(InputError, match=rf"labels\.jsonl:1: text_from: {next(iter(wrong))}"):
        list(read_articles(labels, texts))


@pytest.mark.parametrize("place", [-1, 99, "0", True])
def test_a_speaker_who_is_none_of_the_entities(tmp_path: Path, articles: list[Article], place: object) -> None:
    labels, texts, _ = detached(tmp_path, articles[:1])
    row = json.loads(labels.read_text("utf-8"))
    spoken = next(own for own in row["sentences"] if own["speaker"])
    spoken["speaker"]["entity"] = place
    labels.write_text(json.dumps(row), "utf-8")
    with pytest.raises(InputError, match=rf"labels\.jsonl:1: a speaker's entity is {place!r}"):
        list(read_articles(labels, texts))


def test_two_labellings_of_one_text_may_stand_in_one_file(tmp_path: Path, articles: list[Article]) -> None:
    labels, texts, (written,) = detached(tmp_path, articles[:1])
    row = json.loads(labels.read_text("utf-8"))
    labels.write_text("".join(json.dumps({**row, "id": own}) + "\n" for own in "ab"), "utf-8")
    assert [own.id for own in read_articles(labels, texts)] == ["a", "b"]
    assert {own.text for own in read_articles(labels, texts)} == {written.text}


def test_more_articles_go_into_training_alone(tmp_path: Path, articles: list[Article], corpus: Path) -> None:
    again = [replace(article, id=f"real-{article.id}") for article in articles[:3]]
    labels, texts, written = detached(tmp_path, again)
    task = make_task("topic")
    files = {split: corpus / f"{split}.jsonl" for split in ("train", "validation", "test")}

    def load(**more: object) -> dict[str, int]:
        config = DataConfig.model_validate({**files, **more})
        splits = load_dataset(config, article_examples=task.examples, row_example=task.row_example)
        return {name: len(split) for name, split in splits.items()}

    plain, grown = load(), load(more=[labels], texts=texts)
    added = sum(len(article.sentences) for article in written)
    assert grown == {**plain, "train": plain["train"] + added}


def test_more_articles_may_not_be_those_of_another_split(tmp_path: Path, articles: list[Article], corpus: Path) -> None:
    task = make_task("topic")
    options = {"train": corpus / "train.jsonl", "test": corpus / "test.jsonl", "more": [corpus / "test.jsonl"]}
    config = DataConfig.model_validate(options)
    with pytest.raises(InputError, match="is in the"):
        load_dataset(config, article_examples=task.examples, row_example=task.row_example)


def test_more_articles_may_not_be_those_that_train_has(tmp_path: Path, corpus: Path) -> None:
    config = {"train": corpus / "test.jsonl", "validation": corpus / "validation.jsonl", "test": 0.1}
    given = DataConfig.model_validate({**config, "more": [corpus / "test.jsonl"]})
    task = make_task("topic")
    with pytest.raises(InputError, match="is in the train split twice"):
        load_dataset(given, article_examples=task.examples, row_example=task.row_example)


def test_tables_take_no_more_articles(tmp_path: Path) -> None:
    given = {"train": "a.csv", "columns": {"text": "t"}, "more": ["b.jsonl"]}
    with pytest.raises(ValueError, match="leave out `columns`"):
        DataConfig.model_validate(given)


def test_models_are_measured_on_labels_without_text(tmp_path: Path, articles: list[Article]) -> None:
    labels, texts, written = detached(tmp_path, articles[:3])
    write_articles(tmp_path / "whole.jsonl", written)
    task = make_task("speaker")
    whole = Labelled.read(tmp_path / "whole.jsonl")
    assert Labelled.read(labels, texts).examples(task) == whole.examples(task)
