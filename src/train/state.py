"""What a killed training run needs to go on: its MLflow runs, and which seeds are done."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

from ..data.files import write_json


class RunState:
    """A folder that lives as long as a run is unfinished.

    It is named after the settings and the data: a run with others never takes up, nor destroys, this one's work.
    """

    def __init__(self, folder: Path, parent: str | None, seeds: dict[str, str]) -> None:
        self.folder, self.parent, self.seeds = folder, parent, seeds

    @classmethod
    def open(cls, checkpoints: Path, name: str, settings: list[str], *, resume: bool) -> RunState:
        """Return the state of the run to resume or, where there is none or `resume` is off, a fresh one."""
        digest = hashlib.sha256("\n".join(settings).encode()).hexdigest()[:8]
        folder = checkpoints / f"{name}-{digest}"
        path = folder / "state.json"
        if resume and path.is_file():
            kept = json.loads(path.read_text("utf-8"))
            return cls(folder, kept["parent"], kept["seeds"])
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return cls(folder, None, {})

    def seed_folder(self, seed: int) -> Path:
        """Return the folder of one seed: its checkpoints and, once done, its model and figures.json."""
        return self.folder / f"seed-{seed}"

    def is_done(self, seed: int) -> bool:
        """Tell whether a seed's model and figures are whole; the figures are written last."""
        return (self.seed_folder(seed) / "figures.json").is_file()

    def keep(self, *, parent: str | None = None, seed: int | None = None, run_id: str = "") -> None:
        """Write down the parent run or the run of a seed, whole."""
        self.parent = parent or self.parent
        if seed is not None:
            self.seeds = {**self.seeds, str(seed): run_id}
        write_json(self.folder / "state.json", {"parent": self.parent, "seeds": self.seeds})

    def close(self) -> None:
        """Remove the folder: the run is finished."""
        shutil.rmtree(self.folder)
