"""Which models score: the user's own, a registry alias's, or those that ship; and the confidence that they ask for."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import InputError, QawlError
from ..models.base import CARD, Model
from ..models.folder import DEFAULT, load_model, read_card, shipped
from ..tasks import TASKS

OWN = "models"
"""The folder to which `qawl train` writes, and from which is taken where the user names none."""
AUTO = "auto"
"""Each model's own threshold of confidence."""

Models = dict[str, Model]


def chosen(given: str | None) -> str:
    """Return what to take the models from: what was given, else `models/` here, else those that ship."""
    if given is not None:
        return given
    return OWN if any((Path(OWN) / task / CARD).is_file() for task in TASKS) else DEFAULT


def find_models(given: str) -> dict[str, Path]:
    """Return the folders of the three models: `<folder>/<task>/`, or copies of what a registry alias points to.

    For a task that the folder lacks it is the model that ships.

    Raises:
        InputError: neither a folder with models nor an alias that all three have.
    """
    folder = shipped(Path(given))
    if folder.is_dir():
        if (folder / CARD).is_file():
            remedy = "give the folder above that holds topic, stance and speaker"
            raise InputError(folder, "the model of one task", remedy=remedy)
        lacking = [task for task in TASKS if not (folder / task).exists()]
        if len(lacking) == len(TASKS):
            remedy = f"run `qawl train`, or give --models {DEFAULT} for those that ship"
            raise InputError(folder, f"no model here: it has none of {', '.join(TASKS)}", remedy=remedy)
        return {task: shipped(Path(DEFAULT, task)) if task in lacking else folder / task for task in TASKS}
    if "/" in given or folder.exists():
        raise InputError(
            given,
            "no folder of models",
            remedy=f"run `qawl train`, give a registry alias, or {DEFAULT} for those that ship",
        )
    from ..models import registry

    registry.connect()
    folders = {}
    for task in TASKS:
        found = registry.registered_model(task, given)
        if found is None:
            name = registry.registered_name(task)
            remedy = f"train models first, or give --models {DEFAULT} for those that ship"
            raise QawlError(
                f"--models {given}: no folder of that name, and the registry has no {name}@{given} — {remedy}"
            )
        folders[task] = found
    return folders


def load_models(given: str | None = None) -> Models:
    """Return the three models of a folder (`<folder>/<task>/`), or of a registry alias such as `champion`.

    Those of `models/` here where none is given; for a task that lies in no folder, the model that ships.
    """
    return load_folders(find_models(chosen(given)))


def load_folders(folders: Mapping[str, Path]) -> Models:
    """Return the model of each task's folder; an InputError where it holds none, or one of another task."""
    return {task: _right_task(load_model(folder), task, folder) for task, folder in folders.items()}


def fingerprint(folder: Path) -> str:
    """Return a digest of a model folder: two with the same one give the same answers."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as stream:
            digest.update(f"{path.relative_to(folder)}\n{hashlib.file_digest(stream, 'sha256').hexdigest()}\n".encode())
    return digest.hexdigest()[:16]


def parse_confidence(given: str | float, option: str) -> float | None:
    """Return the probability that was asked for, None for each model's own (`auto`); raises QawlError for others.

    Args:
        option: what the user calls it, for the error.
    """
    if given == AUTO:
        return None
    try:
        number = float(given)
    except ValueError:
        number = float("nan")
    if not 0 <= number <= 1:
        raise QawlError(f"{option} {given}: give a probability from 0 to 1, or {AUTO}")
    return number


def shipping(folders: Mapping[str, Path]) -> list[str]:
    """Return the tasks whose model is the one that ships."""
    return [task for task, folder in folders.items() if folder == shipped(Path(DEFAULT, task))]


def confidences(folders: Mapping[str, Path], least: float | None) -> dict[str, float]:
    """Return the least confidence of each task: the same for all, or None for what the models' own cards say."""
    if least is not None:
        return dict.fromkeys(folders, least)
    return own_thresholds({task: read_card(folder)["card"] for task, folder in folders.items()})


def own_thresholds(cards: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """Return the threshold of confidence on each model's card; raises QawlError for one that was trained without."""
    found = {task: card.get("threshold") for task, card in cards.items()}
    if missing := [task for task, own in found.items() if not own]:
        problem = f"no threshold in the model of {', '.join(missing)}"
        raise QawlError(f"{AUTO}: {problem} — train it again, or give a number")
    return {task: float(own["confidence"]) for task, own in found.items() if own}


def _right_task(model: Model, task: str, folder: Path) -> Model:
    if model.task.name != task:
        raise InputError(folder, f"holds a {model.task.name} model", remedy=f"put a {task} model there")
    return model
