"""Who owns what on a stack: the `owners:` of its file, put on the objects.

`deployer` is the role that deploys; `default` owns the database and what is in it; a kind
(`task`), or one object (`view S.V`), has an owner of its own. What is named by none belongs to the
deploying role. Who owns a task decides with whose rights it runs.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from .account_names import AccountNames
from .errors import Position, SchemaError
from .kinds import all_kinds
from .kinds.annotations import Target
from .kinds.base import Key, Resource
from .kinds.grant_spec import Grant, grant_name
from .kinds.role import BUILT_IN
from .names import Identifier, QualifiedName
from .stack import Stack
from .suggest import did_you_mean, one_of

DEPLOYER: Final = "deployer"
DEFAULT: Final = "default"


@dataclass(frozen=True)
class Owners:
    """The roles of a stack, as they are spelled in SQL.

    Attributes:
        deployer: "" where the stack does not name it.
        by_name: `default`, kind, or key of an object -> role.
    """

    deployer: str
    by_name: Mapping[str, str]

    @classmethod
    def of(cls, stack: Stack, names: AccountNames, errors: list[SchemaError]) -> "Owners":
        """Read the `owners:` of a stack; mistakes are added to `errors`."""
        found: dict[str, str] = {}
        for written, role in stack.owners.items():
            name = QualifiedName.of(Identifier.parse(role))
            if written == DEPLOYER:
                found[DEPLOYER] = name.sql
                continue
            key = _key_of(written, stack, names, errors)
            if key:
                found[key] = names.complete("role", name).sql
        deployer = found.pop(DEPLOYER, "") or _role_of_connection(stack)
        return cls(deployer, found)

    def of_object(self, key: Key) -> str:
        """The role that shall own an object; "" for the deploying role."""
        kind = all_kinds()[key.kind]
        if not kind.has_owner:
            return ""
        found = self.by_name.get(str(key)) or self.by_name.get(key.kind)
        if found is None and (kind.level != "account" or key.kind == "database"):
            found = self.by_name.get(DEFAULT)
        return found or ""


def assign(
    owners: Owners, resources: dict[Key, Resource], elsewhere: Container[Key], where: str
) -> Iterator[SchemaError]:
    """Put the owners on the resources, in place, with what they wait for; yield the mistakes.

    Args:
        elsewhere: Roles that others look after.
        where: The stack's file, for messages.
    """
    if not owners.by_name:
        return
    at = Position(where, 1, 1)
    for wanted in sorted({*owners.by_name.values()}):
        key = Key("role", wanted)
        if key not in resources and key not in elsewhere and wanted not in _known(owners):
            known = (k.name for k in resources if k.kind == "role")
            remedy = did_you_mean(wanted, known) or "declare it: {kind: role, name: …}"
            yield SchemaError(f"owners: role {wanted} is not declared", remedy, at)
    unused = {name for name in owners.by_name if " " in name} - {str(key) for key in resources}
    for name in sorted(unused):
        yield SchemaError(f"owners: {name} is not declared", "name an object as it is spelled", at)
    resources.update({item.key: item for item in _memberships(owners, resources)})
    members: dict[str, list[Key]] = {}
    for key, resource in resources.items():
        if isinstance(resource.spec, Grant) and resource.spec.on_kind == "role":
            members.setdefault(resource.spec.on, []).append(key)
    for key, resource in list(resources.items()):
        role = owners.of_object(key)
        if role:
            waits = (Key("role", role), *_above(role, members, resources))
            every = dict.fromkeys((*resource.references, *(k for k in waits if k in resources)))
            resources[key] = replace(resource, owner=role, references=tuple(every))


def _above(
    role: str, members: Mapping[str, list[Key]], resources: Mapping[Key, Resource]
) -> list[Key]:
    """The grants by which other roles have a role: without them the deploying role would not
    reach any more what it gives away."""
    found: dict[Key, None] = {}
    waiting = [role]
    while waiting:
        for key in members.get(waiting.pop(), ()):
            spec = resources[key].spec
            if key not in found and isinstance(spec, Grant):
                found[key] = None
                waiting.append(spec.grantee.name.sql)
    return list(found)


def _known(owners: Owners) -> Iterable[str]:
    return {*BUILT_IN, owners.deployer}


def _memberships(owners: Owners, resources: Mapping[Key, Resource]) -> Iterator[Resource]:
    """The grants that make the deploying role a member of the owners: it goes on changing what it
    has given away."""
    if not owners.deployer:
        return
    for role in sorted({*owners.by_name.values()} - {owners.deployer}):
        if Key("role", role) not in resources:
            continue
        spec = Grant(
            grantee=Target("role", QualifiedName.parse(owners.deployer)),
            on_kind="role",
            on=role,
            privileges=("USAGE",),
            additive=True,
        )
        key = Key("grant", grant_name(spec))
        yield resources.get(key) or Resource(key, spec, (Key("role", role),))


def _key_of(written: str, stack: Stack, names: AccountNames, errors: list[SchemaError]) -> str:
    """`default`, a kind, or `kind NAME` with the name in full; "" for none of them."""
    kinds = all_kinds()
    owned = [name for name, kind in kinds.items() if kind.has_owner]
    word, _, name = written.strip().partition(" ")
    if word == DEFAULT and not name:
        return DEFAULT
    at = Position(f"stacks/{stack.name}.yaml", 1, 1)
    if word not in owned:
        known = (DEPLOYER, DEFAULT, *owned)
        errors.append(SchemaError(f"owners: {written!r} owns nothing", one_of(word, known), at))
        return ""
    if not name:
        return word
    try:
        full = QualifiedName.parse(name.strip())
    except SchemaError as error:
        errors.append(SchemaError(f"owners: {error.message}", error.remedy, at))
        return ""
    level = {"account": 1, "database": 2, "schema": 3}[kinds[word].level]
    if level == 1:
        return str(Key(word, names.complete(word, full).sql))
    if len(full.parts) == level - 1:
        parts = (Identifier.parse(stack.database), *full.parts)
        full = QualifiedName(parts, full.arguments)
    return str(Key(word, full.sql))


def _role_of_connection(stack: Stack) -> str:
    """The `role` that the stack chooses in its connection."""
    chosen = stack.connection.get("role") if isinstance(stack.connection, Mapping) else None
    return Identifier.parse(str(chosen)).sql if chosen else ""
