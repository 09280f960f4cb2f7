"""What the options of the command line may be, and what its commands return."""

from __future__ import annotations

from enum import Enum, StrEnum
from pathlib import Path
from typing import Annotated

import typer

Sets = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override a key of the file: --set training.epochs=3"),
]
ExperimentFile = Annotated[Path, typer.Argument(metavar="EXPERIMENT.yaml", help="An experiment file.")]


class EngineName(StrEnum):
    """Who scores."""

    local = "local"
    ray = "ray"


class PrecisionName(StrEnum):
    """What `qawl export` writes."""

    int8 = "int8"
    float16 = "float16"


class Exit(int, Enum):
    """What the process returns."""

    findings = 1
    usage = 2
    defect = 70
    interrupted = 130
