"""Plain text in every compression; what is excluded or held out never reaches the text that is trained on."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import zstandard
from qawl.errors import InputError, QawlError
from qawl.pretrain.config import Excluded, Pretraining
from qawl.pretrain.prepare import prepare
from qawl.pretrain.text import BLOCK, excluded_texts, paragraphs, read, text_files

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".xz": lzma.compress,
    ".bz2": bz2.compress,
    ".zst": zstandard.compress,
}
LONG = "".join(f"السطر رقم {number}\n" for number in range(20_000)).encode()


def write(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("suffix", ["", *PACKERS])
def test_each_compression_is_read_and_blank_lines_are_left_out(tmp_path: Path, suffix: str) -> None:
    pack = PACKERS.get(suffix, bytes)
    # Two archives one after the other are one: so `cat` and parallel compressors write them.
    content = pack("أولا\n\n  \t \r\n ثانيا \n".encode()) + pack("ثالثا".encode())
    assert list(paragraphs(write(tmp_path / f"a.txt{suffix}", content))) == ["أولا", "ثانيا", "ثالثا"]


def test_only_line_ends_end_a_paragraph(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "أولا\u2028بقية\u0085وبقية\r\nثانيا")
    assert list(paragraphs(path)) == ["أولا\u2028بقية\u0085وبقية", "ثانيا"]


@pytest.mark.parametrize("suffix", ["", *PACKERS])
def test_what_is_not_utf8_is_named_with_its_line_and_a_remedy(tmp_path: Path, suffix: str) -> None:
    content = "سطر\n\n".encode() * 3000 + "قديم\n".encode("windows-1256") + LONG
    path = write(tmp_path / f"a.txt{suffix}", PACKERS.get(suffix, bytes)(content))
    with pytest.raises(InputError, match="not UTF-8 — convert it first, for example: iconv -f windows-1256") as error:
        list(paragraphs(path))
    assert str(error.value).startswith(f"{path}:6001: ")


@pytest.mark.parametrize("suffix", PACKERS)
def test_an_archive_that_was_cut_off_is_an_error_after_its_last_line(tmp_path: Path, suffix: str) -> None:
    whole = PACKERS[suffix](LONG)
    path = write(tmp_path / f"a.txt{suffix}", whole[: len(whole) // 2])
    read = []
    with pytest.raises(InputError, match="is the file whole") as error:
        read.extend(paragraphs(path))
    assert error.value.path == str(path)
    assert error.value.line is not None
    assert error.value.line >= 1


@pytest.mark.parametrize("suffix", PACKERS)
def test_what_is_no_archive_is_an_error(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path / f"a.txt{suffix}", "نص بلا ضغط\n" * 50)
    with pytest.raises(InputError, match="is the file whole") as error:
        list(paragraphs(path))
    assert str(error.value).startswith(f"{path}:1: cannot be read")


def test_patterns_name_each_file_once(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", "deep/c.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write(tmp_path / name, "نص")
    found = text_files([str(tmp_path / "*.txt"), str(tmp_path / "a.txt"), str(tmp_path / "**/*.txt")])
    assert [path.relative_to(tmp_path).as_posix() for path in found] == ["a.txt", "b.txt", "deep/c.txt"]


@pytest.mark.parametrize("pattern", ["nothing/*.txt", "."])
def test_a_pattern_without_a_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pattern: str) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(QawlError, match="no such file — `texts` takes paths and patterns"):
        text_files([pattern])


def test_excluded_texts_are_all_cells_or_those_of_the_rows_that_fit(tmp_path: Path) -> None:
    plain = write(tmp_path / "plain.csv", 'title,text\nعنوان,"نص، «طويل»\nوسطره الثاني"\n')
    packed = write(tmp_path / "few.tsv.xz", lzma.compress("outlet\ttitle\nBBC\tخبر أول\nCNN\tخبر ثان\n".encode()))
    excluded = excluded_texts([Excluded(file=plain), Excluded(file=packed, where={"outlet": "BBC"})])
    assert excluded == {"عنوان", "نص طويل", "وسطره الثاني", "BBC", "خبر اول"}


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.csv", None, "no such file"),
        ("a.csv", "title\nخبر\n", "no column 'outlet' — it has title"),
        ("a.csv", 'outlet\n"BBC\n', "is it a whole table in UTF-8"),
        ("a.csv", b"outlet\n\xff\n", "is it a whole table in UTF-8"),
        ("a.csv", "", "is it a whole table in UTF-8"),
        ("a.csv.xz", "outlet\nBBC\n", "is it a whole table in UTF-8"),
        ("a.jsonl", '{"outlet": "BBC"}\n', "takes .csv and .tsv"),
    ],
)
def test_a_table_that_cannot_be_excluded_is_named(
    tmp_path: Path, name: str, content: bytes | str | None, problem: str
) -> None:
    if content is not None:
        write(tmp_path / name, content)
    with pytest.raises(InputError, match=problem) as error:
        excluded_texts([Excluded(file=tmp_path / name, where={"outlet": "BBC"})])
    assert error.value.path == str(tmp_path / name)


@pytest.mark.parametrize("held_out", [0.5, 0.25, 0.1])
def test_whole_blocks_are_held_out(tmp_path: Path, held_out: float) -> None:
    # Two files: blocks do not begin anew with each.
    files = [write(tmp_path / f"{at}.txt", "\n".join(f"فقرة {at} {n}" for n in range(505))) for at in (0, 1)]
    told = [is_held_out for is_held_out, _ in read(files, frozenset(), held_out)]
    blocks = [told[at : at + BLOCK] for at in range(0, len(told), BLOCK)]
    assert all(len(set(block)) == 1 for block in blocks)
    every = round(1 / held_out)
    assert [block[0] for block in blocks] == [number % every == every - 1 for number in range(len(blocks))]


def test_what_is_excluded_reaches_neither_stream(tmp_path: Path, lines: list[str], tiny_config: Pretraining) -> None:
    """About one of ten paragraphs is excluded; the tables have some in another spelling than the text."""
    text = write(tmp_path / "a.txt.gz", gzip.compress("\n".join(lines).encode()))
    by_row, by_cell = [line for line in lines[::20] if '"' not in line], lines[10::20]
    rows = "".join(f"{line}\tBBC\n" for line in by_row) + f"{lines[1]}\tCNN\n"
    write(tmp_path / "rows.tsv", "title\toutlet\n" + rows.replace("أ", "ا").replace("ال", "الـــ"))
    cells = [line.replace('"', "”").replace("ق", "قَ") for line in by_cell]
    write(tmp_path / "cells.csv", "id,text\n" + "".join(f'{at},"{cell}"\n' for at, cell in enumerate(cells)))
    exclude = [{"file": tmp_path / "rows.tsv", "where": {"outlet": "BBC"}}, {"file": tmp_path / "cells.csv"}]
    config = Pretraining.model_validate({**tiny_config.model_dump(), "texts": [str(text)], "exclude": exclude})
    done = prepare(config, tmp_path / "kept")
    found: dict[str, set[tuple[int, ...]]] = {}
    sep = done.tokenizer.convert_tokens_to_ids("[SEP]")
    for name, stream in done.streams.items():
        ends = np.flatnonzero(stream.ids == sep)
        found[name] = {tuple(own[own != sep].tolist()) for own in np.split(stream.ids, ends + 1)} - {()}
    assert not found["train"] & found["held_out"]
    for line in lines:
        ids = tuple(done.tokenizer(line, add_special_tokens=False)["input_ids"])
        assert (ids in found["train"] | found["held_out"]) == (line not in {*by_row, *by_cell}), line
    assert done.counts == {name: len(stream.ids) for name, stream in done.streams.items()}
    assert 0.1 < done.counts["held_out"] / sum(done.counts.values()) < 0.3


def test_too_little_text_is_told_with_a_remedy(tmp_path: Path, lines: list[str], tiny_config: Pretraining) -> None:
    text = write(tmp_path / "a.txt", "\n".join(lines[:60]))
    config = Pretraining.model_validate({**tiny_config.model_dump(), "texts": [str(text)]})
    with pytest.raises(QawlError, match="0 tokens to held out, of which a sequence needs 64 — give more text, raise"):
        prepare(config, tmp_path / "kept")
