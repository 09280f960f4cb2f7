"""Articles in, scored rows out: sentences of several articles together, each task's model once over all of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ..arabic.entities import gather
from ..models.base import Model
from ..records import Article, ScoredLabel, ScoredRow, ScoredSpeaker, ScoredStance, Sentence
from ..tasks import Candidates, Example
from ..tasks.base import sentences_of
from .loading import Models

CHUNK = 2048
"""Sentences that are scored together: enough to fill batches of like length, little enough to stay in memory."""
DIGITS = 4
"""Decimals of a score: beyond them two machines differ."""
# The letters, without digits, signs and tatweel; with the presentation forms that come out of PDF files.
_ARABIC = re.compile("[\u0620-\u063f\u0641-\u064a\u066e\u066f\u0671-\u06d3\ufb50-\ufbb1\ufbd3-\ufd3d\ufe80-\ufefc]")


def score_articles(
    articles: Iterable[Article],
    models: Models,
    *,
    targets: Sequence[str] = (),
    min_confidence: float | Mapping[str, float] = 0.0,
) -> Iterator[list[ScoredRow]]:
    """Yield the rows of each article, in order.

    Args:
        articles: labels that they may carry are not looked at.
        models: one a task.
        targets: asked of every article, beside its own.
        min_confidence: what falls under it becomes an explicit abstention; one for all, or one a task.
    """
    least = min_confidence if isinstance(min_confidence, Mapping) else dict.fromkeys(models, min_confidence)
    waiting: list[Article] = []
    size = 0
    for article in articles:
        waiting.append(bare(article))
        size += len(waiting[-1].sentences)
        if size >= CHUNK:
            yield from score_chunk(waiting, models, targets, least)
            waiting, size = [], 0
    yield from score_chunk(waiting, models, targets, least)


def bare(article: Article) -> Article:
    """Return the article with its sentences found and without any label."""
    sentences = tuple(Sentence(span.start, span.end) for span in sentences_of(Article(id="", text=article.text)))
    return Article(
        article.id, article.text, article.title, article.outlet, article.date, "", (), article.targets, sentences
    )


def has_arabic(text: str) -> bool:
    """Tell whether a text has any Arabic letter; one without is answered with abstentions."""
    return _ARABIC.search(text) is not None


Answers = dict[tuple[str, int], list[tuple[Example, Candidates]]]
Span = tuple[int, int]


@dataclass(frozen=True)
class _Spoken:
    """Who speaks in the sentences of one article.

    Args:
        sentences: (probability of the narrator, score of the speaker, mention in the article) of each. No score: the
            narrator; a score without a mention: an abstention.
        names: what each mention stands for.
    """

    sentences: list[tuple[float, float | None, Span | None]]
    names: Mapping[Span, str]


def score_chunk(
    articles: Sequence[Article], models: Models, targets: Sequence[str], min_confidence: Mapping[str, float]
) -> Iterator[list[ScoredRow]]:
    """Yield the rows of each article, scored together; they come from `bare`."""
    readable = [article for article in articles if has_arabic(article.text)]
    # Side by side: while one model makes its tokens, or who speaks is gathered, another one's passes go on.
    tasks = ThreadPoolExecutor(len(models) + 1)
    try:
        answers = {task: tasks.submit(_answer, model, readable, targets) for task, model in models.items()}
        speaker, least = models["speaker"], min_confidence["speaker"]
        spoken = tasks.submit(lambda: [_spoken(own, answers["speaker"].result(), speaker, least) for own in articles])
        given = {task: found.result() for task, found in answers.items()}
        speakers = spoken.result()
    finally:
        # Ctrl-C is not to wait for a part that nobody wants any more.
        tasks.shutdown(wait=False, cancel_futures=True)
    for article, voices in zip(articles, speakers, strict=True):
        asked = tuple(dict.fromkeys([*article.targets, *targets]))
        yield _ArticleRows(article, asked, voices, given, models, min_confidence).make()


def _answer(model: Model, articles: Sequence[Article], targets: Sequence[str]) -> Answers:
    """Return the examples and candidates of each (article, sentence)."""
    examples = [
        example for article in articles for example in model.task.examples(article, labelled=False, targets=targets)
    ]
    answers: Answers = {}
    for example, candidates in zip(examples, model.candidates(examples), strict=True):
        answers.setdefault((example["article_id"], example["sentence"]), []).append((example, candidates))
    return answers


def _spoken(article: Article, answers: Answers, model: Model, min_confidence: float) -> _Spoken:
    def sentence(index: int) -> tuple[float, float | None, Span | None]:
        answer = answers.get((article.id, index))
        if not answer:
            return 0.0, 0.0, None
        example, candidates = answer[0]
        span, probability = model.answer(candidates)
        narrator = round(model.probability(candidates, None), DIGITS)
        if probability < min_confidence:
            return narrator, round(probability, DIGITS), None
        if span is None:
            return narrator, None, None
        window = example["window_start"]
        return narrator, round(probability, DIGITS), (window + span[0], window + span[1])

    sentences = [sentence(index) for index in range(len(article.sentences))]
    return _Spoken(sentences, gather(article.text, [span for _, _, span in sentences if span]))


@dataclass(frozen=True)
class _ArticleRows:
    """The rows of one article, from what the models answered."""

    article: Article
    targets: tuple[str, ...]
    spoken: _Spoken
    answers: dict[str, Answers]
    models: Models
    min_confidence: Mapping[str, float]

    def make(self) -> list[ScoredRow]:
        article, names = self.article, self.spoken.names
        rows = []
        for index, (sentence, voice) in enumerate(zip(article.sentences, self.spoken.sentences, strict=True)):
            narrator, score, span = voice
            said = article.text[span[0] : span[1]] if span else None
            entity, (start, end) = (names[span], span) if span else (None, (None, None))
            rows.append(
                ScoredRow(
                    article_id=article.id,
                    sentence=index,
                    start=sentence.start,
                    end=sentence.end,
                    text=article.text[sentence.start : sentence.end],
                    speaker=None if score is None else ScoredSpeaker(entity, said, start, end, score),
                    narrator_score=narrator,
                    topic=self._topic(index),
                    stances=tuple(self._stances(index)),
                    title=article.title,
                    outlet=article.outlet,
                    date=article.date,
                )
            )
        return rows

    def _topic(self, index: int) -> ScoredLabel:
        answer = self.answers["topic"].get((self.article.id, index))
        return ScoredLabel(*self._label("topic", answer[0][1])) if answer else ScoredLabel(None, 0.0)

    def _stances(self, index: int) -> Iterator[ScoredStance]:
        answer = self.answers["stance"].get((self.article.id, index), [])
        if not answer:
            yield from (ScoredStance(target, None, 0.0) for target in self.targets)
        for example, candidates in answer:
            yield ScoredStance(example["target"], *self._label("stance", candidates))

    def _label(self, task: str, candidates: Candidates) -> tuple[str | None, float]:
        label, score = self.models[task].answer(candidates)
        return (label if score >= self.min_confidence[task] else None), round(score, DIGITS)
