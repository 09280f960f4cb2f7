"""Files of settings in YAML: read, overridden from the command line, and refused in words that say what is wrong."""

from __future__ import annotations

import difflib
from pathlib import Path
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
        problems = "; ".join(dict.fromkeys(_problem(detail, kind) for detail in error.errors()))
        raise InputError(path, problems, remedy=remedy) from None


def _override(given: dict[str, Any], override: str) -> None:
    key, equals, value = override.partition("=")
    if not equals or not key:
        raise QawlError(f"--set {override}: write key=value, for example --set training.epochs=3")
    *parents, last = key.strip().split(".")
    place = given
    for parent in parents:
        place = place.setdefault(parent, {})
        if not isinstance(place, dict):
            raise QawlError(f"--set {override}: {parent} is no section")
    try:
        place[last] = yaml.safe_load(value)
    except _NOT_YAML:
        raise QawlError(f"--set {override}: the value is not YAML") from None


def _problem(detail: Any, kind: type[Section]) -> str:
    location = [str(part) for part in detail["loc"]]
    if detail["type"] != "extra_forbidden":
        # The members of a union (`validation: file or share`) each report; their names are no part of the key.
        key = ".".join(part for part in location if part not in ("path", "constrained-float", "float"))
        return f"{key}: {detail['msg']}" if key else str(detail["msg"]).removeprefix("Value error, ")
    key = ".".join(location)
    known = _known_keys(kind, location[:-1])
    near = difflib.get_close_matches(location[-1], known, n=1, cutoff=0.0)
    return f"unknown key {key!r}: did you mean {near[0]!r}?" if near else f"unknown key {key!r}"


def _known_keys(kind: type[Section], parents: list[str]) -> list[str]:
    section: Any = kind
    for parent in parents:
        # A number is the place in a tuple of sections, such as `exclude`.
        section = get_args(section)[0] if parent.isdigit() else section.model_fields[parent].annotation
    return list(section.model_fields)
