"""The functions with which DuckDB asks the embedder."""

from collections.abc import Callable
from typing import Any

import duckdb

from .embedder import Embedder


def install(database: duckdb.DuckDBPyConnection, embedder: Embedder) -> None:
    """Make the functions known to every connection to `database`."""
    from duckdb.func import PythonUDFType

    # Vectorised: the model answers a chunk of rows in one run.
    for size in (768, 1024):
        database.create_function(
            f"hush_embed_{size}",
            _vectorised(embedder, size),
            ["VARCHAR", "VARCHAR"],
            f"FLOAT[{size}]",
            type=PythonUDFType.ARROW,
        )


def _vectorised(embedder: Embedder, size: int) -> Callable[[Any, Any], Any]:
    """Return the function that DuckDB gives a chunk of models and texts, as Arrow arrays."""

    def embed(models: Any, texts: Any) -> Any:
        import numpy as np
        import pyarrow as pa

        vectors = np.zeros((len(texts), size), dtype=np.float32)
        asked = list(zip(models.to_pylist(), texts.to_pylist(), strict=True))
        for model in {model for model, _ in asked}:
            rows = [row for row, (named, _) in enumerate(asked) if named == model]
            vectors[rows] = embedder.embed_all(model, [asked[row][1] for row in rows])
        return pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), size)

    return embed
