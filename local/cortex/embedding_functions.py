"""The functions with which DuckDB asks the embedder.

What a failing text gives depends on the function. Source: Snowflake, BCR-2358: AI_EMBED answers NULL, or
with `return_error_details` an object of `value` and `error`; EMBED_TEXT_768 fails the statement.
"""

import json
from collections.abc import Callable
from typing import Any

import duckdb

from ..language.errors import SqlError
from .embedder import Embedder

_REFUSED = "The model refused the input."
Answer = Callable[[Any, "list[str | None]", "list[bool]"], Any]


def install(database: duckdb.DuckDBPyConnection, embedder: Embedder) -> None:
    """Make the functions known to every connection to `database`."""
    from duckdb.func import FunctionNullHandling, PythonUDFType

    # Vectorised: the model answers a chunk of rows in one run.
    for size in (768, 1024):
        for name, answer, kind in (
            ("embed", _or_fail, f"FLOAT[{size}]"),
            ("ai_embed", _or_null, f"FLOAT[{size}]"),
            ("ai_embed_told", _told, "VARCHAR"),
        ):
            database.create_function(
                f"hush_{name}_{size}",
                _vectorised(embedder, size, answer),
                ["VARCHAR", "VARCHAR"],
                kind,
                type=PythonUDFType.ARROW,
                null_handling=FunctionNullHandling.SPECIAL,
            )


def _vectorised(embedder: Embedder, size: int, answer: Answer) -> Callable[[Any, Any], Any]:
    """Return the function that DuckDB gives a chunk of models and texts, as Arrow arrays."""

    def embed(models: Any, texts: Any) -> Any:
        import numpy as np

        vectors = np.zeros((len(texts), size), dtype=np.float32)
        asked = list(zip(models.to_pylist(), texts.to_pylist(), strict=True))
        failed = [_REFUSED if text and embedder.refuses(text) else None for _, text in asked]
        empty = [model is None or text is None for model, text in asked]
        absent = [nothing or bool(why) for nothing, why in zip(empty, failed, strict=True)]
        for model in {model for model, _ in asked}:
            rows = [row for row, (named, _) in enumerate(asked) if named == model]
            rows = [row for row in rows if not absent[row]]
            if rows:
                vectors[rows] = embedder.embed_all(model, [asked[row][1] for row in rows])
        return answer(vectors, failed, empty)

    return embed


def _or_fail(vectors: Any, failed: list[str | None], empty: list[bool]) -> Any:
    for message in failed:
        if message is not None:
            raise SqlError(message, 100351, "P0000")
    return _or_null(vectors, failed, empty)


def _or_null(vectors: Any, failed: list[str | None], empty: list[bool]) -> Any:
    import pyarrow as pa

    absent = [nothing or bool(why) for nothing, why in zip(empty, failed, strict=True)]
    flat, size = pa.array(vectors.ravel()), vectors.shape[1]
    return pa.FixedSizeListArray.from_arrays(flat, size, mask=pa.array(absent))


def _told(vectors: Any, failed: list[str | None], empty: list[bool]) -> Any:
    import pyarrow as pa

    return pa.array(
        [
            None if nothing else json.dumps({"error": why, "value": None if why else vector})
            for vector, why, nothing in zip(vectors.tolist(), failed, empty, strict=True)
        ],
        pa.string(),
    )
