"""Files of settings in YAML: read, overridden from the command line, and refused in words that say what is wrong."""

from __future__ import annotations

import difflib
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..data.files import read_text
from ..errors import InputError, QawlError

# PyYAML lets through what Python says of a date that no calendar has, and of brackets a thousand deep.
_NOT_YAML = (yaml.YAMLError, ValueError, RecursionError)
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]


class Section(BaseModel):
    """Settings that belong together; a key that it does not have is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Settings = TypeVar("Settings", bound=Section)


def load_settings(path: Path, kind: type[Settings], overrides: list[str] | None, *, remedy: str) -> Settings:
    """Read a file of settings and apply `key=value` overrides (dotted keys, YAML values).

    Args:
        kind: what the file holds.
        remedy: where its keys are explained.

    Raises:
        InputError: no YAML, an unknown key (the nearest known one is named), or a value that does not fit.
    """
    if not path.is_file():
        raise InputError(path, "no such experiment file", remedy="see experiments/ for those that ship")
    try:
        given = yaml.safe_load(read_text(path)) or {}
    except _NOT_YAML as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else None
        problem = getattr(error, "problem", None) or str(error)
        raise InputError(path, f"not YAML: {problem}", line=line, remedy="mend the indentation or quotes") from None
    if not isinstance(given, dict):
        raise InputError(path, "not a mapping of keys to values", remedy="start with `task: topic`")
    for override in overrides or []:
        _override(given, override)
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        raise InputError(path, problems(error, kind), remedy=remedy) from None


def problems(error: ValidationError, kind: type[Section]) -> str:
    """Return what is wrong with settings in words: each problem once, with its dotted key."""
    return "; ".join(dict.fromkeys(_problem(detail, kind) for detail in error.errors()))


def put(given: dict[str, Any], key: str, value: Any) -> None:
    """Set a dotted key of nested settings.

    Raises:
        QawlError: a part of the key stands for a value, not for a section.
    """
    *parents, last = key.split(".")
    place = given
    for parent in parents:
        place = place.setdefault(parent, {})
        if not isinstance(place, dict):
            raise QawlError(f"{parent} is no section")
    place[last] = value


def _override(given: dict[str, Any], override: str) -> None:
    key, equals, value = override.partition("=")
    if not equals or not key:
        raise QawlError(f"--set {override}: write key=value, for example --set training.epochs=3")
    try:
        put(given, key.strip(), yaml.safe_load(value))
    except _NOT_YAML:
        raise QawlError(f"--set {override}: the value is not YAML") from None
    except QawlError as error:
        raise QawlError(f"--set {override}: {error}") from None


def _problem(detail: Any, kind: type[Section]) -> str:
    location, said = [str(part) for part in detail["loc"]], str(detail["msg"]).removeprefix("Value error, ")
    if detail["type"] != "extra_forbidden":
        # The members of a union (`validation: file or share`) report under their names, which are no part of the key.
        key = ".".join(part for part in location if part not in ("hub", "path", "share", "constrained-float", "float"))
        return f"{key}: {said}" if key else said
    key = ".".join(location)
    known = _known_keys(kind, location[:-1])
    # `lr` and the like: the first letters of a key's words.
    near = [name for name in known if "".join(word[0] for word in name.split("_")) == location[-1]]
    near = near or difflib.get_close_matches(location[-1], known, n=1, cutoff=0.0)
    return f"unknown key {key!r}: did you mean {near[0]!r}?" if near else f"unknown key {key!r}"


def _known_keys(kind: type[Section], parents: list[str]) -> list[str]:
    section: Any = kind
    for parent in parents:
        fields = getattr(section, "model_fields", None)
        # What is no section holds sections by their place (`exclude`) or by a name (`search.space`).
        section = fields[parent].annotation if fields else _held(section)
        if NoneType in get_args(section):
            section = _held(section)
    return list(section.model_fields)


def _held(annotation: Any) -> Any:
    return next(own for own in get_args(annotation) if hasattr(own, "model_fields"))
