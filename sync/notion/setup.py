"""`--init`: the tables and streams in the account, and the properties of the data sources."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..mapping import EntityMap
from ..ports import Account
from .api import NotionApi
from .source import differences


@dataclass(frozen=True)
class Prepared:
    """What `--init` found and did for one entity.

    Attributes:
        added: Properties that were added.
        by_hand: What an editor has to do.
        wrong: What does not fit the mapping.
        unmapped: Properties that no field is kept in, with their types.
    """

    entity: str
    data_source: str
    added: tuple[str, ...]
    by_hand: tuple[str, ...]
    wrong: tuple[str, ...]
    unmapped: tuple[str, ...] = ()

    @property
    def ready(self) -> bool:
        return not (self.by_hand or self.wrong)


def create_source(of: EntityMap, api: NotionApi, parent: str) -> str:
    """Create a database for an entity below a page; return the id of its data source.

    Properties that need an editor (relations, formulas) are left to `prepare`, which names them.

    Raises:
        NotionError: The page cannot be reached, or the connection may not insert content.
    """
    title = next((f.property_name for f in of.properties if f.kind == "title"), "Name")
    bare = {"properties": {title: {"id": "title", "name": title, "type": "title"}}}
    lacks = differences(of, bare, {})
    return api.create_database(parent, of.entity, {title: {"title": {}}, **lacks.addable})


def prepare(
    maps: Sequence[EntityMap], api: NotionApi, store: Account, *, dry_run: bool
) -> list[Prepared]:
    """Create what is missing on both sides, or only say what is.

    Raises:
        NotionError: A data source cannot be reached.
        StatementError: The account refused a statement.
    """
    if not dry_run:
        store.create(maps)
    found = []
    for of in maps:
        lacks = differences(of, api.data_source(of.data_source), {})
        if lacks.addable and not dry_run:
            api.add_properties(of.data_source, lacks.addable)
        found.append(
            Prepared(
                of.entity,
                of.data_source,
                tuple(sorted(lacks.addable)),
                tuple(lacks.by_hand),
                tuple(lacks.wrong),
                tuple(lacks.unmapped),
            )
        )
    return found
