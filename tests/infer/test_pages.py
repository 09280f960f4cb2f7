"""Articles of saved web pages."""

from pathlib import Path

import pytest
from qawl.errors import InputError
from qawl.infer import pages
from qawl.infer.pages import page_article
from qawl.infer.readers import read_articles
from qawl.infer.rows import RowError
from qawl.records import Article, Rejected

FIRST = "قال الرئيس إن بلاده تعارض العقوبات الجديدة، وإن الحوار هو السبيل الوحيد إلى حل الأزمة في شبه الجزيرة."
SECOND = "وأضاف أن زيارته المقبلة سوف تكون في العام القادم، وأن الوفد سوف يناقش القضايا الاقتصادية والسياسية هناك."
PAGE = f"""<html lang="ar"><head><meta charset="utf-8"><title>زيارة الرئيس | الموقع</title>
<meta property="og:title" content="زيارة الرئيس"><meta property="og:site_name" content="الموقع">
<meta property="article:published_time" content="2019-04-25T10:00:00Z"></head><body>
<nav><ul><li><a href="/">الرئيسية</a></li><li><a href="/s">رياضة</a></li></ul></nav>
<main><article><p>{FIRST}</p><p>{SECOND}</p></article></main>
<aside><h3>اقرأ أيضا</h3><ul><li><a href="/1">خبر آخر عن شيء ما</a></li></ul></aside>
<div class="comments"><p>تعليق: كلام من قارئ غاضب جدا على ما جاء في الخبر.</p></div>
<footer>جميع الحقوق محفوظة 2024</footer></body></html>"""


def test_the_text_without_what_stands_around_it_and_what_the_metadata_say() -> None:
    article = page_article(PAGE.encode(), "a")
    assert article == Article(
        "a", f"{FIRST}\n{SECOND}", title="زيارة الرئيس", outlet="الموقع", date="2019-04-25", origin="page"
    )


def test_an_old_encoding_that_the_page_declares() -> None:
    old = PAGE.replace("utf-8", "windows-1256").encode("windows-1256")
    assert page_article(old, "a").text == f"{FIRST}\n{SECOND}"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "no article found"),
        (b"<html><body><p> </p></body></html>", "no article found"),
        (PAGE.replace("utf-8", "").encode("windows-1256"), "the page names no other encoding"),
        (PAGE.replace("utf-8", "windows-9").encode("windows-1256"), "nor windows-9 as it says"),
        (PAGE.replace("utf-8", "hex").encode("windows-1256"), "nor hex as it says"),
        (PAGE.replace("utf-8", "undefined").encode("windows-1256"), "nor undefined as it says"),
    ],
)
def test_a_page_without_an_article(content: bytes, problem: str) -> None:
    with pytest.raises(RowError, match=problem):
        page_article(content, "a")


def test_pages_among_other_inputs(tmp_path: Path) -> None:
    (tmp_path / "in" / "outlet=bbc").mkdir(parents=True)
    (tmp_path / "in" / "outlet=bbc" / "a.html").write_text(PAGE, "utf-8")
    (tmp_path / "in" / "b.HTM").write_text("<p></p>", "utf-8")
    (tmp_path / "in" / "c.txt").write_text(FIRST, "utf-8")
    bad, *articles = read_articles([str(tmp_path / "in")])
    assert bad == Rejected(str(tmp_path / "in" / "b.HTM"), None, "no article found in the page")
    # What the folder says stands above what the page says.
    found = [(own.id, own.outlet, own.origin) for own in articles if isinstance(own, Article)]
    assert found == [("c", "", ""), ("outlet=bbc/a", "bbc", "page")]


def test_without_the_extra_the_command_that_brings_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.html").write_text(PAGE, "utf-8")
    monkeypatch.setattr(pages, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'qawl\[html\]'"):
        read_articles([str(tmp_path)])
