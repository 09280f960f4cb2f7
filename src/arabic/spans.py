"""Spans of characters."""

from typing import NamedTuple


class Span(NamedTuple):
    """The characters `text[start:end]` of a text."""

    start: int
    end: int
