"""Tables under a policy whose rows could be reached past it, through what has its owner's rights.

A Cortex Search service shows every row to whoever may use it: policies of the tables are not asked
(Snowflake documentation, "Query a Cortex Search Service", section on owner's rights). So may an MCP
server and an agent that ask the service. A filter that they send is theirs to choose: no boundary.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from .chunks import chunks_of
from .errors import Position, SchemaError
from .kinds.grant_spec import Grant
from .kinds.role import BUILT_IN
from .kinds.table_spec import Table
from .kinds.tag_masking import masked_by_tags
from .model import Entity
from .names import Identifier
from .resource import Resource
from .stack import Stack
from .values import Key

_SERVICE: Final = "cortex_search_service"
_ASKING: Final = ("mcp_server", "agent")
_THROUGH: Final = ("view", "dynamic_table")
_OPENING: Final = {"USAGE", "ALL", "ALL PRIVILEGES", "OWNERSHIP"}
_REMEDY: Final = (
    "search by SQL (without search: there is no service), or name the one role of your own server "
    "that may use the service: reader: ROLE"
)


def inheriting(
    resources: Mapping[Key, Resource], entities: Mapping[str, Entity], stack: Stack
) -> Iterator[Resource]:
    """Yield the services of entities that ask the policies of what they index, on a stack that says
    that its account can: those with a primary key of texts, so none over chunks, which are numbered
    (Snowflake release notes, "Data governance policy inheritance for Cortex Search")."""
    for key, resource in resources.items() if stack.search_inherits_policies else ():
        entity = entities.get(resource.entity or "")
        if key.kind != _SERVICE or entity is None or chunks_of(entity) is not None:
            continue
        texts = all(entity.field_named(name.text).is_text for name in entity.key)
        if texts and any(_protections(resource, resources)):
            changed: dict[str, Any] = {"inherit_policies": True, "primary_key": entity.key}
            yield replace(resource, spec=replace(resource.spec, **changed))


def open_services(
    resources: Mapping[Key, Resource], entities: Iterable[Entity]
) -> Iterator[SchemaError]:
    """Yield a mistake for each way past a policy to the rows of a table."""
    readers = dict(_readers(entities))
    for key, resource in resources.items():
        if key.kind != _SERVICE:
            continue
        own = getattr(resource.spec, "reader", None)
        reader = own.sql if own is not None else readers.get(key)
        protection = next(_protections(resource, resources), None)
        if protection is None:
            continue
        asks = getattr(resource.spec, "inherit_policies", False)
        for who, at in _asking(resources, key) if asks else _openings(resources, key, reader):
            table, policy = protection
            named = resources[table].entity or str(table)
            yield SchemaError(
                f"{named} has {policy}, and {who} reaches all of its rows through {key}, "
                "which answers with its owner's rights",
                _REMEDY,
                at,
            )


def without_policies(entities: Iterable[Entity], stack: Stack) -> Iterator[SchemaError]:
    """Yield a mistake for each acl on a stack without policies: everybody would see all rows."""
    for entity in entities if stack.edition == "standard" else ():
        if entity.acl is not None:
            yield SchemaError(
                f"{entity.name} has an acl, and the edition standard has no row access policies",
                f"leave it out of this stack: overrides: {{{entity.name}: {{enabled: false}}}}",
                entity.at,
            )


def blind_owners(
    resources: Mapping[Key, Resource], entities: Iterable[Entity]
) -> Iterator[SchemaError]:
    """Yield a mistake for what embeds or indexes an entity and runs as a role that sees nothing."""
    granted = _granted_roles(resources)
    by_name = {entity.name: entity for entity in entities}
    for key, resource in resources.items():
        entity = by_name.get(resource.entity or "") if key.kind in ("task", _SERVICE) else None
        if entity is None or not resource.owner:
            continue
        reached = _reached(Identifier.parse(resource.owner).text, granted)
        if entity.acl is not None and not reached & set(entity.acl.all):
            yield SchemaError(
                f"{key} runs as {resource.owner}, which sees no row of {entity.name}",
                f"add {resource.owner} to all: of its acl",
                entity.at,
            )
        unmasked = entity.embedding.unmasked if entity.embedding is not None else ()
        if key.kind == "task" and unmasked and not reached & set(unmasked):
            yield SchemaError(
                f"{key} runs as {resource.owner}, which does not see what it has embedded: every "
                "run would embed all rows again",
                f"add {resource.owner} to unmasked: of the embedding of {entity.name}",
                entity.at,
            )


def _granted_roles(resources: Mapping[Key, Resource]) -> dict[str, list[str]]:
    """Role -> the roles that it has."""
    found: dict[str, list[str]] = {}
    for resource in resources.values():
        spec = resource.spec
        if isinstance(spec, Grant) and spec.on_kind == "role":
            role = Identifier.parse(spec.on).text
            found.setdefault(spec.grantee.name.last.text, []).append(role)
    return found


def _reached(role: str, granted: Mapping[str, list[str]]) -> set[str]:
    reached, waiting = {role}, [role]
    for name in waiting:  # grows
        fresh = [other for other in granted.get(name, ()) if other not in reached]
        reached.update(fresh)
        waiting += fresh
    return reached


def copies(resources: Mapping[Key, Resource]) -> Iterator[SchemaError]:
    """Yield a warning for each dynamic table that copies rows out of the reach of a policy.

    It is refreshed with its owner's rights (Snowflake documentation, "Dynamic table privileges").
    """
    for key, resource in resources.items():
        found = next(_protections(resource, resources), None) if key.kind == _THROUGH[1] else None
        if found is not None:
            yield SchemaError(
                f"{key} holds what its owner sees of {found[0]}, which has {found[1]}",
                "put a policy on what reads it, or leave those columns and rows out",
                resource.at,
            )


def _readers(entities: Iterable[Entity]) -> Iterator[tuple[Key, str]]:
    for entity in entities:
        if entity.search is not None and entity.search_service is not None and entity.search.reader:
            yield Key(_SERVICE, entity.search_service.sql), entity.search.reader


def _protections(
    resource: Resource, resources: Mapping[Key, Resource]
) -> Iterator[tuple[Key, str]]:
    """Yield each table that a query reads, also through views, and which policy it escapes."""
    texts = str(getattr(resource.spec, "query", ""))
    waiting, seen = [resource], {resource.key}
    for item in waiting:  # grows
        for key in item.references:
            other = resources.get(key)
            if other is None or key in seen:
                continue
            seen.add(key)
            if key.kind in _THROUGH:
                waiting.append(other)
                texts += str(getattr(other.spec, "query", ""))
    for key in seen:
        spec = resources[key].spec if key in resources else None
        policy = _policy_of(spec, texts, resources) if isinstance(spec, Table) else None
        if policy is not None:
            yield key, policy


def _policy_of(table: Table, queries: str, resources: Mapping[Key, Resource]) -> str | None:
    """Return which policy decides what may be seen of what queries read of a table."""
    if table.row_access is not None:
        return "a row access policy"
    masked = dict.fromkeys((item.column for item in table.masking), "a masking policy on")
    by_tags = (column for column, _ in masked_by_tags(table, resources))
    masked |= dict.fromkeys(by_tags, "a tag with a masking policy on")
    for column, what in masked.items():
        # What a query reads by a star, nobody knows without the account.
        if re.search(rf"\b{re.escape(column.text)}\b|\*", queries, re.IGNORECASE):
            return f"{what} {column.text.lower()}"
    return None


def _openings(
    resources: Mapping[Key, Resource], service: Key, reader: str | None
) -> Iterator[tuple[str, Position | None]]:
    """Yield who may use a service, and where that is said."""
    for resource in resources.values():
        spec = resource.spec
        if isinstance(spec, Grant):
            if _opens(spec, service) and spec.grantee.name.sql != reader:
                yield f"role {spec.grantee.name.sql}", resource.at
            elif spec.on_kind == "role" and spec.on == reader and not _is_trusted(spec):
                yield f"role {spec.grantee.name.sql}, which gets role {reader},", resource.at
    yield from _asking(resources, service)


def _asking(
    resources: Mapping[Key, Resource], service: Key
) -> Iterator[tuple[str, Position | None]]:
    """Yield what asks a service for others; that a preview holds there too is not documented."""
    for key, resource in resources.items():
        if key.kind in _ASKING and service in resource.references:
            yield str(key), resource.at


def _opens(grant: Grant, service: Key) -> bool:
    on_it = grant.on_kind == _SERVICE and grant.on == service.name
    to_come = grant.future.upper() == "CORTEX SEARCH SERVICES"
    within = service.name.startswith(f"{grant.on}.")
    privileges = {privilege.upper() for privilege in grant.privileges}
    return bool(_OPENING & privileges) and (on_it or (to_come and within))


def _is_trusted(grant: Grant) -> bool:
    """Administrators of an account give themselves what they want."""
    return grant.grantee.name.sql in BUILT_IN - {"PUBLIC"}
