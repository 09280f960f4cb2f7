"""Mentions of one article gathered into entities, each under the fullest form of its name.

«كيم», «الزعيم الكورى», «كيم جونج أون» and the slip «كيم أون جون» are one speaker. In two rounds: names first, each
joining a fuller one that it is the head or the name of; then what only describes («الوزير الإيراني», «نظيره الروسي»,
«المصدر نفسه», «البيان»), joining whom the article gives that description. What no sign joins stays apart: for the
reader of a report, two rows of one speaker are a smaller harm than one row of two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from .evidence import Evidence, Office, office
from .likeness import alike_words, same_word, within
from .naming import Kind, Naming, head_kind, load_states, read_naming, read_words, state_of

_SAME_ONE = frozenset("نفسه نفسها ذاته ذاتها عينه عينها المذكور المذكورة".split())
_STATEMENTS = frozenset("بيان بلاج".split())
_ANY_OFFICE = frozenset("مسؤول مسؤوله".split())
_SPOKESMEN = frozenset("متحدث متحدثه".split())


@dataclass(eq=False)
class _Entity:
    number: int
    strings: list[str] = field(default_factory=list)
    words: set[str] = field(default_factory=set)


def gather(text: str, mentions: Iterable[tuple[int, int]]) -> dict[tuple[int, int], str]:
    """Return for each mention, given as a span of the text, the fullest name of the entity that it belongs to."""
    spans = sorted(set(mentions))
    strings = {(start, end): _whole(text, start, end) for start, end in spans}
    positions: dict[str, list[int]] = {}
    shown: dict[str, str] = {}
    for start, end in spans:
        string = strings[start, end]
        positions.setdefault(string, []).append(start)
        shown.setdefault(string, text[start:end])
    owners = _Gathering(text, positions).run()
    return {span: shown[owners[strings[span]].strings[0]] for span in spans}


def _whole(text: str, start: int, end: int) -> str:
    # «للوزير» is «لـ» and «الوزير»; a mention that begins after the first letter reads «لوزير».
    if start and text[start - 1 : start] == "ل" and text[start:end].startswith("ل"):
        return "ال" + text[start + 1 : end]
    return text[start:end]


class _Gathering:
    """The strings of one article on their way into entities, with indices: an article may have thousands of them."""

    def __init__(self, text: str, positions: dict[str, list[int]]) -> None:
        self.positions = positions
        self.namings = {string: read_naming(string) for string in positions if read_words(string)}
        self.evidence = Evidence(text)
        self.alike = alike_words({word.stem: word for own in self.namings.values() for word in own.words})
        self.owners: dict[str, _Entity] = {}
        self.holders: dict[str, set[str]] = {}
        self.described: dict[tuple[str, str], set[str]] = {}
        self.offices: dict[str, set[Office]] = {}
        self.states: dict[str, str] = {}
        self.count = 0

    def run(self) -> dict[str, _Entity]:
        """Return the entity of each string; its first string is its name."""
        # The fullest first: whatever is shorter looks for a fuller form to join. Sorting keeps the order of the text.
        fullest = sorted(self.namings, key=lambda string: -len(self.namings[string].words))
        describing = {string for string in fullest if _only_describes(self.namings[string])}
        for string in fullest:
            if string not in describing:
                self._add(string, self._by_name(string))
        for string in fullest:
            if string in describing:
                self._add(string, self._by_description(string))
        for string in self.positions:
            if string not in self.owners:
                self._add(string, set())
        return self.owners

    def _add(self, string: str, known: set[str]) -> None:
        naming = self.namings.get(string)
        entity = min({self.owners[other] for other in known}, key=self._rank(string), default=None)
        if entity is None:
            entity = _Entity(self.count)
            self.count += 1
        entity.strings.append(string)
        self.owners[string] = entity
        if naming is None:
            return
        entity.words |= set(naming.stems)
        for word in naming.stems:
            self.holders.setdefault(word, set()).add(string)
        if (state := state_of(naming)) is not None:
            self.states.setdefault(state, string)
        self._describe(string, naming)

    def _describe(self, string: str, naming: Naming) -> None:
        offices: set[Office] = set()
        if naming.kind is Kind.RELATIVE:
            own = self.evidence.counterpart(naming, self.evidence.word_at(self.positions[string][0]))
            offices = {own} if own else set()
        elif naming.kind is Kind.PERSON and not naming.has_name:
            offices = {office(naming.words)}
        elif naming.kind in (Kind.PERSON, Kind.NAME) and state_of(naming) is None:
            offices = self.evidence.offices(naming)
        self.offices[string] = offices
        for own in offices:
            for word in own.words:
                self.described.setdefault((own.head, word), set()).add(string)
                self.described.setdefault(("", word), set()).add(string)

    def _rank(self, string: str) -> Callable[[_Entity], tuple[bool, bool, int, int]]:
        first = self.positions[string][0]
        words = set(self.namings[string].stems) if string in self.namings else set()

        def rank(entity: _Entity) -> tuple[bool, bool, int, int]:
            """Rank by words spelled the same, then by the nearest mention before this one, only then after it."""
            starts = [start for own in entity.strings for start in self.positions[own]]
            before = [first - start for start in starts if start <= first]
            distance = min(before) if before else min(start - first for start in starts)
            return (not words <= entity.words, not before, distance, entity.number)

        return rank

    def _by_name(self, string: str) -> set[str]:
        naming = self.namings[string]
        state = state_of(naming)
        if state is not None:
            return {self.states[state]} if state in self.states else set()
        if _introduces(naming):
            return set()
        found = self._fuller(naming)
        if naming.kind is Kind.NAME and not found:
            for body, last in self.evidence.bracketed(naming):
                for other in self.holders.get(last, set()):
                    full = self.namings[other]
                    if full.kind is Kind.BODY and full.stems[-1] == last and _covers(body, office(full.words)):
                        found.add(other)
        return found

    def _fuller(self, naming: Naming) -> set[str]:
        """Return the strings, already in an entity, that have all of these words where a name has them."""
        having = [
            {full for alike in self.alike.get(word, [word]) for full in self.holders.get(alike, ())}
            for word in set(naming.stems)
        ]
        return {full for full in set.intersection(*having) if within(naming, self.namings[full], full)}

    def _by_description(self, string: str) -> set[str]:
        naming = self.namings[string]
        first = self.evidence.word_at(self.positions[string][0])
        same_one = _is_same_one(naming)
        if same_one:
            naming = Naming(naming.words[:-1], naming.kind, min(naming.title, len(naming.words) - 1))
        if naming.kind is Kind.PAPER:
            issuer = Naming(naming.words[1:], head_kind(naming.words[1]), 0) if len(naming.words) > 1 else None
            return (self._fuller(issuer) if issuer else self._issuer(naming, first)) or self._fuller(naming)
        if naming.kind is Kind.RELATIVE:
            own = self.evidence.counterpart(naming, first)
            return self._bearers(own) if own else set()
        own = office(naming.words)
        found = self._bearers(own) or {full for full in self._fuller(naming) if self._heads(naming, full)}
        if not found and own.head in _ANY_OFFICE and len(own.words) > 1:
            found = self._bearers(Office("", own.words - {own.head}))
        if not found and naming.kind is Kind.PERSON:
            found = self._only_bearer(own)
        if not found and same_one and naming.kind is Kind.PERSON:
            found = self._last_before(self.positions[string][0])
        return found

    def _heads(self, naming: Naming, full: str) -> bool:
        """Tell whether a description is the head of a fuller naming, or its family name: «وليد المعلم»."""
        words = self.namings[full].words
        if same_word(naming.words[0], words[0]):
            return True
        is_last = len(naming.words) == 1 < len(words) and same_word(naming.words[0], words[-1])
        return is_last and not words[-2].is_definite and head_kind(words[-2]) is Kind.NAME

    def _bearers(self, own: Office) -> set[str]:
        sets = [self.described.get((own.head, word), set()) for word in own.words]
        strings = set.intersection(*sets) if sets else set()
        return {
            string
            for string in strings
            if any((not own.head or one.head == own.head) and own.words <= one.words for one in self.offices[string])
        }

    def _only_bearer(self, own: Office) -> set[str]:
        """Return the one of that trade whom nothing tells apart: «الفنان اللبناني» who was «الفنان راغب علامة»."""
        states = set(load_states().people.values())
        rest = own.words - states
        is_by_state = rest == {own.head} and rest < own.words
        if not is_by_state and own.head not in _SPOKESMEN:
            return set()
        found = self._bearers(Office(own.head, frozenset([own.head])))
        offices = {one for string in found for one in self.offices[string] if one.head == own.head}
        is_free = all(
            not any(word.endswith("ي") or word in states for word in one.words - {own.head})
            if is_by_state
            else one.words == {own.head}
            for one in offices
        )
        return found if is_free and len({id(self.owners[string]) for string in found}) == 1 else set()

    def _issuer(self, naming: Naming, first: int) -> set[str]:
        """Return whose statement «البيان» is: of whoever the sentence names that first speaks of «بيان»."""
        evidence = self.evidence
        places = [
            at for at in evidence.places.get(naming.stems[0], ()) if at < first and not evidence.words[at].is_definite
        ]
        if not places:
            return set()
        sentence = evidence.sentences[places[-1]]
        near = [
            (self.namings[string].kind is not Kind.BODY, abs(at - places[-1]), string)
            for string in self.owners
            if string in self.namings
            for start in self.positions[string]
            if (at := evidence.word_at(start)) < len(evidence.words) and evidence.sentences[at] == sentence
        ]
        return {min(near)[2]} if near else set()

    def _last_before(self, start: int) -> set[str]:
        before = [(own, string) for string in self.owners for own in self.positions[string] if own < start]
        return {max(before)[1]} if before else set()


def _covers(long: Office, short: Office) -> bool:
    return long.head == short.head and short.words <= long.words


def _only_describes(naming: Naming) -> bool:
    if naming.kind is Kind.RELATIVE:
        return not naming.has_name
    if naming.kind is Kind.PAPER:
        return naming.stems[0] in _STATEMENTS and naming.is_definite
    if _is_same_one(naming):
        return True
    return naming.kind is Kind.PERSON and not naming.has_name and naming.is_definite


def _is_same_one(naming: Naming) -> bool:
    """Tell whether a naming is «المصدر نفسه» or «الجمعية ذاتها»."""
    return len(naming.words) == 2 and naming.words[0].is_definite and naming.words[-1].raw in _SAME_ONE


def _introduces(naming: Naming) -> bool:
    """Tell whether a naming brings somebody new: «مصدر أمني», «شهود»."""
    is_common = naming.kind in (Kind.PERSON, Kind.PAPER) or (naming.kind is Kind.BODY and len(naming.words) == 1)
    return is_common and not naming.is_definite
