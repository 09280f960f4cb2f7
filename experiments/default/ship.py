"""Put a trained model into the package: in float16 where it has a network, with its card.

usage: python experiments/default/ship.py MODEL FOLDER [--texts ../shared/data/raw]

Refused, with exit status 1, where float16 loses more than half a point. The figures of the card are measured on what
ships: data/real/test.jsonl (real news) and data/corpus/test.jsonl, of which no model has seen anything.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from qawl.data.files import whole_folder
from qawl.models.folder import read_card
from qawl.train.compare import compare
from qawl.train.config import load_experiment
from qawl.train.export import export
from rich.console import Console

HERE = Path(__file__).parent
REAL, CORPUS = Path("data/real/test.jsonl"), Path("data/corpus/test.jsonl")


def main() -> None:
    """Ship one model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--texts", type=Path, default=Path("../shared/data/raw"))
    given = parser.parse_args()
    with whole_folder(given.folder) as fresh:
        if read_card(given.model)["kind"] in ("encoder", "ensemble"):
            done = export(given.model, REAL, fresh / "model", given.texts, precision="float16")
            if not done.acceptable:
                sys.exit(f"{given.model}: float16 loses {100 * done.loss:.2f} points")
        else:
            shutil.copytree(given.model, fresh / "model")
        for path in (fresh / "model").iterdir():
            path.rename(fresh / path.name)
        (fresh / "model").rmdir()
        figures = {
            "real news": compare([fresh], REAL, given.texts)[0].as_dict(),
            "our own articles": compare([fresh], CORPUS, given.texts)[0].as_dict(),
        }
        (fresh / "README.md").write_text(card(fresh, figures), encoding="utf-8")
    Console(stderr=True).print(f"{given.folder}: ships", highlight=False)


def card(folder: Path, figures: dict[str, dict[str, Any]]) -> str:
    """Return the model card: what `figures` says of each data set, beside what holds for every model."""
    environment = Environment(
        loader=FileSystemLoader(HERE), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False
    )
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    model = read_card(folder)
    template = environment.get_template("card.md.j2")
    told = {"task": model["task"]["name"], "kind": model["kind"], "size": size / 1e6}
    return template.render(**told, data=figures, trained=trained(told["task"])) + "\n"


def trained(task: str) -> dict[str, Any]:
    """Return how many articles the experiment of a task trains on and validates with, and where the real ones lie."""
    data = load_experiment(HERE / f"{task}.yaml").data
    files = {"corpus": [data.train], "real": data.more, "validation": [data.validation]}
    counts = {name: sum(len(Path(own).read_text("utf-8").splitlines()) for own in some) for name, some in files.items()}
    return {**counts, "files": " and ".join(f"`{own}`" for own in data.more)}


if __name__ == "__main__":
    main()
