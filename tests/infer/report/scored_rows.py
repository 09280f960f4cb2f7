"""A small article, invented, as scored rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from qawl.records import ScoredLabel, ScoredRow, ScoredSpeaker, ScoredStance

TEXTS = ("عقد المجلس جلسة.", "قال بوتين إننا نرفض العقوبات.", "وأضاف أن الحوار ضروري.", "لم يتضح القائل هنا.")
SANCTIONS, TALKS = "العقوبات", "الحوار"


def make_row(index: int, speaker: ScoredSpeaker | None = None, article: str = "a", **changes: Any) -> ScoredRow:
    start = sum(len(text) + 1 for text in TEXTS[:index])
    text = TEXTS[index]
    row = ScoredRow(
        article_id=article,
        sentence=index,
        start=start,
        end=start + len(text),
        text=text,
        speaker=speaker,
        narrator_score=0.1 if speaker else 0.9,
        topic=ScoredLabel("politics_government", 0.88),
        stances=(ScoredStance(SANCTIONS, "none", 0.97), ScoredStance(TALKS, "none", 0.96)),
        title="قمة الحوار",
        outlet="صحيفة الأفق",
        date="2024-06-19",
    )
    return replace(row, **changes)
