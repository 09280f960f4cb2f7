"""The normalizers keep offsets and survive tokenizer.json; fold keeps the length."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from qawl.arabic.normalise import arabert_normalizer, arabert_pre_tokenizer, fold, normalise, normalizer
from tokenizers import Tokenizer, models, pre_tokenizers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("قالَ الرَّئيسُ", "قال الرئيس"),
        ("وقـــال", "وقال"),
        ("أعلن إلى آخر ٱلقمة", "اعلن الي اخر القمة"),
        ("الروسى فى مستوى، على", "الروسي في مستوي، علي"),
        ("٢٠٢٤ و۱۳ و٣٫٥", "2024 و13 و3.5"),
        ('“أ” «ب» ‘ج’ "د" ’”ه”', '"ا" "ب" "ج" "د" "ه"'),
        ("O’Neil's CNN", "o'neil's cnn"),
        ("\u200fمصر\u200c\ufeff", "مصر"),
        ("ﻣﺼﺮ", "مصر"),
    ],
)
def test_normalise(text: str, expected: str) -> None:
    assert normalise(text) == expected


@given(st.text())
def test_normalise_takes_any_text(text: str) -> None:
    normalise(text)


@given(st.text(alphabet='أإآاىيةهبقلم ًَّـ“”«»"٠٥۷.،\n'))
def test_normalise_twice_is_once(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@given(st.text() | st.text(alphabet="أإآٱاىي٠۹“”«»ًـ "))
def test_fold_keeps_the_length(text: str) -> None:
    assert len(fold(text)) == len(text)


def test_fold() -> None:
    assert fold("أكّد الروسى «٥»") == 'اكّد الروسي "5"'


def test_offsets_point_into_the_original_text() -> None:
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    loaded = Tokenizer.from_str(tokenizer.to_str())
    text = "قالَ «الرَّئيس» الروسى فى ٢٠٢٤ وقـــال"
    words = [text[start:end] for start, end in loaded.encode(text).offsets]
    assert words == ["قال", "«", "الرَّئيس", "»", "الروسى", "فى", "٢٠٢٤", "وقـــال"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("أعلنَ الروسى إلى", "أعلن الروسى إلى"),
        ("«نعم» “لا”", "«نعم» “لا”"),
        ("في ١٠/١٢", "في 10-12"),
        ("هههههه!!!!", "هه!!"),
        ("من https://t.co/a?b=1، و www.bbc.com", "من [رابط] ، و [رابط]"),
        ("@user_1 و a.b@example.com", "[مستخدم] و [بريد]"),
        ("<p>نص</p> 😀", "نص"),
    ],
)
def test_arabert_normalizer(text: str, expected: str) -> None:
    assert arabert_normalizer().normalize_str(text) == expected


def test_arabert_pre_tokenizer() -> None:
    words = [word for word, _ in arabert_pre_tokenizer().pre_tokenize_str("عام2018م، «قال»")]
    assert words == ["عام", "2018", "م", "،", "«", "قال", "»"]


def test_arabert_tokenizer_survives_its_file() -> None:
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    tokenizer.normalizer = arabert_normalizer()
    tokenizer.pre_tokenizer = arabert_pre_tokenizer()
    assert Tokenizer.from_str(tokenizer.to_str()).to_str() == tokenizer.to_str()
