"""The inventory of reporting cues, `cues.toml`: its records and its checks."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from .normalise import fold

_REPORTS = {"say", "announce", "relay", "ask", "demand", "data", "source"}
_ATTITUDES = {"judge", "deny", "admit", "praise", "condemn", "accuse", "thank"}
_WILLS = {"warn", "threaten", "promise", "wish"}
_TURNS = {"speaker", "topic", "background"}
MARKS = frozenset(_REPORTS | _ATTITUDES | _WILLS | _TURNS)
"""What a cue may tell about its sentence."""
_LISTS = frozenset({"marks", "needs", "bare", "skip", "exact", "forms", "except"})
_KEYS = {
    "verb": {"imperfect", "participle", "needs", "needs_of", "within", "bare", "skip", "exact"},
    "source_phrase": {"forms", "except"},
    "turn": {"forms", "except"},
}


@dataclass(frozen=True)
class CueEntry:
    """An entry of the inventory; `cues.toml` says what its fields mean."""

    lemma: str
    kind: str
    marks: tuple[str, ...]
    why: str
    imperfect: str | None = None
    participle: str | None = None
    forms: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    needs_of: str = "all"
    within: int = 14
    bare: frozenset[str] = frozenset()
    skip: frozenset[str] = frozenset()
    exact: frozenset[str] = frozenset()
    excluded: tuple[str, ...] = ()


@lru_cache(maxsize=1)
def load_cues() -> tuple[CueEntry, ...]:
    """Return the inventory. Raises ValueError, naming the entry, where `cues.toml` is not as it should be."""
    return parse_cues(resources.files(__package__).joinpath("cues.toml").read_text(encoding="utf-8"))


def parse_cues(source: str) -> tuple[CueEntry, ...]:
    """Return the entries of an inventory in TOML. Raises ValueError, naming the entry that is wrong."""
    data = tomllib.loads(source)
    groups: dict[str, list[str]] = data.get("groups", {})
    entries: list[CueEntry] = []
    seen: set[tuple[str, str]] = set()
    for index, raw in enumerate(data.get("cue", [])):
        where = f"cues.toml, cue {index + 1} ({raw.get('lemma', 'no lemma')})"
        entry = _entry(raw, groups, where)
        if (entry.lemma, entry.kind) in seen:
            raise ValueError(f"{where}: there is another {entry.kind} of this lemma")
        seen.add((entry.lemma, entry.kind))
        entries.append(entry)
    return tuple(entries)


def _entry(raw: dict[str, Any], groups: dict[str, list[str]], where: str) -> CueEntry:
    kind = raw.get("kind")
    if kind not in _KEYS:
        raise ValueError(f"{where}: kind is {kind!r}, not one of {', '.join(_KEYS)}")
    required = {"lemma", "kind", "marks", "why", "imperfect" if kind == "verb" else "forms"}
    if missing := required - raw.keys():
        raise ValueError(f"{where}: lacks {', '.join(sorted(missing))}")
    if unknown := raw.keys() - required - _KEYS[kind]:
        raise ValueError(f"{where}: has unknown keys {', '.join(sorted(unknown))}")
    for key, value in raw.items():
        if key in _LISTS:
            is_right = isinstance(value, list) and all(isinstance(item, str) and item for item in value)
        else:
            is_right = type(value) is (int if key == "within" else str)
        if not value or not is_right:
            raise ValueError(f"{where}: {key} is {value!r}")
    if wrong := set(raw["marks"]) - MARKS:
        raise ValueError(f"{where}: unknown marks {', '.join(sorted(wrong))}")
    if raw.get("needs_of", "bare") != "bare":
        raise ValueError(f"{where}: needs_of is {raw['needs_of']!r}, which may be 'bare' alone")
    if kind == "verb" and not raw["imperfect"].startswith("ي"):
        raise ValueError(f"{where}: the imperfect {raw['imperfect']!r} is no third person")
    return CueEntry(
        lemma=raw["lemma"],
        kind=kind,
        marks=tuple(raw["marks"]),
        why=raw["why"],
        imperfect=raw.get("imperfect"),
        participle=raw.get("participle"),
        forms=tuple(raw.get("forms", ())),
        needs=tuple(word for need in raw.get("needs", ()) for word in (need, *groups.get(need, ()))),
        needs_of=raw.get("needs_of", "all"),
        within=raw.get("within", 14),
        bare=frozenset(map(fold, raw.get("bare", ()))),
        skip=frozenset(map(fold, raw.get("skip", ()))),
        exact=frozenset(raw.get("exact", ())),
        excluded=tuple(map(fold, raw.get("except", ()))),
    )
