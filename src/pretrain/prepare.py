"""What stands before the loop: vocabulary, packed text, word vectors. Made once and kept for the next run."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

from ..data.files import whole_folder, write_json
from ..errors import QawlError
from ..models.hub import fit_token_types, load_masked, load_tokenizer
from .config import Pretraining
from .network import new_network
from .pack import Stream, open_streams, pack
from .pairs import Headline, headlines, load_headlines, save_headlines
from .text import excluded_texts, read, text_files
from .vectors import piece_vectors
from .vocabulary import train_tokenizer

FEWEST_HEADLINES = 20


@dataclass(frozen=True)
class Prepared:
    """All that the loop needs; `digest` is of the text and the vocabulary, `headlines` for pairs alone."""

    network: Any
    tokenizer: PreTrainedTokenizerFast
    streams: dict[str, Stream]
    counts: dict[str, int]
    headlines: dict[str, list[Headline]]
    digest: str


def prepare(config: Pretraining, checkpoints: Path) -> Prepared:
    """Return the network, its tokenizer and the packed text; what was prepared before is taken from `checkpoints`."""
    files = text_files(config.texts)
    torch.manual_seed(config.seed)  # of the heads that an encoder lacks
    start, tokenizer = load_masked(config.encoder, config.revision) if config.encoder else (None, None)
    longest = max(config.training.sequence, config.training.sequence_end or 0)
    if start and tokenizer and longest > (most := _longest_input(start, tokenizer)):
        raise QawlError(f"{config.encoder} reads {most} tokens at most: shorten `training.sequence` from {longest}")
    excluded = excluded_texts(config.exclude)
    # By what is in the files, not by their dates: a copy of them is the same text.
    made_of = [[_file_digest(path) for path in files], sorted(excluded), config.held_out]
    # Of an encoder too it is the words that count: its folder may get others under the same name.
    words = tokenizer.backend_tokenizer.to_str() if tokenizer else config.vocabulary.model_dump()
    digest = _digest([*made_of, words])
    folder = checkpoints / f"text-{digest}"
    if not folder.is_dir():
        with whole_folder(folder) as fresh:
            _pack(config, files, excluded, tokenizer, fresh)
    if tokenizer is None:
        tokenizer = load_tokenizer(str(folder))
        tokenizer.model_max_length = config.architecture.positions  # the same words may serve networks of any length
    streams = open_streams(folder, len(tokenizer), fewest=2 * longest)
    if start is None:
        start = new_network(config, tokenizer, _vectors(config, folder, streams["train"], len(tokenizer)))
    counts = json.loads((folder / "tokens.json").read_text("utf-8"))
    above = {}
    if config.objective.pairs:
        fit_token_types(start, config.encoder or "the network")
        above = _headlines(config, files, excluded, folder)
    return Prepared(start, tokenizer, streams, counts, above, digest)


def _longest_input(network: Any, tokenizer: PreTrainedTokenizerFast) -> int:
    # A RoBERTa has two positions more than it can use, which its tokenizer knows.
    return min(int(network.config.max_position_embeddings), tokenizer.model_max_length)


def _pack(
    config: Pretraining,
    files: list[Path],
    excluded: frozenset[str],
    tokenizer: PreTrainedTokenizerFast | None,
    folder: Path,
) -> None:
    if tokenizer is None:
        texts = (text for is_held_out, text in read(files, excluded, config.held_out) if not is_held_out)
        tokenizer = train_tokenizer(texts, config.vocabulary, config.architecture.positions)
        tokenizer.save_pretrained(folder)
    write_json(folder / "tokens.json", pack(read(files, excluded, config.held_out), tokenizer, folder))


def _headlines(
    config: Pretraining, files: list[Path], excluded: frozenset[str], folder: Path
) -> dict[str, list[Headline]]:
    paths = {split: folder / f"headlines-{split}.tsv" for split in ("train", "held_out")}
    if not all(path.is_file() for path in paths.values()):
        made: dict[str, list[Headline]] = {split: [] for split in paths}
        for is_held_out, own in headlines(read(files, excluded, config.held_out)):
            made["held_out" if is_held_out else "train"].append(own)
        for split, path in paths.items():
            save_headlines(made[split], path)
    found = {split: load_headlines(path) for split, path in paths.items()}
    for split, kept in found.items():
        if len(kept) < FEWEST_HEADLINES:
            few = f"{FEWEST_HEADLINES} headlines above their articles, of which the texts have {len(kept)}"
            raise QawlError(f"`objective.pairs` needs {few} ({split}) — leave that out")
    return found


def _vectors(config: Pretraining, folder: Path, stream: Stream, vocabulary: int) -> np.ndarray[Any, Any] | None:
    if config.vectors.passes == 0:
        return None
    width = config.architecture.width
    path = folder / f"vectors-{_digest([config.vectors.model_dump(), width, config.seed])}.npy"
    if not path.is_file():
        vectors = piece_vectors(stream, vocabulary, width, config.vectors, seed=config.seed)
        fresh = path.with_suffix(".fresh.npy")
        np.save(fresh, vectors, allow_pickle=False)
        fresh.replace(path)
    found: np.ndarray[Any, Any] = np.load(path, allow_pickle=False)
    if found.shape != (vocabulary, width):
        raise QawlError(f"{path}: vectors of another shape; remove the file and run again")
    return found


def _file_digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _digest(parts: list[Any]) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:8]
