"""Ids that a job has met."""

import errno
import tempfile

import pytest
from qawl.infer.seen import seen_ids


def test_an_id_is_told_with_its_first_place() -> None:
    with seen_ids() as seen:
        assert seen.before("a", "x:1") is None
        assert seen.before("\ud800", "x:2") is None
        assert (seen.before("a", "x:3"), seen.before("\ud800", "y")) == ("x:1", "x:2")


def test_a_full_disk_is_an_error_of_the_disk_which_says_where() -> None:
    with seen_ids() as seen:
        seen._table.execute("PRAGMA max_page_count = 4")
        with pytest.raises(OSError, match="no room for the ids") as raised:
            for number in range(10_000):
                seen.before(f"article {number}", "archive.jsonl:1")
    assert raised.value.errno == errno.ENOSPC and raised.value.filename == tempfile.gettempdir()
