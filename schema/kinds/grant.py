"""Grants to roles and database roles: https://docs.snowflake.com/en/sql-reference/sql/grant-privilege

One object is everything that one role holds on one thing; privileges that differ are granted or
revoked. A role with `grants: authoritative` loses what is not declared. Owners are no
grants: `schema/owners.py`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from ..errors import SchemaError
from ..names import Identifier, QualifiedName
from ..plan import Operations
from ..stack import Stack
from ..types import parse_type
from ..values import Key, Payload, Row
from .annotations import Target
from .base import Change, Expanded, Kind, Mistake, Resource, Resources
from .future_cover import leave_what_future_grants_gave
from .grant_spec import (
    Grant,
    GrantYaml,
    grant_name,
    is_role,
    on_sql,
    payload_of,
    spelled,
)
from .grant_yaml import expand_grant, with_names
from .grantable import PLURALS, plural_of
from .privileges import misfit
from .properties import truth
from .reading import Answer, Query, Scope
from .role import BUILT_IN, Role

__all__ = ["Grant", "GrantKind"]
_WITH_OPTION = " with grant option"


class GrantKind(Kind[Grant]):
    name = "grant"
    has_owner = False
    level = "account"
    has_prefix = False
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
        what = on_sql(spec) if is_role(spec) else f"{', '.join(spec.privileges)} ON {on_sql(spec)}"
        return (
            "it needs account_admin: true; have an administrator run "
            f"GRANT {what} TO {spelled(spec.grantee)}"
        )

    def expand(self, declared: GrantYaml, resources: Mapping[Key, Resource]) -> Iterator[Expanded]:
        return expand_grant(declared, resources)

    def with_names(
        self, declared: GrantYaml, complete: Callable[[str, QualifiedName], QualifiedName]
    ) -> GrantYaml:
        return with_names(declared, complete)

    def check(self, name: str, spec: Grant, stack: Stack) -> Iterator[Mistake]:
        plural = spec.future.lower().replace(" ", "_")
        kind = PLURALS.get(plural, "") if spec.future else spec.on_kind
        for privilege in () if is_role(spec) else spec.privileges:
            found = misfit(privilege, kind)
            if found is not None:
                yield Mistake("privileges", *found)

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
        is_object = spec.on_kind and not spec.future and not is_role(spec)
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

    def arrange(self, operations: Operations, desired: Resources, actual: Resources) -> None:
        leave_what_future_grants_gave(operations, desired, actual)

    def is_surplus(self, resource: Resource, desired: Mapping[Key, Resource]) -> bool:
        assert isinstance(resource.spec, Grant)
        role = desired.get(resource.spec.grantee.key)
        if role is None:
            return False
        return not isinstance(role.spec, Role) or role.spec.grants == "authoritative"


_ROUTINES = ("function", "procedure")


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
        plural = plural_of().get(kind, f"{kind}s").upper().replace("_", " ")
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
    try:
        return QualifiedName.parse(name).sql
    except SchemaError:
        return name
