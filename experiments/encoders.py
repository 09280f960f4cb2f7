"""Measure encoders on public benchmarks and our own tasks: against a random start, TF-IDF and averaged word vectors.

usage: python experiments/encoders.py ENCODER [--vectors VECTORS.npy] [--seeds 5] [--only NAME…]
           [--contenders NAME…] [--set KEY=VALUE…] [--results FILE]

For each data set and seed the encoder is fine-tuned, and so is a network of its shape with random weights; both are
also probed: their weights stay as they are, and logistic regression reads the mean of the last layer. `ensemble` is
the encoder fine-tuned once more, its answer averaged with TF-IDF's. Beside them stand TF-IDF and, with --vectors, the
word vectors that pretraining begins from (averaged with frequency weights), under logistic regression. Figures are
appended to FILE as they come; what stands there is not measured again, so that a stopped command goes on, and another
command fills another encoder's column. Changed weights and vectors are measured anew. At the end the table is printed:
means over the seeds with 95% t-intervals, and what others have published (benchmarks/published.toml).

Data: headlines of the ANT corpus to their section (BBC held out whole for the test; so many training examples of
the other outlets), Arabic News Stance, Mawqif (mean over its targets of the mean F1 of favor and against), the
three tasks of our own corpus; only where --only names them AraStance and SANAD, which are fetched from the hub.
Settings are those of the experiment files, none of which was tuned on a test; --set changes them, but not what
stands in FILE already.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import lzma
import random
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
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
SIZES = {300: 10, 1000: 8, 5000: 5}
"""Numbers of training headlines, and epochs for each, chosen with CNN, France 24 or Sky News held out for BBC."""
MAWQIF = ("Covid Vaccine", "Digital Transformation", "Women empowerment")
FIGURES = {
    **{f"ANT titles, {size:,} examples": "macro_f1" for size in SIZES},
    "ANS": "macro_f1",
    "ANS, accuracy": "accuracy",
    "Mawqif": "f1_favor_against",
    "AraStance": "macro_f1",
    "AraStance, accuracy": "accuracy",
    "SANAD": "macro_f1",
    "SANAD, accuracy": "accuracy",
    "our topics": "macro_f1",
    "our stances": "macro_f1",
    "our speakers": "speaker_accuracy",
}
"""Each data set with the figure that counts."""
FETCHED = ("AraStance", "SANAD")
OF_ENCODERS = {
    "random-probe": "config.json",
    "probe": "*model*",
    "random": "config.json",
    "pretrained": "*model*",
    "ensemble": "*model*",
}
"""The contenders that are networks, and the files that make them what they are."""
DRAW_NOTHING = ("tfidf", "vectors", "probe")
CONTENDERS = ("tfidf", "vectors", *OF_ENCODERS)
TITLES_OF = {
    "tfidf": "TF-IDF",
    "vectors": "word vectors",
    "random-probe": "{}, random weights, probed",
    "probe": "{}, probed",
    "random": "{}, random weights",
    "pretrained": "{}",
    "ensemble": "{} and TF-IDF",
}
"""The title of each contender's column, in the table's order; `{}` is the encoder."""
ARABERT = "aubmindlab/bert-base-arabertv02"
"""Its column stands in every table, empty until somebody with the weights has run it."""
PUBLISHED = HERE / "benchmarks" / "published.toml"
Row = dict[str, Any]
Embed = Callable[[Sequence[str]], np.ndarray[Any, Any]]
"""Texts to vectors, one row each."""


def experiments(name: str, seed: int, folder: Path, settings: Sequence[str]) -> Iterator[Experiment]:
    """Yield the experiments of a data set: one, or one a target."""
    file, own = HERE / "benchmarks" / f"{name.split()[0].lower()}.yaml", [list(settings)]
    if name.startswith("ANT"):
        size = int(name.split(", ")[1].split()[0].replace(",", ""))
        write_titles(folder, size, seed)
        own[0] = [f"training.epochs={SIZES[size]}", *own[0]]
        own[0] += [f"data.{split}={folder / split}.csv" for split in ("train", "validation", "test")]
    elif name == "Mawqif":
        own = [[*settings, f"data.where.target={target}"] for target in MAWQIF]
    elif name.startswith("our "):
        file = HERE / f"{name.removeprefix('our ').removesuffix('s')}-mini.yaml"
    for overrides in own:
        yield load_experiment(file, overrides)


def write_titles(folder: Path, size: int, seed: int) -> None:
    """Write headlines: `size` and 500 for validation of the other outlets, all of BBC's for the test."""
    with lzma.open(TITLES, "rt", encoding="utf-8") as stream:
        rows = [line.rstrip("\n").split("\t") for line in stream][1:]
    others = [row for row in rows if row[1] != "BBC"]
    drawn = random.Random(seed).sample(others, size + 500)
    splits = {"train": drawn[500:], "validation": drawn[:500], "test": [row for row in rows if row[1] == "BBC"]}
    for split, own in splits.items():
        pd.DataFrame(own, columns=["label", "outlet", "title"]).to_csv(folder / f"{split}.csv", index=False)


def place_of(encoder: str) -> Path:
    """Return the folder of an encoder; a hub id is left as it is."""
    return mini_folder() if encoder == MINI else Path(encoder)


def word_averages(vectors: Path) -> Embed:
    """Return what averages a text's word vectors by smooth inverse frequency (Arora et al. 2017)."""
    tokenizer = load_tokenizer(str(vectors.parent))
    table = np.load(vectors, allow_pickle=False)
    counts = open_streams(vectors.parent, len(table), fewest=1)["train"].counts(len(table))
    table = table * (1e-3 / (1e-3 + counts / counts.sum()))[:, None]
    return lambda texts: np.stack(
        [table[tokenizer(text, add_special_tokens=False)["input_ids"] or [0]].mean(axis=0) for text in texts]
    )


def last_layer(encoder: str) -> Embed:
    """Return what averages the last layer of an encoder, as it stands, over a text's tokens."""
    place = str(place_of(encoder))
    tokenizer, network = load_tokenizer(place), AutoModel.from_pretrained(place, dtype=torch.float32).eval()

    @torch.inference_mode()
    def embed(texts: Sequence[str]) -> np.ndarray[Any, Any]:
        found = np.empty((len(texts), network.config.hidden_size), dtype=np.float32)
        order = np.argsort([len(text) for text in texts])
        for rows in (order[start : start + 64] for start in range(0, len(order), 64)):
            own = [texts[row] for row in rows]
            inputs = tokenizer(own, truncation=True, max_length=256, padding=True, return_tensors="pt")
            kept = inputs["attention_mask"].unsqueeze(-1)
            found[rows] = (network(**inputs).last_hidden_state * kept).sum(1) / kept.sum(1)
        return found

    return embed


def probed(task: Task, embed: Embed, train: Sequence[Example], test: Sequence[Example]) -> list[Any]:
    """Return what logistic regression on frozen features says of the test.

    The features are the vectors of the input's two texts, their difference and their product.
    """

    def features(examples: Sequence[Example]) -> np.ndarray[Any, Any]:
        first, second = (embed(own) for own in zip(*(task.pair(example) for example in examples), strict=True))
        return np.hstack([first, second, np.abs(first - second), first * second])

    classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000, C=0.01, class_weight="balanced"))
    classifier.fit(features(train), [task.gold(example) for example in train])
    return list(classifier.predict(features(test)))


def randomised(encoder: str, folder: Path, seed: int) -> str:
    """Write the encoder's shape with random weights into a folder and return it."""
    place = str(place_of(encoder))
    torch.manual_seed(seed)
    AutoModel.from_config(AutoConfig.from_pretrained(place)).save_pretrained(folder)
    load_tokenizer(place).save_pretrained(folder)
    return str(folder)


def measure(name: str, contender: str, seed: int, options: argparse.Namespace, folder: Path) -> dict[str, float] | None:
    """Train one contender on one data set and return its figures on the test, or None where it does not apply."""
    found = []
    for experiment in experiments(name, seed, folder, options.set):
        task = experiment.make_task()
        splits = {split: list(own) for split, own in load_splits(experiment.data, task).items()}
        task = task.fitted([task.gold(example) for example in splits["train"]])
        if contender not in ("random", "pretrained") and not task.labels:
            return None
        own = "tfidf" if contender == "tfidf" else options.encoder
        if contender.startswith("random"):
            own = randomised(options.encoder, folder / "random", seed)
        if contender in ("vectors", "probe", "random-probe"):
            embed = word_averages(options.vectors) if contender == "vectors" else last_layer(own)
            predicted = probed(task, embed, splits["train"], splits["test"])
        else:
            other = "tfidf" if contender == "ensemble" else None
            model = fit(experiment.model_copy(update={"encoder": own, "ensemble": other}), task, splits, seed, folder)
            predicted = [option for option, _ in model.predict(splits["test"])]
        found.append(task.figures(splits["test"], predicted))
    return {key: mean(own[key] for own in found) for key in found[0]}


def cell(values: Sequence[float]) -> str:
    """Return the mean with half the width of its 95% t-interval."""
    if len(values) < 2:
        return f"{values[0]:.3f}" if values else ""
    half = student.ppf(0.975, len(values) - 1) * stdev(values) / len(values) ** 0.5
    return f"{mean(values):.3f} ± {half:.3f}" if stdev(values) else f"{mean(values):.3f}"


def made_of(contender: str, options: argparse.Namespace) -> dict[str, str]:
    """Return what tells a contender from others of its name: its encoder, and a digest of its files on this machine."""
    if contender == "tfidf":
        return {}
    files, own = [options.vectors], {}
    if contender in OF_ENCODERS:
        files, own = sorted(place_of(options.encoder).glob(OF_ENCODERS[contender])), {"encoder": options.encoder}
    contents = b"".join(file.read_bytes() for file in files)
    return {**own, "digest": hashlib.sha256(contents).hexdigest()[:12]}


def key(row: Row) -> tuple[Any, ...]:
    """Return what a figure was measured of."""
    return tuple(row.get(name) for name in ("data", "contender", "encoder", "digest", "seed"))


def columns(rows: Sequence[Row], options: argparse.Namespace) -> Iterator[tuple[str, list[Row]]]:
    """Yield the table's columns: their titles and their rows, of files that have changed those of the newest."""
    newest = {(row["contender"], row.get("encoder")): row.get("digest") for row in rows}
    newest |= {(contender, options.encoder): made_of(contender, options)["digest"] for contender in OF_ENCODERS}
    encoders = dict.fromkeys([options.encoder, *(own for _, own in newest if own), ARABERT])
    for contender, title in TITLES_OF.items():
        for name in encoders if contender in OF_ENCODERS else [None]:
            own = [row for row in rows if (row["contender"], row.get("encoder")) == (contender, name)]
            yield title.format(name), [row for row in own if row.get("digest") == newest[contender, name]]


def table(rows: Sequence[Row], options: argparse.Namespace) -> str:
    """Return the Markdown table of all figures measured, beside the published ones with their sources."""
    kept = [(title, own) for title, own in columns(rows, options) if own or title == ARABERT]
    titles = ["test figure", *(title for title, _ in kept), "published"]
    lines = ["| " + " | ".join(titles) + " |", "| --- |" + " ---: |" * len(kept) + " --- |"]
    published = tomllib.loads(PUBLISHED.read_text("utf-8"))["figure"]
    sources = []
    for name, metric in FIGURES.items():
        data = name.removesuffix(", accuracy")
        own = [[row["figures"] for row in found if row["data"] == data and row["figures"]] for _, found in kept]
        cells = [cell([figures[metric] for figures in column]) for column in own]
        others = []
        for other in (other for other in published if other["data"] == name and any(cells)):
            sources.append(f"{len(sources) + 1}. " + "; ".join(filter(None, (other["source"], other["other"]))))
            others.append(f"{other['value']:.3f} {other['model']} [{len(sources)}]")
        if any(cells):
            lines.append(f"| {name} ({metric}) | " + " | ".join([*cells, "; ".join(others)]) + " |")
    return "\n".join([*lines, "", *sources]).rstrip() + "\n"


def main() -> None:
    """Measure what is asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("encoder", help="a folder, a hub id, or qawl-mini")
    parser.add_argument("--vectors", type=Path, help="vectors-….npy beside the packed text")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", nargs="+", default=[], help="data sets by the beginning of their names")
    parser.add_argument("--contenders", nargs="+", choices=CONTENDERS, default=CONTENDERS)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="as for qawl train")
    parser.add_argument("--results", type=Path, default=Path("encoders.jsonl"))
    options = parser.parse_args()
    quiet()
    lines = options.results.read_text("utf-8").splitlines() if options.results.is_file() else []
    rows: list[Row] = [json.loads(line) for line in lines]
    names = [name for name in FIGURES if not name.endswith(", accuracy")]
    wanted = [name for name in names if (name.startswith(tuple(options.only)) if options.only else name not in FETCHED)]
    # Once: a digest reads all the weights.
    made = {own: made_of(own, options) for own in options.contenders if own != "vectors" or options.vectors}
    for seed, name, contender in product(range(1, options.seeds + 1), wanted, made):
        if seed > 1 and contender in DRAW_NOTHING and not name.startswith("ANT"):
            continue  # none of them draws a random number: the training data is the same
        row: Row = {"data": name, "contender": contender, "seed": seed, **made[contender]}
        if key(row) in map(key, rows):
            continue
        start = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            figures = measure(name, contender, seed, options, Path(folder))
        rows.append({**row, "figures": figures, "seconds": round(time.monotonic() - start, 1)})
        with options.results.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(rows[-1], ensure_ascii=False) + "\n")
        told = figures and figures[FIGURES[name]]
        sys.stderr.write(f"{name} · {contender} · seed {seed}: {told} in {rows[-1]['seconds']} s\n")
    sys.stdout.write(table(rows, options))


if __name__ == "__main__":
    main()
