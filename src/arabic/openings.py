"""What a sentence opens with: its topic, where it is nominal, or behind its verb the one who acts."""

from __future__ import annotations

import re

from .cues import Cue, is_cue_form
from .lexicon import STOPS, is_body, is_role
from .mentions import noun_phrase
from .names import name_only
from .normalise import plain
from .spans import Span

PARTICLES = frozenset(
    (
        "لكن ولكن الا ان اما فيما بينما غير بيد وان فان لقد وقد فقد قد كما ثم حيث وكان وكانت كان كانت حين وبينما "
        "وفيما واما"
    ).split()
)
"""Words that may open a clause before its subject."""
_CONJUNCTION = re.compile(r"\s*[وف](?=[\u0621-\u064a]{3})")
_WORD = re.compile(r"\S+")
# «10:20 – », «- », «• »: what stands at the head of a line before its first clause
_HEAD = re.compile(r"[ \t]*(?:\d{1,2}[:.]\d{2}(?:[ \t]*[صم]\b)?[ \t]*[-–—|:]|[-–—•*■▪●])?[ \t]*")
# «من جهته،», «في المقابل،»: an adverb of the whole sentence, set off by a comma
_SET_OFF = re.compile(
    r"(?:و|ف)?(?:من|ف[يى]|على|عن|إلى|بدور|بالمقابل|خلال|بعد|قبل|رد|تعقيب|تعليق|وعلى|ومن|وفي)\w*(?:\s\w+){0,6}?\s*،\s*"
)
_APPOSED = re.compile(r"\s*(?:\([^)\n]{1,40}\)\s*)?[،,–-]")


def topic_of(text: str, start: int, end: int, cues: list[Cue]) -> Span | None:
    """Return the noun phrase that a nominal sentence opens with, after particles: «لكن الخبير أنور … حذر».

    Without a particle it is one only where it is definite, an office or set off by a comma, and a cue follows.
    """
    at = head = _HEAD.match(text, start, end).end()  # type: ignore[union-attr]
    if match := _SET_OFF.match(text, at, end):
        at = match.end()
    particle, first_particle = False, ""
    while (word := _WORD.match(text, _skip(text, at), end)) is not None and plain(word.group()) in PARTICLES:
        at, particle, first_particle = word.end(), True, word.group()
    at = _skip(text, at)
    conjunction = _CONJUNCTION.match(text, at, end)
    # «فخالد المرشود، وهو …، وصف», «والوزير قال»
    if not particle and at == head and conjunction and (text[at] == "ف" or text.startswith("ال", conjunction.end())):
        at = conjunction.end()
    first = _WORD.match(text, at, end)
    if first is None or plain(first.group()) in STOPS or any(cue.start <= at + 1 and at < cue.end for cue in cues):
        return None
    if plain(first.group()).removeprefix("و") in _PREPOSITIONS:
        return None
    stop = _next_cue(cues, at, end)
    if text[stop - 1 : stop] in ("ف", "و"):
        stop -= 1
    if (answer := _ANSWER_TO_AMMA.search(text, first.end(), stop)) is not None and plain(first_particle) in _AMMA:
        stop = answer.start()
    phrase = noun_phrase(text, at, stop)
    if phrase is None or phrase.start - at > 1:
        return None
    words = text[phrase.start : phrase.end].split()
    if len(words) > 2 and words[-1].endswith("ت") and words[0].endswith("ة"):
        # «محامية الدفاع إيفا رودولفي دفعت»: a verb that is no cue
        phrase = Span(phrase.start, phrase.start + text[phrase.start : phrase.end].rindex(words[-1]))
        phrase = Span(phrase.start, phrase.start + len(text[phrase.start : phrase.end].rstrip()))
    if not any(cue.kind == "verb" and 0 <= cue.start - phrase.end <= 2 for cue in cues):
        phrase = name_only(text, phrase)
    words = text[phrase.start : phrase.end].split()
    if _VERB_IN_AL.match(plain(words[0])) or is_cue_form(plain(words[0])):
        return None
    if plain(words[0]) in _NOT_NOUNS or _PREPOSED.match(plain(words[0])):
        return None
    if particle or plain(words[0]).startswith("ال") or is_role(words[0]) or words[0].startswith("@"):
        return phrase
    if words[0].startswith("و"):
        return None
    if (
        len(words) > 1
        and ((plain(words[1]).startswith("ال") and len(words) > 2) or is_role(words[1]) or is_body(words[1]))
        and not is_body(words[0])
    ):
        # «سلّم صندوق …»: a verb with its subject
        return None
    follows = text[phrase.end : end]
    if _APPOSED.match(follows) or any(
        cue.kind == "verb" and cue.start - phrase.end <= 1 for cue in cues if cue.start >= phrase.end
    ):
        return phrase if len(words) >= 2 or _is_name(text, phrase) else None
    return None


def _is_name(text: str, phrase: Span) -> bool:
    """Tell whether a single word, which may be a verb, is a name: the text has it elsewhere."""
    word = text[phrase.start : phrase.end]
    if plain(word) in _AUXILIARIES or is_cue_form(plain(word)):
        return False
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text[max(0, phrase.start - 4000) : phrase.start]) is not None


_VERB_IN_AL = re.compile("الت(?:قي|زم|حق|فت|مس|هم|قط)|القي|القت|الغي|الغت")
_AUXILIARIES = frozenset("عاد عادت مضي مضت راح راحت اخذ اخذت ظل ظلت بات صار كان كانت بدا بدات جاء جاءت".split())
_AMMA = ("اما", "واما")
# «أما … فـ»: the answer of the particle ends its topic
_ANSWER_TO_AMMA = re.compile(r"\sف(?!هد|اطم|راس|ؤاد|تحي|يصل|رح|ريق|ريد|ي\s|ى\s|ادي|ارس|لاح|نان|ندق|رع)(?=\w{2})")
_NOT_NOUNS = frozenset(
    "عند لدي منذ قبل بعد خلال حتي رغم وسط بين ليس لا لم لن ما هو هي هذا هذه ذلك هنا هكذا ان انه نحن انا كل".split()
)
_PREPOSED = re.compile(r"(?:بال|لل|كال|وب|ول)\w")


def _next_cue(cues: list[Cue], at: int, end: int) -> int:
    return next((cue.start for cue in cues if cue.kind == "verb" and cue.start > at), end)


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t،,":
        at += 1
    return at


# «ولم يخف المحامي خيبته», «وسرعان ما خرج الرئيس»
_BEFORE_VERB = frozenset(
    "ولم لم ولا لا ولن لن وسرعان ما قد وكان وكانت وقد وهنا هنا ثم وسبق ان كان كانت كما ود كذلك".split()
)


def acting_subject(text: str, start: int, end: int) -> Span | None:
    """Return what stands after the first word of `text[start:end]`, where Arabic puts the subject of a verbal sentence.

    None where no subject stands there, or nothing at all: a quotation may have begun before the sentence.
    """
    head = _HEAD.match(text, start, end)
    if head is None:
        return None
    start = head.end()
    if match := _SET_OFF.match(text, start, end):
        start = match.end()
    first = _WORD.search(text, start, end)
    while first is not None and plain(first.group()) in _BEFORE_VERB:
        first = _WORD.search(text, first.end(), end)
    if first is None or plain(first.group()) in STOPS or plain(first.group()).startswith("ال"):
        return None
    if _PREPOSED.match(plain(first.group())) or plain(first.group()).removeprefix("و") in _PREPOSITIONS:
        return None
    if first.group().endswith((":", "،", ",")):
        # «وقال: أود أن …»: what was said has begun
        return None
    phrase = noun_phrase(text, first.end(), end)
    if phrase is None or phrase.start > first.end() + 1 or plain(text[phrase.start : phrase.end]) in _DEMONSTRATIVES:
        return None
    return phrase


_DEMONSTRATIVES = frozenset("ذلك هذا هذه تلك هؤلاء".split())
_PREPOSITIONS = frozenset("في علي من الي عن مع خلال بعد قبل منذ عند لدي حتي رغم وسط بين امام مثل عبر اثناء".split())
