"""A sync of a stack with a folder, put together."""

import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from hushflake.deploy.session import Trace, connect
from hushflake.schema.compile import compile_stack, load_stack
from hushflake.schema.model import Entity
from hushflake.schema.names import Identifier
from hushflake.schema.project import Project, Stack

from ..account.store import Store
from ..account.tables import Tables
from ..cache import Cache
from ..cycle import Sync
from ..errors import SyncMistakeError
from ..mapping import EntityMap, map_of
from ..options import Options
from ..properties import property_types
from ..types import FieldMap
from .source import FolderSource

SCHEMA: Final = "FOLDER_SYNC"
# What front matter holds as text: no workspace gives out options or knows people.
_TEXTS: Final = frozenset({"title", "select", "status", "url", "email", "phone_number"})


@contextmanager
def open_folder_sync(
    project: Project,
    stack_name: str,
    root: Path,
    *,
    entities: Iterable[str] = (),
    options: Options | None = None,
    trace: Trace | None = None,
) -> Iterator[Sync]:
    """Yield a sync of the mapped entities of a stack with a folder.

    Raises:
        SchemaError: Mistakes in the definitions.
        SyncMistakeError: No entity has a mapping; an unknown entity.
        DeployError: No session.
    """
    stack = load_stack(project, stack_name)
    maps = folder_maps(compile_stack(project, stack).entities.values(), stack, entities)
    with connect(project, stack_name, trace=trace, tag="hushflake sync folder") as session:
        made_by = f"hushflake sync folder {root} --init"
        tables = Tables(session, Identifier.parse(stack.database).sql, SCHEMA, made_by)
        chosen = options or Options()
        if chosen.holder == "sync":
            chosen.holder = f"{socket.gethostname()}:{os.getpid()}"
        cache = Cache(project.make_local_data() / "sync-folder", stack_name)
        sync = Sync(stack_name, maps, FolderSource(root), Store(tables), cache, chosen)
        try:
            yield sync
        finally:
            sync.close()


def folder_maps(
    entities: Iterable[Entity], stack: Stack, only: Iterable[str] = ()
) -> tuple[EntityMap, ...]:
    """Return the mappings of the entities that have a `notion:` one, for a folder.

    Raises:
        SyncMistakeError: No entity has one; an unknown entity.
    """
    mapped = {entity.name: entity for entity in entities if entity.notion and entity.notion.fields}
    wanted = sorted({name.upper() for name in only}) or sorted(mapped)
    unknown = [name for name in wanted if name not in mapped]
    if unknown or not mapped:
        what = f"{unknown[0]} has no notion: mapping" if unknown else "no entity is mapped"
        raise SyncMistakeError(f"{what}: give it one, notion: {{fields: {{field: Entry}}}}")
    return tuple(_for_folder(map_of(mapped[name], stack)) for name in wanted)


def _for_folder(of: EntityMap) -> EntityMap:
    fields = tuple(_field(item) for item in of.fields if item.converter.writable)
    return replace(of, data_source="folder", fields=fields, page_column="")


def _field(item: FieldMap) -> FieldMap:
    kind = "rich_text" if item.kind in _TEXTS else item.kind
    kind = "multi_select" if kind == "people" else kind
    return replace(item, kind=kind, converter=property_types()[kind])
