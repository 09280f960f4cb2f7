"""Cue rules for who speaks: invented sentences for each rule, and what holds for any text."""

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qawl.arabic.attribution import attribute
from qawl.arabic.sentences import split_sentences


def speakers(text: str) -> list[str | None]:
    """Return the mention of each sentence of the text, None for the narrator's."""
    rows = attribute(text, split_sentences(text))
    return [
        text[row.mention.start : row.mention.end] if row.how != "narrator" and row.mention else None for row in rows
    ]


def speaker(text: str) -> str | None:
    """Return the mention of the last sentence."""
    return speakers(text)[-1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("لكن الخبير أنور سلمان حذر من أن السد لن يصمد.", "الخبير أنور سلمان"),
        ("أما المهندسة دعد القاسم فرأت أن الجسر آمن.", "المهندسة دعد القاسم"),
        ("أما المدير فاكتفى بالقول إن القرار نهائي.", "المدير"),
        ("إلا أن النقابة رفضت العرض.", "النقابة"),
        ("خديجة الدالي، وهي خياطة من الحي، قالت إن السوق فارغ.", "خديجة الدالي"),
        ("وعلى منصة إكس كتب النائب سعد الريمي: «لن نسكت».", "النائب سعد الريمي"),
        ("في حين قال أحد الجيران إن الحريق بدأ من المخزن.", "أحد الجيران"),
    ],
)
def test_a_subject_before_its_verb(text: str, expected: str) -> None:
    assert speaker(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("«لن نرحل من هنا أبدا»، صاح المزارع عادل الحمد.", "المزارع عادل الحمد"),
        ("«هذا أجمل يوم في حياتي كلها»، بهذه العبارة افتتحت العمدة ريما سالم كلمتها.", "العمدة ريما سالم"),
        ("وقال سالم الحمد إن السد قديم.\n«لم يفحصه أحد منذ ثلاثين سنة كاملة.", "سالم الحمد"),
        ("وقال سالم الحمد إن السد قديم. ثم ضحك: «وأنا أقدم منه بعشرين سنة».", "سالم الحمد"),
        ("لكن المالك سلطان الغنيم لا يثق بالجهاز: «لعبة أطفال تتعطل من الغبار».", "المالك سلطان الغنيم"),
    ],
)
def test_a_quotation_tells_of_speech(text: str, expected: str) -> None:
    assert speaker(text) == expected


def test_a_name_in_quotation_marks_is_no_speech() -> None:
    assert speakers("وتأسست جمعية «أصدقاء الشاطئ الشمالي» قبل عامين.") == [None]
    assert speakers("ورفع الأهالي لافتة كتب عليها «لا للبيع ولا للإيجار بعد اليوم».") == [None]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("وجاء في محضر اللجنة أن الميزان سليم.", "محضر اللجنة"),
        ("وزاد المدير أن العمل بدأ.", "المدير"),
        ("وعزا الوزير التأخير إلى المطر.", "الوزير"),
        ("وأخذت الباحثة رنا سعد على التقرير أنه ناقص.", "الباحثة رنا سعد"),
        ("ولم يخف العمدة خيبته من القرار.", "العمدة"),
        ("ونسبت صحيفة «الشاطئ» إلى مصدر أمني قوله إن الميناء مغلق.", "مصدر أمني"),
        ("انتهى الحفل، على ما أفادت لجنة المهرجان.", "لجنة المهرجان"),
        ("ودافعت عنه خبيرة الخزف لينا عواد.", "خبيرة الخزف لينا عواد"),
    ],
)
def test_cues(text: str, expected: str) -> None:
    assert speaker(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "ورفضت الشركة التعليق على الأرقام.",
        "ولم تعلق البلدية على البيان.",
        "وعلق العمال لافتة على الباب.",
        "وكُتب على الباب اسم المحل.",
        "وأقر المجلس رسما جديدا على المياه.",
        "وتعلن الأسماء قبل نهاية الشهر.",
        "وتختلف الأجرة تبعا للمسافة.",
        "ودعت الشركة موظفيها إلى حفل عشاء.",
        "وأشار الحارس بيده إلى الباب.",
        "وماذا يقول الأهالي؟",
        "ووصل الوفد إلى البلدة التي قال عنها الرحالة إنها لؤلؤة الجبل.",
    ],
)
def test_the_narrator_keeps_what_says_nothing(text: str) -> None:
    assert speaker(text) is None


def test_an_interview() -> None:
    text = (
        "استقبلتنا المخرجة سلوى الدالي في بيتها.\n"
        "* لماذا هذا الاسم؟\n- لأن البحر قريب.\nولدت هنا.\n* وهل ستعودين إلى المسرح؟\n- لا أعرف بعد. ربما."
    )
    assert speakers(text) == [None, None, "المخرجة سلوى الدالي", None, None, *["المخرجة سلوى الدالي"] * 2]


def test_turns_with_a_name_and_a_colon() -> None:
    text = "- ما رأيكم في الخطة؟\nالدالي: هي جيدة. ولن تتأخر.\n- ومتى تبدأ؟\nالدالي: غدا."
    assert speakers(text) == [None, "الدالي", "الدالي", None, "الدالي"]


def test_a_live_report_names_its_sources() -> None:
    assert speakers("10:20 – المتحدث باسم الإطفاء: الحريق تحت السيطرة.") == ["المتحدث باسم الإطفاء"]
    assert speakers("@bahr_77: يوم جميل على الشاطئ.") == ["@bahr_77"]


@pytest.mark.parametrize("text", ["الموعد: السبت مساء.", "كتب سامر عواد:", "المكونات: دقيق وسكر."])
def test_a_label_and_a_byline_name_nobody(text: str) -> None:
    assert speakers(text) == [None]


def test_the_items_of_a_list_belong_to_who_introduced_it() -> None:
    text = "وطالبت نقابة الصيادين بما يلي:\n- فتح الميناء.\n- خفض الرسوم.\nوعاد الهدوء إلى المدينة."
    assert speakers(text) == [*["نقابة الصيادين"] * 3, None]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("وقالت وكيلة الوزارة د. شيخة الدالي إن العمل بدأ.", "وكيلة الوزارة د. شيخة الدالي"),
        ("وأظهر استطلاع لصحيفة «المرفأ» أن الناس متعبون.", "استطلاع لصحيفة «المرفأ»"),
        ("وردت المتحدثة نوال بشارة بأن الخطة قديمة.", "المتحدثة نوال بشارة"),
        ("وأكدت المتحدثة نفسها أن الخطة قديمة.", "المتحدثة نفسها"),
        ("ونفى رئيس اللجنة ذلك.", "رئيس اللجنة"),
        ("وقال مصدر من داخل المجلس إن الجلسة تأجلت.", "مصدر من داخل المجلس"),
        ("وقال الشقيقان فهد وعبير الدالي، إن الدكان قديم.", "الشقيقان فهد وعبير الدالي"),
        ("ووصف المدرب سامي الحمد القرار بأنه ظالم.", "المدرب سامي الحمد"),
        ("وأعلنت «نقاء البحر» أنها ستغلق المصنع.", "نقاء البحر"),
    ],
)
def test_how_much_of_a_naming_is_the_mention(text: str, expected: str) -> None:
    assert speaker(text) == expected


def test_an_object_is_not_the_speaker() -> None:
    text = "وقال الوزير عادل الحمد إن الميزانية كافية. واقترح تعويض المتضررين."
    assert speakers(text) == ["الوزير عادل الحمد"] * 2


words = st.sampled_from(
    "قال الوزير : «نعم» - * 10:20 – \n ؟ . ، أما فرد لكن إن بيان في «لا و ـ د. بن الله @a ل «".split(" ")
)


@given(st.text(max_size=80) | st.lists(words, max_size=40).map(" ".join))
@settings(deadline=None)
def test_any_text_is_attributed_sentence_by_sentence(text: str) -> None:
    sentences = split_sentences(text)
    rows = attribute(text, sentences)
    assert len(rows) == len(sentences)
    for row, (_, end) in zip(rows, sentences, strict=True):
        assert row.how == "narrator" or row.mention is not None
        if row.mention is not None:
            assert 0 <= row.mention.start < row.mention.end <= end


def seconds(text: str) -> float:
    """Return how long the attribution of a text occupies the processor."""
    sentences = list(split_sentences(text))
    start = time.process_time()
    attribute(text, sentences)
    return time.process_time() - start


def test_a_quotation_of_two_sentences_before_any_speaker() -> None:
    """It began before the second sentence, so nothing of that stands in front of it."""
    text = "«لن نغلق السد أبدا. سنبقى هنا كلنا معا» بهذا ختم العمدة."
    start = text.index("سنبقى")
    rows = attribute(text, [(0, start - 1), (start, len(text))])
    assert rows[0].how == "narrator" and rows[1].how != "named"


pieces = st.sampled_from(
    "وقال |قالت |أكد |بحسب ما |وفقا لـ|في بيان |قائلا |نقل |عن |قوله |الوزير |سالم الحمد |لبلدية المرفأ |إن |"
    "العمل |بدأ |«|»|\"|“|”|'|: |، |. |؟ |\n|- |10:20 – |عمان (وكالات) -- |@bahr |أما |لكن |من جهته، |غدا |د. ".split(
        "|"
    )
)


@given(st.lists(pieces, max_size=40), st.lists(st.integers(0, 120), max_size=8))
@settings(deadline=None, max_examples=300)
def test_any_text_is_attributed_wherever_its_sentences_are_cut(chosen: list[str], cuts: list[int]) -> None:
    text = "".join(chosen)
    ends = sorted({min(cut, len(text)) for cut in cuts} | {len(text)})
    sentences = [span for span in pairwise([0, *ends]) if span[0] < span[1]]
    rows = attribute(text, sentences)
    assert len(rows) == len(sentences)
    for row, (_, end) in zip(rows, sentences, strict=True):
        for mention in (row.mention, *row.rivals):
            assert mention is None or 0 <= mention.start < mention.end <= end


@pytest.mark.parametrize(
    "unit",
    [
        "وقال الوزير عادل الحمد إن العمل بدأ. ",
        "قال الوزير «نعم» و",
        "- ماذا بعد؟\n- لا شيء.\n",
        "أما الوزير، وهو هنا، فقال ",
        "وقالت نعم. ",
        "«نعم هذا يوم جميل على الشاطئ. ",
        "«نعم هذا يوم جميل على الشاطئ»، وقال سالم. ",
        "برأي مغاير ",
        "ولم يعلق أحد ",
    ],
)
def test_time_is_linear(unit: str) -> None:
    """Four times the text may take eight times as long, not sixteen; the processor's time, of the better of two."""
    attribute("قال الوزير نعم.", [(0, 15)])
    short, long = (min(seconds((unit * size)[:size]) for _ in range(2)) for size in (5_000, 20_000))
    assert long < 8 * short + 0.1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("وقال وزير الري، سالم الحمد، إن السد آمن.", "وزير الري، سالم الحمد"),
        ("وقال سالم الحمد مدير الشركة إن السد آمن.", "سالم الحمد"),
        ("المرفأ، الإقليم (الشاطئ)-- قال العمدة إن السد آمن.", "العمدة"),
        ("توقف العمل، بحسب ما ذكره حارس السد.", "حارس السد"),
        ("توقف العمل، وفقا لبيان أصدرته بلدية المرفأ.", "بلدية المرفأ"),
        ("جاء ذلك في تغريدة لسالم الحمد حيث قال: «لن نغلق السد أبدا».", "سالم الحمد"),
        ("وتابع البيان عن العمدة قوله إن السد آمن.", "العمدة"),
        ("وقال عدد من الصيادين إن السد آمن.", "عدد من الصيادين"),
        ("وأكد المجلس إغلاق السد.", "المجلس"),
    ],
)
def test_who_is_named(text: str, expected: str) -> None:
    assert speaker(text) == expected


@pytest.mark.parametrize("text", ["ويتوقع أن يفتح السد غدا.", "وتعتبر القرية الأصغر في الإقليم."])
def test_an_impersonal_verb_is_no_report(text: str) -> None:
    assert speaker(text) is None
