"""Look for labels that can be read off an accident of writing: what does a sentence alone give away, and by what?

usage: python data/accidents.py data/corpus [--features 25]

For narrator or speaker, stance and topic, logistic regressions are trained on train.jsonl and measured on
test.jsonl: over the WORDS of the sentence alone (with marks and pairs of words), and over its SHAPE alone (length,
marks, place in the article). Beside them stand the majority and the honest baselines: the cue rules for speakers;
for topic and stance the TF-IDF model, which also reads the sentences around and the target.

Then come the strongest features of each label with their counts in train and in test. A cue or a word of the
subject ought to be there; a date, a mark, a place in the article or a word of no meaning ought not. Where the
counts in test say otherwise, the feature is a habit of train's writers, and the figures on test gain nothing by it.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from qawl.arabic.attribution import attribute
from qawl.arabic.normalise import TASHKEEL, TATWEEL, fold
from qawl.data.loaders import read_articles
from qawl.errors import InputError
from qawl.models.tfidf import TfidfModel
from qawl.records import Article
from qawl.tasks import make_task
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.pipeline import Pipeline, make_pipeline

KINDS = ("narrator or speaker", "stance", "topic")
FEWEST = 5
"""A feature has to stand in so many sentences of train: what is rarer is no habit."""
_LOOSE = re.compile(f"[{TASHKEEL}{TATWEEL}]+")
_TOKEN = re.compile(r"\w+|[^\w\s]")
_LENGTHS = (6, 10, 15, 20, 25, 30)


@dataclass(frozen=True)
class Item:
    """A sentence with one label, and what it alone shows."""

    label: str
    words: frozenset[str]
    shape: frozenset[str]


def words(text: str) -> frozenset[str]:
    """Return the words and marks of a sentence, and its pairs of neighbours."""
    # fold() makes one of all quotation marks; numbers matter by their kind alone
    tokens = [re.sub(r"\d+", "0", token) for token in _TOKEN.findall(_LOOSE.sub("", fold(text)))]
    tokens = ["<begins>", *tokens, "<ends>"]
    return frozenset([*tokens[1:-1], *(f"{one} {two}" for one, two in pairwise(tokens))])


def shape(article: Article, index: int) -> frozenset[str]:
    """Return what shows of a sentence when its words cannot be read."""
    sentence = article.sentences[index]
    text = article.text[sentence.start : sentence.end]
    length = len(text.split())
    opens_paragraph = "\n" in article.text[: sentence.start][-2:] or index == 0
    return frozenset(
        [
            f"up to {next((most for most in _LENGTHS if length <= most), 99)} words",
            f"ends in {text[-1]}" if not text[-1].isalnum() else "ends in a word",
            f"begins with {text[0]}" if not text[0].isalnum() else "begins with a word",
            *(f"has {mark}" for mark in '«»"“”:،؛؟!()–-' if mark in text),
            *(["has a number"] if re.search(r"\d", text) else []),
            *(["has tashkeel or tatweel"] if _LOOSE.search(text) else []),
            *(["opens a paragraph"] if opens_paragraph else ["goes on in a paragraph"]),
            *(["first sentence"] if index == 0 else []),
            *(["last sentence"] if index == len(article.sentences) - 1 else []),
        ]
    )


def items(articles: Iterable[Article], kind: str) -> Iterator[Item]:
    """Yield a sentence for each label that it has: one for each target where the stance is asked."""
    for article in articles:
        for index, sentence in enumerate(article.sentences):
            shows = words(article.text[sentence.start : sentence.end]), shape(article, index)
            if kind == "stance":
                labels = list(sentence.stance.values())
            elif kind == "topic":
                labels = [sentence.topic] if sentence.topic else []
            else:
                labels = ["narrator" if sentence.speaker is None else "speaker"]
            for label in labels:
                yield Item(label, *shows)


def regression() -> Pipeline:
    """Return a logistic regression over features that are there or not."""
    return make_pipeline(DictVectorizer(), LogisticRegression(C=0.5, class_weight="balanced", max_iter=1000))


def features(item: Item, view: str, known: frozenset[str]) -> dict[str, int]:
    """Return the features of an item that train has often enough."""
    return dict.fromkeys((item.words if view == "words" else item.shape) & known, 1)


def honest(kind: str, train: Sequence[Article], test: Sequence[Article]) -> list[str]:
    """Return the labels that qawl's own baseline gives to the items of test."""
    if kind == "narrator or speaker":
        return [
            "narrator" if said.how == "narrator" else "speaker"
            for article in test
            for said in attribute(article.text, [(sentence.start, sentence.end) for sentence in article.sentences])
        ]
    task = make_task(kind)
    known = [example for article in train for example in task.examples(article)]
    fitted = task.fitted([task.gold(example) for example in known])
    model = TfidfModel.train(fitted, known, seed=1)
    asked = [example for article in test for example in task.examples(article)]
    return [str(label) for label, _ in model.predict(asked)]


def figures(gold: Sequence[str], predicted: Sequence[str]) -> str:
    """Return accuracy and macro-F1 as cells of a table."""
    accuracy = float(np.mean([one == other for one, other in zip(gold, predicted, strict=True)]))
    f1 = f1_score(gold, predicted, average="macro", labels=sorted(set(gold)), zero_division=0)
    return f"{accuracy:.1%} | {f1:.3f}"


def strongest(model: Pipeline, most: int) -> Iterator[tuple[str, list[str]]]:
    """Yield each label with the features that speak for it most, the strongest first."""
    vectorizer, classifier = model[0], model[-1]
    names = vectorizer.get_feature_names_out()
    weights = classifier.coef_ if len(classifier.classes_) > 2 else np.vstack([-classifier.coef_, classifier.coef_])
    for label, row in zip(classifier.classes_, weights, strict=True):
        order = np.argsort(-row)[:most]
        yield str(label), [str(names[at]) for at in order if row[at] > 0]


def tally(rows: Sequence[Item], view: str, feature: str, label: str) -> str:
    """Return how many items have the feature, and how many of them have the label."""
    having = [item for item in rows if feature in (item.words if view == "words" else item.shape)]
    return f"{sum(item.label == label for item in having)}/{len(having)}"


def look(kind: str, train: Sequence[Article], test: Sequence[Article], most: int) -> None:
    """Print the figures and the strongest features for one kind of label."""
    known, asked = list(items(train, kind)), list(items(test, kind))
    gold = [item.label for item in asked]
    majority = Counter(item.label for item in known).most_common(1)[0][0]
    sys.stdout.write(f"## {kind}\n\n| model | accuracy | macro-F1 |\n| --- | ---: | ---: |\n")
    sys.stdout.write(f"| majority: {majority} | {figures(gold, [majority] * len(gold))} |\n")
    lists = []
    for view in ("shape", "words"):
        held = Counter(feature for item in known for feature in (item.words if view == "words" else item.shape))
        often = frozenset(feature for feature, number in held.items() if number >= FEWEST)
        model = regression().fit([features(item, view, often) for item in known], [item.label for item in known])
        predicted = [str(label) for label in model.predict([features(item, view, often) for item in asked])]
        sys.stdout.write(f"| {view} of the sentence alone | {figures(gold, predicted)} |\n")
        lists.append((view, model))
    sys.stdout.write(f"| qawl's own baseline | {figures(gold, honest(kind, train, test))} |\n\n")
    for view, model in lists:
        sys.stdout.write(f"Strongest {view}, with (label/all in train, label/all in test):\n\n")
        for label, names in strongest(model, most):
            counts = (
                f"`{name}` ({tally(known, view, name, label)}, {tally(asked, view, name, label)})" for name in names
            )
            sys.stdout.write(f"- **{label}**: {' · '.join(counts)}\n")
        sys.stdout.write("\n")


def main() -> None:
    """Look at the corpus named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="a folder with train.jsonl and test.jsonl")
    parser.add_argument("--features", type=int, default=25, help="how many of each label are printed")
    options = parser.parse_args()
    try:
        train, test = (list(read_articles(options.data / f"{split}.jsonl")) for split in ("train", "test"))
    except InputError as error:
        sys.exit(str(error))
    for kind in KINDS:
        look(kind, train, test, options.features)


if __name__ == "__main__":
    main()
