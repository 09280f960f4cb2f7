"""The command line. Every command imports what it needs when it runs: `qawl --help` loads no library of weight."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from .errors import InputError, QawlError
from .options import EngineName, Exit, ExperimentFile, PrecisionName, Sets

app = typer.Typer(
    help="Who says it, what it is about, and where that speaker stands: Arabic news, sentence by sentence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

label = typer.Typer(help="To Label Studio and back: people correct what a model said.", no_args_is_help=True)
app.add_typer(label, name="label")

MODELS = Path("models")
CHECKPOINTS = Path("checkpoints")


def main() -> None:
    """Run the command line; errors that the user can mend are one line and exit status 2."""
    # Progress bars and logs of the libraries: what a user reads on a terminal is ours.
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    if isinstance(sys.stdout, TextIOWrapper):
        # What a terminal can't show, or no encoding holds, must not stop the line that tells of it.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        app()
    except QawlError as error:
        typer.secho(f"qawl: {error}", fg="red", err=True)
        sys.exit(Exit.usage)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        typer.secho(f"qawl: {place}{error.strerror or error}", fg="red", err=True)
        sys.exit(Exit.usage)
    except SystemExit as stop:
        # Typer turns Ctrl-C into this status.
        if stop.code == Exit.interrupted:
            hints = {
                "train": "from the last checkpoint",
                "pretrain": "from the last checkpoint",
                "score": "where it was",
            }
            command = sys.argv[1] if len(sys.argv) > 1 else ""
            # What `qawl score` only shows leaves nothing to go on from.
            lasting = command != "score" or any(word.startswith("--output") for word in sys.argv)
            hint = f"; with --resume it goes on {hints[command]}" if command in hints and lasting else ""
            typer.secho(f"qawl: stopped{hint}", fg="yellow", err=True)
        raise
    except Exception:
        # Python's own status for it, 1, says that all was scored.
        sys.excepthook(*sys.exc_info())
        typer.secho("qawl: this is a defect of qawl, please report it", fg="red", err=True)
        sys.exit(Exit.defect)


@app.command()
def validate(
    data: Annotated[Path, typer.Argument(help="A JSONL file of labelled articles, or a folder with one a split.")],
    stats: Annotated[bool, typer.Option("--stats", help="Print counts of what lies in it, as Markdown.")] = False,
    texts: Annotated[Path | None, typer.Option(help="The folder with the texts of labels without text.")] = None,
) -> None:
    """Check a corpus: offsets, mentions, labels, duplicates, leaks between splits."""
    from .data.validate import validate as check

    findings, articles, sentences = check(data, texts)
    for finding in findings:
        typer.echo(str(finding))
    if stats:
        from .data.stats import measure, read_splits, tables

        typer.echo(tables(measure(read_splits(data, texts))), nl=False)
    summary = f"{articles} articles, {sentences} sentences: " + (f"{len(findings)} findings" if findings else "clean")
    typer.secho(summary, fg="red" if findings else "green", err=True)
    if findings:
        raise typer.Exit(Exit.findings)


@app.command()
def examples(
    experiment: ExperimentFile,
    output: Annotated[Path, typer.Option(help="The folder that gets train.parquet, validation.parquet, …")],
    settings: Sets = None,
) -> None:
    """Write the examples that an experiment trains on, one Parquet file a split."""
    from .train.config import load_experiment
    from .train.examples import write_examples

    counts = write_examples(load_experiment(experiment, settings), output)
    typer.echo(", ".join(f"{split} {count}" for split, count in counts.items()) + f" examples in {output}")


@app.command()
def train(
    experiment: ExperimentFile,
    settings: Sets = None,
    output: Annotated[Path | None, typer.Option(help="Gets model/ and metrics.json [default: runs/<name>]")] = None,
    checkpoints: Annotated[Path, typer.Option(help="Where a run keeps what --resume needs.")] = CHECKPOINTS,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where a killed run stopped.")] = False,
    examples: Annotated[Path | None, typer.Option(help="Examples that `qawl examples` wrote.")] = None,
    models: Annotated[Path, typer.Option(help="Its <task>/ gets the model if better than the one there.")] = MODELS,
    publish: Annotated[bool, typer.Option(help="Let the model compete for its place in --models.")] = True,
) -> None:
    """Train the classifiers of an experiment, one a seed, and track them in MLflow."""
    from .train.config import load_experiment
    from .train.examples import read_examples
    from .train.run import train as run_training
    from .train.show import show_training

    settled = load_experiment(experiment, settings)
    splits = read_examples(examples) if examples else None
    folder = output or Path("runs") / experiment.stem
    result = run_training(
        settled,
        experiment.stem,
        output=folder,
        checkpoints=checkpoints,
        splits=splits,
        resume=resume,
        models=models if publish else None,
    )
    show_training(result)


@app.command()
def pretrain(
    experiment: ExperimentFile,
    settings: Sets = None,
    output: Annotated[Path | None, typer.Option(help="Gets the encoder [default: runs/<name>]")] = None,
    checkpoints: Annotated[Path, typer.Option(help="Where packed text and what --resume needs stay.")] = CHECKPOINTS,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where a run stopped, or with more budget.")] = False,
) -> None:
    """Pretrain an encoder on plain text, from nothing or from another encoder."""
    from .pretrain.config import load_pretraining
    from .pretrain.run import pretrain as run_pretraining

    settled = load_pretraining(experiment, settings)
    folder = output or Path("runs") / experiment.stem
    done = run_pretraining(settled, experiment.stem, output=folder, checkpoints=checkpoints, resume=resume)
    for name, value in done.figures.items():
        typer.echo(f"{name} {value:,.4g}")
    typer.echo(f"{folder}: name it as `encoder:` of an experiment")


@app.command()
def evaluate(
    data: Annotated[Path, typer.Argument(help="Labelled articles (JSONL), a table, or an EXPERIMENT.yaml: its test.")],
    models: Annotated[list[Path], typer.Argument(metavar="MODEL…", help="Model folders of one task.")],
    output: Annotated[Path | None, typer.Option(help="Gets the figures as JSON.")] = None,
    best: Annotated[Path | None, typer.Option(help="A folder that gets a copy of the best model.")] = None,
    texts: Annotated[Path | None, typer.Option(help="The folder with the texts of labels without text.")] = None,
    train: Annotated[
        list[Path] | None, typer.Option(help="What the models were trained on: tells unseen speakers and targets.")
    ] = None,
    errors: Annotated[int, typer.Option(min=0, help="Print so many of each model's worst errors.")] = 5,
    track: Annotated[bool, typer.Option(help="Log the same to MLflow.")] = True,
) -> None:
    """Compare models on labelled data: figures, intervals over articles, differences to the first, what is hard."""
    from .train.compare import compare
    from .train.publish import copy_best
    from .train.show_comparison import show_comparison

    rows = compare(models, data, texts, train=train or [])
    show_comparison(rows, errors=errors)
    if track:
        from .models import registry
        from .train.tracking import log_comparison

        registry.connect()
        log_comparison(rows, data)
    if output:
        from .data.files import write_json

        write_json(output, [row.as_dict() for row in rows])
    if best:
        typer.echo(f"{copy_best(rows, best)} is the best: copied to {best}")


@app.command()
def export(
    model: Annotated[Path, typer.Argument(help="The folder of a model with an encoder.")],
    data: Annotated[Path, typer.Option(help="What the export is tried on: as DATA of `qawl evaluate`.")],
    output: Annotated[Path, typer.Option(help="A model folder too, for `qawl score` on processors.")],
    texts: Annotated[Path | None, typer.Option(help="The folder with the texts of labels without text.")] = None,
    precision: Annotated[
        PrecisionName, typer.Option(help="int8: for ONNX Runtime (qawl[onnx]); float16: half the size on the disk.")
    ] = PrecisionName.int8,
) -> None:
    """Write a model in fewer bits; exit status 1 and nothing written where that loses too much."""
    from .train.export import ALLOWED
    from .train.export import export as run_export

    done = run_export(model, data, output, texts, precision=precision.value)
    for name, before in done.float32.items():
        figures = f"{name} {before:.4f} in float32, {done.exported[name]:.4f} in {precision.value}"
        typer.echo(f"{figures}, on {done.examples} examples of {data}")
    typer.echo(f"equal answers {done.agreement:.2%}; logits differ by {done.mean:.4f}, at most by {done.largest:.4f}")
    if not done.acceptable:
        problem = (
            f"{100 * done.loss:.2f} points of {done.share} are lost, {100 * ALLOWED:.1f} may be: nothing is written"
        )
        typer.secho(f"qawl: {model}: {problem}", fg="red", err=True)
        raise typer.Exit(Exit.findings)
    typer.echo(f"{output}: loads like any model")


@app.command()
def score(
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="INPUT…", help="Texts, web pages, tables; folders, patterns, addresses; - is stdin."),
    ],
    output: Annotated[
        Path | None, typer.Option(help="A .jsonl, .csv or .parquet file [default: shown, or JSON lines in a pipe]")
    ] = None,
    target: Annotated[list[str] | None, typer.Option(help="Ask for the stance toward this.")] = None,
    targets: Annotated[Path | None, typer.Option(help="A file with a target a line.")] = None,
    models: Annotated[
        str | None,
        typer.Option(help="A folder of models, an alias, or `default`: those that ship [default: models/, else these]"),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(metavar="FIELD=COLUMN", help="Where a field stands in your tables: --column text=body"),
    ] = None,
    min_confidence: Annotated[
        str, typer.Option(metavar="P|auto", help="Abstain from what is less sure; auto: than each model's threshold.")
    ] = "0",
    resume: Annotated[bool, typer.Option("--resume", help="Go on where a stopped run was.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No summary, no progress bar.")] = False,
    engine: Annotated[EngineName, typer.Option(help="This process, or workers on Ray (qawl[ray]).")] = EngineName.local,
    ray_address: Annotated[
        str | None,
        typer.Option(envvar="RAY_ADDRESS", help="Of a Ray cluster: HOST:PORT, auto [default: a Ray of its own]"),
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Of Ray [default: what its CPUs are enough for]")] = None,
    worker_cpus: Annotated[int | None, typer.Option(min=1, help="CPUs of each [default: up to 4]")] = None,
) -> None:
    """Score articles: speaker, topic and stances of every sentence.

    Rows that are no articles go to OUTPUT.rejected.jsonl. Exit status: 0, all scored; 1, scored but for those;
    2, stopped by an error, and 130, by Ctrl-C: what is finished stays in OUTPUT.parts for --resume.
    """
    from .infer.rows import read_columns

    columns = read_columns(column or [])
    if engine is not EngineName.ray and (workers or worker_cpus):
        raise QawlError("--workers and --worker-cpus are for --engine ray")
    if output is None:
        from .infer.show import show_scored

        if resume or engine is EngineName.ray:
            raise QawlError("--resume and --engine ray are for jobs with an --output FILE")
        if show_scored(inputs, target or [], targets, models, min_confidence, columns):
            raise typer.Exit(Exit.findings)
        return
    from .infer.cluster import Cluster
    from .infer.job import score_files

    cluster = Cluster(ray_address, workers, worker_cpus) if engine is EngineName.ray else None
    if score_files(inputs, output, target or [], targets, models, min_confidence, quiet, columns, resume, cluster):
        raise typer.Exit(Exit.findings)


@app.command()
def report(
    scored: Annotated[Path, typer.Argument(help="What `qawl score` wrote.")],
    output: Annotated[Path, typer.Option(help="The HTML file.")] = Path("report.html"),
) -> None:
    """Make a page of a scored file: who speaks, about what, who stands where, and every sentence."""
    from .infer.report import can_draw, read_rows, write_report

    if output.resolve() == scored.resolve():
        raise InputError(output, "is the scored file itself", remedy="write the page somewhere else")
    write_report(read_rows(scored), output)
    typer.echo(f"{output}: open it in a browser")
    if not can_draw():
        typer.secho("its figures are tables: pip install 'qawl[report]' draws them too", fg="yellow", err=True)


@label.command("export")
def label_export(
    given: Annotated[Path, typer.Argument(metavar="INPUT", help="Labelled articles, or rows of `qawl score`.")],
    output: Annotated[Path, typer.Option(help="The .json file with the tasks.")],
    articles: Annotated[
        list[str] | None, typer.Option(help="What was scored, for its texts; else they are rebuilt from the rows.")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="Gets the labelling configuration (XML).")] = None,
    model_version: Annotated[str, typer.Option(help="What Label Studio calls the model.")] = "qawl",
) -> None:
    """Write tasks for Label Studio: articles with their labels, or with what a model said."""
    from .infer.label import export_file

    done = export_file(given, output, articles or [], config, model_version)
    kind = "predictions" if done.predictions else "annotations"
    typer.echo(f"{output}: {done.tasks} tasks with {kind}" + (f"; {config}: the configuration" if config else ""))
    if done.rebuilt:
        hint = "texts are sentences with blanks between: --articles gives them as they were"
        typer.secho(hint, fg="yellow", err=True)


@label.command("import")
def label_import(
    tasks: Annotated[Path, typer.Argument(help="What Label Studio exported as JSON.")],
    output: Annotated[Path, typer.Option(help="The .jsonl file with the labelled articles.")],
) -> None:
    """Make labelled articles of what annotators did in Label Studio."""
    from .infer.label import import_file

    done, left = import_file(tasks, output)
    typer.echo(f"{output}: {done} labelled articles")
    if left:
        typer.secho(f"{left} tasks without an annotation are left out", fg="yellow", err=True)


@app.command()
def ui(
    port: Annotated[int, typer.Option(min=1, max=65535, help="On 127.0.0.1.")] = 5000,
) -> None:
    """Open the MLflow UI over this folder's runs, on loopback only."""
    from .train.ui import serve

    serve(port)


if __name__ == "__main__":
    main()
