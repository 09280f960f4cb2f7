"""A model folder: weights and qawl.json. Written whole or not at all, read back without unpickling anything."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib import resources
from pathlib import Path
from typing import Any

from .. import __version__
from ..data.files import whole_folder, write_json
from ..errors import InputError, first_line
from ..tasks import make_task
from .base import CARD, Model
from .calibration import Calibration

DEFAULT = "default"
"""The name of the folder of models that ships, in place of a path: `default`, `default/topic`."""
REMEDY = "give a folder that `qawl train` or `qawl export` wrote"


def package_folder() -> Path:
    """Return the folder in which qawl is installed."""
    return Path(str(resources.files("qawl")))


def shipped(folder: Path) -> Path:
    """Return the place of a folder: inside the package for `default` and what lies in it, unless that stands here."""
    if folder.parts[:1] != (DEFAULT,) or folder.exists():
        return folder
    return package_folder().joinpath(*folder.parts)


def save_model(model: Model, folder: Path) -> None:
    """Write a model folder; what stood there before is replaced only when the new one is whole."""
    with whole_folder(folder) as fresh:
        model.save_weights(fresh)
        task = {"name": model.task.name, **asdict(model.task)}
        head = {"qawl": __version__, "kind": model.kind, "task": task}
        write_json(fresh / CARD, {**head, "calibration": model.calibration.as_dict(), "card": model.card})


def read_card(folder: Path) -> dict[str, Any]:
    """Return what qawl.json says of a model; an InputError for a folder that is no model."""
    folder = shipped(folder)
    path = folder / CARD
    if not path.is_file():
        raise InputError(folder, f"no model here (no {CARD})", remedy=REMEDY)
    try:
        card = json.loads(path.read_text("utf-8"))
        _ = (card["kind"], card["task"]["name"], _calibration(card), card["card"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(path, f"not readable as a model's card ({error})", remedy=REMEDY) from None
    return dict(card)


def _calibration(card: dict[str, Any]) -> Calibration:
    # Cards of before there were curves hold the temperature alone: such a model may be the reigning one.
    return Calibration.from_dict(card.get("calibration") or {"temperature": card["temperature"]})


def load_model(folder: Path) -> Model:
    """Read a model folder back."""
    from .encoder import EncoderModel
    from .ensemble import EnsembleModel
    from .onnx import OnnxModel
    from .rules import RulesModel
    from .signs import SignsModel
    from .tfidf import TfidfModel

    folder = shipped(folder)
    card = read_card(folder)
    kinds: dict[str, Any] = {
        "encoder": EncoderModel,
        "ensemble": EnsembleModel,
        "onnx": OnnxModel,
        "rules": RulesModel,
        "signs": SignsModel,
        "tfidf": TfidfModel,
    }
    if card["kind"] not in kinds:
        raise InputError(folder / CARD, f"unknown kind {card['kind']!r}", remedy="update qawl")
    given = dict(card["task"])
    task = make_task(given.pop("name"), **{**given, "labels": tuple(given.get("labels", ()))})
    try:
        model: Model = kinds[card["kind"]].load(folder, task, _calibration(card), card["card"])
    except InputError:
        raise
    except Exception as error:  # the libraries raise whatever they like at a broken file, zipfile and safetensors too
        raise InputError(folder, f"the model can't be read: {first_line(error)[:200]}", remedy=REMEDY) from error
    return model
