"""The report: every sentence once, everything escaped, nothing from outside, and a page that works."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from qawl.errors import InputError, QawlError
from qawl.infer.report import read_rows, write_report
from qawl.infer.report_page import TOPIC_NAMES, page
from qawl.records import TOPICS, ScoredLabel, ScoredRow, ScoredSpeaker, ScoredStance

CHROMIUM = Path("/usr/bin/chromium")
TEXTS = ("عقد المجلس جلسة.", "قال بوتين إننا نرفض العقوبات.", "وأضاف أن الحوار ضروري.", "لم يتضح القائل هنا.")
COLOUR = re.compile(r"--(\w+):#([0-9a-f]+)")
SANCTIONS, TALKS = "العقوبات", "الحوار"


def make_row(index: int, speaker: ScoredSpeaker | None = None, article: str = "a", **changes: Any) -> ScoredRow:
    start = sum(len(text) + 1 for text in TEXTS[:index])
    text = TEXTS[index]
    row = ScoredRow(
        article_id=article,
        sentence=index,
        start=start,
        end=start + len(text),
        text=text,
        speaker=speaker,
        narrator_score=0.1 if speaker else 0.9,
        topic=ScoredLabel("politics_government", 0.88),
        stances=(ScoredStance(SANCTIONS, "none", 0.97), ScoredStance(TALKS, "none", 0.96)),
        title="قمة الحوار",
        outlet="صحيفة الأفق",
        date="2024-06-19",
    )
    return replace(row, **changes)


@pytest.fixture
def rows() -> list[ScoredRow]:
    start = len(TEXTS[0]) + 1 + TEXTS[1].index("بوتين")
    putin = ScoredSpeaker("فلاديمير بوتين", "بوتين", start, start + 5, 0.93)
    against = (ScoredStance(SANCTIONS, "against", 0.81), ScoredStance(TALKS, None, 0.44))
    favor = (ScoredStance(SANCTIONS, "none", 0.9), ScoredStance(TALKS, "favor", 0.77))
    return [
        make_row(0),
        make_row(1, putin, stances=against),
        make_row(2, putin, stances=favor),
        make_row(3, ScoredSpeaker(None, None, None, None, 0.41), topic=ScoredLabel(None, 0.3)),
    ]


class Reader(HTMLParser):
    """Collects what the page holds: tags with their attributes, and the text of each sentence."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.sentences: list[str] = []
        self.marked: list[str] = []
        self.text = ""
        self._open: list[str] = []
        self._row = False
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open.append(tag)
        if tag == "li":
            self._row = (dict(attrs).get("class") or "").startswith("s ")
        if tag == "p" and self._row:
            self.sentences.append("")
        if tag == "u" and self._row:
            self.marked.append("")

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._row and "p" in self._open:
            self.sentences[-1] += data
        if self._row and "u" in self._open:
            self.marked[-1] += data

    def classes(self, prefix: str) -> list[str]:
        found = ((attributes.get("class") or "") for _, attributes in self.tags)
        return [name for name in found if name.startswith(prefix)]


@pytest.fixture
def written(rows: list[ScoredRow], tmp_path: Path) -> Reader:
    write_report(rows, tmp_path / "report.html")
    return Reader(tmp_path / "report.html")


def write_json_lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def test_all_topics_have_arabic_names() -> None:
    assert set(TOPIC_NAMES) == set(TOPICS)


def test_every_sentence_once_in_order(rows: list[ScoredRow], tmp_path: Path) -> None:
    other = [replace(row, article_id="b") for row in rows]
    write_report([rows[2], *other, rows[0], rows[3], rows[1]], tmp_path / "report.html")
    assert Reader(tmp_path / "report.html").sentences == [*TEXTS, *TEXTS]


def test_a_mention_is_marked_only_where_it_lies_in_the_sentence(written: Reader) -> None:
    assert written.marked == ["بوتين"]


@pytest.mark.parametrize(("start", "end"), [(0, 5), (19, 900), (None, None), (30, 20)])
def test_offsets_that_miss_the_mention_mark_nothing(
    rows: list[ScoredRow], tmp_path: Path, start: int | None, end: int | None
) -> None:
    row = replace(rows[1], speaker=ScoredSpeaker("بوتين", "بوتين", start, end, 0.9))
    write_report([row], tmp_path / "report.html")
    assert Reader(tmp_path / "report.html").marked == []


def test_abstentions_and_the_narrator_are_shown_as_such(rows: list[ScoredRow], written: Reader) -> None:
    assert written.classes("s ") == ["s cn", "s c0", "s c0", "s cx"]
    assert "متحدث غير محسوم — امتناع" in written.text
    assert "الموضوع: امتناع" in written.text
    assert page(rows)["abstentions"] == 3


def test_the_matrix_counts_speaker_by_target(rows: list[ScoredRow]) -> None:
    shown = page(rows)
    counts = [[(kind.css, kind.count, kind.first) for kind in cell] for cell in shown["matrix"]["0"]]
    assert shown["targets"] == [SANCTIONS, TALKS]
    assert counts == [[("against", 1, 2), ("none", 1, 3)], [("favor", 1, 3), ("undecided", 1, 2)]]
    assert shown["quiet"] == {"n", "x"}


def test_labels_of_the_users_own_are_shown_by_their_names(rows: list[ScoredRow], tmp_path: Path) -> None:
    row = replace(rows[0], topic=ScoredLabel("طيران", 0.9), stances=(ScoredStance("القطار", "متردد", 0.8),))
    write_report([row], tmp_path / "report.html")
    text = Reader(tmp_path / "report.html").text
    assert "طيران" in text and "متردد" in text and "◆" in text


def test_spellings_of_one_name_are_one_speaker(rows: list[ScoredRow]) -> None:
    names = ("الرئيس الروسى", "الرئيس الروسي", "الرّئيس الروسي")
    speakers = [make_row(1, ScoredSpeaker(name, None, None, None, 0.9), article=name) for name in names]
    assert [(voice.name, voice.count) for voice in page(speakers)["named"]] == [(names[0], 3)]


def test_speakers_of_one_article_never_share_a_colour() -> None:
    people = [
        (article, ScoredSpeaker(f"{article}/{n}", None, None, None, 0.9)) for article in "abcd" for n in range(13)
    ]
    rows = [make_row(0, person, article, sentence=number) for number, (article, person) in enumerate(people)]
    for story in page(rows)["stories"]:
        looks = [voice.css for voice in story.voices if voice.css != "cr"]
        assert len(looks) == len(set(looks)) == 12


def test_colours_stand_out_in_light_and_dark(written: Reader, tmp_path: Path) -> None:
    def brightness(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    schemes = re.findall(r":root\{(.*?)\}", (tmp_path / "report.html").read_text(encoding="utf-8"), re.DOTALL)
    assert len(schemes) == 2
    for scheme in schemes:
        colours = {name: value * (2 if len(value) == 3 else 1) for name, value in COLOUR.findall(scheme)}
        # WCAG 2: 3 for what is drawn, 4.5 for what is read.
        needed = {
            **{f"p{n}": 3.0 for n in range(6)},
            **dict.fromkeys(("ink", "soft", "favor", "against", "link"), 4.5),
        }
        for name, least in needed.items():
            dark, light = sorted((brightness(colours[name]), brightness(colours["card"])))
            assert (light + 0.05) / (dark + 0.05) >= least, name


def test_everything_is_escaped(rows: list[ScoredRow], tmp_path: Path) -> None:
    bad = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;{{ 7*7 }}</style>"
    row = replace(
        rows[1],
        article_id=bad,
        text=bad,
        title=bad,
        outlet=bad,
        date=bad,
        speaker=ScoredSpeaker(bad, bad, rows[1].start, rows[1].start + len(bad), 0.9),
        topic=ScoredLabel(bad, 0.9),
        stances=(ScoredStance(bad, bad, 0.9), ScoredStance(f"{bad}2", "favor", 0.9)),
    )
    write_report([row], tmp_path / "report.html", title=bad)
    shown = Reader(tmp_path / "report.html")
    assert shown.sentences == [bad] and shown.marked == [bad]
    assert [tag for tag, _ in shown.tags].count("script") == 1
    assert not any(tag == "img" or any(name.startswith("on") for name in names) for tag, names in shown.tags)


def test_no_character_can_break_the_page(rows: list[ScoredRow], tmp_path: Path) -> None:
    odd = "ق\ud800\x00\x1b\u202e\ufffe\x85ل"
    row = replace(rows[0], text=odd, title=odd, topic=ScoredLabel(odd, 0.5), stances=(ScoredStance(odd, odd, 0.5),))
    write_report([row], tmp_path / "report.html", title=odd)
    assert Reader(tmp_path / "report.html").sentences == ["ق\ufffd\ufffd\ufffd\u202e\ufffd\ufffdل"]


def test_nothing_comes_from_outside(written: Reader, tmp_path: Path) -> None:
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    policy = next(a["content"] or "" for tag, a in written.tags if tag == "meta" and "http-equiv" in a)
    assert policy.startswith("default-src 'none';") and "unsafe" not in policy
    assert not re.search(r"https?:|//|url\(|@import|@font-face|\bsrc=", html)
    assert not any("style" in attributes for _, attributes in written.tags)
    links = [attributes["href"] or "" for _, attributes in written.tags if "href" in attributes]
    anchors = {f"#{attributes['id']}" for _, attributes in written.tags if "id" in attributes}
    assert links and set(links) <= anchors


def test_no_rows_and_no_place_are_clear_errors(rows: list[ScoredRow], tmp_path: Path) -> None:
    with pytest.raises(QawlError, match="no scored rows"):
        write_report([], tmp_path / "report.html")
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match="may be written"):
        write_report(rows, tmp_path / "folder")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.csv", "rows.parquet"])
def test_what_score_wrote_comes_back(rows: list[ScoredRow], tmp_path: Path, name: str) -> None:
    writers = pytest.importorskip("qawl.infer.writers")
    rows[0] = replace(rows[0], stances=())
    with writers.open_writer(tmp_path / name) as write:
        for row in rows:
            write(row)
    assert read_rows(tmp_path / name) == rows


def test_csv_that_pandas_rewrote_is_read(rows: list[ScoredRow], tmp_path: Path) -> None:
    writers = pytest.importorskip("qawl.infer.writers")
    with (tmp_path / "rows.csv").open("w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, writers.CSV_COLUMNS)
        table.writeheader()
        for row in rows:
            for line in writers.flat_rows(row):
                whole = ("speaker_start", "speaker_end")
                table.writerow({**line, **{key: float(line[key]) for key in whole if line[key] is not None}})
    assert read_rows(tmp_path / "rows.csv") == rows


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"text": None}, "text is no text"),
        ({"narrator_score": 1.5}, "1.5 is no probability"),
        ({"narrator_score": float("nan")}, "nan is no probability"),
        ({"start": -1}, "-1 is no whole number"),
        ({"end": True}, "True is no number"),
        ({"end": float("inf")}, "inf is no whole number"),
        ({"topic": "sport"}, "not a scored row"),
        ({"stances": [{"target": "x", "label": 3, "score": 0.5}]}, "label is no text"),
        ({"stances": None}, "not a scored row"),
        ({"sentence": 0}, "is there twice"),
    ],
)
def test_a_bad_row_names_its_line(rows: list[ScoredRow], tmp_path: Path, change: dict[str, Any], problem: str) -> None:
    path = write_json_lines(tmp_path / "rows.jsonl", [rows[0].as_dict(), {**rows[1].as_dict(), **change}])
    with pytest.raises(InputError, match=problem) as caught:
        read_rows(path)
    assert str(caught.value).startswith(f"{path}:2: ") and "`qawl score`" in str(caught.value)


@pytest.mark.parametrize("missing", ["article_id", "speaker", "narrator_score", "stances", "topic"])
def test_a_missing_field_is_named(rows: list[ScoredRow], tmp_path: Path, missing: str) -> None:
    row = rows[0].as_dict()
    del row[missing]
    with pytest.raises(InputError, match=r"rows\.jsonl:1: no field .*`qawl score` wrote"):
        read_rows(write_json_lines(tmp_path / "rows.jsonl", [row]))


@pytest.fixture
def browser() -> Iterator[Any]:
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.is_file():
        pytest.skip(f"no browser at {CHROMIUM}: apt-get install chromium")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


def test_in_a_browser(rows: list[ScoredRow], tmp_path: Path, browser: Any) -> None:
    long = replace(rows[1], article_id="b", title="x" * 300, stances=(ScoredStance("y" * 200, "favor", 0.9),))
    write_report([*rows, long], tmp_path / "report.html")
    context = browser.new_context(viewport={"width": 390, "height": 844}, offline=True)
    view = context.new_page()
    requests: list[str] = []
    complaints: list[str] = []
    view.on("request", lambda request: requests.append(request.url))
    view.on("console", lambda message: complaints.append(message.text))
    view.on("pageerror", lambda error: complaints.append(str(error)))
    view.goto((tmp_path / "report.html").as_uri())

    assert view.evaluate("getComputedStyle(document.body).direction") == "rtl"
    assert view.evaluate("document.documentElement.scrollWidth") == 390
    sentences = view.locator(".s:visible")
    assert sentences.count() == 5

    view.select_option("[name=p]", "n")
    assert sentences.all_inner_texts()[0].startswith(TEXTS[0]) and sentences.count() == 1
    assert view.locator(".article:visible").count() == 1
    view.click("button[type=reset]")
    # A reset is heard before it is done; and wait_for_function would need the eval that the page forbids.
    view.locator("output", has_text="5 من 5").wait_for()
    view.select_option("[name=g]", label=SANCTIONS)
    assert sentences.count() == 1 and "1 من 5" in view.inner_text("output")

    view.locator(".matrix a.favor").first.click()
    assert sentences.count() == 1 and TEXTS[2] in sentences.first.inner_text()
    assert view.url.endswith("#s-3")

    assert requests == [(tmp_path / "report.html").as_uri()]
    assert complaints == []
    context.close()


def test_without_scripts_every_sentence_is_there(rows: list[ScoredRow], tmp_path: Path, browser: Any) -> None:
    write_report(rows, tmp_path / "report.html")
    context = browser.new_context(java_script_enabled=False, offline=True)
    view = context.new_page()
    view.goto((tmp_path / "report.html").as_uri())
    assert view.locator(".s:visible").count() == 4
    assert view.locator("form:visible").count() == 0
    context.close()
