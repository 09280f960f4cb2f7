"""What the page calls speakers, topics and stances."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from ...arabic.normalise import INVISIBLE, TASHKEEL, TATWEEL, fold

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

_DROPPED = re.compile(f"[{INVISIBLE}{TASHKEEL}{TATWEEL}]+")


def across_articles(named: Mapping[Named, int]) -> dict[Named, str]:
    """Return who each article's speakers are over all articles: the one place that says who is the same.

    Spellings of one name are one speaker («الروسى», «الروسي»), shown as it is most often spelled.

    Args:
        named: the sentences of each speaker of each article.
    """
    spelled: dict[str, Counter[str]] = {}
    for (_, name), count in named.items():
        spelled.setdefault(_key(name), Counter())[name] += count
    return {(article, name): spelled[_key(name)].most_common(1)[0][0] for article, name in named}


def _key(name: str) -> str:
    return " ".join(_DROPPED.sub("", fold(name)).casefold().split()) or name
