"""Articles of saved web pages: the text without menus, comments and adverts, and what the page says of itself."""

from __future__ import annotations

import codecs
import re
from importlib.util import find_spec

from ..errors import InputError
from ..records import Article
from .rows import RowError

PAGES = (".html", ".htm", ".xhtml")
ORIGIN = "page"
"""The origin of an article that was extracted: its text stands in no file of the user's."""
# HTML asks for it within the first 1024 bytes.
_CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_HEAD = 1024


def check_extractor(place: str) -> None:
    """Refuse a page where the library that reads it is not installed."""
    if find_spec("trafilatura") is None:
        raise InputError(place, "web pages need another package", remedy="pip install 'qawl[html]'")


def page_article(content: bytes, name: str) -> Article:
    """Return the article of a page, with the title, the date and the outlet that its metadata name.

    Raises:
        RowError: no text in it, or an encoding that it does not tell.
    """
    from trafilatura import bare_extraction
    from trafilatura.settings import Document

    # Dates come from metadata only: what else looks like one on a page is often the day on which it was saved.
    found = bare_extraction(
        _decode(content),
        include_comments=False,
        include_tables=False,
        with_metadata=True,
        date_extraction_params={"extensive_search": False, "original_date": True},
    )
    text = found.text if isinstance(found, Document) else None
    if not isinstance(found, Document) or not text or not text.strip():
        raise RowError("no article found in the page")
    return Article(
        id=name, text=text, title=found.title or "", outlet=found.sitename or "", date=found.date or "", origin=ORIGIN
    )


def _decode(content: bytes) -> str:
    """Return the page's characters: UTF-8, else what it declares; a guess would be wrong without a word."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        declared = _CHARSET.search(content[:_HEAD])
        name = declared[1].decode("ascii") if declared else ""
        try:
            return content.decode(codecs.lookup(name).name)
        except (LookupError, UnicodeError):
            told = f", nor {name} as it says" if name else ", and the page names no other encoding"
            raise RowError(f"not UTF-8 at byte {error.start}{told}") from None
