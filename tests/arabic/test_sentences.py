"""Sentences: their ends, what is kept whole, and the properties that hold for any text."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from qawl.arabic.sentences import split_sentences

REALNEWS = Path(__file__).parents[3] / "shared" / "data" / "realnews-dev.jsonl"
ARABIC = "ابتدقكلمو نعىةأ..!؟…،:؛\"“”«»’'()[]\n \t\u200f\u064b٣5ـaU-"
texts = st.text() | st.text(alphabet=ARABIC, max_size=80) | st.text(alphabet=st.characters(), max_size=20)


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


@pytest.mark.parametrize(
    "parts",
    [
        ["قال نعم.", "وأضاف لا!", "هل انتهى؟", "انتهى"],
        ["كأصدقاء وجيران حقيقيين.", "وشدد بوتين على ذلك"],
        ["قال: “في العام الماضي. ", "واليوم، تم إعداد وثيقة”، معربًا عن أمله."],
        ['قال "نعم."', 'و"لا".', "«أجل!»", "“ربما.”", "انتهى"],
        ["(انتهى البيان.)", "وأضاف"],
        ["بلغت 3.5 و٣٫٥ و1.000.000 عند 10.30.", "ثم انخفضت إلى 2.", "وارتفعت"],
        ["قال أ.د. محمد و د. أحمد وم. علي في ج.م.ع. إن ص. 5 صحيحة.", "وأضاف"],
        ["في U.S. News وSt. Louis مع J. K. Rowling وexample.com.", "وأضاف"],
        ["عن العربية.نت و(إف.بي.آي).", "وقال"],
        ["القاهرة - أ.ش.أ: قال الوزير نعم.", "وأضاف"],
        ["بثتها أ ف ب.", "وأضاف"],
        ["منذ 2010 م.", "وأضاف"],
        ["سمعوه عَن.", "وأضاف"],
        ["لن نتراجع...", "وأضاف… ", "نعم."],
        ["القرارات التي اتخذناها.. ", "واعترافا بالخيانة."],
        ['قال "لن نتراجع..." ثم ذهب.', "نعم"],
        ["أسبابا (...) معقولة وسؤالا (؟) غريبا"],
        ["«هل انتهى؟»، سأل الوزير"],
        ["1. النص الأول.", "والثاني"],
        ["خلال زيارة بوتين.. توقيع اتفاقية شراكة"],
        ["عن https://t.co/a?b=1.c", "\n", "نعم"],
        ["*** نص. ***"],
        ["نص. » ", "\n", "***", "\n", "نص"],
    ],
)
def test_split(parts: list[str]) -> None:
    text = "".join(part if part == "\n" or part.endswith(" ") else part + " " for part in parts)
    assert sentences(text) == [part.strip() for part in parts if part.strip()]


def test_a_full_stop_without_a_blank_splits() -> None:
    assert sentences("وجيران حقيقيين.وشدد بوتين") == ["وجيران حقيقيين.", "وشدد بوتين"]


@given(texts)
def test_spans_cover_the_text_in_order(text: str) -> None:
    spans = split_sentences(text)
    previous = 0
    for start, end in spans:
        assert previous <= start < end <= len(text)
        assert not text[start].isspace() and not text[end - 1].isspace()
        previous = end
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())


@given(texts)
def test_every_span_has_a_word_or_its_line_to_itself(text: str) -> None:
    for start, end in split_sentences(text):
        span = text[start:end]
        assert len(span.splitlines()) == 1
        if not any(character.isalnum() for character in span):
            lines = [line.strip() for line in text.splitlines()]
            assert span in lines


@pytest.mark.parametrize("unit", ["قال د. محمد إن «العلاقات.. جيدة». ", ".", '."', ". ", "a. )", '"«', ".\u200f"])
def test_time_is_linear(unit: str) -> None:
    text = (unit * 200_000)[:200_000]
    start = time.perf_counter()
    split_sentences(text)
    assert time.perf_counter() - start < 5


@pytest.mark.skipif(not REALNEWS.exists(), reason="the labelled real news are not beside this checkout")
def test_real_news_sentences_are_reproduced() -> None:
    gold = found = 0
    for line in REALNEWS.read_text(encoding="utf-8").splitlines():
        article = json.loads(line)
        spans = set(split_sentences(article["text"]))
        gold += len(article["sentences"])
        found += sum((row["start"], row["end"]) in spans for row in article["sentences"])
    assert found / gold > 0.95
