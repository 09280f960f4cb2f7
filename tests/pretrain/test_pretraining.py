"""Pretraining end to end: same figures twice, a kill survived, more budget, an encoder that others can load."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from qawl.errors import QawlError
from qawl.models.folder import load_model
from qawl.models.hub import ARABERT_WORDS, load_tokenizer
from qawl.pretrain import checkpoint
from qawl.pretrain.config import Pretraining
from qawl.pretrain.network import new_network
from qawl.pretrain.prepare import prepare
from qawl.pretrain.run import Pretrainer, PretrainResult, pretrain
from qawl.train.config import Experiment
from qawl.train.run import train
from safetensors.torch import load_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import (
    AutoModel,
    AutoModelForMaskedLM,
    AutoTokenizer,
    BertConfig,
    BertForMaskedLM,
    PreTrainedTokenizerFast,
)

STEPS, LEVEL = 32, 24
"""Of the runs: all, and those before the rate falls."""

DEADLY = """
import os, signal, sys
from qawl.cli import main
from qawl.pretrain.run import Pretrainer

step = Pretrainer.step

def deadly(run, ids):
    if run.progress.steps == int(os.environ["KILLED_AT"]):
        os.kill(os.getpid(), signal.SIGKILL)
    return step(run, ids)

Pretrainer.step = deadly
sys.argv[0] = "qawl"
main()
"""
"""`qawl` that dies in the middle of its work, without a chance to tidy up."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> Iterator[Path]:
    """A working folder with a text and an MLflow store."""
    folder = tmp_path_factory.mktemp("pretraining")
    (folder / "archive.txt").write_text("\n".join(lines), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
        patch.chdir(folder)
        yield folder


def config_of(settings: dict[str, Any], **own: Any) -> Pretraining:
    """Return settings with others for some keys; sections are merged, and those that are None left out."""
    given = dict(settings)
    for name, value in own.items():
        given[name] = {**given.get(name, {}), **value} if isinstance(value, dict) else value
    return Pretraining.model_validate({name: value for name, value in given.items() if value is not None})


def run(config: Pretraining, name: str, *, resume: bool = False) -> PretrainResult:
    return pretrain(config, name, output=Path("out") / name, checkpoints=Path("kept"), resume=resume)


def learned(result: PretrainResult) -> dict[str, float]:
    """Return the figures of a run but for those that a clock makes."""
    return {name: value for name, value in result.figures.items() if name not in ("hours", "tokens_per_second")}


def _clock(result: PretrainResult) -> dict[str, float]:
    return {name: result.figures[name] for name in ("hours", "tokens_per_second")}


def weights(folder: Path) -> bytes:
    return (folder / "model.safetensors").read_bytes()


@pytest.fixture(scope="module")
def done(place: Path, tiny_settings: dict[str, Any]) -> PretrainResult:
    """An unbroken run."""
    return run(config_of(tiny_settings), "unbroken")


def runs(name: str) -> list[Any]:
    import mlflow

    client = mlflow.MlflowClient()
    experiment = client.get_experiment_by_name("qawl-pretrain")
    assert experiment is not None
    return list(client.search_runs([experiment.experiment_id], f"attributes.run_name = '{name}'"))


def history(name: str, metric: str) -> dict[int, float]:
    import mlflow

    (own,) = runs(name)
    return {point.step: point.value for point in mlflow.MlflowClient().get_metric_history(own.info.run_id, metric)}


def test_what_a_run_leaves_is_an_encoder_that_transformers_loads(done: PretrainResult) -> None:
    files = {path.name for path in done.folder.iterdir()}
    assert files == {"config.json", "figures.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"}
    assert {own.dtype for own in load_file(done.folder / "model.safetensors").values()} == {torch.float16}
    tokenizer = AutoTokenizer.from_pretrained(done.folder)
    assert (len(tokenizer), tokenizer.model_max_length) == (400, 64)
    inputs = tokenizer("قال الوزير إن الاتفاق قريب", "نعم", return_tensors="pt")
    for kind, width in ((AutoModel, 32), (AutoModelForMaskedLM, 400)):
        network, told = kind.from_pretrained(done.folder, output_loading_info=True, dtype=torch.float32)
        assert not told["missing_keys"], kind
        output = network(**inputs)[0]
        assert output.shape == (1, inputs["input_ids"].shape[1], width)
        assert torch.isfinite(output).all()
    assert json.loads((done.folder / "figures.json").read_text("utf-8")) == done.figures


def test_it_has_learned(done: PretrainResult, tiny_settings: dict[str, Any], place: Path) -> None:
    assert done.figures["tokens"] == STEPS * 256
    untrained = run(config_of(tiny_settings, budget={"tokens": 1}), "untrained")
    assert untrained.figures["tokens"] == 256
    for part in ("masked_loss", "summary_loss", "loss"):
        assert done.figures[f"held_out_{part}"] < untrained.figures[f"held_out_{part}"]


def test_a_run_stands_in_mlflow(done: PretrainResult, tiny_settings: dict[str, Any]) -> None:
    (own,) = runs("unbroken")
    assert own.info.status == "FINISHED"
    assert own.data.params["architecture.layers"] == "2"
    assert own.data.params["budget.tokens"] == str(STEPS * 256)
    assert int(own.data.params["tokens.train"]) > int(own.data.params["tokens.held_out"]) > 0
    assert "git.commit" in own.data.tags
    assert list(history("unbroken", "masked_loss")) == [25]
    assert history("unbroken", "tokens") == {25: 25 * 256, STEPS: STEPS * 256}
    assert history("unbroken", "held_out_loss") == {STEPS: done.figures["held_out_loss"]}


@pytest.mark.parametrize("kind", ["masked", "replaced"])
def test_same_seed_same_figures_and_weights_to_the_last_digit(
    place: Path, tiny_settings: dict[str, Any], kind: str
) -> None:
    config = config_of(tiny_settings, objective={"kind": kind}, budget={"tokens": 8 * 256})
    first, second = (run(config, f"{kind} {number}") for number in (1, 2))
    assert learned(first) == learned(second)
    assert weights(first.folder) == weights(second.folder)
    other = run(config_of(tiny_settings, **{**config.model_dump(include={"objective", "budget"}), "seed": 2}), "other")
    assert learned(other) != learned(first)


def killed(folder: Path, settings: dict[str, Any], name: str, at: int, checkpoint_minutes: float) -> Path:
    """Run `qawl pretrain` in a process of its own that is killed at a step; return the folder of its checkpoints."""
    given = {**settings, "checkpoint_minutes": checkpoint_minutes}
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(given), "utf-8")
    command = [sys.executable, "-c", DEADLY, "pretrain", f"{name}.yaml", "--output", f"out/{name}"]
    env = {**os.environ, "KILLED_AT": str(at), "OMP_NUM_THREADS": "1"}
    said = subprocess.run(
        [*command, "--checkpoints", "kept"], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    assert said.returncode == -9, said.stderr
    assert not (folder / "out" / name).exists()
    return next(Path("kept").glob(f"{name}-*"))


def test_a_killed_run_goes_on_to_the_figures_of_an_unbroken_one(
    place: Path, tiny_settings: dict[str, Any], done: PretrainResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed by the system while the rate falls, after a checkpoint at every step."""
    kept = killed(place, tiny_settings, "killed", at=27, checkpoint_minutes=1e-9)
    assert json.loads((kept / "latest" / "progress.json").read_text())["steps"] == 27
    assert runs("killed")[0].info.status == "RUNNING"
    steps = count_steps(monkeypatch)
    resumed = run(config_of(tiny_settings), "killed", resume=True)
    assert len(steps) == STEPS - 27
    assert learned(resumed) == learned(done)
    assert weights(resumed.folder) == weights(done.folder)
    (own,) = runs("killed")
    assert own.info.status == "FINISHED"
    assert history("killed", "held_out_loss").keys() == set(range(1, 28)) | {STEPS}
    suffixes = {path.suffix for path in kept.rglob("*") if path.is_file()}
    assert suffixes == {".json", ".safetensors"}
    assert not (kept / "latest").exists()


def count_steps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that gets the number of each step from here on."""
    steps: list[int] = []
    step = Pretrainer.step

    def counted(self: Pretrainer, ids: torch.Tensor) -> dict[str, torch.Tensor]:
        steps.append(self.progress.steps)
        return step(self, ids)

    monkeypatch.setattr(Pretrainer, "step", counted)
    return steps


MUON = {
    "training": {"optimizer": "muon", "sequence_end": 64},
    "objective": {"kind": "replaced", "mask_end": 0.15},
    "vectors": {"passes": 0},
}


@pytest.mark.parametrize("own", [{}, MUON], ids=["adamw", "muon"])
def test_the_fall_of_the_rate_can_be_done_again(
    place: Path, tiny_settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch, own: dict[str, Any]
) -> None:
    """The checkpoint from before the fall is what a run has that was killed before it wrote any other."""
    name = f"again {own.get('training', {}).get('optimizer', 'adamw')}"
    config = config_of(tiny_settings, **own)
    once = run(config, name)
    steps = count_steps(monkeypatch)
    again = run(config, name, resume=True)
    assert steps == list(range(LEVEL, STEPS))
    assert learned(again) == learned(once)


def test_a_larger_budget_goes_on_from_before_the_fall(
    place: Path, tiny_settings: dict[str, Any], done: PretrainResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run(config_of(tiny_settings, seed=7), "more")
    steps = count_steps(monkeypatch)
    more = run(config_of(tiny_settings, seed=7, budget={"tokens": 60 * 256}), "more", resume=True)
    assert steps == list(range(LEVEL, 60))
    assert more.figures["tokens"] == 60 * 256
    assert more.figures["held_out_loss"] < first.figures["held_out_loss"]
    assert len(runs("more")) == 1
    assert list(history("more", "masked_loss")) == [25, 50]
    # Its own fall began later, and from there a still larger one would go on.
    kept = next(Path("kept").glob("more-*"))
    assert json.loads((kept / "before-fall" / "progress.json").read_text())["steps"] == 45
    last = run(config_of(tiny_settings, seed=7, budget={"tokens": STEPS * 256}), "more", resume=False)
    assert learned(last) == learned(first), "without --resume it begins anew"


def test_a_checkpoint_from_the_fall_of_a_smaller_budget_is_passed_over(
    place: Path, tiny_settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_at(monkeypatch, 28)
    with pytest.raises(KeyboardInterrupt):
        run(config_of(tiny_settings, seed=8), "stopped")
    assert runs("stopped")[0].info.status == "KILLED"
    kept = next(Path("kept").glob("stopped-*"))
    found = {
        steps: checkpoint.latest(kept, config_of(tiny_settings, seed=8, budget={"tokens": steps * 256}))
        for steps in (STEPS, 60)
    }
    assert found == {STEPS: kept / "latest", 60: kept / "before-fall"}


def stop_at(monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    step = Pretrainer.step

    def stopped(self: Pretrainer, ids: torch.Tensor) -> dict[str, torch.Tensor]:
        if self.progress.steps == at:
            raise KeyboardInterrupt
        return step(self, ids)

    monkeypatch.setattr(Pretrainer, "step", stopped)


def test_a_run_whose_mlflow_store_is_gone_gets_its_settings_in_the_new_one(
    place: Path, tiny_settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    import mlflow

    config = config_of(tiny_settings, budget={"tokens": 8 * 256})
    run(config, "moved")
    mlflow.MlflowClient().delete_run(runs("moved")[0].info.run_id)
    run(config, "moved", resume=True)
    (own,) = runs("moved")
    assert own.data.params["training.sequence"] == "32"


def continued(settings: dict[str, Any], encoder: Path, name: str, **own: Any) -> PretrainResult:
    """Go on from an encoder for six steps."""
    brought = {"vocabulary": None, "architecture": None, "vectors": None, "encoder": str(encoder)}
    slowly = {"training": {"learning_rate": 1e-4}, "budget": {"tokens": 6 * 256}}
    return run(config_of(settings, **{**brought, **slowly, **own}), name)


@pytest.mark.parametrize("kind", ["masked", "replaced"])
def test_an_own_encoder_is_continued_with_its_own_words(
    place: Path, tiny_settings: dict[str, Any], done: PretrainResult, kind: str
) -> None:
    own = {"objective": {"kind": kind}}
    further = continued(tiny_settings, done.folder, f"further {kind}", **own)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        assert (further.folder / name).read_text("utf-8") == (done.folder / name).read_text("utf-8")
    one, other = (load_file(own.folder / "model.safetensors") for own in (done, further))
    words = next(name for name in other if name.endswith("word_embeddings.weight"))
    begun = one[words if words in one else f"bert.{words}"].float()
    assert 0 < float((other[words].float() - begun).abs().max()) < 0.01
    again = continued(tiny_settings, done.folder, f"again {kind}", **own)
    assert learned(again) == learned(further), "new heads are drawn from the seed"


def test_an_encoder_of_replaced_words_is_a_body_that_can_be_continued(
    place: Path, tiny_settings: dict[str, Any]
) -> None:
    config = config_of(tiny_settings, objective={"kind": "replaced"}, budget={"tokens": 5 * 256})
    body = run(config, "body")
    _, told = AutoModel.from_pretrained(body.folder, output_loading_info=True)
    assert not told["missing_keys"]
    first, second = (continued(tiny_settings, body.folder, f"from body {number}") for number in (1, 2))
    assert learned(first) == learned(second), "its new head of words is drawn from the seed"
    _, told = AutoModelForMaskedLM.from_pretrained(first.folder, output_loading_info=True)
    assert not told["missing_keys"]


@pytest.fixture(scope="module")
def arabert(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> Path:
    """A folder like AraBERT's: a masked-word network without a pooler, a tokenizer that expects cleaned text."""
    folder = tmp_path_factory.mktemp("arabert") / "bert-base-arabertv02"
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *ARABERT_WORDS]
    tokenizer.train_from_iterator(
        lines, trainers.WordPieceTrainer(vocab_size=500, special_tokens=special, show_progress=False)
    )
    names = {f"{name}_token": f"[{name.upper()}]" for name in ("unk", "sep", "pad", "cls", "mask")}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=64, **names).save_pretrained(folder)
    shape = BertConfig(
        vocab_size=500,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    torch.manual_seed(0)
    BertForMaskedLM(shape).save_pretrained(folder)
    return folder


def test_arabert_is_continued_with_the_normalizer_of_its_own_text(
    place: Path, tiny_settings: dict[str, Any], arabert: Path
) -> None:
    further = continued(tiny_settings, arabert, "arabert")
    tokenizer = AutoTokenizer.from_pretrained(further.folder)
    fresh = load_tokenizer(str(arabert), trained=str(arabert))
    assert tokenizer.backend_tokenizer.to_str() == fresh.backend_tokenizer.to_str()
    assert "[رابط]" in tokenizer.tokenize("من https://t.co/ab")
    begun, ended = load_file(arabert / "model.safetensors"), load_file(further.folder / "model.safetensors")
    assert begun.keys() <= ended.keys()
    close = [float((ended[name].float() - own).abs().max()) < 0.01 for name, own in begun.items()]
    assert all(close)
    assert "bert.pooler.dense.weight" in ended
    again = continued(tiny_settings, arabert, "arabert again")
    assert learned(again) == learned(further), "the pooler that it lacked is drawn from the seed"


def test_packed_text_is_known_by_the_words_of_the_encoder_whatever_its_name(
    place: Path, tiny_settings: dict[str, Any], done: PretrainResult, arabert: Path
) -> None:
    given = {"vocabulary": None, "architecture": None, "vectors": None, "encoder": "same"}
    shutil.copytree(done.folder, "same")
    ours = prepare(config_of(tiny_settings, **given), Path("kept"))
    assert (
        prepare(config_of(tiny_settings, **given | {"encoder": str(done.folder)}), Path("kept")).digest == ours.digest
    )
    shutil.rmtree("same")
    shutil.copytree(arabert, "same")
    others = prepare(config_of(tiny_settings, **given), Path("kept"))
    assert others.digest != ours.digest
    assert others.counts["train"] > 0


def test_an_encoder_that_is_too_short_is_refused_before_the_text_is_packed(
    place: Path, tiny_settings: dict[str, Any], done: PretrainResult
) -> None:
    with pytest.raises(QawlError, match="reads 64 tokens at most"):
        continued(tiny_settings, done.folder, "long", training={"sequence": 65})


def test_the_vectors_of_the_run_are_the_start_of_its_embeddings(
    place: Path, tiny_settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    import numpy as np

    config = config_of(tiny_settings, seed=11)
    made = prepare(config, Path("kept"))
    (path,) = [
        own
        for own in Path("kept").glob("text-*/vectors-*.npy")
        if own.stat().st_mtime_ns
        == max(other.stat().st_mtime_ns for other in Path("kept").glob("text-*/vectors-*.npy"))
    ]
    vectors = np.load(path, allow_pickle=False)
    known = np.abs(vectors).sum(axis=1) > 0
    words = made.network.bert.embeddings.word_embeddings.weight.detach().numpy()
    assert np.allclose(words[known], 0.02 * vectors[known])
    drawn = new_network(config, made.tokenizer, None).bert.embeddings.word_embeddings.weight.detach().numpy()
    assert np.array_equal(words[~known], drawn[~known])


def test_with_neighbours_a_batch_holds_two_and_two_that_stand_side_by_side(
    place: Path, tiny_settings: dict[str, Any]
) -> None:
    config = config_of(tiny_settings, objective={"neighbours": 0.5}, training={"tokens_per_step": 5 * 32})
    run = Pretrainer(config, prepare(config, Path("kept")))
    stream = run.prepared.streams["train"]
    text = stream.ids.tobytes()
    batches = run.batches(stream)
    for _ in range(len(stream.ids) // (4 * 31) + 5):  # more than one pass
        batch = next(batches)[:, 1:].numpy().astype(stream.ids.dtype)
        assert len(batch) == 4
        assert all(both.tobytes() in text for both in batch.reshape(2, -1))
    assert run.progress.passes
    assert run.held_out()["held_out_neighbour_loss"] > 0


def test_with_pairs_headlines_of_the_text_teach_four_token_types(
    place: Path, tiny_settings: dict[str, Any], lines: list[str]
) -> None:
    more = [
        own
        for at, line in enumerate(lines)
        for own in (
            line,
            f"وزير {at} يرفض خطة {at + 7}",
            f"رفض اليوم وزير {at} في بيان له خطة {at + 7} التي " + "كلمة " * 9,
        )
    ]
    (place / "news.txt").write_text("\n".join(more), "utf-8")
    config = config_of(tiny_settings, texts=["news.txt"], held_out=0.2, objective={"pairs": 0.5})
    result = run(config, "pairs")
    assert result.figures["held_out_pair_loss"] > 0
    assert result.figures == {**run(config, "pairs again").figures, **_clock(result)}
    table = load_file(result.folder / "model.safetensors")["bert.embeddings.token_type_embeddings.weight"]
    assert table.shape[0] == 4
    assert not torch.equal(table[:2], table[2:])
    assert AutoModel.from_pretrained(result.folder).config.type_vocab_size == 4


def test_text_without_headlines_is_refused_for_pairs(place: Path, tiny_settings: dict[str, Any]) -> None:
    with pytest.raises(QawlError, match=r"`objective.pairs` needs 20 headlines .* of which the texts have \d "):
        prepare(config_of(tiny_settings, objective={"pairs": 1.0}), Path("kept"))


def test_the_encoder_is_fine_tuned_by_its_folder(place: Path, tiny: Path, done: PretrainResult) -> None:
    data = {split: str(tiny / f"{split}.jsonl") for split in ("train", "validation", "test")}
    experiment = Experiment.model_validate(
        {
            "task": "topic",
            "encoder": str(done.folder),
            "data": data,
            "seeds": [1],
            "input": {"max_length": 32},
            "training": {"epochs": 1, "learning_rate": 1e-3},
        }
    )
    result = train(experiment, "topic", output=Path("tuned"), checkpoints=Path("kept"))
    assert "1" in result.metrics["seeds"]
    model: Any = load_model(Path("tuned") / "model")
    assert model.network.config.hidden_size == 32
    assert model.network.dtype == torch.float32
    words = model.network.bert.embeddings.word_embeddings.weight
    begun = load_file(done.folder / "model.safetensors")["bert.embeddings.word_embeddings.weight"].float()
    assert float((words.detach() - begun).abs().max()) < 0.05
