"""The signs by which an attribution is trusted or doubted: what stands at the cue, what opens the sentence.

A sign is a short string. Each either holds or does not; how much it weighs is learned (see `models.rules`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from .clauses import CLAUSE_OPENERS
from .cues import Cue
from .lexicon import DOCUMENTS, QUANTITIES, STOPS, TIME, is_body, is_role
from .normalise import plain
from .spans import Span

_WORD = re.compile(r"[^\s،؛:.,;!؟?()\[\]…\"“”«»‘’]+")
_THAT = re.compile(r"[\s\w#،]{0,60}?\s(?:[بل]?[أإا]ن(?:ه|ها|هم|هما)?)(?!\w)")
_PARTICLES = (
    CLAUSE_OPENERS
    | STOPS
    | TIME
    | frozenset("التي الذي الذين بعد بعدما حيث اذ فيما بينما وقت كان كانت قد لم لا لن".split())
)
# So many characters around a sentence are looked at, lest a long text take quadratic time.
_NEAR = 4000
_STEPS = (0, 1, 2, 4, 8, 16, 32)


def sentence_signs(
    text: str, start: int, end: int, *, how: str, was: str, cue: Cue | None, cues: Sequence[Cue], role: str, quoted: int
) -> tuple[str, ...]:
    """Return the signs of a sentence: `how` it is attributed, `was` of the sentence before, `quoted` words in marks."""
    signs = [f"how {how}", f"after {was}", f"turn {role}", f"cues {step_of(len(cues))}", f"quoted {step_of(quoted)}"]
    signs += [
        f"{how} after {was}",
        f"{how} quoted {step_of(quoted)}",
        f"length {step_of(len(text[start:end].split()))}",
    ]
    signs += [f"how {how} {kind}" for kind in sorted({own.kind for own in cues})]
    first = _WORD.search(text, start, end)
    if first is not None:
        word = plain(first.group())
        signs.append(
            f"opens {word}" if word in _PARTICLES or word.removeprefix("و") in _PARTICLES else "opens otherwise"
        )
        if cue is not None and cue.start <= first.end():
            signs.append("opens cue")
    if text[start:end].rstrip().endswith(("؟", "?")):
        signs.append("asks")
    if text[start:end].rstrip().endswith(":"):
        signs.append("ends in colon")
    if start < _NEAR and not text[:start].strip():
        signs.append(f"head {how}")
    if cue is not None:
        signs += [f"{how} {sign}" for sign in _cue_signs(text, start, end, cue)]
        signs += [f"lemma {cue.lemma}", f"lemma {cue.lemma} {cue.kind} {how}"]
    return tuple(signs)


def _cue_signs(text: str, start: int, end: int, cue: Cue) -> list[str]:
    before = [plain(match.group()) for match in _WORD.finditer(text, start, cue.start)]
    last = before[-1] if before else "none"
    following = _WORD.search(text, cue.end, end)
    word = plain(following.group()) if following is not None else "none"
    tense = "imperfect" if plain(text[cue.start : cue.end])[:1] in ("ي", "ت", "س") else "perfect"
    mark = text[start : cue.start].rstrip(" وف")[-1:]
    signs = [
        f"cue {cue.kind}",
        f"cue {cue.kind} {tense}",
        f"place {step_of(len(before))}",
        f"{tense} place {step_of(len(before))}",
        f"behind {last if last in _PARTICLES else 'word'}",
        f"before {word if word in _PARTICLES else 'word'}",
        f"conjunction {cue.conjunction}",
        f"mark {mark if mark in '،.:»-–)؛' else ''}",
    ]
    signs += [f"told {mark}" for mark in cue.marks]
    if _THAT.match(text, cue.end, end):
        signs.append("that")
    if "الذي" in before[-6:] or "التي" in before[-6:] or "الذين" in before[-6:]:
        signs.append("relative")
    return signs


def mention_signs(text: str, start: int, end: int, mention: Span, rank: int, cue: Cue | None) -> tuple[str, ...]:
    """Return the signs of a mention that may be the answer, `rank`th by the rules, in `text[start:end]`."""
    words = text[mention.start : mention.end].split()
    head = plain(words[0]) if words else ""
    inside = mention.start >= start
    place = (
        "before"
        if not inside
        else "none"
        if cue is None
        else "behind cue"
        if mention.start >= cue.end
        else "ahead of cue"
    )
    own = f"rank {min(rank, 3)}"
    signs = [own, f"{own} {place}", f"{own} words {step_of(len(words))}", f"{own} head {_kind(head)}"]
    named = text.count(text[mention.start : mention.end], max(0, mention.start - _NEAR), end + _NEAR)
    signs.append(f"{own} named {step_of(named)}")
    if not inside:
        signs.append(f"{own} back {step_of(text.count(chr(10), max(mention.end, start - _NEAR), start))}")
        signs.append(f"{own} away {step_of((start - mention.end) // 50)}")
    elif cue is not None and mention.start >= cue.end:
        signs.append(f"{own} gap {step_of(mention.start - cue.end)}")
        signs.append(f"{own} then {text[mention.end : mention.end + 1].strip() or 'blank'}")
        signs.append(f"{own} {_kind(head)} {cue.lemma}")
    if cue is not None and cue.feminine is not None and inside:
        signs.append(f"{own} agrees {head.endswith(('ة', 'ات', 'ا')) == cue.feminine}")
    following = _WORD.match(text, mention.end + 1, end)
    if inside and following is not None:
        word = plain(following.group())
        signs.append(f"{own} next {word if word in _PARTICLES else 'word'}")
    return tuple(signs)


def _kind(head: str) -> str:
    if head in QUANTITIES:
        return "quantity"
    if head.removeprefix("ال") in DOCUMENTS:
        return "document"
    if is_role(head):
        return "role"
    if is_body(head):
        return "body"
    return "definite" if head.startswith("ال") else "feminine" if head.endswith("ة") else "word"


def step_of(count: int, steps: Sequence[int] = _STEPS) -> int:
    """Return the highest step that a count reaches; the lowest is 0, also for what lies under it."""
    return max(step for step in steps if step <= max(count, 0))
