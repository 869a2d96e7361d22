"""Text embeddings for EMBED_TEXT_768 and AI_EMBED: which model answers, and how long its vectors are.

Local vectors are not Cortex's: the packaged model stands in for whatever model is named, so that
searches by meaning work without a network. Names and dimensions are checked as Cortex checks them.
"""

import importlib
import importlib.util
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from ..language.errors import LocalStackUsageError, SqlError
from ..sql.embedding_models import MODELS
from .meaning import NAME as MINILM

# The e5 models were trained with these before every text (their model cards); to any other model they
# are words of the text, which make all texts more alike.
_E5_PREFIXES = ("query: ", "passage: ")
# e5-base-v2 reads 512 tokens (its published configuration); a token is about four characters.
_CHARACTERS = 512 * 4
_CACHED = 4096
_BATCH = 32


# The model that stands behind a stack's setting, as fastembed names it.
_FASTEMBED = {
    "minilm": "sentence-transformers/all-MiniLM-L6-v2",
    "snowflake-arctic-embed-m": "snowflake/snowflake-arctic-embed-m",
    "snowflake-arctic-embed-m-v1.5": "Snowflake/snowflake-arctic-embed-m-v1.5",
    "e5-base-v2": "intfloat/e5-base-v2",
}
CHOICES = ("default", *_FASTEMBED)


class Embedder:
    """Embeds texts with the model that the stack's settings name, whatever model a call names.

    Args:
        engine: `default`, the packaged model, or one that fastembed gets from a model hub.

    Raises:
        LocalStackUsageError: There is no such choice, or fastembed is not installed.
    """

    def __init__(self, engine: str = "default") -> None:
        if engine not in CHOICES:
            raise LocalStackUsageError(f"embedder {engine!r}: it is one of {', '.join(CHOICES)}")
        if engine != "default" and importlib.util.find_spec("fastembed") is None:
            raise LocalStackUsageError(
                f"embedder {engine!r} needs the package fastembed: pip install fastembed"
            )
        self.engine = engine
        # For tests: texts that hold this fail, as a model may refuse one. Empty: none does.
        self.failing = ""
        self._lock = threading.Lock()
        self._cache: OrderedDict[tuple[int, str], Any] = OrderedDict()
        self._model: Any = None

    @property
    def name(self) -> str:
        """Name of the model that really answers."""
        return _FASTEMBED.get(self.engine, MINILM)

    def embed(self, model: str, text: str) -> list[float]:
        """Return the vector of `text`, as long as `model`'s, of length one.

        Raises:
            SqlError: `model` is not one that Cortex serves.
        """
        return [float(number) for number in self.embed_all(model, [text])[0]]

    def refuses(self, text: str) -> bool:
        """Tell whether tests want this text to fail."""
        return bool(self.failing) and self.failing in text

    def embed_all(self, model: str, texts: Sequence[str]) -> Any:
        """Return the vectors of several texts as an array of float32, one a row.

        A question need not wait until a load of rows is embedded: the lock is not held meanwhile.

        Raises:
            SqlError: `model` is not one that Cortex serves.
        """
        import numpy as np

        size = MODELS.get(model.lower())
        if size is None:
            raise SqlError(
                f"Unknown model {model}. Valid models are: {', '.join(MODELS)}", 100351, "P0000"
            )
        texts = [self._read(text) for text in texts]
        found = {}
        with self._lock:
            for text in texts:
                if (size, text) in self._cache:
                    found[text] = self._cache[size, text]
        missing = [text for text in dict.fromkeys(texts) if text not in found]
        for start in range(0, len(missing), _BATCH):
            batch = missing[start : start + _BATCH]
            found |= dict(zip(batch, self._compute(batch, size), strict=True))
        with self._lock:
            # A chunk may hold more texts than the cache.
            for text in missing[-_CACHED:]:
                self._cache[size, text] = found[text]
            while len(self._cache) > _CACHED:
                self._cache.popitem(last=False)
        return np.array([found[text] for text in texts], dtype=np.float32).reshape(-1, size)

    def _encode(self, texts: list[str]) -> Any:
        """Return the vectors of texts, one a row, loading the model at first use."""
        import numpy as np

        if self.engine == "default":
            return self._loaded().encode(texts)
        return np.array(list(self._loaded().embed(texts)), dtype=np.float32)

    def _loaded(self) -> Any:
        with self._lock:
            if self._model is None and self.engine == "default":
                from .meaning.minilm import MiniLM

                self._model = MiniLM()
            elif self._model is None:
                self._model = importlib.import_module("fastembed").TextEmbedding(self.name)
            return self._model

    def _read(self, text: str) -> str:
        """Return what the answering model is to read: prefixes of e5 go to e5 alone."""
        if self.engine == "e5-base-v2":
            return text
        prefix = next((prefix for prefix in _E5_PREFIXES if text.startswith(prefix)), "")
        return text.removeprefix(prefix)

    def _compute(self, texts: list[str], size: int) -> Any:
        import numpy as np

        # Truncated, as Cortex does with what its model cannot read; an empty text has no tokens.
        vectors = self._encode([text[:_CHARACTERS] or " " for text in texts])
        padded = np.zeros((len(texts), size), dtype=np.float32)
        width = min(size, vectors.shape[1])
        padded[:, :width] = vectors[:, :width]
        return padded
