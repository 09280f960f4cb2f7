"""Measure what an encoder's pretraining is worth: against chance, TF-IDF and averaged word vectors.

usage: python experiments/encoders.py ENCODER --vectors VECTORS.npy [--seeds 5] [--only NAME…] [--results FILE]

For each data set and seed the encoder is fine-tuned, and so is a network of its shape with random weights; beside
them stand TF-IDF and the word vectors that pretraining begins from (averaged with frequency weights), both under
logistic regression. Figures are appended to FILE as they come; what stands there is not measured again, so that a
stopped command goes on. At the end the table is printed: means over the seeds with 95% t-intervals.

Data: headlines of the ANT corpus to their section (BBC held out whole for the test; so many training examples of
the other outlets), Arabic News Stance, Mawqif (mean over its targets of the mean F1 of favor and against), and the
three tasks of our own corpus. Settings are those of the experiment files, which were tuned on validation data.
"""

from __future__ import annotations

import argparse
import json
import lzma
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np
import pandas as pd
import torch
from qawl.models.encoder import quiet
from qawl.models.hub import MINI, load_tokenizer, mini_folder
from qawl.pretrain.pack import open_streams
from qawl.tasks import Example, Task
from qawl.train.config import Experiment, load_experiment
from qawl.train.examples import load_splits
from qawl.train.fit import fit
from scipy.stats import t as student
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from transformers import AutoConfig, AutoModel

HERE = Path(__file__).parent
TITLES = Path("../shared/data/benchmarks/ant_titles.tsv.xz")
SIZES = (300, 1000, 5000)
MAWQIF = ("Covid Vaccine", "Digital Transformation", "Women empowerment")
FIGURES = {
    **{f"ANT titles, {size:,} examples": "macro_f1" for size in SIZES},
    "ANS": "macro_f1",
    "ANS, accuracy": "accuracy",
    "Mawqif": "f1_favor_against",
    "our topics": "macro_f1",
    "our stances": "macro_f1",
    "our speakers": "speaker_accuracy",
}
"""Each data set with the figure that counts."""
CONTENDERS = ("pretrained", "random", "tfidf", "vectors")


def experiments(name: str, seed: int, folder: Path) -> Iterator[Experiment]:
    """Yield the experiments of a data set: one, or one a target."""
    if name.startswith("ANT"):
        size = int(name.split(", ")[1].split()[0].replace(",", ""))
        write_titles(folder, size, seed)
        files = [f"data.{split}={folder / split}.csv" for split in ("train", "validation", "test")]
        yield load_experiment(HERE / "benchmarks" / "ant-mini.yaml", files)
    elif name == "ANS":
        yield load_experiment(HERE / "benchmarks" / "ans-mini.yaml")
    elif name == "Mawqif":
        for target in MAWQIF:
            yield load_experiment(HERE / "benchmarks" / "mawqif-vaccine-mini.yaml", [f"data.where.target={target}"])
    else:
        yield load_experiment(HERE / f"{name.removeprefix('our ').removesuffix('s')}-mini.yaml")


def write_titles(folder: Path, size: int, seed: int) -> None:
    """Write headlines: `size` and 500 for validation of the other outlets, all of BBC's for the test."""
    with lzma.open(TITLES, "rt", encoding="utf-8") as stream:
        rows = [line.rstrip("\n").split("\t") for line in stream][1:]
    others = [row for row in rows if row[1] != "BBC"]
    drawn = random.Random(seed).sample(others, size + 500)
    splits = {"train": drawn[500:], "validation": drawn[:500], "test": [row for row in rows if row[1] == "BBC"]}
    for split, own in splits.items():
        pd.DataFrame(own, columns=["label", "outlet", "title"]).to_csv(folder / f"{split}.csv", index=False)


def averaged(task: Task, vectors: Path, train: Sequence[Example], test: Sequence[Example]) -> list[Any]:
    """Return what averaged word vectors under logistic regression say of the test.

    Of two texts the features are both averages, their difference and their product.
    """
    tokenizer = load_tokenizer(str(vectors.parent))
    table = np.load(vectors, allow_pickle=False)
    counts = open_streams(vectors.parent, len(table), fewest=1)["train"].counts(len(table))
    # Smooth inverse frequency (Arora et al. 2017).
    table = table * (1e-3 / (1e-3 + counts / counts.sum()))[:, None]

    def average(text: str) -> np.ndarray[Any, Any]:
        return table[tokenizer(text, add_special_tokens=False)["input_ids"] or [0]].mean(axis=0)

    def features(examples: Sequence[Example]) -> np.ndarray[Any, Any]:
        pairs = [task.pair(example) for example in examples]
        first, second = (np.stack([average(text) for text in own]) for own in zip(*pairs, strict=True))
        return np.hstack([first, second, np.abs(first - second), first * second])

    classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000, C=0.01, class_weight="balanced"))
    classifier.fit(features(train), [task.gold(example) for example in train])
    return list(classifier.predict(features(test)))


def randomised(encoder: str, folder: Path, seed: int) -> str:
    """Write the encoder's shape with random weights into a folder and return it."""
    place = str(mini_folder()) if encoder == MINI else encoder
    torch.manual_seed(seed)
    AutoModel.from_config(AutoConfig.from_pretrained(place)).save_pretrained(folder)
    load_tokenizer(place).save_pretrained(folder)
    return str(folder)


def measure(name: str, contender: str, seed: int, encoder: str, vectors: Path, folder: Path) -> dict[str, float] | None:
    """Train one contender on one data set and return its figures on the test, or None where it does not apply."""
    found = []
    for experiment in experiments(name, seed, folder):
        task = experiment.make_task()
        splits = {split: list(own) for split, own in load_splits(experiment.data, task).items()}
        task = task.fitted([task.gold(example) for example in splits["train"]])
        if contender in ("tfidf", "vectors") and not task.labels:
            return None
        if contender == "vectors":
            predicted = averaged(task, vectors, splits["train"], splits["test"])
        else:
            own = {"pretrained": encoder, "tfidf": "tfidf"}.get(contender) or randomised(
                encoder, folder / "random", seed
            )
            model = fit(experiment.model_copy(update={"encoder": own}), task, splits, seed, folder)
            predicted = [option for option, _ in model.predict(splits["test"])]
        figures = task.figures(splits["test"], predicted)
        if {"f1_favor", "f1_against"} <= figures.keys():
            figures["f1_favor_against"] = (figures["f1_favor"] + figures["f1_against"]) / 2
        found.append(figures)
    return {key: mean(own[key] for own in found) for key in found[0]}


def cell(values: Sequence[float]) -> str:
    """Return the mean with half the width of its 95% t-interval."""
    if len(values) < 2:
        return f"{values[0]:.3f}" if values else ""
    half = student.ppf(0.975, len(values) - 1) * stdev(values) / len(values) ** 0.5
    return f"{mean(values):.3f} ± {half:.3f}" if stdev(values) else f"{mean(values):.3f}"


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Return the Markdown table of all figures measured."""
    lines = ["| test figure | " + " | ".join(CONTENDERS) + " |", "| --- |" + " ---: |" * len(CONTENDERS)]
    for name, metric in FIGURES.items():
        data = name.removesuffix(", accuracy")
        cells = []
        for contender in CONTENDERS:
            own = [row for row in rows if row["data"] == data and row["contender"] == contender and row["figures"]]
            cells.append(cell([row["figures"][metric] for row in own]))
        if any(cells):
            lines.append(f"| {name} ({metric}) | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure what is asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("encoder", help="a folder, or qawl-mini")
    parser.add_argument("--vectors", type=Path, required=True, help="vectors-….npy beside the packed text")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", nargs="+", help="data sets by the beginning of their names")
    parser.add_argument("--contenders", nargs="+", choices=CONTENDERS, default=CONTENDERS)
    parser.add_argument("--results", type=Path, default=Path("encoders.jsonl"))
    options = parser.parse_args()
    quiet()
    rows = (
        [json.loads(line) for line in options.results.read_text("utf-8").splitlines()]
        if options.results.is_file()
        else []
    )
    names = [name for name in FIGURES if not name.endswith(", accuracy")]
    wanted = [name for name in names if not options.only or name.startswith(tuple(options.only))]
    for seed, name, contender in product(range(1, options.seeds + 1), wanted, options.contenders):
        if any((row["data"], row["contender"], row["seed"]) == (name, contender, seed) for row in rows):
            continue
        if seed > 1 and contender in ("tfidf", "vectors") and not name.startswith("ANT"):
            continue  # neither draws a random number: the training data is the same
        start = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            figures = measure(name, contender, seed, options.encoder, options.vectors, Path(folder))
        seconds = round(time.monotonic() - start, 1)
        rows.append({"data": name, "contender": contender, "seed": seed, "figures": figures, "seconds": seconds})
        with options.results.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(rows[-1], ensure_ascii=False) + "\n")
        sys.stderr.write(f"{name} · {contender} · seed {seed}: {figures and figures[FIGURES[name]]} in {seconds} s\n")
    sys.stdout.write(table(rows))


if __name__ == "__main__":
    main()
