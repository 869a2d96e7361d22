"""Tables, streams, tasks and search services that an entity stands for, as the entity again."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from .adoption import Definition, name_on
from .embedding import MODELS
from .entity_yaml import PII
from .expand import SOURCE_ID_TYPE, TIMESTAMP
from .kinds.cortex_search_service import DEFAULT_MODEL, CortexSearchService
from .kinds.foreign_key import ForeignKey
from .kinds.table_spec import Column, Table
from .kinds.task_spec import Task
from .names import QualifiedName
from .resource import Resource
from .sql.tokens import string_value
from .values import Key

Resources = Mapping[Key, Resource]
_TEXT: Final = re.compile(r"ELSE TRIM\((?P<parts>.*?)\) END AS RENDERED", re.DOTALL)
_PART: Final = re.compile(
    r"""COALESCE\((?:TO_VARCHAR\()?(?P<field>"[^"]+"|\w+)\)?,[ ]''\)
    |(?P<text>'(?:[^'\\]|''|\\.)*')""",
    re.VERBOSE,
)
_SETTINGS: Final = re.compile(
    r"\|\| ' \| (?P<model>[^|']*) \| (?P<function>\w+) \| (?P<prefix>.*?) \| (?P<most>\d+)', 256\)"
)
_LIMIT: Final = re.compile(r"LIMIT (\d+)\s*\) AS candidates")


@dataclass(frozen=True, slots=True)
class Fold:
    """An entity, and the objects that it stands for."""

    name: str
    definition: Definition
    covers: frozenset[Key]


def folds_of(resources: Resources, database: str) -> dict[Key, tuple[Fold, ...]]:
    """Tables that look as an entity makes them, each with the entities to try in turn.

    Whether one is right shows when it is compiled and planned.
    """
    tables = {
        key: resource.spec
        for key, resource in resources.items()
        if isinstance(resource.spec, Table)
        and _is_made(resource.spec)
        and Key("table", key.name.removesuffix("_CHUNKS")) not in resources.keys() - {key}
    }
    return {
        key: tuple(_folds(key, table, tables, resources, database)) for key, table in tables.items()
    }


def _is_made(table: Table) -> bool:
    """UPDATED_AT behind the fields, and a key, as `expand.table_of` makes it."""
    is_system = [
        column.name.text == "UPDATED_AT" and column.type == TIMESTAMP and not column.nullable
        for column in table.columns
    ]
    return bool(table.primary_key) and True in is_system and is_system.index(True) > 0


def _folds(
    key: Key, table: Table, tables: Mapping[Key, Table], resources: Resources, database: str
) -> Iterator[Fold]:
    name = QualifiedName.parse(key.name)
    found = _entity(name, table, database)
    covers = {key}
    for other, resource in resources.items():
        spec = resource.spec
        target = Key("table", spec.to.sql) if isinstance(spec, ForeignKey) else None
        if isinstance(spec, ForeignKey) and spec.table == name and target in tables:
            column = spec.columns[0].text.lower()
            if len(spec.columns) == 1 and column in found["fields"]:
                reference = f"{spec.to.last}.{spec.to_columns[0].text.lower()}"
                found["fields"][column]["references"] = reference
                covers.add(other)
    stream, task = (
        Key(kind, name.parent.child(f"{name.last.text}_EMBED_{kind.upper()}").sql)
        for kind in ("stream", "task")
    )
    running = resources.get(task)
    if running is not None and isinstance(running.spec, Task) and stream in resources:
        embedding = _embedding(running.spec)
        if embedding is None:
            return
        found["embedding"] = embedding
        covers |= {stream, task}
        service = Key("cortex_search_service", name.parent.child(f"{name.last.text}_SEARCH").sql)
        serving = resources.get(service)
        if serving is not None and isinstance(serving.spec, CortexSearchService):
            title, search = _search(serving.spec, found)
            more = {"title": title} if title else {}
            yield Fold(
                name.last.sql, {**found, **more, "search": search}, frozenset({*covers, service})
            )
    yield Fold(name.last.sql, found, frozenset(covers))


def _entity(name: QualifiedName, table: Table, database: str) -> Definition:
    columns = list(table.columns)
    at = next(i for i, column in enumerate(columns) if column.name.text == "UPDATED_AT")
    sources = [column for column in columns[:at] if _is_source(column)]
    fields = {
        column.name.text.lower(): _field(column, table, name, database)
        for column in columns[:at]
        if column not in sources
    }
    found: Definition = {"entity": name.last.sql, "schema": name.parent.last.sql}
    found |= {"description": table.comment} if table.comment else {}
    found |= {"key": [column.text.lower() for column in table.primary_key], "fields": fields}
    found |= {"source_ids": [c.name.text.lower() for c in sources]} if sources else {}
    tags = {name_on(t.tag, database): t.value for t in table.tags if t.column is None}
    found |= {"tags": tags} if tags else {}
    found |= {"cluster_by": list(table.cluster_by)} if table.cluster_by else {}
    found |= {"transient": True} if table.transient else {}
    if table.row_access is not None:
        policy, on = table.row_access.policy, table.row_access.on
        found["row_access"] = {"policy": name_on(policy, database), "on": [c.sql for c in on]}
    return found


def _is_source(column: Column) -> bool:
    return column.type == SOURCE_ID_TYPE and column.comment.startswith("Id of the row in ")


def _field(column: Column, table: Table, name: QualifiedName, database: str) -> Definition:
    found: Definition = {"type": column.type}
    if not column.nullable:
        found["required"] = True
    if column.comment:
        found["description"] = column.comment
    if column.default is not None:
        found["default"] = str(column.default)
    tags = {t.tag: t.value for t in table.tags if t.column == column.name}
    own = name.parent.child(PII)
    if own in tags:
        found["pii"] = tags.pop(own)
    if tags:
        found["tags"] = {name_on(tag, database): value for tag, value in tags.items()}
    for masking in table.masking:
        if masking.column == column.name:
            found["masking_policy"] = name_on(masking.policy, database)
    return found


def _embedding(task: Task) -> Definition | None:
    """What `embedding.task_sql` was given; None where the task is another one."""
    text, settings = _TEXT.search(task.definition), _SETTINGS.search(task.definition)
    if text is None or settings is None or settings["model"] not in MODELS:
        return None
    parts = []
    for part in _PART.finditer(text["parts"]):
        if part["field"]:
            parts.append(f"{{{part['field'].lower()}}}")
        else:
            parts.append(string_value(part["text"]).replace("{", "{{").replace("}", "}}"))
    found: Definition = {
        "text": "".join(parts),
        "model": settings["model"],
        "function": settings["function"],
        "prefix": settings["prefix"],
        "max_characters": int(settings["most"]),
    }
    limit = _LIMIT.search(task.definition)
    found |= {"batch_rows": int(limit[1])} if limit else {}
    found |= {"run_on": task.warehouse.sql} if task.warehouse is not None else {}
    return found | {"when": task.schedule or "triggered"}


def _search(service: CortexSearchService, entity: Definition) -> tuple[str, Definition]:
    """The title, and the search; attributes are key, title, source ids, and then what was asked."""
    written = [column.text.lower() for column in service.attributes]
    rest = written[len(entity["key"]) :]
    sources = entity.get("source_ids", [])
    title = ""
    if sources and sources[0] in rest and rest.index(sources[0]) == 1:
        title = rest.pop(0)
    found: Definition = {
        "warehouse": service.warehouse.sql,
        "target_lag": service.target_lag,
        "attributes": [name for name in rest if name not in sources],
    }
    model = service.embedding_model
    return title, found | ({"model": model} if model and model != DEFAULT_MODEL else {})
