"""Policies that an entity makes itself: of its `acl:`, and for what is derived of masked fields.

A table's words, vectors and hashes are made of its text. A masking policy on a field says nothing
about them, so they have masks of their own: whoever may not see the text finds no row by it.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from .chunks import CHUNK_ID, SOURCE_HASH
from .embedding import template_parts
from .kinds.base import Key
from .kinds.masking_policy import MaskingPolicy
from .kinds.policy_base import Argument
from .kinds.row_access_policy import RowAccessPolicy
from .kinds.table_spec import Masking, RowAccess
from .model import Acl, Entity, Field
from .names import Identifier, QualifiedName, Sql, literal
from .types import normal_type

_VALUE: Final = Identifier("VAL")
_OF_TEXT: Final = ("CONTENT_HASH", "SEARCH_TOKENS")
_OF_CHUNKS: Final = (CHUNK_ID.text, SOURCE_HASH.text)


def row_access_of(acl: Acl, table: QualifiedName) -> RowAccess:
    """Return the policy of an acl, and the columns that it is given.

    The columns are part of its name: a policy that is in use takes no other arguments, so an acl
    over other fields is a new policy, and no moment passes without one.
    """
    name = "_".join([table.last.text, "ACL", *(column.text for column in acl.fields)])
    return RowAccess(policy=table.parent.child(name), on=acl.fields)


def acl_policy(entity: Entity, acl: Acl) -> tuple[Key, RowAccessPolicy]:
    """Return the row access policy of an entity's acl."""
    access = entity.row_access
    assert access is not None
    types = {item.name: item for item in entity.fields}
    spec = RowAccessPolicy(
        comment=f"Which roles see which rows of {entity.name}",
        arguments=tuple(Argument(name=n, type=_general(types[n])) for n in access.on),
        body=_body(acl, types),
    )
    return Key("row_access_policy", access.policy.sql), spec


def _general(item: Field) -> str:
    """The type of an argument: a policy is told without lengths."""
    return normal_type("string") if item.is_text else item.type


def _body(acl: Acl, types: dict[Identifier, Field]) -> Sql:
    parts = [_holds(acl.all)]
    for rule in acl.rules:
        conditions = [_holds((rule.role,))]
        conditions += [_has(types[name], values) for name, values in rule.values]
        parts.append(f"({' AND '.join(conditions)})")
    return Sql("\n  OR ".join(parts))


def _holds(roles: Iterable[str]) -> str:
    return " OR ".join(f"IS_ROLE_IN_SESSION({literal(role)})" for role in roles)


def _has(item: Field, values: tuple[str | int, ...]) -> str:
    spelled = [literal(value) if isinstance(value, str) else str(value) for value in values]
    if item.type != "ARRAY":
        return f"{item.name} IN ({', '.join(spelled)})"
    held = " OR ".join(f"ARRAY_CONTAINS({value}::VARIANT, {item.name})" for value in spelled)
    return held if len(spelled) == 1 else f"({held})"


def masked_in_text(entity: Entity) -> tuple[Field, ...]:
    """Return the masked fields that the embedded text of an entity is made of."""
    if entity.embedding is None:
        return ()
    fields = {item.name.text: item for item in entity.fields}
    parts = template_parts(entity.embedding.text, fields)
    found = {p.name: p for p in parts if isinstance(p, Field)}
    tagged = entity.masked_by_tags
    return tuple(p for p in found.values() if p.masking_policy is not None or p.name in tagged)


def derived_masks(entity: Entity) -> Iterator[tuple[Masking, MaskingPolicy]]:
    """Yield the masks of what is derived of an entity's masked text, column by column."""
    embedding = entity.embedding
    if embedding is None or not embedding.unmasked or not masked_in_text(entity):
        return
    texts = _OF_TEXT if entity.parent is None else (*_OF_TEXT, *_OF_CHUNKS)
    columns = dict.fromkeys(texts, ("TEXT", "string"))
    columns["EMBEDDING"] = ("VECTOR", f"vector({embedding.dimension})")
    columns["EMBEDDING_FAILURE"] = ("FAILURE", "json")
    for column, (what, kind) in columns.items():
        policy = entity.table.parent.child(f"{entity.name}_{what}_MASK")
        yield Masking(column=Identifier(column), policy=policy), _mask(entity, normal_type(kind))


def _mask(entity: Entity, kind: str) -> MaskingPolicy:
    assert entity.embedding is not None
    return MaskingPolicy(
        comment=f"Who sees what is made of the masked text of {entity.name}",
        arguments=(Argument(name=_VALUE, type=kind),),
        returns=kind,
        body=Sql(f"CASE WHEN {_holds(entity.embedding.unmasked)} THEN {_VALUE} ELSE NULL END"),
    )
