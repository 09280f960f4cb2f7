"""The file of a pretraining run: defaults, conflicts, clear words; and the page that explains every key."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pydantic_core import PydanticUndefined
from qawl.errors import InputError, QawlError
from qawl.pretrain.config import Excluded, Pretraining, load_pretraining
from qawl.pretrain.run import mask_share, rate
from qawl.train.settings import Section

ROOT = Path(__file__).parents[2]
BASE = "texts: [a.txt]\nbudget: {tokens: 1000}\n"
Qawl = Callable[..., subprocess.CompletedProcess[str]]
PAGE = (ROOT / "docs" / "pretraining.md").read_text("utf-8")


def load(folder: Path, text: str, *overrides: str) -> Pretraining:
    path = folder / "p.yaml"
    path.write_text(text, encoding="utf-8")
    return load_pretraining(path, list(overrides))


def refusal(folder: Path, text: str, *overrides: str) -> str:
    with pytest.raises(QawlError) as error:
        load(folder, text, *overrides)
    return str(error.value)


@pytest.mark.parametrize("path", sorted((ROOT / "experiments").glob("pretrain-*.yaml")), ids=lambda path: path.stem)
def test_the_files_that_ship_are_sound(path: Path) -> None:
    assert load_pretraining(path).texts


def test_overrides(tmp_path: Path) -> None:
    config = load(tmp_path, BASE, "training.optimizer=muon", "budget.hours=0.5", "exclude=[{file: a.csv}]")
    assert (config.training.optimizer, config.budget.hours, config.budget.tokens) == ("muon", 0.5, 1000)
    assert config.exclude == (Excluded(file=Path("a.csv")),)


@pytest.mark.parametrize(
    ("line", "key", "near"),
    [
        ("seeds: 1", "seeds", "seed"),
        ("objective: {masks: 0.3}", "objective.masks", "mask"),
        ("training: {lr: 3}", "training.lr", "learning_rate"),
        ("architecture: {layer: 3}", "architecture.layer", "layers"),
        ("budget: {token: 3}", "budget.token", "tokens"),
        ("exclude: [{file: a.csv}, {file: b.csv, were: {a: b}}]", "exclude.1.were", "where"),
    ],
)
def test_an_unknown_key_names_the_nearest_known_one(tmp_path: Path, line: str, key: str, near: str) -> None:
    text = "texts: [a.txt]\n" if line.startswith("budget") else BASE
    message = refusal(tmp_path, text + line)
    assert f"unknown key '{key}': did you mean '{near}'?" in message
    assert message.startswith(str(tmp_path / "p.yaml"))
    assert message.endswith("see docs/pretraining.md for every key")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("budget: {tokens: 5}", "texts: Field required"),
        ("texts: []\nbudget: {tokens: 5}", "texts: Tuple should have at least 1 item"),
        ("texts: [a.txt]", "budget: Field required"),
        ("texts: [a.txt]\nbudget: {}", "give `hours`, `tokens` or both"),
        (BASE + "architecture: {width: 100, heads: 3}", "`width` 100 is no multiple of `heads` 3"),
        (BASE + "training: {sequence: 513}", "a sequence of 513 tokens needs `architecture.positions` of as many"),
        (BASE + "training: {sequence_end: 600}", "a sequence of 600 tokens needs `architecture.positions`"),
        (BASE + "training: {tokens_per_step: 100}", "`training.tokens_per_step` holds no sequence of 128 tokens"),
        (BASE + "encoder: a/b\nvocabulary: {size: 300}", "`encoder` brings its own vocabulary: leave that out"),
        (
            BASE + "encoder: a/b\nvectors: {passes: 0}\narchitecture: {layers: 2}",
            "`encoder` brings its own architecture, vectors: leave that out",
        ),
        (BASE + "objective: {mask: 1}", "objective.mask: Input should be less than 1"),
        (BASE + "objective: {mask_end: 0}", "objective.mask_end: Input should be greater than 0"),
        (BASE + "objective: {neighbours: 1}\ntraining: {tokens_per_step: 400}", "compares 4 sequences or more, not 3"),
        (BASE + "held_out: 0", "held_out: Input should be greater than 0"),
        (BASE + "training: {decay: 0}", "training.decay: Input should be greater than 0"),
        (BASE + "objective: {kind: electra}", "objective.kind: Input should be 'masked' or 'replaced'"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, text: str, problem: str) -> None:
    assert problem in refusal(tmp_path, text)


def test_an_encoder_alone_may_read_longer_than_the_default_architecture(tmp_path: Path) -> None:
    assert load(tmp_path, BASE + "encoder: a/b\ntraining: {sequence: 1024}").training.sequence == 1024


def test_the_command_says_one_line(qawl: Qawl, tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text("texts: [no/*.txt]\nbudget: {tokens: 5}\n")
    done = qawl("pretrain", "p.yaml")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("qawl: no/*.txt: no such file")
    assert not (tmp_path / "runs").exists()


def test_the_rate_rises_stays_and_falls(tmp_path: Path) -> None:
    config = load(tmp_path, BASE + "training: {warmup: 0.1, decay: 0.5}")
    shares = (0, 0.05, 0.1, 0.5, 0.75, 1, 1.2)
    assert [rate(share, config) for share in shares] == pytest.approx([0, 0.5, 1, 1, 0.5, 0, 0])


def test_the_share_of_masks_moves_evenly(tmp_path: Path) -> None:
    config = load(tmp_path, BASE + "objective: {mask: 0.4, mask_end: 0.2}")
    assert [mask_share(spent, config) for spent in (0, 0.5, 1)] == pytest.approx([0.4, 0.3, 0.2])
    assert mask_share(0.5, load(tmp_path, BASE)) == 0.3


def keys(section: type[Section], prefix: str = "") -> dict[str, Any]:
    """Return every key of a section, dotted, with its default; `exclude` holds sections of its own."""
    found: dict[str, Any] = {}
    for name, field in section.model_fields.items():
        inner = next((own for own in (field.annotation, *get_args(field.annotation)) if _is_section(own)), None)
        if inner is None or inner is Excluded:
            found[prefix + name] = field.get_default(call_default_factory=True)
        if inner is not None:
            found |= keys(inner, f"{prefix}{name}.")
    return found


def _is_section(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Section)


def test_the_page_tells_every_key_and_its_default() -> None:
    rows = dict(re.findall(r"^\| `([\w.]+)` \|(.*?)\|", PAGE, flags=re.MULTILINE))
    known = keys(Pretraining)
    assert rows.keys() == known.keys()
    for name, default in known.items():
        told = yaml.safe_load(rows[name].strip(" `")) if rows[name].strip() else PydanticUndefined
        assert told == (list(default) if isinstance(default, tuple) else default), name


def test_the_examples_of_the_page_are_sound(tmp_path: Path) -> None:
    examples = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)
    assert len(examples) == 2
    small, further = (load(tmp_path, text) for text in examples)
    assert small.encoder is None
    assert further.encoder == "aubmindlab/bert-base-arabertv02"
    with pytest.raises(InputError):
        load(tmp_path, examples[1] + "\nvocabulary: {size: 300}\n")
