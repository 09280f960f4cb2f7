"""Who stands behind a reporting cue: the subject after the verb, the one put before it, the one behind a relay."""

from __future__ import annotations

import re

from .appositions import complete
from .cues import Cue, needs_of
from .lexicon import is_body, is_role
from .mentions import noun_phrase
from .names import is_masdar, name_only, without_object
from .normalise import plain
from .sources import ATTRIBUTIVE, gender_behind, owner_of, source_after
from .spans import Span

_WITH_BA = frozenset(
    (
        "أشاد طالب رحب اتهم ندد نوه تعهد هدد اعترف أقر وصف وعد أوصى توعد اكتفى علق صرح أدلى ذكر استشهد أهاب أفاد "
        "رد احتج أبلغ جزم طمأن حمّل نعت عقّب أمر تنبأ أفتى نصح"
    ).split()
)
# Verbs that take a plain object, which stands right after their subject.
_TRANSITIVE = frozenset(
    (
        "وصف وجه أبدى نفى رفض أعلن أدان انتقد استنكر حمل حمّل اقترح أعاد عزا ثمن هنأ شكر أيد بارك توقع دعا "
        "جدد حذر اتهم اعتبر استبعد رجح طالب لام عاتب حيّا ناشد فند برر عدّ نعى عارض امتدح هاجم شجب استهجن "
        "أبلغ سأل خاطب كذّب دحض أنكر وبخ شرح أكد نشر أصدر طرح أرجع حض علل اكتشف استعرض فسر كرر قدّر ألقى أثار "
        "حث نصح التمس أمر نعت دان تحدى أخبر"
    ).split()
)
_THAT = r"\s*(?::|ب?[أإا]ن(?:ه|ها|هم|هما|هن|ني|نا)?\b)"
_BEFORE_CONTENT = re.compile(_THAT.replace("ب?", ""))
_CLOSES_SUBJECT = re.compile(rf"\s*[،,]|{_THAT}")
# «نقلت الوكالة عن الوزير»، «بيان صادر عن القيادة»: the one behind it, not the relay.
_RELAYED = re.compile(r"\s(?:صادر|صادرة|صدر)?\s?عن\s")
# «وتابع البيان عن الوزير قوله»
_TOLD_FROM = re.compile(r"[^،؛:\n«\"“]{0,80}?\sعن\s(?=[^،؛\n«\"“]{3,90}?\s(?:قوله|قولها|قولهم|قولهما)(?!\w))")
_ASCRIBED = re.compile(r"\sإلى\s|\sالى\s")
_ADJECTIVE = re.compile(
    "مقتضب|مشترك|رسمي|عاجل|صحفي|صحافي|مكتوب|سابق|لاحق|منفصل|صادر|له|لها|من |مقتضبة|بثت|نشر|وزع|مذيل"
)
_DOCUMENT = re.compile(r"\w+\s+\w+\s+(?P<noun>\w+)")
_OWNED_BY = re.compile(r"[^،.]*?\sل(?=\w{3})")
_OTHER = re.compile("مغاير|مخالف|آخر|مختلف")
_OWNER = re.compile(r"(?P<pronoun>ه|ها|هم|هما|هن)$")
_MARKS_BEFORE = re.compile(r"[:«\"“.–]")
# A verb that stands so many characters after its topic has another subject.
_FAR = 400
SUBJECT_WORDS = 12
"""A subject that stands before its verb has at most this many words."""


def mention_of(text: str, start: int, end: int, cue: Cue, topic: Span | None) -> Span | None:
    """Return the string that names who speaks by this cue in the sentence `text[start:end]`, None where none does.

    `topic`: the noun phrase that the sentence opens with, if it does.
    """
    mention = _mention_of(text, start, end, cue, topic)
    if mention is None or cue.kind != "verb":
        return mention
    return complete(text, mention, end, governed=needs_of(cue.lemma))


def _mention_of(text: str, start: int, end: int, cue: Cue, topic: Span | None) -> Span | None:
    if (behind := _behind(text, end, cue)) is not None:
        return behind
    if cue.lemma == "مصدر مطلع":
        return noun_phrase(text, cue.start, end)
    if cue.lemma == "جاء في" and (document := _DOCUMENT.match(text, cue.start, end)):
        # «جاء في محضر اللجنة» speaks for itself, «جاء في بيان لمؤسسة «لبنة»» for the body
        owner = _OWNED_BY.match(text, cue.end, min(end, cue.end + 12))
        if "بيان" in document.group():
            return None if owner is None else noun_phrase(text, owner.end(), end)
        return noun_phrase(text, document.start("noun"), end)
    if cue.kind == "source_phrase" and _OWNER.search(text[cue.start : cue.end]) and cue.lemma in _OWNED:
        return None
    if topic is not None and cue.kind == "verb" and _governs(text, topic, cue, end):
        return topic
    if cue.lemma in ATTRIBUTIVE:
        return source_after(text, end, cue)
    if cue.lemma == "في بيان" and (whose := owner_of(text, end, cue)) is not None:
        return whose
    after = _after(text, end, cue)
    if cue.kind == "source_phrase":
        if cue.lemma == "برأي" and after is not None and _OTHER.match(text, after.start):
            return None
        # «في بيان مقتضب، ردت الشركة»: a statement without an owner leaves the question to the verb.
        return None if "بيان" in cue.lemma and after is not None and _ADJECTIVE.match(text, after.start) else after
    return after


def _after(text: str, end: int, cue: Cue) -> Span | None:
    """Return the subject after a verb, or the owner after a source phrase."""
    at = cue.end
    # «ودافعت عنه خبيرة التشفير»
    if cue.kind == "verb" and (pronoun := _WITH_PRONOUN.match(text, at, end)):
        at = pronoun.end()
    phrase = noun_phrase(text, at, end, cut_at_ba=cue.lemma in _WITH_BA)
    if phrase is None:
        # «ورحبت بالفكرة ليلى حنون، …»: the object before its subject, which a comma closes
        if cue.kind == "verb" and cue.lemma in _WITH_BA and (moved := _MOVED_OBJECT.match(text, at, end)):
            phrase = noun_phrase(text, moved.end(), end)
            if phrase is None or not _COMMA.match(text, phrase.end, end):
                return None
        return phrase
    if cue.kind == "verb" and _ACCUSATIVE.match(text, phrase.start):
        return None
    first = plain(text[phrase.start : phrase.end].split()[0])
    if cue.lemma in _TRANSITIVE and cue.kind == "verb" and is_masdar(first):
        # «واقترح تعويض المتضررين»: an object, of a subject that was named before
        return None
    if cue.kind == "verb" and cue.lemma in _TRANSITIVE:
        return phrase if _BEFORE_CONTENT.match(text, phrase.end) else without_object(text, phrase)
    return phrase if _CLOSES_SUBJECT.match(text, phrase.end) else name_only(text, phrase)


_WITH_PRONOUN = re.compile(
    r"\s+(?:عليه|عليها|عليهم|عليهما|عنه|عنها|عنهم|به|بها|بهم|له|لها|لهم|إليه|إليها|إلينا|الينا|لنا|لي)(?=\s)"
)
_MOVED_OBJECT = re.compile(r"\s+ب\w{3,}")
_COMMA = re.compile(r"\s*[،,]")
# «ونصحت السائقين»: the ending of an object
_ACCUSATIVE = re.compile(
    r"ال(?!كرملين|أرجنتين|بحرين|اثنين|ياسمين|تنين|يقين|جنين|أمين|امين|حسين|دين|سجين|يمين|صين|قرين|معين)\w{2,}ين\b"
)
_OWNED = frozenset(("على حد قوله", "على قوله", "قوله", "برأي", "من وجهة نظر", "بزعم", "في بيان"))


def owner_gender(text: str, end: int, cue: Cue) -> bool | None:
    """Tell whether the pronoun that a source phrase ends with is feminine; None where it does not tell."""
    if cue.lemma in ATTRIBUTIVE:
        return gender_behind(text, end, cue)
    match = _OWNER.search(text[cue.start : cue.end])
    if match is None or cue.lemma not in _OWNED:
        return None
    return {"ه": False, "ها": True}.get(match["pronoun"])


def gender_of(text: str, mention: Span) -> bool | None:
    """Tell whether a naming is feminine by its head, an office or a body; None where it is a name or does not tell."""
    head = plain(text[mention.start : mention.end].split()[0])
    if head.startswith("ال"):
        return head.endswith(("ة", "ات")) or None
    return head.endswith(("ة", "تها", "ته")) if is_role(head) or is_body(head) else None


def _behind(text: str, end: int, cue: Cue) -> Span | None:
    if cue.kind == "verb" and (told := _TOLD_FROM.match(text, cue.end, end)):
        return noun_phrase(text, told.end(), end)
    if cue.lemma == "نسب" and (source := _ASCRIBED.search(text, cue.end, min(end, cue.end + 120))):
        return noun_phrase(text, source.end(), end)
    source = _RELAYED.search(text, cue.end, min(end, cue.end + 120))
    if source and (
        cue.lemma in ("نقل", "على ما أفاد", "وفق", "بحسب", "حسب", "وفقا") or "بيان" in text[cue.start : source.start()]
    ):
        if cue.lemma != "نقل" and "نقل" not in text[cue.start : source.start()] and "صادر" not in source.group():
            return None
        return noun_phrase(text, source.end(), end)
    return None


def _governs(text: str, topic: Span, cue: Cue, end: int) -> bool:
    """Tell whether the verb has the topic for its subject: it follows it, or a comma, or coordinates with its verb."""
    if not topic.end <= cue.start <= topic.end + _FAR:
        return False
    between = re.sub(r"(?:^|\s)(?:قد|لقد|فقد|ف|و)\s*$", " ", text[topic.end : cue.start])
    if not between.strip():
        return True
    after = noun_phrase(text, cue.end, end, cut_at_ba=cue.lemma in _WITH_BA)
    if after is not None and _BEFORE_CONTENT.match(text, after.end):
        return False
    if after is not None and between.strip() == "،" and _COMMA.match(text, after.end):
        # «الوكالة، يضيف الوردي، …»
        return False
    if len(text[topic.start : topic.end].split()) > SUBJECT_WORDS or _MARKS_BEFORE.search(between):
        return False
    stripped = between.rstrip()
    if stripped.endswith(("،", ",", ")", "–", "-", "»")):
        return True
    # «تهز رأسها وتقول», «لم تغضب، بل اعترفت»: coordinated with the verb of the topic
    last = stripped.split()[-1]
    return plain(last) in ("بل", "ثم", "قد", "لا", "لم", "لن", "بدوره", "بدورها") or cue.conjunction
