"""How often two annotations of the same articles agree: Krippendorff's alpha, label by label."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..arabic.normalise import fold
from ..errors import InputError
from ..records import STANCES, TOPICS, Article
from .articles import parse_article
from .loaders import read_articles
from .standoff import read_rows

Unit = tuple[Hashable, Hashable]
LABELS = ("topic", "stance", "narrator or speaker", "who")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the second annotator said of one sentence. `names` are strings for the speaker, None is the narrator."""

    topic: str | None
    names: tuple[str, ...] | None
    stance: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Agreement:
    """The agreement on one kind of label. `alpha` is None where all values are the same one."""

    label: str
    units: int
    same: int
    alpha: float | None


def krippendorff_alpha(units: Iterable[Sequence[Hashable]]) -> float | None:
    """Return Krippendorff's alpha for nominal values: 1 is agreement, 0 what chance gives, less is worse.

    `units` are the values that the annotators gave to one thing each; those with a single value are left out.
    With n_vu the count of value v in unit u, m_u its sum, n_v the sum over units and n the sum of all:

        alpha = 1 - (n - 1) * sum_u [sum_{v != w} n_vu n_wu / (m_u - 1)] / sum_{v != w} n_v n_w

    See K. Krippendorff (2011), «Computing Krippendorff's Alpha-Reliability», section C. None where one value
    is all there is, since nothing could have differed.
    """
    counts = [Counter(values) for values in units if len(values) > 1]
    total = sum(counts, Counter())
    observed = sum(_unlike(count) / (count.total() - 1) for count in counts)
    expected = _unlike(total)
    return 1 - (total.total() - 1) * observed / expected if expected else None


def _unlike(count: Counter[Hashable]) -> int:
    """Return the number of ordered pairs of different values."""
    return count.total() ** 2 - sum(number**2 for number in count.values())


def read_second(path: Path, first: Mapping[str, Article], texts: Path | None = None) -> dict[str, dict[int, Answer]]:
    """Return the second annotation's answers by article and sentence.

    A row is an article of the corpus or, in the annotators' form, {"id", "sentences": [{"index", "topic",
    "speaker": null | {"mention", "in", "who"}, "stance": {target: label}}]}.
    """
    answers: dict[str, dict[int, Answer]] = {}
    for line, row in read_rows(path, texts):
        article = first.get(str(row.get("id")))
        if article is None or article.id in answers:
            problem = f"the article {row.get('id')!r} " + ("stands twice" if article else "is not in the first file")
            raise InputError(path, problem, line=line, remedy="give the articles of the first file, each once")
        try:
            own = dict(_answers_of_article(row, path, line) if "text" in row else _answers_of_form(row))
            _check(own, article)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            problem = f"{article.id}: {error}" if isinstance(error, ValueError) else f"{article.id}: lacks {error}"
            raise InputError(path, problem, line=line, remedy="mend the annotation") from None
        answers[article.id] = own
    return answers


def _answers_of_article(row: dict[str, Any], path: Path, line: int) -> Iterator[tuple[int, Answer]]:
    article = parse_article(row, path, line)
    for index, sentence in enumerate(article.sentences):
        said = sentence.speaker
        names = (
            None
            if said is None
            else (said.entity, article.text[said.start : said.end], *article.entity(said.entity).aliases)
        )
        yield index, Answer(sentence.topic, names, sentence.stance)


def _answers_of_form(row: dict[str, Any]) -> Iterator[tuple[int, Answer]]:
    for given in row["sentences"]:
        said = given["speaker"]
        # «who» is the fuller form, the mention may be an alias of two
        names = None if said is None else tuple(str(said[key]) for key in ("who", "mention") if said.get(key))
        yield int(given["index"]), Answer(given.get("topic"), names, given.get("stance") or {})


def _check(answers: Mapping[int, Answer], article: Article) -> None:
    for index, answer in answers.items():
        if not 0 <= index < len(article.sentences):
            raise ValueError(f"sentence {index} of {len(article.sentences)}")
        if answer.topic is not None and answer.topic not in TOPICS:
            raise ValueError(f"sentence {index}: unknown topic {answer.topic!r}")
        if answer.names == ():
            raise ValueError(f"sentence {index}: a speaker without a name")
        for target, label in answer.stance.items():
            if target not in article.targets:
                raise ValueError(f"sentence {index}: a stance toward «{target}», which the first file lacks")
            if label not in STANCES:
                raise ValueError(f"sentence {index}: unknown stance {label!r}")


def resolve(names: Iterable[str], article: Article) -> str:
    """Return the article's entity that the first fitting of the names stands for, else the first name itself."""
    known = {_plain(name): entity.name for entity in reversed(article.entities) for name in entity.names}
    # an entity's own name is surer than another one's alias
    known |= {_plain(entity.name): entity.name for entity in article.entities}
    tried = list(names)
    return next((known[_plain(name)] for name in tried if _plain(name) in known), tried[0])


def _plain(name: str) -> str:
    return " ".join(fold(name).split()).strip('" ')


def paired(first: Mapping[str, Article], second: Mapping[str, Mapping[int, Answer]]) -> dict[str, list[Unit]]:
    """Return the two values of every unit, by the kind of label.

    A topic, and narrator or speaker, a sentence; a stance each sentence and target of the first file, left out
    being none; who speaks, as an entity of its article, each sentence to which both give a speaker.
    """
    units: dict[str, list[Unit]] = {label: [] for label in LABELS}
    for name, answers in second.items():
        article = first[name]
        for index, answer in sorted(answers.items()):
            sentence = article.sentences[index]
            if sentence.topic is not None and answer.topic is not None:
                units["topic"].append((sentence.topic, answer.topic))
            for target in article.targets:
                units["stance"].append((sentence.stance.get(target, "none"), answer.stance.get(target, "none")))
            units["narrator or speaker"].append((sentence.speaker is None, answer.names is None))
            if sentence.speaker is not None and answer.names is not None:
                who = resolve(answer.names, article)
                units["who"].append(((name, sentence.speaker.entity), (name, who)))
    return units


def agreement(first: Path, second: Path, texts: Path | None = None) -> list[Agreement]:
    """Return the agreement of two annotations, for each kind of label."""
    articles = {article.id: article for article in read_articles(first, texts)}
    units = paired(articles, read_second(second, articles, texts))
    return [
        Agreement(label, len(own), sum(one == other for one, other in own), krippendorff_alpha(own))
        for label, own in units.items()
    ]


def agreement_table(rows: Iterable[Agreement]) -> str:
    """Return the agreements as a Markdown table."""
    lines = ["| label | units | the same | Krippendorff's alpha |", "| --- | ---: | ---: | ---: |"]
    for row in rows:
        same = f"{row.same / row.units:.1%}" if row.units else ""
        alpha = "" if row.alpha is None else f"{row.alpha:.3f}"
        lines.append(f"| {row.label} | {row.units:,} | {same} | {alpha} |")
    return "\n".join(lines) + "\n"
