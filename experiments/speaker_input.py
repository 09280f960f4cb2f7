"""How much context the speaker task reads, and how it marks the sentence: an experiment over both.

usage: python experiments/speaker_input.py [--encoder qawl-mini] [--seeds 1 2 3] [--epochs 4] [--contexts 1 4 8]

Trains one model for each marking, context size and seed, and prints the validation figures as Markdown.
Decisions are made on validation; the test split is not looked at.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import mean, stdev

from qawl.train.config import load_experiment
from qawl.train.evaluate import evaluate
from qawl.train.examples import load_splits
from qawl.train.finetune import finetune

BASE = Path(__file__).parent / "speaker-mini.yaml"
FIGURES = ("speaker_accuracy", "accuracy_explicit", "accuracy_implicit", "accuracy_narrator")


def validation_figures(settings: list[str], seed: int, folder: Path) -> dict[str, float]:
    """Train one seed and return its figures on validation."""
    experiment = load_experiment(BASE, settings)
    task = experiment.make_task()
    splits = load_splits(experiment.data, task)
    train, validation = list(splits["train"]), list(splits["validation"])
    model = finetune(
        experiment,
        task,
        train,
        validation,
        seed=seed,
        checkpoints=folder,
        resume=False,
        on_epoch=lambda *_: None,
        bar=True,
    )
    return evaluate(model, validation, resamples=0).figures


def main() -> None:
    """Run the grid and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encoder", default="qawl-mini")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--contexts", type=int, nargs="+", default=[1, 4, 8])
    parser.add_argument("--markings", nargs="+", default=["segments", "question"])
    options = parser.parse_args()
    sys.stdout.write("| marking | context | " + " | ".join(name.replace("_", " ") for name in FIGURES) + " |\n")
    sys.stdout.write("| --- | ---: |" + " ---: |" * len(FIGURES) + "\n")
    for marking in options.markings:
        for context in options.contexts:
            settings = [
                f"encoder={options.encoder}",
                f"input.marking={marking}",
                f"input.context={context}",
                f"training.epochs={options.epochs}",
            ]
            runs = []
            for seed in options.seeds:
                with tempfile.TemporaryDirectory() as folder:
                    runs.append(validation_figures(settings, seed, Path(folder)))
            cells = [
                f"{mean(run[name] for run in runs):.3f} ± {stdev([run[name] for run in runs]):.3f}"
                if len(runs) > 1
                else f"{runs[0][name]:.3f}"
                for name in FIGURES
            ]
            sys.stdout.write(f"| {marking} | {context} | " + " | ".join(cells) + " |\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
