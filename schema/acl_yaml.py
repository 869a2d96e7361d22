"""`acl:` of an entity in YAML: which roles see which of its rows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, NamedTuple

import yaml

from . import scalars
from .binding import collect, converter
from .context import Context
from .kinds.annotations import Ref
from .model import Acl, AclRule, Field
from .names import Identifier, QualifiedName
from .nodes import Node
from .suggest import did_you_mean

_MOST_DIGITS: Final = 18
_ROLE: Final = converter(Annotated[QualifiedName, Ref("role")])
_VALUES: Final = converter(Mapping[Identifier, tuple[str, ...]])


class RoleYaml(NamedTuple):
    """A role, as it is called in the account and as it is written, and what rows must have."""

    name: QualifiedName
    written: str
    values: Mapping[Identifier, tuple[str, ...]] | None


class Problem(NamedTuple):
    """A mistake: the key that it stands at, what is wrong, what would be right."""

    key: str
    message: str
    remedy: str


def _read_roles(node: Node, context: Context) -> tuple[RoleYaml, ...]:
    """`[ROLE, …]`, or `{ROLE: {field: value}}`."""

    def one(item: Any) -> RoleYaml:
        name, values = item if isinstance(item, tuple) else (item, None)
        return _role(name, values, context)

    is_one = isinstance(node, yaml.ScalarNode)
    return tuple(collect([node] if is_one else node.value, one))


def _role(name: Node, values: Node | None, context: Context) -> RoleYaml:
    written = scalars.identifier(name, context).text
    held = _VALUES(values, context) if values is not None else None
    return RoleYaml(_ROLE(name, context), written, held)


@dataclass(frozen=True, slots=True, kw_only=True)
class AclYaml:
    """Which roles see which rows: a `field` that holds the roles of a row, or for each of `roles`
    the values that fields must have. The roles of `all` see every row."""

    all: tuple[Annotated[QualifiedName, Ref("role")], ...]
    roles: tuple[RoleYaml, ...] = field(metadata={"convert": _read_roles})
    field: Identifier | None = None


def acl_of(declared: AclYaml, fields: Mapping[Identifier, Field]) -> Acl:
    """Return what an acl without mistakes says."""
    return Acl(
        tuple(role.last.text for role in declared.all),
        tuple(
            AclRule(
                role.name.last.text,
                tuple(
                    (name, tuple(_value(fields[name], text) for text in texts))
                    for name, texts in _wanted(declared, role).items()
                ),
            )
            for role in declared.roles
        ),
    )


def acl_mistakes(declared: AclYaml, fields: Mapping[Identifier, Field]) -> Iterator[Problem]:
    """Yield what is wrong with an acl."""
    if not declared.all:
        message = "acl: names no role that sees every row, so nothing could be loaded or embedded"
        yield Problem("all", message, "write all: [ROLE], the one that loads and owns the tasks")
    if not declared.roles:
        yield Problem("roles", "acl: names no role", "write roles: [ROLE, …]")
    mapped = [role for role in declared.roles if role.values is not None]
    if declared.field is None and len(mapped) < len(declared.roles):
        message = "acl: does not say which rows the roles see"
        remedy = "write field: NAME, or roles: {ROLE: {field: value}}"
        yield Problem("roles", message, remedy)
    elif declared.field is not None and mapped:
        message = "acl: has both a field that holds roles and values for each role"
        yield Problem("field", message, "keep one of them")
    names = [role.name.last.text for role in declared.roles]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Problem("roles", f"the role {name} comes twice", "keep one")
    for role in declared.roles:
        if role.values == {}:
            remedy = "write {field: value}, or list it under all:"
            yield Problem("roles", f"no field says which rows {role.written} sees", remedy)
        for column, texts in _wanted(declared, role).items():
            yield from _field_mistakes(column, texts, fields)


def _field_mistakes(
    name: Identifier, texts: tuple[str, ...], fields: Mapping[Identifier, Field]
) -> Iterator[Problem]:
    held, shown = fields.get(name), name.text.lower()
    if held is None:
        remedy = did_you_mean(shown, (n.text.lower() for n in fields)) or "declare it"
        yield Problem("roles", f"{name} of acl is not a field", remedy)
    elif not texts:
        yield Problem("roles", f"no value of {shown} is named", f"write {shown}: [VALUE]")
    elif not (held.is_text or held.type == "ARRAY" or _is_whole(held)):
        message = f"{shown} is {held.type}: rows are told apart by texts, whole numbers and arrays"
        yield Problem("roles", message, "decide by another field")
    elif _is_whole(held):
        for text in texts:
            digits = text.removeprefix("-")
            if not (digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS):
                yield Problem("roles", f"{text!r} is no whole number, as {shown} is", "write one")


def _wanted(declared: AclYaml, role: RoleYaml) -> Mapping[Identifier, tuple[str, ...]]:
    if declared.field is not None and role.values is None:
        return {declared.field: (role.written,)}
    return role.values or {}


def _is_whole(held: Field) -> bool:
    return held.type.startswith("NUMBER(") and held.type.endswith(" 0)")


def _value(held: Field, text: str) -> str | int:
    return int(text) if _is_whole(held) else text
