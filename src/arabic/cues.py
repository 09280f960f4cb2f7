"""Reporting cues in Arabic text: verbs, participles, phrases that name a source, turns to a speaker.

The inventory is `cues.toml`. A verb is matched by looking its words up in a table of forms, since an
alternation of tens of thousands of forms would be tried one by one at every word.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from .clauses import CLAUSE_OPENERS, SENTENCE_END, Word, has_speech, has_topic, opens_clause
from .inflect import PRONOUNS, Agreement, participle_forms, verb_forms
from .inventory import CueEntry, load_cues
from .normalise import TASHKEEL, TATWEEL, fold

__all__ = ["Cue", "CueEntry", "find_cues", "load_cues"]

_LETTERS = "ء-غف-يٱ-ۓ"
_WORD = re.compile(f"[{_LETTERS}][{_LETTERS}{TASHKEEL}{TATWEEL}]*")
_LOOSE = re.compile(f"[{TASHKEEL}{TATWEEL}]+")
_FIRST_LETTER = re.compile(f"[{_LETTERS}][{TASHKEEL}{TATWEEL}]*")
_SHADDA = "\u0651"
_PREPOSITIONS = frozenset({"الي", "علي", "عن", "من", "في", "مع"})
_AFTER_QUOTATION = re.compile(r"[\"”»]\s*[،,]?\s*[وف]?$")
_THAT = re.compile(rf"[بل]?ان(?:{'|'.join((*PRONOUNS, 'ني'))})?")
# by a verb's first letter: a noun («إجابته» beside «أجابته») and the first person («أعتقد» beside «اعتقد»)
_OTHER_HAMZA = {"أ": "إآ", "ا": "أآ"}
# they begin with the letter of a preposition and hold none
_NOT_PROCLITIC = "(?!(?:بين|بينما|بعد|بعض|بل|بدون|بلا|بلاد|بلاده|بلادها|لم|لن|لا|لكن|لقد|لدي)(?!\\w))"


@dataclass(frozen=True)
class Cue:
    """A reporting cue, `text[start:end]`, without the conjunction before it.

    `feminine` and `plural` (a dual is plural) are those of a verb's or participle's form, None for phrases.
    `conjunction` is true after و, ف or «كما».
    """

    start: int
    end: int
    lemma: str
    kind: str
    marks: tuple[str, ...]
    feminine: bool | None
    plural: bool | None
    conjunction: bool


@dataclass(frozen=True)
class _Form:
    entry: CueEntry
    kind: str
    agreement: Agreement
    is_bare: bool
    needs: re.Pattern[str] | None


@dataclass(frozen=True)
class _Phrase:
    entry: CueEntry
    words: tuple[frozenset[str], ...]
    proclitic: str


def find_cues(text: str) -> list[Cue]:
    """Return the reporting cues of a text in order, none overlapping. No text raises; the time is linear.

    Tashkeel and tatweel between letters, dropped hamzas and a final ى or ي make no difference. A form that is
    another word too counts only where the inventory's `needs` and `bare` allow it. Negation is left to the
    caller («لم يكشف» is a cue).
    """
    words = [_word(match) for match in _WORD.finditer(text)]
    cues: list[Cue] = []
    index = 0
    while index < len(words):
        found = _phrase_at(text, words, index) or _verb_at(text, words, index)
        if found is None:
            index += 1
            continue
        cue, count = found
        cues.append(cue)
        index += count
    return cues


def is_cue_form(folded: str) -> bool:
    """Tell whether a word, folded and without its conjunction, is a form of a reporting verb."""
    return folded in _forms()


@lru_cache(maxsize=512)
def needs_of(lemma: str) -> frozenset[str]:
    """Return the words that a verb of the inventory may govern."""
    return frozenset(need for entry in load_cues() if entry.lemma == lemma for need in entry.needs)


def _word(match: re.Match[str]) -> Word:
    spelling = _LOOSE.sub("", match.group())
    return Word(match.start(), match.end(), spelling, fold(spelling))


def _verb_at(text: str, words: list[Word], index: int) -> tuple[Cue, int] | None:
    forms, word = _forms(), words[index]
    has_prefix = word.folded not in forms and word.folded[0] in "وف" and word.folded[1:] in forms
    folded, spelling = (word.folded[1:], word.spelling[1:]) if has_prefix else (word.folded, word.spelling)
    form = forms.get(folded)
    if form is None:
        return None
    entry = form.entry
    if folded in {fold(exact) for exact in entry.exact} and spelling not in entry.exact:
        return None
    if form.kind == "verb" and spelling[0] in _OTHER_HAMZA.get(entry.lemma[0], ""):
        return None
    # a written shadda tells «بيّن» from «بين» without help
    is_told = form.is_bare and _SHADDA in entry.lemma and _SHADDA in text[word.start : word.end]
    if not is_told and form.is_bare and not _may_be_bare(text, words, index, form):
        return None
    if not is_told and not _has_complement(text, words, index, form):
        return None
    start = _after_letter(text, word.start) if has_prefix else word.start
    conjunction = has_prefix or (index > 0 and words[index - 1].folded == "كما")
    return Cue(start, word.end, entry.lemma, form.kind, entry.marks, *form.agreement, conjunction), 1


def _phrase_at(text: str, words: list[Word], index: int) -> tuple[Cue, int] | None:
    word = words[index]
    for has_prefix in (False, True):
        if has_prefix and word.folded[0] not in "وف":
            break
        first = word.folded[has_prefix:]
        for phrase in _phrases().get(first, ()):
            end = _phrase_end(text, words, index, phrase)
            if end is None:
                continue
            start = _after_letter(text, word.start) if has_prefix else word.start
            conjunction = has_prefix or (index > 0 and words[index - 1].folded == "كما")
            entry = phrase.entry
            cue = Cue(start, end, entry.lemma, entry.kind, entry.marks, None, None, conjunction)
            return cue, len(phrase.words) + bool(phrase.proclitic)
    return None


def _phrase_end(text: str, words: list[Word], index: int, phrase: _Phrase) -> int | None:
    """Return the end of the phrase whose first word is at `index`, None where it is not there."""
    last = index + len(phrase.words) - 1
    following = words[last + 1] if last + 1 < len(words) else None
    if last >= len(words):
        return None
    for position in range(index + 1, last + 1):
        if words[position].folded not in phrase.words[position - index]:
            return None
        if not text[words[position - 1].end : words[position].start].isspace():
            return None
    if following is not None and following.folded.startswith(phrase.entry.excluded or ("\0",)):
        return None
    if not phrase.proclitic:
        return words[last].end
    if following is None or not following.folded.startswith(phrase.proclitic):
        return None
    if not text[words[last].end : following.start].isspace():
        return None
    return _after_letter(text, following.start)


def _after_letter(text: str, position: int) -> int:
    """Return the end of the letter at the position and of the tashkeel and tatweel on it."""
    match = _FIRST_LETTER.match(text, position)
    return position if match is None else match.end()


def _may_be_bare(text: str, words: list[Word], index: int, form: _Form) -> bool:
    """Tell whether a form that is another word too stands where a verb, or a participle, stands."""
    if opens_clause(text, words, index):
        return True
    if form.kind != "verb":
        return False
    if words[index - 1].folded in CLAUSE_OPENERS or has_topic(text, words, index):
        return True
    return not is_cue_form(words[index - 1].folded) and has_speech(text, words, index)


def _has_complement(text: str, words: list[Word], index: int, form: _Form) -> bool:
    if form.needs is None:
        return True
    # «…»، صاح السائق: what was said stands before its verb
    if (
        form.kind == "verb"
        and "speech" in form.entry.needs
        and _AFTER_QUOTATION.search(text, max(0, words[index].start - 6), words[index].start)
    ):
        return True
    last = index + form.entry.within
    # one character past the last word, for a colon or a quotation mark
    window = text[words[index].end : words[last].end + 1 if last < len(words) else len(text)]
    if end := SENTENCE_END.search(window):
        window = window[: end.start()]
    return form.needs.search(fold(_LOOSE.sub("", window))) is not None


@lru_cache(maxsize=1)
def _forms() -> dict[str, _Form]:
    """Return every verb and participle form; one that two lemmas share is the earlier's."""
    forms: dict[str, _Form] = {}
    for entry in load_cues():
        if entry.imperfect is None:
            continue
        needs = _needs_pattern(entry.needs) if entry.needs else None
        bare, skip = (
            {*words, *(word + pronoun for word in words for pronoun in PRONOUNS)} for words in (entry.bare, entry.skip)
        )
        tables = [("verb", verb_forms(_LOOSE.sub("", entry.lemma), entry.imperfect))]
        if entry.participle is not None:
            tables.append(("participle", participle_forms(entry.participle)))
        for kind, table in tables:
            for form, agreement in table.items():
                if form not in skip:
                    its_needs = needs if entry.needs_of == "all" or form in bare else None
                    forms.setdefault(form, _Form(entry, kind, agreement, form in bare, its_needs))
    return forms


def _needs_pattern(needs: tuple[str, ...]) -> re.Pattern[str]:
    alternatives: list[str] = []
    for need in map(fold, needs):
        if need in {"that", "speech"}:
            continue
        if len(need) == 1:
            alternatives.append(rf"{_NOT_PROCLITIC}{need}\w*")
        elif need in _PREPOSITIONS or need == "ما":
            alternatives.append(rf"{need}(?:{'|'.join(PRONOUNS)})?")
        elif _THAT.fullmatch(need):
            alternatives.append(need)
        else:
            alternatives.append(rf"(?:[بلك]?(?:ال)?|لل){need.replace('_', ' ')}\w*")
    pattern = rf"(?<!\w)[وف]?(?:{'|'.join(alternatives)})(?!\w)"
    # «وتابع، نريد …» sets the comma of speech right after the verb
    return re.compile(rf'^\s*،|{pattern}|[:"]' if "speech" in needs else pattern)


@lru_cache(maxsize=1)
def _phrases() -> dict[str, tuple[_Phrase, ...]]:
    """Return the phrases by their first word, the longer before the shorter."""
    table: dict[str, list[_Phrase]] = {}
    for entry in load_cues():
        for form in entry.forms:
            parts = fold(form).split()
            proclitic = parts.pop()[:-1] if parts[-1].endswith("*") else ""
            phrase = _Phrase(entry, tuple(_spellings(part) for part in parts), proclitic)
            for first in phrase.words[0]:
                table.setdefault(first, []).append(phrase)
    return {
        first: tuple(sorted(phrases, key=lambda p: -(len(p.words) + bool(p.proclitic))))
        for first, phrases in table.items()
    }


def _spellings(part: str) -> frozenset[str]:
    """Return the words that one part of a phrase stands for."""
    spellings: set[str] = set()
    for word in part.split("|"):
        stem = word.rstrip("~!")
        if not word.endswith("!"):
            spellings.add(stem)
        if "~" in word:
            host = stem[:-1] + "ت" if stem.endswith("ة") else stem
            spellings.update(host + pronoun for pronoun in PRONOUNS)
    return frozenset(spellings)
