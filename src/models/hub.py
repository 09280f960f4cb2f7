"""Encoders by name: a hub id, a local folder, or `qawl-mini`. The quirks of others' checkpoints stand here."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

from ..errors import QawlError
from ..tasks import Task

MINI = "qawl-mini"
# The seed of the untrained qawl-mini: everybody's is the same network.
MINI_SEED = 20240619
INSTEAD = f"use `encoder: {MINI}`, which needs no network, or the path of a folder that holds the model"


def head_class(task: Task) -> Any:
    """Return the stock transformers class of the task's head."""
    from transformers import AutoModelForQuestionAnswering, AutoModelForSequenceClassification

    return {
        "sequence-classification": AutoModelForSequenceClassification,
        "question-answering": AutoModelForQuestionAnswering,
    }[task.head]


def is_arabert(encoder: str, config: Any) -> bool:
    """Tell whether an encoder is of the AraBERT v0.2 family: by its name, or by its vocabulary and shape."""
    name = f"{encoder} {getattr(config, 'name_or_path', '')}".lower()
    return "arabertv02" in name or "arabertv0.2" in name


def load_encoder(
    encoder: str, task: Task, *, seed: int, revision: str = "main"
) -> tuple[PreTrainedModel, PreTrainedTokenizerFast]:
    """Return a network with the task's head, newly initialised from `seed`, and its fast tokenizer.

    Raises:
        QawlError: the hub can't be reached, or has no such model, or the folder holds none.
    """
    import torch
    from transformers import AutoConfig

    place = str(mini_folder()) if encoder == MINI else encoder
    _check_place(place)
    options: dict[str, Any] = {"num_labels": len(task.labels)} if task.labels else {}
    if task.labels:
        options["id2label"] = dict(enumerate(task.labels))
        options["label2id"] = {label: at for at, label in enumerate(task.labels)}
    with _plain_errors(encoder):
        tokenizer = load_tokenizer(place, revision=revision, trained=encoder)
        config = AutoConfig.from_pretrained(place, revision=revision, **options)
        task_head = head_class(task)
        if not has_weights(place):
            # The same body for every task and seed, then a head of the run's own.
            torch.manual_seed(MINI_SEED)
            network = task_head.from_config(config)
            torch.manual_seed(seed)
            _initialise_head(network)
        else:
            torch.manual_seed(seed)
            network = task_head.from_pretrained(place, config=config, revision=revision)
    if network.config.vocab_size < len(tokenizer):
        network.resize_token_embeddings(len(tokenizer))
    return network, tokenizer


def load_tokenizer(place: str, *, revision: str = "main", trained: str = "") -> PreTrainedTokenizerFast:
    """Return the fast tokenizer; a newly taken AraBERT gets the normaliser of the text that it was trained on."""
    from transformers import AutoTokenizer

    from ..arabic.normalise import arabert_normalizer, arabert_pre_tokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(place, revision=revision, use_fast=True)
    if not tokenizer.is_fast:
        raise QawlError(f"{trained or place}: has no fast tokenizer, which alone tells character offsets — {INSTEAD}")
    if trained and is_arabert(trained, tokenizer):
        # Its own tokenizer.json expects text that a separate script has cleaned; ours keeps offsets instead.
        tokenizer.backend_tokenizer.normalizer = arabert_normalizer()
        tokenizer.backend_tokenizer.pre_tokenizer = arabert_pre_tokenizer()
    # Cuts are made in `encode_pair`, and padding by batch: what a tokenizer.json brings along would cut twice.
    tokenizer.backend_tokenizer.no_truncation()
    tokenizer.backend_tokenizer.no_padding()
    result: PreTrainedTokenizerFast = tokenizer
    return result


def mini_folder() -> Path:
    """Return the folder of `qawl-mini` inside the package."""
    return Path(str(resources.files("qawl") / "mini"))


def has_weights(place: str) -> bool:
    """Tell whether an encoder has pretrained weights; only a local folder may come without."""
    folder = Path(place)
    return not folder.is_dir() or any(folder.glob("*.safetensors")) or any(folder.glob("pytorch_model*.bin"))


def _initialise_head(network: PreTrainedModel) -> None:
    for name in ("classifier", "qa_outputs"):
        if (head := getattr(network, name, None)) is not None:
            head.weight.data.normal_(mean=0.0, std=network.config.initializer_range)
            head.bias.data.zero_()


def _check_place(place: str) -> None:
    folder = Path(place)
    if folder.is_dir():
        if not (folder / "config.json").is_file():
            raise QawlError(f"{place}: a folder without config.json is no encoder — {INSTEAD}")
    elif place.startswith((".", "/", "~")) or place.count("/") != 1:
        raise QawlError(f"encoder {place!r}: neither a folder here nor a hub id (owner/name) — {INSTEAD}")


class _plain_errors:  # noqa: N801 - reads as a phrase in `with`
    """Turn the many ways in which a checkpoint can't be had into one line."""

    def __init__(self, encoder: str) -> None:
        self.encoder = encoder

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is None or isinstance(error, QawlError) or not isinstance(error, OSError | ValueError | KeyError):
            return
        first = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise QawlError(f"encoder {self.encoder!r} can't be loaded: {first[:200]} — {INSTEAD}") from error
