"""What a grant in YAML stands for. Not a kind: the other half of `grant.py`."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from ..errors import SchemaError
from ..names import QualifiedName
from ..suggest import one_of
from ..values import Key
from .annotations import Target
from .base import Expanded, Resource
from .grant_spec import Grant, GrantYaml, grant_name
from .grantable import PLURALS, PRIVILEGES
from .role import Role

# Privileges of the account, objects and roles: letters and blanks only.
_LEVEL_PARTS = {"schema": 2, "database": 1}


def expand_grant(declared: GrantYaml, resources: Mapping[Key, Resource]) -> Iterator[Expanded]:
    """One grant an object that the definition reaches.

    Raises:
        SchemaError: no grantee, or neither privileges nor a role.
    """
    grantee = _grantee(declared)
    additive = _is_additive(grantee, resources)
    if declared.role is not None or declared.database_role is not None:
        kind = "role" if declared.role is not None else "database_role"
        name = declared.role or declared.database_role
        assert name is not None
        yield _expanded(
            Grant(
                grantee=grantee,
                on_kind=kind,
                on=name.sql,
                privileges=("USAGE",),
                additive=additive,
            ),
            grantee,
            Key(kind, name.sql),
        )
        return
    privileges = _privileges(declared)
    grantable = privileges if declared.grant_option else ()
    if declared.on == "account":
        spec = Grant(
            grantee=grantee,
            on_kind="",
            privileges=privileges,
            grantable=grantable,
            additive=additive,
        )
        yield _expanded(spec, grantee)
        return
    for kind, target, future, reference in _targets(declared, resources):
        spec = Grant(
            grantee=grantee,
            on_kind=kind,
            on=target,
            future=future,
            privileges=privileges,
            grantable=grantable,
            additive=additive,
        )
        yield _expanded(spec, grantee, reference)
        chunks = _chunks_of(reference, resources)
        if chunks is not None and "SELECT" in privileges and "table" in declared.on:
            passages = ("SELECT",)
            again = tuple(p for p in grantable if p in passages)
            spec = replace(spec, on=chunks.name, privileges=passages, grantable=again)
            yield _expanded(spec, grantee, chunks)


def _chunks_of(table: Key, resources: Mapping[Key, Resource]) -> Key | None:
    """The table of an entity's chunks: who reads the rows searches them by their passages."""
    if table.kind != "table":
        return None
    name = QualifiedName.parse(table.name)
    key = Key("table", name.parent.child(f"{name.last.text}_CHUNKS").sql)
    owner = resources[table].entity
    made = key in resources and owner is not None and resources[key].entity == owner
    return key if made else None


def with_names(
    declared: GrantYaml, complete: Callable[[str, QualifiedName], QualifiedName]
) -> GrantYaml:
    """Return the grant with the names in `on:` as `complete` spells them."""
    if not isinstance(declared.on, dict) or len(declared.on) != 1:
        return declared

    def spell(kind: str, written: object) -> object:
        if isinstance(written, list):
            return [spell(kind, item) for item in written]
        try:
            return complete(kind, QualifiedName.parse(str(written))).sql
        except SchemaError:
            return written  # reported when the grant is expanded

    kind, written = next(iter(declared.on.items()))
    return replace(declared, on={kind: spell(kind, written)}) if kind in PRIVILEGES else declared


def _is_additive(grantee: Target, resources: Mapping[Key, Resource]) -> bool:
    """Whether others may grant to it too: as its role says, and always for built-in roles."""
    role = resources.get(grantee.key)
    if role is None:
        return True
    return isinstance(role.spec, Role) and role.spec.grants != "authoritative"


def _expanded(spec: Grant, grantee: Target, *references: Key) -> Expanded:
    return Expanded(grant_name(spec), spec, (grantee.key, *references))


def _grantee(declared: GrantYaml) -> Target:
    if (declared.to is None) == (declared.to_database_role is None):
        raise SchemaError("a grant needs one grantee", "write to: ROLE, or to_database_role: NAME")
    if declared.to is not None:
        return Target("role", declared.to)
    assert declared.to_database_role is not None
    return Target("database_role", declared.to_database_role)


def _privileges(declared: GrantYaml) -> tuple[str, ...]:
    found = tuple(sorted({" ".join(p.upper().split()) for p in declared.privileges}))
    if not found or declared.on is None:
        raise SchemaError(
            "a grant needs privileges and what they are on",
            "write privileges: [SELECT] and on: {table: S.T}, or role: NAME",
        )
    for privilege in found:
        if privilege in ("ALL", "ALL PRIVILEGES"):
            raise SchemaError(
                "ALL never converges: it means other things every month", "name the privileges"
            )
        if privilege == "OWNERSHIP":
            raise SchemaError(
                "ownership is no grant", "name the owner in the stack: owners: {table S.T: ROLE}"
            )
        if not privilege.replace(" ", "").replace("_", "").isalpha():
            raise SchemaError(
                f"{privilege!r} is not a privilege", "for instance SELECT, USAGE, EXECUTE TASK"
            )
    return found


def _targets(
    declared: GrantYaml, resources: Mapping[Key, Resource]
) -> Iterator[tuple[str, str, str, Key]]:
    """(kind, name, plural of future, reference) of everything that `on:` reaches."""
    on = declared.on
    if not isinstance(on, dict) or not on:
        raise SchemaError(f"{on!r} is nothing to grant on", "write account, or {schema: NAME}")
    database = next(QualifiedName.parse(k.name) for k in resources if k.kind == "database")
    if "all" in on or "future" in on:
        yield from _several(on, resources, database)
        return
    if len(on) != 1:
        raise SchemaError(
            "on: names one thing", "write one grant a thing, or {all: tables, in: SCHEMA}"
        )
    kind, written = next(iter(on.items()))
    if kind not in PRIVILEGES:
        raise SchemaError(f"{kind!r} is nothing to grant on", one_of(kind, PRIVILEGES))
    for item in written if isinstance(written, list) else [written]:
        key = _resolve(kind, str(item), resources, database)
        yield kind, key.name, "", key


def _several(
    on: Mapping[str, object], resources: Mapping[Key, Resource], database: QualifiedName
) -> Iterator[tuple[str, str, str, Key]]:
    word = "all" if "all" in on else "future"
    plural = str(on[word]).lower().replace(" ", "_")
    unknown = set(on) - {word, "in"}
    if unknown or plural not in PLURALS:
        raise SchemaError(f"{on[word]!r} cannot be granted on", one_of(plural, PLURALS))
    kind = PLURALS[plural]
    container = QualifiedName.parse(str(on.get("in", database.sql)))
    inside = "database" if container == database else "schema"
    if inside == "schema" and len(container.parts) == 1:
        container = database.child(container.last)
    if Key(inside, container.sql) not in resources:
        raise SchemaError(
            f"{inside} {container} is not declared",
            one_of(container.sql, (k.name for k in resources if k.kind == "schema")),
        )
    if word == "future":
        yield inside, container.sql, plural.upper().replace("_", " "), Key(inside, container.sql)
        return
    prefix = f"{container.sql}."
    for key in sorted(resources):
        if key.kind == kind and key.name.startswith(prefix):
            yield kind, key.name, "", key


def _resolve(
    kind: str, written: str, resources: Mapping[Key, Resource], database: QualifiedName
) -> Key:
    """The declared object of that kind and name; the name may lack the database."""
    name = QualifiedName.parse(written)
    candidates = [
        Key(kind, name.sql),
        Key(kind, QualifiedName((*database.parts, *name.parts), name.arguments).sql),
    ]
    for key in candidates:
        if key in resources:
            return key
    parts = [key.name for key in resources if key.kind == kind]
    raise SchemaError(
        f"{kind} {written} is not declared",
        one_of(candidates[-1].name, parts) if parts else f"declare a {kind}",
    )
