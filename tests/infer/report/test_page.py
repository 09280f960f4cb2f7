"""The page: nothing from outside, nothing unescaped, and figures that lead to their sentences in a real browser."""

from __future__ import annotations

import csv
import gzip
import json
import re
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from qawl.errors import InputError, QawlError
from qawl.infer.report import page, write_report
from qawl.records import ScoredLabel, ScoredRow, ScoredSpeaker, ScoredStance
from scored_rows import SANCTIONS, TEXTS, make_row

CHROMIUM = Path("/usr/bin/chromium")
COLOUR = re.compile(r"--(\w+):#([0-9a-f]+)")
WAIT = 120_000


class Tags(HTMLParser):
    """Collects the page's tags with their attributes, and what each script holds."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.html = path.read_text(encoding="utf-8")
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: dict[str | None, str] = {}
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        tag, attributes = self.tags[-1] if self.tags else ("", {})
        if tag == "script" and data.strip():
            self.scripts[attributes.get("id")] = data


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """No charts: what most tests look at does not need them."""
    monkeypatch.setattr(page, "can_draw", lambda: False)


def test_everything_is_carried_packed(rows: list[ScoredRow], tmp_path: Path, bare: None) -> None:
    bad = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;{{ 7*7 }}</style>"
    speaker = ScoredSpeaker(bad, bad, rows[1].start, rows[1].start + len(bad), 0.9)
    stances = (ScoredStance(bad, bad, 0.9), ScoredStance(f"{bad}2", "favor", 0.9))
    row = replace(rows[1], article_id=bad, text=bad, title=bad, outlet=bad, date=bad, speaker=speaker, stances=stances)
    write_report([replace(row, topic=ScoredLabel(bad, 0.9))], tmp_path / "report.html", title=bad)
    shown = Tags(tmp_path / "report.html")
    assert not any(tag == "img" or any(name.startswith("on") for name in names) for tag, names in shown.tags)
    assert [names.get("id") for tag, names in shown.tags if tag == "script"] == ["lists", "columns", None, "texts-0"]
    assert json.loads(gzip.decompress(b64decode(shown.scripts["texts-0"]))) == [bad]


def test_nothing_comes_from_outside(rows: list[ScoredRow], tmp_path: Path, bare: None) -> None:
    write_report(rows, tmp_path / "report.html")
    shown = Tags(tmp_path / "report.html")
    policy = next(a["content"] or "" for tag, a in shown.tags if tag == "meta" and "http-equiv" in a)
    assert policy.startswith("default-src 'none';") and "unsafe" not in policy
    assert not re.search(r"https?:|url\(|@import|@font-face|\bsrc=", shown.html)
    assert not any("style" in attributes for _, attributes in shown.tags)


def test_colours_stand_out_in_light_and_dark(rows: list[ScoredRow], tmp_path: Path, bare: None) -> None:
    def brightness(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    write_report(rows, tmp_path / "report.html")
    schemes = re.findall(r":root\{(.*?)\}", (tmp_path / "report.html").read_text(encoding="utf-8"), re.DOTALL)
    assert len(schemes) == 2
    for scheme in schemes:
        colours = {name: value * (2 if len(value) == 3 else 1) for name, value in COLOUR.findall(scheme)}
        # WCAG 2: 3 for what is drawn, 4.5 for what is read.
        read = ("ink", "soft", "favor", "against", "other", "link")
        for name, least in {**dict.fromkeys(("bar", "first", "second"), 3.0), **dict.fromkeys(read, 4.5)}.items():
            dark, light = sorted((brightness(colours[name]), brightness(colours["card"])))
            assert (light + 0.05) / (dark + 0.05) >= least, name


def test_no_rows_and_no_place_are_clear_errors(rows: list[ScoredRow], tmp_path: Path, bare: None) -> None:
    with pytest.raises(QawlError, match="no scored rows"):
        write_report([], tmp_path / "report.html")
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match="may be written"):
        write_report(rows, tmp_path / "folder")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.is_file():
        pytest.skip(f"no browser at {CHROMIUM}: apt-get install chromium")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def opened(browser: Any, path: Path, **options: Any) -> Iterator[Any]:
    """Yield the page at the width of a phone; nothing may be asked of a network, nothing may complain."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, offline=True, **options)
    view = context.new_page()
    view.set_default_timeout(WAIT)
    requests: list[str] = []
    complaints: list[str] = []
    view.on("request", lambda request: requests.append(request.url))
    view.on("console", lambda message: complaints.append(message.text))
    view.on("pageerror", lambda error: complaints.append(str(error)))
    view.goto(path.as_uri())
    if options.get("java_script_enabled", True):
        view.locator("body[data-ready]").wait_for()
    yield view
    assert [url for url in requests if not url.startswith("blob:")] == [path.as_uri()]
    assert complaints == []
    context.close()


def test_on_paper_all_of_it_fits_and_nothing_is_left_to_press(
    rows: list[ScoredRow], tmp_path: Path, browser: Any, bare: None
) -> None:
    write_report(rows, tmp_path / "report.html")
    with opened(browser, tmp_path / "report.html") as view:
        buttons = view.locator("button:visible, .controls:visible")
        assert buttons.count()
        # A4 within its margins of 12 mm, in pixels of CSS.
        view.set_viewport_size({"width": 703, "height": 1000})
        view.emulate_media(media="print")
        assert view.evaluate("document.documentElement.scrollWidth") == 703
        assert buttons.count() == 0 and TEXTS[1] in view.locator("#list").inner_text()
        assert view.pdf(format="A4").startswith(b"%PDF-")


def test_figures_lead_to_their_sentences(rows: list[ScoredRow], tmp_path: Path, browser: Any, bare: None) -> None:
    long = make_row(0, article="b", title="x" * 300, outlet="منبر", stances=(ScoredStance("y" * 200, "favor", 0.9),))
    write_report([*rows, long], tmp_path / "report.html")
    with opened(browser, tmp_path / "report.html") as view:
        sentences = view.locator("#list .s")
        assert view.evaluate("getComputedStyle(document.body).direction") == "rtl"
        assert view.evaluate("document.documentElement.scrollWidth") == 390
        assert sentences.count() == 5
        assert "2 من 5" in view.inner_text("#tiles") and "امتناع عن المتحدث" in view.inner_text("#tiles")

        view.select_option("#target", label=SANCTIONS)
        view.locator("#by-speaker td a", has_text="1").first.wait_for()
        cells = view.locator("#by-speaker tbody tr").filter(has_text="بوتين").locator("th, td").all_inner_texts()
        assert cells == ["فلاديمير بوتين", "0", "1", "1", "0", "2", "\u200e86%"]
        view.locator("#by-speaker tbody tr").filter(has_text="بوتين").locator("td a").first.click()
        view.locator("#shown", has_text="1 من 1").wait_for()
        assert sentences.count() == 1 and TEXTS[1] in sentences.first.inner_text()
        assert view.locator("#list u").all_inner_texts() == ["بوتين"]
        assert "معارض" in sentences.first.inner_text() and "81%" in sentences.first.inner_text()

        view.locator("#choice a", has_text="إلغاء الكل").click()
        view.locator("#shown", has_text="5 من 5").wait_for()
        view.go_back()
        view.locator("#shown", has_text="1 من 1").wait_for()
        view.select_option("#outlet", label="منبر")
        view.locator("#tiles dd").nth(1).filter(has_text="1").wait_for()
        assert "1 من 1" in view.inner_text("#tiles") or view.locator("#tiles dd").nth(1).inner_text() == "1"


def test_two_articles_on_one_event_stand_side_by_side(
    rows: list[ScoredRow], tmp_path: Path, browser: Any, bare: None
) -> None:
    kim = ScoredSpeaker("كيم", None, None, None, 0.5)
    other = [replace(row, article_id="b", outlet="المنبر", title="القمة") for row in rows[:3]]
    other[2] = replace(other[2], text="<b>وأعلن كيم دعم الميناء الجديد.</b>", speaker=kim)
    write_report([*rows, *other], tmp_path / "report.html")
    with opened(browser, tmp_path / "report.html") as view:
        heads = view.locator("#pair-head .side").all_inner_texts()
        assert "صحيفة الأفق" in heads[0] and "المنبر" in heads[1] and "كيم" in heads[1] and "كيم" not in heads[0]
        shares = view.locator("#pair-shares tbody tr").filter(has_text="فلاديمير بوتين").locator("td").all_inner_texts()
        assert shares == ["2 من 4", "1 من 3"]
        alone = view.locator("#pair-sentences > .two > details")
        assert view.locator("#pair-sentences .common > li").count() == 2
        assert [alone.nth(at).locator("li").count() for at in (0, 1)] == [2, 1]
        assert "<b>وأعلن كيم" in alone.nth(1).inner_text()


def test_a_page_of_many_sentences_shows_some_and_exports_all(
    rows: list[ScoredRow], tmp_path: Path, browser: Any, bare: None
) -> None:
    many = [make_row(0, article=f"{n}", text=f"=جملة {n}", stances=(), outlet=f"{n % 3}") for n in range(130)]
    write_report(many, tmp_path / "report.html")
    with opened(browser, tmp_path / "report.html") as view:
        assert view.locator("#list .s").count() == 50
        view.click("#more")
        view.locator("#shown", has_text="100 من 130").wait_for()
        with view.expect_download() as download:
            view.click("#take")
        download.value.save_as(tmp_path / "sentences.csv")
    with (tmp_path / "sentences.csv").open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.reader(stream))
    assert len(lines) == 131 and lines[1][4] == " =جملة 0"


def test_charts_are_drawn_and_taken_along(rows: list[ScoredRow], tmp_path: Path, browser: Any) -> None:
    if not page.can_draw():
        pytest.skip("altair and vl-convert are not installed: pip install 'qawl[report]'")
    write_report(rows, tmp_path / "report.html")
    with opened(browser, tmp_path / "report.html") as view:
        view.locator("#speakers svg").wait_for()
        assert "فلاديمير بوتين" in (view.locator("#speakers svg").text_content() or "")
        view.locator("#by-speaker").scroll_into_view_if_needed()
        view.locator("#by-speaker svg").wait_for()
        assert view.evaluate("document.documentElement.scrollWidth") == 390
        for kind, begin in (("png", b"\x89PNG"), ("svg", b"<svg"), ("csv", b"\xef\xbb\xbf")):
            with view.expect_download() as download:
                view.locator("#by-speaker .take button", has_text=kind.upper()).click()
            assert Path(download.value.path()).read_bytes().startswith(begin)
        # A bar is a link as its row in the table is.
        view.locator("#speakers svg .mark-rect path").first.click()
        view.locator("#shown", has_text="2 من 2").wait_for()


def test_without_scripts_the_page_says_what_it_needs(
    rows: list[ScoredRow], tmp_path: Path, browser: Any, bare: None
) -> None:
    write_report(rows, tmp_path / "report.html")
    with opened(browser, tmp_path / "report.html", java_script_enabled=False) as view:
        assert "JavaScript" in view.locator("noscript").inner_text()
