"""What the page calls speakers, topics and stances."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from ...arabic.linking import link_names

TOPIC_NAMES = {
    "arts_culture": "فنون وثقافة",
    "conflict_war_peace": "نزاع وحرب وسلام",
    "crime_law_justice": "جريمة وقانون وعدالة",
    "disaster_accident": "كوارث وحوادث",
    "economy_business": "اقتصاد وأعمال",
    "education": "تعليم",
    "environment": "بيئة",
    "health": "صحة",
    "human_interest": "قصص إنسانية",
    "labour": "عمل وعمال",
    "lifestyle_leisure": "نمط حياة وترفيه",
    "politics_government": "سياسة وحكم",
    "religion": "دين",
    "science_technology": "علوم وتكنولوجيا",
    "society": "مجتمع",
    "sport": "رياضة",
    "weather": "طقس",
}
"""What an Arabic reader calls the 17 topics."""

STANCE_NAMES = {"favor": "مؤيد", "against": "معارض", "none": "بلا موقف"}

Named = tuple[str, str]
"""A speaker as one article names them: the article's id, and the entity of that article."""


def across_articles(named: Mapping[Named, int]) -> dict[Named, str]:
    """Return who each article's speakers are over all articles: the one place that says who is the same.

    Args:
        named: the sentences of each speaker of each article.
    """
    counts: Counter[str] = Counter()
    for (_, name), count in named.items():
        counts[name] += count
    linked = link_names(counts)
    return {speaker: linked[speaker[1]] for speaker in named}
