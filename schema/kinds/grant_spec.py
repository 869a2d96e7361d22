"""What a grant is made of, and how it is spelled. Not a kind: the values of `grant.py`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from ..names import QualifiedName, Sql
from ..resource import Spec
from ..values import Payload
from .annotations import OneOf, Ref, Target


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


def grant_name(spec: Grant) -> str:
    """The identity of a grant: who, and on what."""
    return f"{spelled(spec.grantee)} ON {on_sql(spec)}"


def on_sql(spec: Grant) -> str:
    if not spec.on_kind:
        return "ACCOUNT"
    words = spec.on_kind.upper().replace("_", " ")
    return f"FUTURE {spec.future} IN {words} {spec.on}" if spec.future else f"{words} {spec.on}"


def spelled(grantee: Target) -> str:
    return f"{grantee.kind.upper().replace('_', ' ')} {grantee.name}"


def is_role(spec: Grant) -> bool:
    """Whether a role is granted, and not a privilege."""
    return spec.on_kind in ("role", "database_role") and not spec.future


def payload_of(spec: Grant, privileges: Sequence[str]) -> Payload:
    return {
        "role": Sql(on_sql(spec)) if is_role(spec) else None,
        "privileges": [Sql(privilege) for privilege in privileges],
        "plain": [Sql(privilege) for privilege in privileges if privilege not in spec.grantable],
        "grantable": [Sql(privilege) for privilege in privileges if privilege in spec.grantable],
        "on": Sql(on_sql(spec)),
        "grantee": Sql(spelled(spec.grantee)),
    }
