"""What dbt makes in the same account, read from the manifest of a dbt project.

https://docs.getdbt.com/reference/artifacts/manifest-json: `nodes` are models, seeds and snapshots
with their database, schema, alias and materialization. Its tables and views are objects that
others look after: they can be read and granted on, and no plan touches them.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from .errors import Position, SchemaError
from .files import read_text
from .folder import MARKER, Project
from .names import QualifiedName
from .values import Key

MAX_BYTES: Final = 256 * 1024 * 1024  # a manifest of some thousand models has 50 MB
_MADE: Final = ("model", "seed", "snapshot")
# What dbt-snowflake materializes, by what it is afterwards; the rest makes nothing that lasts.
_KINDS: Final = {
    "table": "table",
    "incremental": "table",
    "seed": "table",
    "snapshot": "table",
    "view": "view",
    "dynamic_table": "dynamic_table",
}


def dbt_objects(project: Project, manifest: str) -> frozenset[Key]:
    """Return the tables, views and dynamic tables of a dbt project.

    Args:
        project: Its folder holds the manifest.
        manifest: Path of the manifest in it; "" for none.

    Raises:
        SchemaError: The file is missing, lies elsewhere, or is no manifest.
    """
    if not manifest:
        return frozenset()
    path = project.root / manifest
    at = Position(MARKER, 1, 1)
    if not path.exists():
        raise SchemaError(
            f"dbt: {manifest}: no such file",
            "run `dbt parse`, which writes target/manifest.json, or correct the path",
            at,
        )
    text = read_text(path, manifest, root=project.root, limit=MAX_BYTES)
    try:
        return frozenset(_objects(json.loads(text)))
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError):
        raise SchemaError(
            f"dbt: {manifest}: this is no manifest of dbt", "name target/manifest.json", at
        ) from None


def _objects(document: Mapping[str, Any]) -> Iterator[Key]:
    if "dbt_schema_version" not in document["metadata"] or not isinstance(document["nodes"], dict):
        raise ValueError
    for node in document["nodes"].values():
        if node.get("resource_type") not in _MADE:
            continue
        kind = _KINDS.get(str((node.get("config") or {}).get("materialized")))
        parts = (node.get("database"), node.get("schema"), node.get("alias") or node.get("name"))
        if kind is None or not all(isinstance(part, str) and part for part in parts):
            continue
        quoting = (node.get("config") or {}).get("quoting") or {}
        names = [
            part if quoting.get(which) else str(part).upper()
            for which, part in zip(("database", "schema", "identifier"), parts, strict=True)
        ]
        yield Key(kind, QualifiedName.of(*names).sql)
