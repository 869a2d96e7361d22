"""What introspection has to look at, so that a stack can be planned."""

from collections.abc import Container, Iterable, Iterator, Mapping

from .kinds import kind_named
from .kinds.annotations import references_in
from .kinds.attached import POLICIES
from .kinds.grant_spec import Grant
from .kinds.reading import Scope
from .kinds.statement import Statement, checks_of
from .names import Identifier, QualifiedName
from .resource import Resource, Resources
from .values import Key


def scope_of(desired: Resources, applied: Resources, unsure: Container[Key] = ()) -> Scope:
    """What introspection has to look at.

    Args:
        desired: What is declared.
        applied: What was applied, or meant by a deployment that died.
        unsure: Of those the ones that may never have been carried out.
    """
    keys = {*desired, *applied}
    names: dict[str, list[str]] = {}
    for key in sorted(keys):
        names.setdefault(key.kind, []).append(key.name)
    grantees = {
        resource.spec.grantee
        for resource in (*desired.values(), *applied.values())
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
        singly=_read_singly([*desired.values(), *applied.values()]),
        policies=_policies([*desired.values(), *applied.values()]),
        vector_columns=_vector_columns(desired.values()),
        unique_keys=any(
            getattr(resource.spec, "unique", ())
            for resource in (*desired.values(), *applied.values())
        ),
        future_schemas=_future_schemas(desired),
        checks=checks_of(_statements(desired), _statements(applied, unsure)),
    )


def _statements(resources: Resources, but: Container[Key] = ()) -> Iterator[tuple[str, Statement]]:
    for key, resource in resources.items():
        if isinstance(resource.spec, Statement) and key not in but:
            yield key.name, resource.spec


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
