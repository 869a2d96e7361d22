"""A shorter image of a matrix, by which most rows are ruled out before their vectors are read.

Unit vectors are projected on the directions that tell most of them apart (principal components). The
cosine of two is the product of their images, give or take the product of the lengths of what is left
of each (Cauchy and Schwarz). A row whose cosine cannot reach that of rows already compared is ruled
out for certain, so the answer stays exact; an eighth of the numbers is read.
"""

import contextlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .scores import Floats, Places

# Below these numbers of rows and numbers a vector, comparing all of them is as fast.
LEAST_ROWS, LEAST_DIMENSION = 50_000, 256
_SHARE = 8
_SAMPLE = 20_000
_BLOCK = 20_000
# Compared first, for each row asked for.
_EACH, _LEAST = 8, 512
# More than this share of the rows left, and comparing all of them costs no more.
_MOST = 0.1


class Coarse:
    """The images of the vectors of a matrix, a place each, as the matrix has them.

    Args:
        path: File of the images.
        basis: The directions, one a column.
    """

    def __init__(self, path: Path, basis: Floats) -> None:
        self.basis = basis
        self._path = path
        self._slack = np.float32(len(basis) * 2.0**-21)
        self._images: Floats = np.empty((0, basis.shape[1]), np.float32)
        self._rests: Floats = np.empty(0, np.float32)

    @classmethod
    def over(cls, path: Path, vectors: Floats, lengths: Floats) -> "Coarse":
        """Make one of vectors that are there; an old file is written anew."""
        step = max(1, len(vectors) // _SAMPLE)
        sample = vectors[::step] / lengths[::step, np.newaxis]
        _, directions = np.linalg.eigh((sample.T @ sample).astype(np.float64))
        width = vectors.shape[1] // _SHARE
        made = cls(path, np.ascontiguousarray(directions[:, -width:], np.float32))
        made.reserve(len(vectors))
        made.put(0, vectors, lengths)
        return made

    def saved(self, size: int) -> dict[str, Any]:
        """Return what `kept` takes, beside the file."""
        if isinstance(self._images.base, np.memmap):
            self._images.base.flush()
        return {"basis": self.basis, "rests": self._rests[:size]}

    @classmethod
    def kept(cls, path: Path, saved: dict[str, Any], size: int) -> "Coarse | None":
        """Return one that was saved; None when there is none, or its file does not fit."""
        with contextlib.suppress(KeyError, OSError, ValueError):
            made = cls(path, saved["basis"])
            rests = saved["rests"]
            if len(rests) == size and path.stat().st_size >= size * made._row:
                made._map(path.stat().st_size // made._row)
                made._rests[:size] = rests
                return made
        return None

    @property
    def _row(self) -> int:
        return int(self.basis.shape[1]) * 4

    def reserve(self, capacity: int) -> None:
        """Make room for so many places."""
        if capacity <= len(self._images):
            return
        with self._path.open("ab") as file:
            file.truncate(capacity * self._row)
        self._map(capacity)

    def _map(self, capacity: int) -> None:
        shape = (capacity, self.basis.shape[1])
        self._images = np.asarray(np.memmap(self._path, np.float32, "r+", shape=shape))
        rests = np.zeros(capacity, np.float32)
        rests[: len(self._rests)] = self._rests
        self._rests = rests

    def put(self, place: int, vectors: Floats, lengths: Floats) -> None:
        """Set the images of vectors from a place on."""
        for start in range(0, len(vectors), _BLOCK):
            part = vectors[start : start + _BLOCK] / lengths[start : start + _BLOCK, np.newaxis]
            images = part @ self.basis
            first, end = place + start, place + start + len(part)
            self._images[first:end] = images
            left = 1 - np.einsum("ij,ij->i", images, images)
            # Rounding may not make what is left shorter than it is.
            self._rests[first:end] = np.sqrt(np.maximum(left, 0) + 4 * self._slack)

    def move(self, places: Places, sources: Places) -> None:
        """Set the images of places to those of others."""
        self._images[places] = self._images[sources]
        self._rests[places] = self._rests[sources]

    def near(
        self, vectors: Floats, lengths: Floats, asked: Floats, count: int
    ) -> NDArray[np.int64] | None:
        """Return the places, in order, of all rows that can be among the nearest `count`.

        Returns:
            None when they are a good part of the rows.
        """
        size = len(vectors)
        wanted = max(_LEAST, _EACH * count)
        if wanted > _MOST * size:
            return None
        unit = asked / np.linalg.norm(asked)
        image = unit @ self.basis
        rest = np.sqrt(max(0.0, 1 - float(image @ image)) + 4 * self._slack)
        scores = self._images[:size] @ image
        first = np.argpartition(scores, size - wanted)[size - wanted :]
        exact = (vectors[first] @ unit) / lengths[first]
        least = np.partition(exact, wanted - count)[wanted - count] - 2 * self._slack
        scores += rest * self._rests[:size]
        found: NDArray[np.int64] = np.flatnonzero(scores >= least)
        return None if len(found) > _MOST * size else found
