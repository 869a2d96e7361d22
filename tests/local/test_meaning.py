"""The packaged model: its pieces of words, its weights, its vectors."""

from pathlib import Path

import numpy as np
import pytest

from hushflake.local.cortex.meaning.minilm import DIMENSION, MOST_PIECES, MiniLM
from hushflake.local.cortex.meaning.weights import read_weights
from hushflake.local.cortex.meaning.wordpiece import numbers_of, vocabulary

# Pieces as the package tokenizers 0.23 gives them, vectors as ONNX Runtime 1.32 computes them.
PIECES = {
    "": [101, 102],
    "Who knows about lease pricing?": [101, 2040, 4282, 2055, 10084, 20874, 1029, 102],
    "Crème brûlée, Straße": [101, 13675, 21382, 7987, 9307, 2063, 1010, 2358, 27807, 102],
    "北京 is\tbig": [101, 1781, 1755, 2003, 2502, 102],
    "İstanbul €5": [101, 9960, 1574, 2629, 102],
    "a\x00b\ufffdc\u200bd": [101, 5925, 2094, 102],
    "x" * 101: [101, 100, 102],
}
# The first four numbers and the last two.
VECTORS = {
    "lease pricing": (-0.002643, 0.033336, -0.011428, 0.008561, -0.043974, -0.094637),
    "Crème brûlée, Straße": (0.053436, -0.003672, -0.043781, -0.000231, 0.044916, -0.017066),
    "passage " * 300: (-0.043658, -0.047435, 0.029722, 0.026561, -0.001733, -0.080732),
}


@pytest.fixture(scope="module")
def model() -> MiniLM:
    return MiniLM()


@pytest.mark.parametrize(("text", "pieces"), PIECES.items())
def test_texts_are_cut_as_the_model_learnt_them(text: str, pieces: list[int]) -> None:
    assert numbers_of(text, MOST_PIECES) == pieces


def test_a_long_text_keeps_its_beginning_and_its_end_mark() -> None:
    assert len(vocabulary()) == 30_522
    numbers = numbers_of("passage " * 10_000, MOST_PIECES)
    assert len(numbers) == MOST_PIECES
    assert numbers[-1] == vocabulary()["[SEP]"]


@pytest.mark.parametrize(("text", "numbers"), VECTORS.items())
def test_vectors_are_those_of_the_model(
    model: MiniLM, text: str, numbers: tuple[float, ...]
) -> None:
    (vector,) = model.encode([text])
    assert vector.shape == (DIMENSION,)
    assert np.allclose([*vector[:4], *vector[-2:]], numbers, atol=2e-6)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_a_vector_does_not_depend_on_the_texts_beside_it(model: MiniLM) -> None:
    alone = model.encode(["lease pricing"])[0]
    assert np.array_equal(alone, model.encode(["", "x " * 400, "lease pricing"])[2])


@pytest.mark.parametrize("content", [b"", b"\xff" * 40, b"no model", b"\x3a\x05ab"])
def test_another_file_is_told_from_a_model(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"no model|no message"):
        read_weights(path)
