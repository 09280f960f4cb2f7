"""Normalisation of Arabic text: as a fast tokenizer's normalizer, as a string, and keeping the length.

`normalizer()` and `arabert_normalizer()` are made of stock pieces of the `tokenizers` library, so they are
saved in `tokenizer.json` and the tokenizer's offsets keep pointing into the original text. `tokenizers` is
imported only when one of them is called.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import normalizers, pre_tokenizers

TASHKEEL = "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u08d3-\u08ff"
"""Vowel signs and Quranic marks, as the inside of a regex character class."""
TATWEEL = "\u0640"
_SIGNS = re.compile(f"[{TASHKEEL}{TATWEEL}]+")
INVISIBLE = "\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
"""Marks of direction, of width zero and soft hyphens, as the inside of a regex character class."""
QUOTE_MARKS = '"“”„‟«»‹›‘’‚‛❝❞❛❜〝〞＂'

_ARABIC_DIGITS = "٠١٢٣٤٥٦٧٨٩"
_PERSIAN_DIGITS = "۰۱۲۳۴۵۶۷۸۹"
_FOLD = str.maketrans(
    "أإآٱى" + _ARABIC_DIGITS + _PERSIAN_DIGITS + QUOTE_MARKS,
    "ااااي" + "0123456789" * 2 + '"' * len(QUOTE_MARKS),
)
# the characters that AraBERT v0.2's preprocessing left in; it put a blank in place of every other one
_ARABERT_KEPT = r"0-9\u0621-\u063A\u0641-\u066C\u0671-\u0674a-zA-Z!\"#$%'()*+,.:;\-<=·>?@\[\\\]^_`{|}~—٪’،؟୍“؛”ۚ»\s«–…‘/"


def normalizer() -> normalizers.Sequence:
    """Return the normalizer of qawl's own tokenizers.

    In order: marks of direction, zero-width characters, tatweel and tashkeel go; NFKC; أإآٱ become ا and a
    final ى becomes ي; Arabic-Indic and Persian digits and their separators become ASCII; every quotation
    mark becomes one `"` (an apostrophe between Latin letters stays one); Latin letters become small.
    """
    from tokenizers import Regex, normalizers

    steps = [
        (f"[{INVISIBLE}{TATWEEL}]+", ""),
        # NFKC comes before this one: it composes alef and a combining hamza, which is among the tashkeel
        (f"[{TASHKEEL}]+", ""),
        ("[أإآٱ]", "ا"),
        (r"ى\b", "ي"),
        *((f"[{arabic}{persian}]", str(value)) for value, (arabic, persian) in enumerate(_digits())),
        (r"(?<=\d)٫(?=\d)", "."),
        (r"(?<=\d)٬(?=\d)", ","),
        (r"(?<=[A-Za-z])[’‘‛](?=[A-Za-z])", "'"),
        (rf"[{QUOTE_MARKS}]|(?<![A-Za-z])'|'(?![A-Za-z])", '"'),
        ('"{2,}', '"'),
    ]
    replace = [normalizers.Replace(Regex(pattern), content) for pattern, content in steps]
    return normalizers.Sequence([replace[0], normalizers.NFKC(), *replace[1:], normalizers.Lowercase()])


def arabert_normalizer() -> normalizers.Sequence:
    """Return the normalizer for AraBERT v0.2: its own preprocessing, as far as stock pieces go.

    Reproduced, from `ArabertPreprocessor("bert-base-arabertv02")`: tashkeel and tatweel go, URLs, mentions
    and e-mail addresses become [رابط], [مستخدم], [بريد], HTML tags go, Arabic-Indic digits become ASCII, `/`
    becomes `-`, a character that is repeated more than twice is kept twice, characters outside its alphabet
    (emoji, Persian letters, „ ‹ ›) become blanks. Alef, ya, teh marbuta and the quotation marks “ ” « » are
    left as they are, since AraBERT was trained on them so.

    Not reproduced: HTML entities; blanks around punctuation and between digits and letters, which are
    `arabert_pre_tokenizer()`'s; its quirk that an address in Latin letters became [رابط]. The three bracketed
    words stay whole only in a tokenizer that has them as added tokens with `normalized=True`.
    """
    from tokenizers import Regex, normalizers

    steps = [
        (r"[\u064B-\u0652\u0640\uFE0F]+", ""),
        (r"[\w.+-]+@(?:[\w-]+\.)+[\w-]+", " [بريد] "),
        (r"(?:https?://|www\.)[^\s<>\"«»“”،]+", " [رابط] "),
        (r"(?<![\w.-])[a-zA-Z0-9][-\w]*(?:\.[-\w]+)*\.[a-z]{2,6}\b(?:[/?#][^\s<>\"«»“”،]*)?", " [رابط] "),
        (r"@\w+", " [مستخدم] "),
        (r"</?[^<>]+>", " "),
        *((f"[{arabic}{persian}]", str(value)) for value, (arabic, persian) in enumerate(_digits())),
        # the content of Replace is literal, so the surplus is removed instead of the run being rewritten
        (r"([^\d\s])(?=\1\1)", ""),
        ("/", "-"),
        (rf"[^{_ARABERT_KEPT}]", " "),
        (r"\s+", " "),
    ]
    replace = [normalizers.Replace(Regex(pattern), content) for pattern, content in steps]
    return normalizers.Sequence([*replace, normalizers.Strip()])


def arabert_pre_tokenizer() -> pre_tokenizers.Sequence:
    """Return the pre-tokenizer that cuts where AraBERT v0.2's preprocessing put blanks.

    It cuts between digits and letters and around every punctuation mark.
    """
    from tokenizers import pre_tokenizers

    return pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=False), pre_tokenizers.BertPreTokenizer()])


def normalise(text: str) -> str:
    """Return the text as `normalizer()` leaves it; a lone surrogate, which it cannot take, becomes `?`."""
    return str(_cached_normalizer().normalize_str(text.encode("utf-8", "replace").decode("utf-8")))


def fold(text: str) -> str:
    """Return the text with variant characters folded, each into one character: offsets stay valid.

    أإآٱ become ا, ى becomes ي, Arabic-Indic and Persian digits become ASCII, quotation marks become `"`.
    Tashkeel and tatweel stay, since to remove them would move what follows.
    """
    return text.translate(_FOLD)


def plain(text: str) -> str:
    """Return the text as words are compared: folded, without vowel signs and tatweel. Offsets do not survive."""
    return _SIGNS.sub("", fold(text))


def _digits() -> list[tuple[str, str]]:
    return list(zip(_ARABIC_DIGITS, _PERSIAN_DIGITS, strict=True))


@lru_cache(maxsize=1)
def _cached_normalizer() -> normalizers.Sequence:
    return normalizer()
