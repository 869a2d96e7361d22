"""References become edges: order, cycles, and what introspection has to look at."""

from collections.abc import Iterable, Mapping
from heapq import heapify, heappop, heappush

from .errors import SchemaError
from .kinds import all_kinds, kind_named
from .kinds.annotations import references_in
from .kinds.attached import POLICIES
from .kinds.base import Key, Resource, Scope
from .kinds.grant import Grant
from .names import Identifier, QualifiedName
from .state import Desired, State


def sorted_by_dependency(resources: Iterable[Resource]) -> dict[Key, Resource]:
    """Resources in an order in which each comes after what it refers to.

    Among those that do not depend on each other the order is that of kinds, then of names, so
    the result does not depend on the order of the input. References to what is not among the
    resources are not edges.

    Raises:
        SchemaError: a cycle, named in full.
    """
    by_key = {resource.key: resource for resource in resources}
    rank = {name: index for index, name in enumerate(all_kinds())}
    waiting: dict[Key, int] = {}
    dependents: dict[Key, list[Key]] = {}
    for key, resource in by_key.items():
        needed = {r for r in resource.references if r in by_key and r != key}
        waiting[key] = len(needed)
        for other in needed:
            dependents.setdefault(other, []).append(key)
    ready = [(rank[key.kind], key) for key, count in waiting.items() if count == 0]
    heapify(ready)
    ordered: dict[Key, Resource] = {}
    while ready:
        _, key = heappop(ready)
        ordered[key] = by_key[key]
        for dependent in dependents.get(key, ()):
            waiting[dependent] -= 1
            if waiting[dependent] == 0:
                heappush(ready, (rank[dependent.kind], dependent))
    if len(ordered) < len(by_key):
        raise _cycle_error({k: r for k, r in by_key.items() if k not in ordered})
    return ordered


def _cycle_error(rest: Mapping[Key, Resource]) -> SchemaError:
    """Walk along references that stay in `rest` until one comes twice."""
    key = min(k for k, r in rest.items() if any(ref in rest for ref in r.references))
    path: list[Key] = []
    while key not in path:
        path.append(key)
        key = min(ref for ref in rest[key].references if ref in rest)
    cycle = [*path[path.index(key) :], key]
    return SchemaError(
        "these objects refer to each other in a cycle: " + " -> ".join(str(k) for k in cycle),
        "remove one of these references",
        rest[cycle[0]].at,
    )


def scope_of(desired: Desired, last_applied: State | None = None) -> Scope:
    """What introspection has to look at, from what is declared and what was applied."""
    applied = last_applied.resources if last_applied else {}
    keys = {*desired.resources, *applied}
    names: dict[str, list[str]] = {}
    for key in sorted(keys):
        names.setdefault(key.kind, []).append(key.name)
    grantees = {
        resource.spec.grantee
        for resource in (*desired.resources.values(), *(applied.values()))
        if isinstance(resource.spec, Grant)
    }
    roles = {*names.get("role", ()), *(g.name.sql for g in grantees if g.kind == "role")}
    database_roles = {
        *names.get("database_role", ()),
        *(g.name.sql for g in grantees if g.kind == "database_role"),
    }
    return Scope(
        databases=tuple(Identifier.parse(name) for name in names.get("database", ())),
        roles=tuple(QualifiedName.parse(name) for name in sorted(roles)),
        database_roles=tuple(QualifiedName.parse(name) for name in sorted(database_roles)),
        declared={kind: tuple(found) for kind, found in names.items()},
        singly=_read_singly([*desired.resources.values(), *applied.values()]),
        policies=_policies([*desired.resources.values(), *applied.values()]),
        vector_columns=_vector_columns(desired.resources.values()),
        future_schemas=_future_schemas(desired.resources),
    )


def _future_schemas(resources: Mapping[Key, Resource]) -> tuple[QualifiedName, ...]:
    """The declared schemas of databases that a declared future grant is on."""
    grants = (r.spec for r in resources.values() if isinstance(r.spec, Grant))
    databases = {grant.on for grant in grants if grant.future and grant.on_kind == "database"}
    if not databases:
        return ()
    schemas = (QualifiedName.parse(key.name) for key in sorted(resources) if key.kind == "schema")
    return tuple(schema for schema in schemas if schema.parent.sql in databases)


def _read_singly(resources: Iterable[Resource]) -> dict[str, tuple[str, ...]]:
    """Objects with fields that only a query for the one object tells."""
    found: dict[str, set[str]] = {}
    for resource in resources:
        kind, name = resource.key
        if kind_named(kind).needs_own_query(resource.spec):
            found.setdefault(kind, set()).add(name)
    return {kind: tuple(sorted(names)) for kind, names in found.items()}


def _policies(resources: Iterable[Resource]) -> tuple[Key, ...]:
    """Policies that are declared or on a table, those of others too."""
    found: set[Key] = set()
    for resource in resources:
        if resource.key.kind in POLICIES:
            found.add(resource.key)
        elif resource.key.kind == "table":
            found |= {key for key in references_in(resource.spec) if key.kind in POLICIES}
    return tuple(sorted(found))


def _vector_columns(resources: Iterable[Resource]) -> tuple[Identifier, ...]:
    found = {
        column.name
        for resource in resources
        for column in getattr(resource.spec, "columns", ())
        if getattr(column, "type", "").startswith("VECTOR")
    }
    return tuple(sorted(found))
