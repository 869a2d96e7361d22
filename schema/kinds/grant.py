"""Grants to roles and database roles: https://docs.snowflake.com/en/sql-reference/sql/grant-privilege

One object is everything that one role holds on one thing; privileges that differ are granted or
revoked. A role with `grants: authoritative` loses what is not declared. Ownership is left alone.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Any, Final

from ..names import Identifier, QualifiedName, Sql
from .annotations import OneOf, Ref, Target
from .base import Change, Expanded, Kind, Resource, Resources, Spec
from .properties import truth
from .reading import Answer, Query, Scope
from .role import BUILT_IN, Role
from .values import Key, Payload, Row

if TYPE_CHECKING:
    from .base import Operations

PLURALS: Final = {
    "tables": "table", "views": "view", "schemas": "schema", "streams": "stream", "tasks": "task",
    "stages": "stage", "functions": "function", "procedures": "procedure", "sequences": "sequence",
    "file_formats": "file_format", "dynamic_tables": "dynamic_table",
    "semantic_views": "semantic_view",
    "cortex_search_services": "cortex_search_service", "alerts": "alert",
}  # fmt: skip
_WITH_OPTION = " with grant option"
PLURAL_OF: Final = {kind: plural for plural, kind in PLURALS.items()}
GRANTABLE: Final = (
    "database", "schema", "warehouse", "resource_monitor", "mcp_server", "masking_policy",
    "row_access_policy", "tag", *PLURAL_OF,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class On:
    """`on:` of a definition: one thing, all declared things of a kind, or future ones."""

    target: Target | None = None
    kind: str = ""
    future: bool = False
    inside: Target | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantYaml:
    """What a grant is in YAML: privileges on something, or a role, to a role."""

    to: Annotated[QualifiedName, Ref("role")] | None = None
    to_database_role: Annotated[QualifiedName, Ref("database_role")] | None = None
    privileges: tuple[str, ...] = ()
    on: Any = None
    role: Annotated[QualifiedName, Ref("role")] | None = None
    database_role: Annotated[QualifiedName, Ref("database_role", external=True)] | None = None
    grant_option: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant(Spec):
    """Attributes: `future` holds the plural ("TABLES") of a future grant, whose `on` is the
    container; `on` of an account grant has an empty kind; `grantable` are those of the privileges
    that may be passed on; `additive` grants leave privileges alone that others gave."""

    grantee: Annotated[Target, OneOf("role", "database_role")]
    on_kind: str
    on: str = ""
    future: str = ""
    privileges: tuple[str, ...] = ()
    grantable: tuple[str, ...] = ()
    additive: bool = field(default=False, compare=False)

    @classmethod
    def upgraded(cls, plain: Mapping[str, Any]) -> Mapping[str, Any]:
        """Read what an earlier version stored: `grant_option`, of all privileges alike."""
        if plain.get("grant_option") and "grantable" not in plain:
            return {**plain, "grantable": plain.get("privileges", ())}
        return plain


class GrantKind(Kind[Grant]):
    name = "grant"
    level = "account"
    spec_type = Grant
    order = 70
    yaml_type = GrantYaml
    gone_by_hand = "was revoked by hand"

    def needs_account_admin(self, spec: Grant) -> str:
        """Privileges on the account, on what Snowflake owns and on its own roles: granted by
        ACCOUNTADMIN, https://docs.snowflake.com/en/user-guide/security-access-control-privileges"""
        own_role = spec.on_kind == "role" and spec.on in BUILT_IN - {"PUBLIC"}
        of_snowflake = spec.on == "SNOWFLAKE" or spec.on.startswith("SNOWFLAKE.")
        if not (own_role or of_snowflake or spec.on_kind in ("", "resource_monitor")):
            return ""
        what = on_sql(spec) if _is_role(spec) else f"{', '.join(spec.privileges)} ON {on_sql(spec)}"
        return (
            "it needs account_admin: true; have an administrator run "
            f"GRANT {what} TO {_spelled(spec.grantee)}"
        )

    def expand(self, declared: GrantYaml, resources: Mapping[Key, Resource]) -> Iterator[Expanded]:
        from .grant_yaml import expand_grant

        return expand_grant(declared, resources)

    def merged(self, left: Grant, right: Grant) -> Grant:
        """Privileges that are declared apart, or told row by row, are one grant."""
        privileges = tuple(sorted({*left.privileges, *right.privileges}))
        grantable = tuple(sorted({*left.grantable, *right.grantable}))
        return replace(left, privileges=privileges, grantable=grantable)

    def queries(self, scope: Scope) -> Iterable[Query]:
        for role in scope.roles:
            needs = Key("role", role.sql)
            yield Query(f"SHOW GRANTS TO ROLE {role}", needs)
            yield Query(f"SHOW FUTURE GRANTS TO ROLE {role}", needs)
        for role in scope.database_roles:
            needs = Key("database_role", role.sql)
            yield Query(f"SHOW GRANTS TO DATABASE ROLE {role}", needs)
            yield Query(f"SHOW FUTURE GRANTS TO DATABASE ROLE {role}", needs)
        for schema in scope.future_schemas:
            yield Query(f"SHOW FUTURE GRANTS IN SCHEMA {schema}", Key("schema", schema.sql))

    def read(self, answers: Sequence[Answer]) -> Iterator[Resource]:
        found: dict[Key, tuple[Grant, Key]] = {}
        for answer in answers:
            future = answer.query.sql.startswith("SHOW FUTURE")
            for row in answer.rows:
                grantee = _grantee(answer.query, row)
                spec = _read_row(row, grantee, future=future)
                if spec is None:
                    continue
                key = Key("grant", grant_name(spec))
                if key in found:
                    spec = self.merged(found[key][0], spec)
                found[key] = (spec, grantee.key)
        for key, (spec, role) in found.items():
            yield Resource(key, spec, (role,))

    def summary(self, spec: Grant) -> str:
        listed = (p + _WITH_OPTION * (p in spec.grantable) for p in spec.privileges)
        return ", ".join(listed) or "the role"

    def attached_to(self, spec: Grant) -> Key | None:
        is_object = spec.on_kind and not spec.future and not _is_role(spec)
        return Key(spec.on_kind, spec.on) if is_object else None

    def label(self, spec: Grant) -> str:
        return f"to {spec.grantee.name}"

    def create(self, name: str, spec: Grant) -> Payload:
        return payload_of(spec, spec.privileges)

    def drop(self, name: str, spec: Grant) -> Payload:
        return payload_of(spec, spec.privileges)

    def difference(self, name: str, desired: Grant, actual: Grant) -> Iterator[Change]:
        missing = tuple(
            p
            for p in desired.privileges
            if p not in actual.privileges or (p in desired.grantable and p not in actual.grantable)
        )
        surplus = tuple(p for p in actual.privileges if p not in desired.privileges)
        passed_on = tuple(
            p for p in actual.grantable if p in desired.privileges and p not in desired.grantable
        )
        if desired.additive:
            surplus = passed_on = ()
        if surplus:
            yield Change(
                "revoke", f"{', '.join(surplus)} is not declared", payload_of(actual, surplus)
            )
        if passed_on:
            yield Change(
                "revoke_option",
                f"that it may pass {', '.join(passed_on)} on is not declared",
                payload_of(actual, passed_on),
            )
        if missing:
            yield Change("grant", f"{', '.join(missing)} is missing", payload_of(desired, missing))

    def arrange(self, operations: "Operations", desired: Resources, actual: Resources) -> None:
        from .future_cover import leave_what_future_grants_gave
        from .regrant import give_again_what_goes

        leave_what_future_grants_gave(operations, desired, actual)
        give_again_what_goes(operations, desired)

    def is_surplus(self, resource: Resource, desired: Mapping[Key, Resource]) -> bool:
        assert isinstance(resource.spec, Grant)
        role = desired.get(resource.spec.grantee.key)
        if role is None:
            return False
        return not isinstance(role.spec, Role) or role.spec.grants == "authoritative"


_ROUTINES = ("function", "procedure")


def grant_name(spec: Grant) -> str:
    """The identity of a grant: who, and on what."""
    return f"{_spelled(spec.grantee)} ON {on_sql(spec)}"


def on_sql(spec: Grant) -> str:
    if not spec.on_kind:
        return "ACCOUNT"
    words = spec.on_kind.upper().replace("_", " ")
    return f"FUTURE {spec.future} IN {words} {spec.on}" if spec.future else f"{words} {spec.on}"


def _spelled(grantee: Target) -> str:
    return f"{grantee.kind.upper().replace('_', ' ')} {grantee.name}"


def _is_role(spec: Grant) -> bool:
    """Whether a role is granted, and not a privilege."""
    return spec.on_kind in ("role", "database_role") and not spec.future


def payload_of(spec: Grant, privileges: Sequence[str]) -> Payload:
    return {
        "role": Sql(on_sql(spec)) if _is_role(spec) else None,
        "privileges": [Sql(privilege) for privilege in privileges],
        "plain": [Sql(privilege) for privilege in privileges if privilege not in spec.grantable],
        "grantable": [Sql(privilege) for privilege in privileges if privilege in spec.grantable],
        "on": Sql(on_sql(spec)),
        "grantee": Sql(_spelled(spec.grantee)),
    }


def _grantee(query: Query, row: Row) -> Target:
    """The role that was asked for; of a schema's future grants the one that the row names."""
    assert query.needs is not None
    asked = QualifiedName.parse(query.needs.name)
    if query.needs.kind != "schema":
        return Target(query.needs.kind, asked)
    kind = str(row["grant_to"]).lower().replace(" ", "_")
    name = QualifiedName.of(str(row["grantee_name"]))
    if kind == "database_role":
        name = QualifiedName((*asked.parts[:1], *name.parts))
    return Target(kind, name)


def _read_row(row: Row, grantee: Target, *, future: bool) -> Grant | None:
    privilege = str(row["privilege"]).upper()
    if privilege == "OWNERSHIP":
        return None
    kind = str(row["grant_on"] if future else row["granted_on"]).lower().replace(" ", "_")
    grantable = (privilege,) if truth(row.get("grant_option")) else ()
    name = str(row["name"])
    if future:
        # DB.SCHEMA.<TABLE> or DB.<TABLE>
        container = QualifiedName.parse(name[: name.rindex(".<")])
        inside = "schema" if len(container.parts) == 2 else "database"
        plural = PLURAL_OF.get(kind, f"{kind}s").upper().replace("_", " ")
        return Grant(grantee=grantee, on_kind=inside, on=container.sql, future=plural,
                     privileges=(privilege,), grantable=grantable)  # fmt: skip
    if kind == "account":
        return Grant(grantee=grantee, on_kind="", privileges=(privilege,), grantable=grantable)
    if kind == "materialized_view":
        kind = "view"
    on = _routine_name(name) if kind in _ROUTINES else _normal_name(name)
    return Grant(grantee=grantee, on_kind=kind, on=on, privileges=(privilege,),
                 grantable=grantable)  # fmt: skip


def _routine_name(name: str) -> str:
    """`DB.S."F(A NUMBER, B VARCHAR(10)):VARIANT"`, as SHOW GRANTS writes it, by its types alone:
    https://github.com/snowflakedb/terraform-provider-snowflake/issues/1392
    """
    from ..errors import SchemaError
    from ..types import parse_type

    try:
        found = QualifiedName.parse(name)
        if found.arguments is not None:
            return found.sql
        last, _, inside = found.last.text.rpartition("):")[0].partition("(")
        written = (part.strip() for part in re.split(r",(?![^(]*\))", inside))
        # The name of an argument stands before the first blank; a type alone has none there.
        types = tuple(parse_type(part.partition(" ")[2] or part).family for part in written if part)
        return QualifiedName((*found.parts[:-1], Identifier(last)), types).sql
    except SchemaError:
        return name


def _normal_name(name: str) -> str:
    """A name in an answer, spelled by our renderer; one that we cannot read stays as it is."""
    from ..errors import SchemaError

    try:
        return QualifiedName.parse(name).sql
    except SchemaError:
        return name
