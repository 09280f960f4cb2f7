"""The figures of `realnews-dev` with their 95% intervals, as the tool beside that file counts them.

usage: python experiments/realnews.py ROWS [--gold FILE] [--tool FILE] [--resamples 1000]

ROWS is what `qawl score ../shared/data/realnews-dev.jsonl --output ROWS` wrote. Whole articles are drawn with
replacement, and the tool measures each draw: sentences of one article are not independent. A figure that a draw does
not define (no sentence of that kind in it) is left out of that figure's interval.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import random
import sys
from pathlib import Path
from typing import Any

import numpy as np

SHARED = Path(__file__).parents[2] / "shared"


def load_tool(path: Path) -> Any:
    """Return the tool's module."""
    spec = importlib.util.spec_from_file_location("realnews_eval", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a JSONL file."""
    with path.open(encoding="utf-8") as stream:
        return [json.loads(line) for line in stream if line.strip()]


def intervals(tool: Any, articles: list[Any], rows: list[Any], resamples: int) -> dict[str, tuple[float, float]]:
    """Return the 2.5th and 97.5th percentile of each figure over draws of as many articles."""
    draw = random.Random(1)
    found: dict[str, list[float]] = {}
    for _ in range(resamples):
        for name, value in tool.evaluate(draw.choices(articles, k=len(articles)), rows).items():
            found.setdefault(name, []).append(float("nan") if value is None else value)
    return {name: tuple(np.nanpercentile(values, [2.5, 97.5])) for name, values in found.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=Path, metavar="ROWS")
    parser.add_argument("--gold", type=Path, default=SHARED / "data" / "realnews-dev.jsonl")
    parser.add_argument("--tool", type=Path, default=SHARED / "tools" / "realnews_eval.py")
    parser.add_argument("--resamples", type=int, default=1000)
    given = parser.parse_args()
    for path in (given.rows, given.gold, given.tool):
        if not path.is_file():
            parser.error(f"{path}: no such file")
    tool, articles, rows = load_tool(given.tool), read(given.gold), read(given.rows)
    around = intervals(tool, articles, rows, given.resamples)
    lines = ["| | figure | 95% interval |", "| --- | ---: | ---: |"]
    for name, value in tool.evaluate(articles, rows).items():
        if isinstance(value, int):
            lines.append(f"| {name} | {value} | |")
        else:
            low, high = around[name]
            lines.append(f"| {name} | {value:.3f} | {low:.3f} to {high:.3f} |")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
