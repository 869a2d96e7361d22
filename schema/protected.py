"""Entities under a policy whose rows could be reached past it, through what has its owner's rights.

A Cortex Search service shows every row to whoever may use it: policies of the table are not asked
(Snowflake documentation, "Query a Cortex Search Service", section on owner's rights). So may an MCP
server and an agent that ask the service.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from .errors import Position, SchemaError
from .kinds.grant_spec import Grant
from .model import Entity
from .resource import Resource
from .values import Key

_SERVICE: Final = "cortex_search_service"
_ASKING: Final = ("mcp_server", "agent")
_OPENING: Final = {"USAGE", "ALL", "ALL PRIVILEGES", "OWNERSHIP"}
_REMEDY: Final = (
    "leave out search: (people are searched for by SQL then), or name the one role of your own "
    "server that may use the service: search: {reader: ROLE}"
)


def open_services(
    resources: Mapping[Key, Resource], entities: Iterable[Entity]
) -> Iterator[SchemaError]:
    """Yield a mistake for each way past a policy to the rows of an entity."""
    for entity in entities:
        reason = _protection_of(entity)
        if reason is None or entity.search is None or entity.search_service is None:
            continue
        service = Key(_SERVICE, entity.search_service.sql)
        if service not in resources:
            continue
        for who, at in _openings(resources, service, entity.search.reader):
            yield SchemaError(
                f"{entity.name} has {reason}, and {who} reaches all of its rows through {service}, "
                "which answers with its owner's rights",
                _REMEDY,
                at,
            )


def _protection_of(entity: Entity) -> str | None:
    """Return which policy decides what of the indexed rows may be seen."""
    if entity.row_access is not None:
        return "a row access policy"
    search = entity.search
    if search is None:
        return None
    indexed = {*search.attributes, *search.text_indexes}
    indexed |= {index.column for index in search.vector_indexes}
    text = entity.embedding.text.upper() if entity.embedding is not None else ""
    for field in entity.fields:
        shown = field.name in indexed or f"{{{field.name.text}}}" in text
        if field.masking_policy is not None and (
            shown or field.name in (entity.title, *entity.key)
        ):
            return f"a masking policy on {field.name.text.lower()}"
    return None


def _openings(
    resources: Mapping[Key, Resource], service: Key, reader: str | None
) -> Iterator[tuple[str, Position | None]]:
    """Yield who may use a service, and where that is said."""
    for key, resource in resources.items():
        spec = resource.spec
        if isinstance(spec, Grant):
            on_it = spec.on_kind == _SERVICE and spec.on == service.name
            to_it = spec.future.upper() == "CORTEX SEARCH SERVICES"
            within = service.name.startswith(f"{spec.on}.")
            opens = _OPENING & {privilege.upper() for privilege in spec.privileges}
            if opens and (on_it or (to_it and within)) and spec.grantee.name.sql != reader:
                yield f"role {spec.grantee.name.sql}", resource.at
        elif key.kind in _ASKING and service in resource.references:
            yield str(key), resource.at
