"""What scoring costs on this machine, as Markdown: beside plain transformers pipelines, the processor, and TF-IDF.

usage: python experiments/bench.py [speed] [startup] [memory] [--shapes …] [--articles N] [--sizes N…] [--quick]

speed: sentences a second of `qawl score`'s engine (torch, and int8 where ONNX Runtime is installed), of three
`transformers.pipeline`s with the same weights, one a task, batch size 1 (their default) and 32, and of the baselines
(TF-IDF, cue rules). Text classification for topic and stance; transformers 5 has no pipeline for spans, so the speaker
gets the shortest one that there can be. The share of the matrix-multiply rate counts what the answers need, without
padding, without sentences that were computed before and without tokens that no head reads, and divides by the best
rate of this processor in the same number format, measured between the ways.
startup: a process of `qawl score` for one article, from nothing to its rows, beside `import torch, transformers`.
memory: the peak of a process of `qawl score`, at archives of several sizes.

Networks: qawl-mini with untrained heads, and random weights of AraBERT's shape (12 × 768, 64,000 words; the tokens
are those of qawl-mini). Articles: data/corpus. Ways take turns; figures are medians. Nothing else should run
meanwhile: the first lines tell how busy the machine was.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.metadata import version
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from bench_rates import int8_rate, needed, torch_rate
from bench_ways import ARABERT, CORPUS, TINY, Labels, baselines, by_engine, by_pipelines, write_int8, write_models
from qawl import __version__
from qawl.data.loaders import read_articles
from qawl.infer.loading import Models, load_models
from qawl.infer.readers import read_targets
from qawl.infer.score import bare
from qawl.models.encoder import quiet
from qawl.models.hub import MINI
from qawl.models.processor import computes_bf16, cores
from transformers.utils import logging

SECTIONS = ("speed", "startup", "memory")
FLAGS = ("avx2", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8", "amx_bf16")
TARGETS = 2
"""Targets that are asked of every sentence."""
SENTENCES = 3
"""Of each article of the archives whose memory is measured."""


@dataclass
class Way:
    """One way to score, and what was measured of it.

    Args:
        run: scores and returns the labels.
        rate: measures the matrix rate that it is to be held against.
        numbers: the format of that rate's numbers.
        clock: seconds of each run by the clock.
        processor: seconds of each run by the processor time of all threads.
        rates: operations a second, measured after each run.
    """

    run: Callable[[], Labels]
    rate: Callable[[], float] | None = None
    numbers: str = ""
    clock: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    labels: Labels = field(default_factory=dict)

    def measure(self) -> None:
        """Run once more."""
        # The threads of an engine have set it for all that comes after.
        torch.set_num_threads(cores())
        clock, processor = time.perf_counter(), time.process_time()
        self.labels = self.run()
        self.clock.append(time.perf_counter() - clock)
        self.processor.append(time.process_time() - processor)
        if self.rate:
            self.rates.append(self.rate())

    @property
    def seconds(self) -> float:
        """The median by the clock."""
        return statistics.median(self.clock)

    def forget(self) -> None:
        """Drop what was measured so far: a first run finds nothing warm."""
        for own in (self.clock, self.processor, self.rates):
            own.clear()


def say(*lines: str) -> None:
    """Print, at once: a run is long."""
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a Markdown table whose first column is text."""
    rule = ["---", *["---:"] * (len(header) - 1)]
    say("", *("| " + " | ".join(own) + " |" for own in (header, rule, *rows)), "")


def machine() -> None:
    """Say where this runs, with what, and how busy that was before."""
    names = [line for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    name = names[0].partition(":")[2].strip() if names else platform.processor()
    flags = {word for line in _lines("/proc/cpuinfo") if line.startswith("flags") for word in line.split()}
    known = [flag for flag in FLAGS if flag in flags]
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    packages = ("torch", "transformers", "onnxruntime")
    versions = ", ".join(f"{own} {version(own)}" for own in packages if importlib.util.find_spec(own))
    load = ", ".join(f"{own:.2f}" for own in os.getloadavg())
    say(
        f"{name} ({' '.join(known)}), cores used: {cores()}, {memory:.0f} GiB; {platform.platform()}",
        f"Python {platform.python_version()}, qawl {__version__}, {versions}; {time.strftime('%Y-%m-%d %H:%M')}",
        f"load before (1, 5, 15 minutes): {load}",
    )


def _lines(path: str) -> list[str]:
    with contextlib.suppress(OSError):
        return Path(path).read_text().splitlines()
    return []


def speed(shape: str, rest: Models, count: int, repeats: int, scratch: Path) -> None:
    """Print sentences a second of each way, `rest` being the baselines."""
    labelled = (own for file in sorted(CORPUS.glob("*.jsonl")) for own in read_articles(file))
    articles = [replace(bare(own), targets=()) for own in islice(labelled, count)]
    targets = read_targets([], CORPUS.parent / "targets.txt")[:TARGETS]
    # Two copies: the engine changes the network that it speeds up.
    plain, models = load_models(str(scratch / shape)), load_models(str(scratch / shape))
    work = needed(plain, articles, targets)
    bf16 = computes_bf16(torch.device("cpu"))
    engine = partial(by_engine, articles=articles, targets=targets)
    single, batched = (Way(partial(by_pipelines, plain, articles, targets, size)) for size in (1, 32))
    ways = {
        "pipelines, batch size 1": single,
        "pipelines, batch size 32": batched,
        "`qawl score`, torch": Way(partial(engine, models), partial(torch_rate, bf16), "bf16" if bf16 else "float32"),
    }
    if (small := int8_folder(scratch, shape)).is_dir():
        ways["`qawl score`, ONNX int8"] = Way(partial(engine, load_models(str(small))), int8_rate, "int8")
    baseline = Way(partial(engine, rest))
    ways["`qawl score`, TF-IDF and rules"] = baseline
    for turn in range(repeats + 1):
        for way in ways.values():
            way.measure()
            if not turn:
                way.forget()
    sentences = len(single.labels["topic"])
    rows = []
    for name, way in ways.items():
        share = rate = "–"
        if way.rates:
            best = statistics.median(way.rates)
            share, rate = f"{work / way.seconds / best:.0%}", f"{best / 1e9:,.0f} ({way.numbers})"
        row = [
            name,
            f"{sentences / way.seconds:,.1f}",
            *(f"{own.seconds / way.seconds:.1f}" for own in (single, batched)),
        ]
        row += [f"{sentences / statistics.median(way.processor):,.1f}", share, rate]
        row += ["–" if way is baseline else _equal(single.labels[own], way.labels[own]) for own in ("topic", "stance")]
        rows.append(row)
    given = f"{len(articles)} articles, {sentences} sentences, three tasks, {len(targets)} targets"
    say("", f"## {shape}: {given}, medians of {repeats}")
    head = ["", "sentences a second", "× batch size 1", "× batch size 32", "a second of processor time"]
    table([*head, "share of the matrix rate", "that rate, 10⁹/s", "equal topics", "equal stances"], rows)


def _equal(some: Sequence[object], others: Sequence[object]) -> str:
    return f"{np.mean([own == other for own, other in zip(some, others, strict=True)]):.1%}"


def int8_folder(scratch: Path, shape: str) -> Path:
    """Return where the exports of a shape lie."""
    return scratch / f"{shape}-int8"


def startup(shapes: Sequence[str], repeats: int, scratch: Path) -> None:
    """Print how long a process takes from nothing to the rows of one article."""
    article = next(read_articles(CORPUS / "test.jsonl"))
    (scratch / "one.txt").write_text(article.text, encoding="utf-8")
    commands = {"`import torch, transformers`": [sys.executable, "-c", "import torch, transformers"]}
    for shape in shapes:
        for name, folder in ((shape, scratch / shape), (f"{shape}, ONNX int8", int8_folder(scratch, shape))):
            if folder.is_dir():
                commands[f"`qawl score`, {name}"] = score_command(scratch / "one.txt", folder)
    times: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(repeats + 1):
        for name, command in commands.items():
            began = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=scratch)
            if turn:
                times[name].append(time.perf_counter() - began)
    first = statistics.median(next(iter(times.values())))
    middle = {name: statistics.median(own) for name, own in times.items()}
    say("", f"## Start-up: one article of {len(article.sentences)} sentences, medians of {repeats}")
    table(["", "seconds", "× the import"], [[name, f"{own:.2f}", f"{own / first:.1f}"] for name, own in middle.items()])


def score_command(archive: Path, folder: Path) -> list[str]:
    """Return the command line that scores an archive."""
    output = archive.with_suffix(".rows.jsonl")
    words = ["score", archive, "--output", output, "--models", folder, "--target", "الحرب", "--quiet"]
    return [sys.executable, "-m", "qawl", *map(str, words)]


# In a process between, small and of its own: a child counts the memory of what started it as its peak.
PEAK = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); "
PEAK += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"


def memory(shape: str, sizes: Sequence[int], scratch: Path) -> None:
    """Print the peak memory of a job at archives of several sizes."""
    sentences = [own.text[s.start : s.end] for own in read_articles(CORPUS / "train.jsonl") for s in own.sentences]
    rows, first = [], 0.0
    for size in sizes:
        archive = scratch / f"archive-{size}.jsonl"
        with archive.open("w", encoding="utf-8") as stream:
            stream.writelines(archive_lines(sentences, size))
        began = time.perf_counter()
        command = [sys.executable, "-c", PEAK, *score_command(archive, scratch / shape)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=scratch)
        peak = int(done.stdout) * (1 if sys.platform == "darwin" else 1024) / 2**20
        first = first or peak
        rows.append([f"{size:,}", f"{peak:,.0f}", f"{peak / first:.2f}", f"{time.perf_counter() - began:,.0f}"])
    say("", f"## Memory of `qawl score`: {shape}, torch, articles of {SENTENCES} sentences, one target")
    table(["articles", "peak, MiB", "× the first", "seconds"], rows)


def archive_lines(sentences: Sequence[str], size: int) -> Iterator[str]:
    """Yield rows of articles that are put together from sentences of the corpus."""
    draw = random.Random(1)
    for at in range(size):
        text = "\n".join(draw.sample(sentences, SENTENCES))
        yield json.dumps({"id": f"a{at}", "text": text}, ensure_ascii=False) + "\n"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"{', '.join(SECTIONS)} [all of them]")
    parser.add_argument("--shapes", nargs="+", choices=(MINI, ARABERT, TINY), default=[MINI, ARABERT])
    parser.add_argument("--articles", type=int, default=20, help="of the corpus, for speed [20]")
    parser.add_argument("--repeats", type=int, default=5, help="of speed and startup [5]")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000], help="of archives")
    parser.add_argument("--quick", action="store_true", help="a tiny network, once: does it run at all?")
    given = parser.parse_args()
    if unknown := set(given.sections) - set(SECTIONS):
        parser.error(f"no section {', '.join(sorted(unknown))}")
    sections = given.sections or SECTIONS
    if given.quick:
        given.shapes, given.articles, given.repeats, given.sizes = [TINY], 2, 1, [5]
    # Heads that nobody trained are meant here.
    logging.set_verbosity_error()
    quiet()
    machine()
    with tempfile.TemporaryDirectory(prefix="qawl-bench-") as name:
        scratch = Path(name)
        for shape in given.shapes if sections != ["memory"] else given.shapes[:1]:
            write_models(scratch / shape, shape)
            if sections != ["memory"]:
                write_int8(scratch / shape, int8_folder(scratch, shape))
        if "speed" in sections:
            rest = baselines(given.articles if given.quick else None)
            for shape in given.shapes:
                speed(shape, rest, given.articles, given.repeats, scratch)
        if "startup" in sections:
            startup(given.shapes, given.repeats, scratch)
        if "memory" in sections:
            memory(given.shapes[0], given.sizes, scratch)


if __name__ == "__main__":
    main()
