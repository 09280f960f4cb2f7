"""Encoders by name: a hub id, a local folder, or `qawl-mini`. The quirks of others' checkpoints stand here."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

from ..errors import QawlError, first_line
from ..tasks import Task
from .folder import package_folder

MINI = "qawl-mini"
ARABERT_WORDS = ("[رابط]", "[بريد]", "[مستخدم]")
"""Link, e-mail address and user, as AraBERT's preprocessing writes them: tokens 5 to 7 of its vocabulary."""
INSTEAD = f"use `encoder: {MINI}`, which needs no network, or the path of a folder that holds the model"


def head_class(task: Task) -> Any:
    """Return the stock transformers class of the task's head."""
    from transformers import AutoModelForQuestionAnswering, AutoModelForSequenceClassification

    return {
        "sequence-classification": AutoModelForSequenceClassification,
        "question-answering": AutoModelForQuestionAnswering,
    }[task.head]


def is_arabert(encoder: str, tokenizer: PreTrainedTokenizerFast) -> bool:
    """Tell whether an encoder is of the AraBERT v0.2 family: by its name, or by its vocabulary."""
    vocabulary = tokenizer.get_vocab()
    # AraBERT v1 and v2 have the three words too; the article as a word of its own tells their segmented text.
    return "arabertv02" in encoder.lower() or ("ال+" not in vocabulary and vocabulary.keys() >= set(ARABERT_WORDS))


def load_encoder(
    encoder: str, task: Task, *, seed: int, revision: str = "main"
) -> tuple[PreTrainedModel, PreTrainedTokenizerFast]:
    """Return a network with the task's head, newly initialised from `seed`, and its fast tokenizer.

    Raises:
        QawlError: the hub can't be reached, or has no such model, or the folder holds none.
    """
    import torch
    from transformers import AutoConfig

    labels = dict(enumerate(task.labels))
    options = {"id2label": labels, "label2id": {label: at for at, label in labels.items()}} if labels else {}
    with _opened(encoder, revision) as (place, source, tokenizer):
        config = AutoConfig.from_pretrained(place, **source, **options)
        torch.manual_seed(seed)
        # Safetensors where it has them; of a `.bin` only tensors are unpickled. We write safetensors only.
        source |= {"weights_only": True, "dtype": torch.float32}  # half-precision weights would train to NaN
        network = head_class(task).from_pretrained(place, config=config, **source)
    _fit_vocabulary(network, tokenizer)
    if getattr(task, "shared", False):
        fit_token_types(network, encoder)
    return network, tokenizer


def load_masked(encoder: str, revision: str = "main") -> tuple[PreTrainedModel, PreTrainedTokenizerFast]:
    """Return an encoder with the head that restores masked words, to pretrain it further, and its tokenizer.

    A BERT comes with its pooler, which its masked-word class leaves out.

    Raises:
        QawlError: as for `load_encoder`.
    """
    import torch
    from transformers import AutoConfig, AutoModelForMaskedLM, BertForPreTraining

    with _opened(encoder, revision) as (place, source, tokenizer):
        kind: Any = AutoModelForMaskedLM
        if AutoConfig.from_pretrained(place, **source).model_type == "bert":
            kind = BertForPreTraining
        network = kind.from_pretrained(place, weights_only=True, dtype=torch.float32, **source)
    _fit_vocabulary(network, tokenizer)
    return network, tokenizer


@contextmanager
def _opened(encoder: str, revision: str) -> Iterator[tuple[str, dict[str, Any], PreTrainedTokenizerFast]]:
    """Yield an encoder's place, how transformers is to read from there, and its tokenizer; errors are plain ones."""
    # Else transformers asks a public service, behind the user's back, to convert a `.bin` repository.
    os.environ.setdefault("DISABLE_SAFETENSORS_CONVERSION", "1")
    place = str(mini_folder()) if encoder == MINI else encoder
    _check_place(place)
    with _plain_errors(encoder):
        cached = not Path(place).is_dir() and _only_cached(place, revision)
        source: dict[str, Any] = {"revision": revision, "local_files_only": cached}
        yield place, source, load_tokenizer(place, trained=encoder, **source)


def _fit_vocabulary(network: PreTrainedModel, tokenizer: PreTrainedTokenizerFast) -> None:
    if network.config.vocab_size < len(tokenizer):
        network.resize_token_embeddings(len(tokenizer))


def fit_token_types(network: PreTrainedModel, encoder: str) -> None:
    """Double the two token types: those of words that both texts have begin as those of the rest.

    Raises:
        QawlError: the network has another number of token types.
    """
    import torch

    embeddings: Any = network.base_model.embeddings
    known = getattr(embeddings, "token_type_embeddings", None)
    if known is None or known.num_embeddings not in (2, 4):
        raise QawlError(
            f"{encoder} has no two token types, which `input.shared` and `objective.pairs` double — leave that out"
        )
    if known.num_embeddings == 2:
        weights = known.weight.detach().repeat(2, 1)
        embeddings.token_type_embeddings = torch.nn.Embedding(4, known.embedding_dim, _weight=weights)
        network.config.type_vocab_size = 4


def load_tokenizer(place: str, *, trained: str = "", **source: Any) -> PreTrainedTokenizerFast:
    """Return the fast tokenizer; a newly taken AraBERT gets the normaliser of the text that it was trained on."""
    from transformers import AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(place, use_fast=True, **source)
    if not tokenizer.is_fast:
        raise QawlError(f"{trained or place}: has no fast tokenizer, which alone tells character offsets — {INSTEAD}")
    if trained and is_arabert(trained, tokenizer):
        tokenizer = _as_arabert(tokenizer)
    # Cuts are made in `encode_pairs`, and padding by batch: what a tokenizer.json brings along would cut twice.
    tokenizer.backend_tokenizer.no_truncation()
    tokenizer.backend_tokenizer.no_padding()
    for where in ("is_local", "local_files_only"):  # else what is saved tells where this one was read from
        tokenizer.init_kwargs.pop(where, None)
    result: PreTrainedTokenizerFast = tokenizer
    return result


def _as_arabert(tokenizer: PreTrainedTokenizerFast) -> PreTrainedTokenizerFast:
    from tokenizers import AddedToken
    from transformers import PreTrainedTokenizerFast

    from ..arabic.normalise import arabert_normalizer, arabert_pre_tokenizer

    backend = tokenizer.backend_tokenizer
    # Its own tokenizer.json expects text that a separate script has cleaned; ours keeps offsets instead.
    backend.normalizer = arabert_normalizer()
    backend.pre_tokenizer = arabert_pre_tokenizer()
    # The hub's AraBERT has these as added tokens already; many a checkpoint made from it has lost that.
    known = [word for word in ARABERT_WORDS if backend.token_to_id(word) is not None]
    backend.add_special_tokens([AddedToken(word, single_word=True, normalized=True) for word in known])
    # The generic class: BertTokenizer builds its own normalizer when it is loaded, whatever tokenizer.json says.
    kept = ("unk_token", "sep_token", "pad_token", "cls_token", "mask_token", "model_max_length")
    same = {name: getattr(tokenizer, name) for name in kept}
    return PreTrainedTokenizerFast(tokenizer_object=backend, **same)  # type: ignore[no-untyped-call]


def mini_folder() -> Path:
    """Return the folder of `qawl-mini` inside the package."""
    return package_folder() / "mini"


def _check_place(place: str) -> None:
    if Path(place).is_dir():
        if not (Path(place) / "config.json").is_file():
            raise QawlError(f"{place}: a folder without config.json is no encoder — {INSTEAD}")
    elif place.startswith((".", "/", "~")) or place.count("/") != 1:
        raise QawlError(f"encoder {place!r}: neither a folder here nor a hub id (owner/name) — {INSTEAD}")


def _only_cached(repo: str, revision: str) -> bool:
    """Ask the hub for an encoder, once; where it can't be asked, tell that the cache has it, or raise."""
    # Left to themselves the loaders ask six times for each file: minutes behind a firewall that swallows packets.
    from huggingface_hub import errors, get_hf_file_metadata, hf_hub_url, try_to_load_from_cache

    try:
        get_hf_file_metadata(hf_hub_url(repo, "config.json", revision=revision))
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError, errors.EntryNotFoundError, ValueError):
        raise
    except Exception:
        files = ("config.json", "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin")
        cached = [name for name in files if isinstance(try_to_load_from_cache(repo, name, revision=revision), str)]
        if files[0] not in cached or len(cached) < 2:  # the configuration, and weights of one kind or another
            raise
        return True
    return False


@contextmanager
def _plain_errors(encoder: str) -> Iterator[None]:
    """Turn the many ways in which a checkpoint can't be had into one line, with no word on retries before it."""
    from huggingface_hub.utils import logging

    verbosity = logging.get_verbosity()
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    try:
        yield
    except QawlError:
        raise
    except Exception as error:  # down to a bare Exception: the libraries raise whatever they like
        raise QawlError(f"encoder {encoder!r} can't be loaded: {_reason(error)} — {INSTEAD}") from error
    finally:
        logging.set_verbosity(verbosity)


def _reason(error: BaseException) -> str:
    import httpx
    from huggingface_hub import constants, errors

    hub = f"the hub ({constants.ENDPOINT})"
    words: list[tuple[Any, str]] = [
        (errors.GatedRepoError, f"{hub} has it behind a gate; ask for access on its page, then `hf auth login`"),
        (errors.RepositoryNotFoundError, f"{hub} has no such model, or a private one (then `hf auth login`)"),
        (errors.RevisionNotFoundError, f"{hub} has no such revision of it"),
        (errors.RemoteEntryNotFoundError, f"{hub} has it without config.json"),
        (errors.OfflineModeIsEnabled, "HF_HUB_OFFLINE is set, and not all of it is in the cache"),
        ((httpx.ConnectError, httpx.TimeoutException), f"{hub} can't be reached"),
        (UnpicklingError, "its .bin is broken or holds more than tensors, of which nothing is run"),
        (httpx.TransportError, f"the connection to {hub} broke off; run the same command again"),
    ]
    cause: BaseException | None = error
    while cause is not None:
        if text := next((text for kind, text in words if isinstance(cause, kind)), ""):
            return text
        cause = cause.__cause__ or cause.__context__
    return first_line(error)[:200]
