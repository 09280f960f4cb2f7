"""The errors that a user can mend: one clear message, exit status 2, never a traceback."""

from __future__ import annotations

from pathlib import Path


class QawlError(Exception):
    """Something the user can put right; the message says what and how."""


class InputError(QawlError):
    """Bad input at a place: names the file, the line where there is one, and the remedy."""

    def __init__(self, path: Path | str, problem: str, *, line: int | None = None, remedy: str = "") -> None:
        self.path, self.line, self.problem, self.remedy = str(path), line, problem, remedy
        place = f"{path}:{line}" if line is not None else str(path)
        super().__init__(f"{place}: {problem}" + (f" — {remedy}" if remedy else ""))


def first_line(error: BaseException) -> str:
    """Return the first line of what an error says, or the name of its class where it says nothing."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
