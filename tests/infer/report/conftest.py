"""What the tests of the report share."""

from __future__ import annotations

import pytest
from qawl.records import ScoredLabel, ScoredRow, ScoredSpeaker, ScoredStance
from scored_rows import SANCTIONS, TALKS, TEXTS, make_row


@pytest.fixture
def rows() -> list[ScoredRow]:
    start = len(TEXTS[0]) + 1 + TEXTS[1].index("بوتين")
    putin = ScoredSpeaker("فلاديمير بوتين", "بوتين", start, start + 5, 0.93)
    against = (ScoredStance(SANCTIONS, "against", 0.81), ScoredStance(TALKS, None, 0.44))
    favor = (ScoredStance(SANCTIONS, "none", 0.9), ScoredStance(TALKS, "favor", 0.77))
    return [
        make_row(0),
        make_row(1, putin, stances=against),
        make_row(2, putin, stances=favor),
        make_row(3, ScoredSpeaker(None, None, None, None, 0.41), topic=ScoredLabel(None, 0.3)),
    ]
