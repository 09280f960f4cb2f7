"""Skip-gram vectors of word pieces (Mikolov et al. 2013): cheap knowledge that an encoder need not rediscover."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..errors import QawlError
from .config import VectorsConfig
from .pack import Stream

_LINE = 200


class _Lines:
    """The stream in lines of words, as gensim reads it, again for each pass."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream

    def __iter__(self) -> Iterator[list[str]]:
        for start in range(0, len(self.stream.ids), _LINE):
            yield [str(own) for own in self.stream.ids[start : start + _LINE]]


def piece_vectors(stream: Stream, vocabulary: int, width: int, config: VectorsConfig, *, seed: int) -> np.ndarray:
    """Return vectors, (vocabulary, width) float32, of a root mean square of 1; rows of unseen pieces are zero."""
    try:
        from gensim.models import Word2Vec
    except ImportError:
        remedy = "pip install 'qawl[pretrain]', or set `vectors.passes: 0`"
        raise QawlError(f"word vectors need gensim, which is not installed — {remedy}") from None
    model = Word2Vec(
        _Lines(stream),
        vector_size=width,
        window=config.window,
        negative=config.negative,
        epochs=config.passes,
        sg=1,
        min_count=5,
        sample=1e-4,
        workers=2,
        seed=seed,
    )
    vectors = np.zeros((vocabulary, width), dtype=np.float32)
    rows = [int(key) for key in model.wv.index_to_key]
    known = model.wv.vectors - model.wv.vectors.mean(axis=0)
    vectors[rows] = known / np.sqrt(np.mean(known**2))
    return vectors
