"""What of an account can be adopted: a database, and what belongs to it of the account."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from hushflake.schema.kinds import Kind, all_kinds
from hushflake.schema.kinds.grant import Grant
from hushflake.schema.kinds.grant_spec import is_role
from hushflake.schema.kinds.reading import Scope
from hushflake.schema.names import Identifier, QualifiedName
from hushflake.schema.resource import Resource
from hushflake.schema.state import State
from hushflake.schema.values import Key

from .errors import MistakeError
from .introspect import read_state
from .planning import Planner
from .pool import Pool
from .session import Session

_POLICIES: Final = ("masking_policy", "row_access_policy")
# Roles that every account has, and that are granted to or above others.
_ABOVE: Final = ("SYSADMIN", "PUBLIC")


@dataclass(frozen=True)
class Chosen:
    """What to adopt of the stack's database.

    Attributes:
        schemas: Names of schemas; all of them when empty.
        like: A pattern of LIKE for names; None: all.
    """

    schemas: tuple[str, ...] = ()
    like: str | None = None

    def covers(self, key: Key, database: str) -> bool:
        """Whether an object of the database is meant."""
        parts = QualifiedName.parse(key.name.partition("(")[0]).parts
        if len(parts) < 2 or parts[0].sql != database:
            return False
        schema = parts[1].text
        if self.schemas and schema not in self.schemas:
            return False
        if key.kind == "schema":
            return schema not in ("INFORMATION_SCHEMA",)
        return self.like is None or bool(_like(self.like).fullmatch(parts[-1].text))


def read_adoptable(planner: Planner, session: Session, database: Identifier) -> State:
    """Everything that the database holds, and the warehouses, roles and grants of the account.

    Raises:
        MistakeError: The database is not there.
    """
    pool = Pool(session, planner.settings.jobs)
    kinds = [kind for name, kind in all_kinds().items() if name != "statement"]
    # Only an account administrator sees resource monitors.
    monitors = {"resource_monitor": ("",)} if planner.stack.account_admin else {}
    scope = Scope(databases=(database,), declared=monitors)
    first = read_state(pool, scope, [kind for kind in kinds if kind.name != "grant"])
    if Key("database", database.sql) not in first.resources:
        raise MistakeError(f"stack {planner.stack.name}: there is no database {database}")
    names: dict[str, list[str]] = {}
    for key in first.resources:
        names.setdefault(key.kind, []).append(key.name)
    roles = {*names.get("role", ()), *_ABOVE}
    columns = {
        column.name
        for resource in first.resources.values()
        for column in getattr(resource.spec, "columns", ())
        if getattr(column, "type", "").startswith("VECTOR")
    }
    whole = replace(
        scope,
        roles=tuple(QualifiedName.parse(name) for name in sorted(roles)),
        database_roles=tuple(map(QualifiedName.parse, sorted(names.get("database_role", ())))),
        declared={kind: tuple(found) for kind, found in names.items()},
        singly={
            kind: tuple(found)
            for kind, found in names.items()
            if type(all_kinds()[kind]).needs_own_query is not Kind.needs_own_query
            and (kind != "table" or "tag" in names)
        },
        policies=tuple(key for key in first.resources if key.kind in _POLICIES),
        vector_columns=tuple(sorted(columns)),
    )
    state = read_state(pool, whole, kinds)
    place = planner.settings.place
    kept = {k: r for k, r in state.resources.items() if not k.name.startswith(place.prefix)}
    kept.pop(Key("warehouse", Identifier(place.warehouse).sql), None)
    return State(state.account, kept)


def selected(
    found: State, chosen: Chosen, database: Identifier, managed: set[Key]
) -> dict[Key, Resource]:
    """The objects of the database that are meant, and what they need of the account."""
    every = found.resources
    inside = {
        key: resource
        for key, resource in every.items()
        if key.kind != "grant" and chosen.covers(key, database.sql) and not _comes_along(resource)
    }
    if chosen.like is not None:  # schemas only with something in them
        used = {QualifiedName.parse(k.name.partition("(")[0]).parent.sql for k in inside}
        inside = {k: r for k, r in inside.items() if k.kind != "schema" or k.name in used}
    whole = not chosen.schemas and chosen.like is None
    own = Key("database", database.sql)
    if whole:
        inside = {own: every[own], **inside}
    needed: dict[Key, Resource] = {}
    waiting = list(inside.values())
    while waiting:
        for ref in waiting.pop().references:
            is_of_account = all_kinds()[ref.kind].level == "account" and ref.kind != "database"
            if ref in every and is_of_account and ref not in needed:
                needed[ref] = every[ref]
                waiting.append(every[ref])
    grants, roles = _grants(every, {*inside, *needed, own}, whole=whole)
    wanted = {**{role: every[role] for role in sorted(roles)}, **needed, **inside, **grants}
    return {key: resource for key, resource in wanted.items() if key not in managed}


def _comes_along(resource: Resource) -> bool:
    """PUBLIC comes with its database."""
    is_public = resource.key.kind == "schema" and resource.key.name.endswith(".PUBLIC")
    return is_public and resource.spec == type(resource.spec)()


def _grants(
    every: Mapping[Key, Resource], inside: set[Key], *, whole: bool
) -> tuple[dict[Key, Resource], set[Key]]:
    """The grants on what is adopted, the roles that hold them, and the grants among those."""
    found: dict[Key, Resource] = {}
    roles: set[Key] = set()
    specs = {k: (r, r.spec) for k, r in every.items() if isinstance(r.spec, Grant)}
    for key, (resource, spec) in specs.items():
        on = Key(spec.on_kind, spec.on)
        if on in inside and (whole or on.kind != "database"):
            found[key] = resource
            if spec.grantee.key in every and spec.grantee.kind == "role":
                roles.add(spec.grantee.key)
    for key, (resource, spec) in specs.items():
        holds = spec.grantee.key in roles
        among = is_role(spec) and Key(spec.on_kind, spec.on) in roles | inside
        above = holds or spec.grantee.name.sql in _ABOVE
        if (among and above) or (holds and not spec.on_kind):
            found[key] = resource
    return found, roles


def _like(pattern: str) -> "re.Pattern[str]":
    words = {"%": ".*", "_": "."}
    return re.compile("".join(words.get(c, re.escape(c)) for c in pattern), re.IGNORECASE)
