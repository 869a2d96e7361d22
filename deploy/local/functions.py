"""Functions that DuckDB lacks or that mean something else in Snowflake, as macros and UDFs."""

import re
from typing import TYPE_CHECKING, Any

from .embedder import Embedder
from .macros import MACROS

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

_MACROS = r"""
CREATE OR REPLACE MACRO hush.fit(value, size) AS
    CASE WHEN length(value) > size
         THEN error('String ''' || left(value, 60) || ''' is too long and would be truncated')
         ELSE value END;
CREATE OR REPLACE MACRO hush.required(v) AS
    CASE WHEN v IS NULL THEN error('NULL result in a non-nullable column') ELSE v END;
CREATE OR REPLACE MACRO hush.div(a, b) AS
    CASE WHEN b = 0 THEN error('Division by zero') ELSE a / b END;
CREATE OR REPLACE MACRO hush.div_decimal(a, b) AS
    CASE WHEN b = 0 THEN error('Division by zero')
         ELSE CAST(round(CAST(a AS DOUBLE) / CAST(b AS DOUBLE), 6) AS DECIMAL(38, 6)) END;
CREATE OR REPLACE MACRO hush.mod(a, b) AS
    CASE WHEN b = 0 THEN error('Division by zero') ELSE a % b END;
CREATE OR REPLACE MACRO hush.l1_distance(a, b) AS
    CAST(list_sum(list_transform(list_zip(a, b), lambda pair: abs(pair[1] - pair[2]))) AS DOUBLE);
CREATE OR REPLACE MACRO hush.to_text(v) AS
    CASE typeof(v)
         WHEN 'JSON' THEN CAST(v AS JSON) ->> '$'
         WHEN 'TIMESTAMP' THEN strftime(TRY_CAST(CAST(v AS VARCHAR) AS TIMESTAMP), '%Y-%m-%d %H:%M:%S.%g')
         WHEN 'TIMESTAMP WITH TIME ZONE' THEN
             strftime(TRY_CAST(CAST(v AS VARCHAR) AS TIMESTAMP WITH TIME ZONE), '%Y-%m-%d %H:%M:%S.%g +0000')
         WHEN 'DOUBLE' THEN regexp_replace(CAST(v AS VARCHAR), '\.0$', '')
         WHEN 'BLOB' THEN hex(TRY_CAST(CAST(v AS VARCHAR) AS BLOB))
         ELSE CAST(v AS VARCHAR) END;
CREATE OR REPLACE MACRO hush.flatten(j, keep) AS
    CASE WHEN json_type(j) = 'OBJECT' AND len(json_keys(j)) > 0 THEN
        list_transform(json_keys(j), lambda k: {'k': k, 'p': k, 'i': CAST(NULL AS BIGINT),
            'v': json_extract(j, '$."' || k || '"')})
    WHEN json_type(j) = 'ARRAY' AND json_array_length(j) > 0 THEN
        list_transform(json_extract(j, '$[*]'), lambda v, n: {'k': CAST(NULL AS VARCHAR),
            'p': '[' || (n - 1) || ']', 'i': n - 1, 'v': v})
    WHEN keep THEN [{'k': CAST(NULL AS VARCHAR), 'p': CAST(NULL AS VARCHAR), 'i': CAST(NULL AS BIGINT),
        'v': CAST(NULL AS JSON)}]
    ELSE [] END;
CREATE OR REPLACE MACRO hush.to_variant(v) AS to_json(v);
"""


def macro_names() -> frozenset[str]:
    """Return the names of the macros in the schema `hush`."""
    return frozenset(re.findall(r"CREATE OR REPLACE MACRO hush\.(\w+)", _MACROS + MACROS))


def install(database: "duckdb.DuckDBPyConnection", embedder: Embedder) -> None:
    """Make the functions known to every connection to `database`."""
    # Made anew at each start (some 20 ms): what a file holds under these names is not believed.
    database.begin()
    for macro in (_MACROS + MACROS).split(";\n"):
        if macro.strip():
            database.execute(macro)
    database.commit()

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


def _vectorised(embedder: Embedder, size: int) -> "Callable[[Any, Any], Any]":
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
