"""Mentions gathered into entities."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from qawl.arabic.entities import gather
from qawl.arabic.naming import read_naming, read_words
from qawl.records import Article

words = st.sampled_from(
    "كيم كيم الزعيم الكوري الكورى أون اون جونغ جونج بوتين الرئيس الروسي نظيره ـ ؟ على علي ،".split()
)


@st.composite
def mentioned(draw: st.DrawFn) -> tuple[str, list[tuple[int, int]]]:
    """An article of such words, with mentions of one to three words each."""
    parts = draw(st.lists(words, min_size=1, max_size=25))
    text = " ".join(parts)
    starts = [sum(len(part) + 1 for part in parts[:at]) for at in range(len(parts))]
    spans = []
    for first in draw(st.lists(st.integers(0, len(parts) - 1), max_size=12)):
        last = min(len(parts) - 1, first + draw(st.integers(0, 2)))
        spans.append((starts[first], starts[last] + len(parts[last])))
    return text, spans


def entities(text: str, *strings: str) -> dict[str, str]:
    """The entity of the last place of each string."""
    spans = {string: (text.rindex(string), text.rindex(string) + len(string)) for string in strings}
    names = gather(text, spans.values())
    return {string: names[span] for string, span in spans.items()}


@given(mentioned())
def test_every_mention_gets_a_name_that_the_article_has(given_: tuple[str, list[tuple[int, int]]]) -> None:
    text, spans = given_
    names = gather(text, spans)
    assert set(names) == set(spans)
    assert set(names.values()) <= {text[start:end] for start, end in spans}


@given(mentioned(), st.randoms())
def test_the_order_and_number_of_mentions_change_nothing(given_: tuple[str, list[tuple[int, int]]], draw) -> None:  # type: ignore[no-untyped-def]
    text, spans = given_
    shuffled = spans * 2
    draw.shuffle(shuffled)
    assert gather(text, shuffled) == gather(text, spans)


@given(mentioned())
def test_one_string_is_one_entity_and_an_entity_bears_its_own_name(given_: tuple[str, list[tuple[int, int]]]) -> None:
    text, spans = given_
    names = gather(text, spans)
    by_string: dict[str, set[str]] = {}
    for (start, end), name in names.items():
        by_string.setdefault(text[start:end], set()).add(name)
    assert all(len(found) == 1 for found in by_string.values())
    assert all(by_string[name] == {name} for found in by_string.values() for name in found)
    named = {string for string in by_string if read_words(string) and read_naming(string).has_name}
    assert all(len(read_words(name)) >= len(read_words(string)) for string in named for name in by_string[string])


@given(st.text(max_size=60), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=10))
def test_no_text_and_no_span_raises(text: str, spans: list[tuple[int, int]]) -> None:
    assert set(gather(text, spans)) == set(spans)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("قال كيم جونج أون. وأضاف كيم", ["كيم جونج أون", "كيم"]),
        ("قال كيم جونغ أون. وأضاف كيم جونج أون", ["كيم جونغ أون", "كيم جونج أون"]),
        ("قال الزعيم الكورى، كيم. وأضاف كيم. وتابع الزعيم الكوري", ["الزعيم الكورى", "كيم", "الزعيم الكوري"]),
        ("قال فلاديمير بوتين. وأضاف بُوتين", ["فلاديمير بوتين", "بُوتين"]),
        ("وصل الرئيس الروسي فلاديمير بوتين. وقال بوتين. وأضاف الرئيس الروسي", ["بوتين", "الرئيس الروسي"]),
        ("وقال سمير عواد، وزير النقل الأردني، إن. وأضاف الوزير الأردني", ["سمير عواد", "الوزير الأردني"]),
        ("قال حمد ناجي مدرب منتخب قطر إن الفوز حق. وأضاف المدرب", ["حمد ناجي", "المدرب"]),
        ("قال الرئيس الأميركي. ورد الرئيس الأمريكي", ["الرئيس الأميركي", "الرئيس الأمريكي"]),
        ("وقال الرئيس الصيني. بحث الرئيس المصري مع نظيره الصيني", ["الرئيس الصيني", "نظيره الصيني"]),
        ("قال المطرب نادر سعد. وأضاف المطرب اللبناني", ["المطرب نادر سعد", "المطرب اللبناني"]),
        ("قال متحدث باسم الوزارة. وأضاف المتحدث نادر سعد", ["متحدث باسم الوزارة", "المتحدث نادر سعد"]),
        ("قالت وزارة الدفاع الأمريكية (البنتاغون). وأضاف البنتاغون", ["وزارة الدفاع الأمريكية", "البنتاغون"]),
        ("قالت شركة دربيل. وأضافت دربيل", ["شركة دربيل", "دربيل"]),
        ("قالت شركة دربيل. وأضافت الشركة", ["شركة دربيل", "الشركة"]),
        ("قالت الداخلية في بيان إن الطريق مفتوح. وأضاف البيان", ["الداخلية", "البيان"]),
        ("قال مصدر في البلدية. وأضاف المصدر ذاته", ["مصدر في البلدية", "المصدر ذاته"]),
        ("قالت إيران. وأضافت طهران", ["إيران", "طهران"]),
        ("قالت #لجنة_السوق. وأضافت لجنة السوق", ["#لجنة_السوق", "لجنة السوق"]),
        ("قال الوزير. وبحسب تصريح للوزير", ["الوزير", "لوزير"]),
        ("قال نادر أبو شناف. وأضاف أبوشناف", ["نادر أبو شناف", "أبوشناف"]),
        ("قال نادر عبد الملك. وأضاف عبدالملك", ["نادر عبد الملك", "عبدالملك"]),
        ("قال قائد اللواء العميد نادر سعد. وأضاف العميد سعد", ["قائد اللواء العميد نادر سعد", "العميد سعد"]),
        ("قال وزير النقل وليد المعلم. وأضاف المعلم", ["وزير النقل وليد المعلم", "المعلم"]),
    ],
)
def test_one_speaker_under_several_names(text: str, same: list[str]) -> None:
    assert len(set(entities(text, *same).values())) == 1


@pytest.mark.parametrize(
    ("text", "apart"),
    [
        ("قال الرئيس الروسي. وأضاف نظيره الروسي", ["الرئيس الروسي", "نظيره الروسي"]),
        ("قال نظيره الروسي بوتين. وأضاف نظيره", ["نظيره الروسي بوتين", "نظيره"]),
        ("قال كيم. وقال بوتين", ["كيم", "بوتين"]),
        ("قال علي. وقال عدي", ["علي", "عدي"]),
        ("قال كيم بوتين معا", ["كيم", "بوتين"]),
        ("قال المتحدث باسم حركة النور نادر سعد. وقالت حركة النور", ["المتحدث باسم حركة النور نادر سعد", "حركة النور"]),
        ("قال مدير المرصد البحري. وقال المرصد البحري", ["مدير المرصد البحري", "المرصد البحري"]),
        ("قالت محامية سعد. وقال سعد", ["محامية سعد", "سعد"]),
        ("قال وزير الطاقة التركي. وقالت تركيا", ["وزير الطاقة التركي", "تركيا"]),
        ("قالت وزارة العمل. وقالت الوزيرة", ["وزارة العمل", "الوزيرة"]),
        ("قال نائب وزير النقل. وقال وزير النقل", ["نائب وزير النقل", "وزير النقل"]),
        ("قال كل من سعد وعواد. وقال عواد", ["كل من سعد وعواد", "عواد"]),
        ("قال الرئيس المصري نادر سعد. وقال الرئيس اليمني", ["الرئيس المصري نادر سعد", "الرئيس اليمني"]),
        ("قالت مصادر طبية في البلدة. وقالت مصادر", ["مصادر طبية في البلدة", "مصادر"]),
        ("قال كمال سعد. وقال جمال سعد", ["كمال سعد", "جمال سعد"]),
        (
            "قال النائب وائل سعد. واستقبل سعد رئيس الحكومة الإيطالية. وقال رئيس الحكومة",
            ["النائب وائل سعد", "رئيس الحكومة"],
        ),
        ("قالت المتحدثة باسم الحركة نوال بشارة. وقالت الحركة", ["المتحدثة باسم الحركة نوال بشارة", "الحركة"]),
    ],
)
def test_two_speakers_stay_apart(text: str, apart: list[str]) -> None:
    assert len(set(entities(text, *apart).values())) == 2


def test_the_fullest_name_is_the_entitys() -> None:
    text = "قال كيم. وأضاف كيم جونج أون"
    assert set(entities(text, "كيم", "كيم جونج أون").values()) == {"كيم جونج أون"}


def test_a_short_name_goes_to_the_nearest_before_it() -> None:
    text = "قال أحمد سالم. وقال أحمد ناجي. وأضاف أحمد"
    last = text.rindex("أحمد")
    spans = [(4, 13), (text.index("أحمد ناجي"), text.index("أحمد ناجي") + 9), (last, last + 4)]
    assert gather(text, spans)[last, last + 4] == "أحمد ناجي"


def test_the_corpus_is_gathered_mostly_as_it_was_labelled(articles: list[Article]) -> None:
    right = total = 0
    for article in articles:
        mentions = {(own.speaker.start, own.speaker.end): own.speaker for own in article.sentences if own.speaker}
        names = gather(article.text, mentions)
        spans = sorted(mentions)
        for at, one in enumerate(spans):
            for other in spans[at + 1 :]:
                total += 1
                right += (names[one] == names[other]) == (mentions[one].entity == mentions[other].entity)
    assert right / total > 0.9


def test_thousands_of_names_take_seconds() -> None:
    letters = "ابتجحخدرسشصعغفقكلمنهي"
    names = [f"الوزير {a}{b}ير {b}{a}ود" for a in letters for b in letters] * 2
    text = " قال إن الأمر واضح ".join(f"{name}{at % 97}" for at, name in enumerate(names)) * 5
    spans, at = [], 0
    for number, name in enumerate(names):
        start = text.index(name, at)
        at = start + len(name) + len(str(number % 97))
        spans.append((start, at))
    started = time.perf_counter()
    assert len(gather(text, spans)) == len(names)
    assert time.perf_counter() - started < 10
