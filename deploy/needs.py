"""What privileges the deploying role needs for a plan, from the plan alone.

https://docs.snowflake.com/en/user-guide/security-access-control-privileges and the section "Access
control requirements" of each statement's page. Where a page leaves room, less is asked: a need
that is missed shows at its statement, one that is made up would stop a deployment that works.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from hushflake.schema.errors import SchemaError
from hushflake.schema.kinds import kind_named
from hushflake.schema.kinds.grant import Grant
from hushflake.schema.kinds.task import Task
from hushflake.schema.names import QualifiedName
from hushflake.schema.plan import Operation, Plan
from hushflake.schema.resource import Resource
from hushflake.schema.values import Key

# Kinds that only an account administrator creates.
_OF_ADMIN: Final = frozenset({"resource_monitor", "account_parameter"})
# What may change an object beside its ownership.
_ALSO: Final[Mapping[str, str]] = {
    "database": "MODIFY",
    "schema": "MODIFY",
    "warehouse": "MODIFY",
    "resource_monitor": "MODIFY",
    "mcp_server": "MODIFY",
    "cortex_search_service": "OPERATE",
    "dynamic_table": "OPERATE",
    "task": "OPERATE",
    "alert": "OPERATE",
    "secret": "MODIFY",
}
_APPLY: Final[Mapping[str, str]] = {
    "set_masking": "APPLY MASKING POLICY",
    "unset_masking": "APPLY MASKING POLICY",
    "set_row_access": "APPLY ROW ACCESS POLICY",
    "set_tag": "APPLY TAG",
    "unset_tag": "APPLY TAG",
}


@dataclass(frozen=True, slots=True, order=True)
class Privilege:
    """A privilege on an object; on the account when the kind is empty.

    `role` as its name means that the role `on` itself is needed. `holder` is the role that must
    hold it, where that is not the deploying role.
    """

    name: str
    kind: str = ""
    on: str = ""
    holder: str = ""

    def __str__(self) -> str:
        if self.name == "role":
            return f"role {self.on}"
        if not self.kind:
            return f"{self.name} ON ACCOUNT" + f" for role {self.holder}" * bool(self.holder)
        return f"{self.name} ON {self.kind.upper().replace('_', ' ')} {self.on}"

    def grant(self, role: str) -> str:
        """The statement with which an administrator gives it to a role."""
        if self.name == "role":
            return f"GRANT ROLE {self.on} TO ROLE {role};"
        if self.name == "OWNERSHIP":
            what = f"{self.kind.upper().replace('_', ' ')} {self.on}"
            return f"GRANT OWNERSHIP ON {what} TO ROLE {role} COPY CURRENT GRANTS;"
        return f"GRANT {replace(self, holder='')} TO ROLE {self.holder or role};"


# Of whoever sets a policy on a tag or takes it off, also of the tag's owner.
# https://docs.snowflake.com/en/user-guide/tag-based-masking-policies (privileges)
_MASKING: Final = Privilege("APPLY MASKING POLICY")


@dataclass(frozen=True, slots=True)
class Need:
    """One of these privileges is needed, for these operations."""

    any_of: tuple[Privilege, ...]
    operations: tuple[str, ...]

    def __str__(self) -> str:
        return " or ".join(map(str, self.any_of))


def needs_of(
    plan: Plan, wanted: Mapping[Key, Resource], there: Mapping[Key, Resource]
) -> list[Need]:
    """Return what a plan needs, each need once, in the order of its first operation.

    Args:
        plan: Its held operations count for nothing.
        wanted: What is declared.
        there: What the account has; empty: nothing.
    """
    made = {op.key for op in plan.operations if op.action == "create"}
    former = {op.key: str(op.payload["from"]) for op in plan.operations if op.action == "rename"}
    made |= {op.key for op in plan.operations if op.kind == "grant" and op.action == "grant"}
    found: dict[tuple[Privilege, ...], list[str]] = {}
    for op in plan.operations:
        for any_of in _needed(op, made, wanted, there, former):
            found.setdefault(any_of, []).append(op.id)
    return [Need(any_of, tuple(ids)) for any_of, ids in found.items()]


def _needed(
    op: Operation,
    made: set[Key],
    wanted: Mapping[Key, Resource],
    there: Mapping[Key, Resource],
    former: Mapping[Key, str],
) -> Iterator[tuple[Privilege, ...]]:
    resource = wanted.get(op.key) or there.get(op.key)
    spec: Any = resource.spec if resource is not None else None
    if isinstance(spec, Grant):
        yield from _for_grant(spec, made)
        return
    if op.kind == "statement":  # what its text needs is not read
        return
    if isinstance(spec, Task) and op.action in ("create", "resume", "unset_warehouse"):
        yield from _for_task(op, spec, resource.owner if resource else "", made)
    if op.action == "set_owner":
        yield from _to_give_away(op, made)
    elif op.key.kind == "account_parameter":
        yield (Privilege("role", on="ACCOUNTADMIN"),)
    elif op.action in ("grant_role", "revoke_role"):
        role = str(op.payload["role"])
        if Key("role", role) not in made:
            yield (Privilege("OWNERSHIP", "role", role), Privilege("MANAGE GRANTS"))
    elif op.action == "create":
        yield from _to_create(op.key, made)
        yield from [(_MASKING,)] if op.payload.get("masking_policies") else ()
    elif op.key not in made:
        name = former.get(op.key, op.name)
        if op.action == "rename" and name.rpartition(".")[0] != op.name.rpartition(".")[0]:
            yield from _to_create(op.key, made)
        yield from _to_change(op, name)


def _to_change(op: Operation, name: str) -> Iterator[tuple[Privilege, ...]]:
    if op.action == "set_policies":
        yield (_MASKING,)
        return
    own = [Privilege("OWNERSHIP", op.kind, name)]
    also = _ALSO.get(op.kind) if op.action != "drop" else _APPLY.get(op.action)
    if op.action in _APPLY:
        own.append(Privilege(_APPLY[op.action]))
    elif also:
        own.append(Privilege(also, op.kind, name))
    yield tuple(own)
    if op.action == "drop" and op.payload.get("masking_policies"):
        yield (_MASKING,)


def _for_task(
    op: Operation, spec: Task, owner: str, made: set[Key]
) -> Iterator[tuple[Privilege, ...]]:
    """Who creates a serverless task needs EXECUTE MANAGED TASK, and who owns one, both to run."""
    account = Key("grant", f"ROLE {owner} ON ACCOUNT")
    if op.action == "resume" and (not owner or account not in made):
        yield (Privilege("EXECUTE TASK", holder=owner),)
        if owner and spec.warehouse is None:
            yield (Privilege("EXECUTE MANAGED TASK", holder=owner),)
    if spec.warehouse is None and (op.action != "resume" or not owner):
        yield (Privilege("EXECUTE MANAGED TASK"),)


def _to_give_away(op: Operation, made: set[Key]) -> Iterator[tuple[Privilege, ...]]:
    """https://docs.snowflake.com/en/sql-reference/sql/grant-ownership (COPY)"""
    anything = Privilege("MANAGE GRANTS")
    if op.key not in made:
        yield (Privilege("OWNERSHIP", op.kind, op.name), anything)
    role = str(op.payload["role"])
    if Key("role", role) not in made:
        yield (Privilege("role", on=role), anything)


def _to_create(key: Key, made: set[Key]) -> Iterator[tuple[Privilege, ...]]:
    words = key.kind.upper().replace("_", " ")
    level = kind_named(key.kind).level
    if key.kind in _OF_ADMIN:
        yield (Privilege("role", on="ACCOUNTADMIN"),)
    elif key.kind == "foreign_key":
        return
    elif level == "account":
        yield (Privilege(f"CREATE {words}"),)
    else:
        container = "database" if level == "database" else "schema"
        parent = Key(container, QualifiedName.parse(key.name.partition("(")[0]).parent.sql)
        # Whoever makes the container owns it. PUBLIC comes with its database.
        database = Key("database", parent.name.partition(".")[0])
        if parent not in made and database not in made:
            yield (
                Privilege(f"CREATE {words}", container, parent.name),
                Privilege("OWNERSHIP", container, parent.name),
            )


def _for_grant(spec: Grant, made: set[Key]) -> Iterator[tuple[Privilege, ...]]:
    anything = Privilege("MANAGE GRANTS")
    if spec.future:
        yield (anything,)
        return
    if not spec.on_kind:
        yield (anything, *(Privilege(name) for name in spec.privileges))
        return
    target = Key(spec.on_kind, spec.on)
    if target in made or spec.on.partition(".")[0] == "SNOWFLAKE":
        return
    own = Privilege("OWNERSHIP", spec.on_kind, spec.on)
    if spec.on_kind in ("role", "database_role"):
        yield (own, anything)
        return
    try:
        parents = [QualifiedName.parse(spec.on.partition("(")[0]).parts]
    except SchemaError:
        parents = []
    containers = [
        Privilege("MANAGE GRANTS", kind, ".".join(part.sql for part in parts[:count]))
        for parts in parents
        for kind, count in (("schema", 2), ("database", 1))
        if len(parts) > count
    ]
    if any(Key(p.kind, p.on) in made for p in containers):
        return
    yield (own, anything, *containers)
