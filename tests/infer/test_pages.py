"""Articles of saved web pages."""

import json
from pathlib import Path

import pytest
from qawl.errors import InputError
from qawl.infer import pages
from qawl.infer.pages import page_article
from qawl.infer.readers import read_articles
from qawl.infer.rows import RowError
from qawl.infer.sidecars import articles_path, open_sidecars, rejected_path
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
    ],
)
def test_a_page_without_an_article(content: bytes, problem: str) -> None:
    with pytest.raises(RowError, match=problem):
        page_article(content, "a")


def test_pages_among_other_inputs_and_what_is_kept_of_them(tmp_path: Path) -> None:
    (tmp_path / "in" / "outlet=bbc").mkdir(parents=True)
    (tmp_path / "in" / "outlet=bbc" / "a.html").write_text(PAGE, "utf-8")
    (tmp_path / "in" / "b.HTM").write_text("<p></p>", "utf-8")
    (tmp_path / "in" / "c.txt").write_text(FIRST, "utf-8")
    output = tmp_path / "o.csv"
    for path in (rejected_path(output), articles_path(output)):
        path.write_text("of an earlier run")
    with open_sidecars(output) as sidecars:
        articles = list(sidecars.articles(read_articles([str(tmp_path / "in")])))
    # What the folder says stands above what the page says.
    assert [(own.id, own.outlet) for own in articles] == [("c", ""), ("outlet=bbc/a", "bbc")]
    (bad,) = [json.loads(line) for line in rejected_path(output).read_text("utf-8").splitlines()]
    assert bad == {"file": str(tmp_path / "in" / "b.HTM"), "line": None, "reason": "no article found in the page"}
    # The extracted articles are an input themselves, of the same texts and so of the same offsets.
    (again,) = read_articles([str(articles_path(output))])
    assert isinstance(again, Article) and (again.id, again.text) == ("outlet=bbc/a", articles[1].text)


def test_sidecars_are_whole_or_not_there_and_those_of_an_earlier_run_go(tmp_path: Path) -> None:
    output = tmp_path / "o.csv"
    with pytest.raises(ZeroDivisionError), open_sidecars(output) as sidecars:
        list(sidecars.articles([Rejected("a", 1, "b")]))
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []
    rejected_path(output).write_text("of an earlier run")
    with open_sidecars(output) as sidecars:
        list(sidecars.articles([Article("a", "b")]))
    assert list(tmp_path.iterdir()) == []


def test_without_the_extra_the_command_that_brings_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.html").write_text(PAGE, "utf-8")
    monkeypatch.setattr(pages, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'qawl\[html\]'"):
        read_articles([str(tmp_path)])
