"""What definitions name and do not declare: of the account, for `external:` in hushflake.yaml."""

from collections.abc import Iterable, Iterator
from typing import Any

from ..errors import SchemaError
from ..kinds import all_kinds
from ..kinds.role import BUILT_IN
from ..names import QualifiedName
from .head import Definition
from .where import variables_in

_ROLES = ("to", "role")


def external_of(
    definitions: Iterable[Definition], kept: Iterable[tuple[str, str]] = ()
) -> tuple[str, ...]:
    """`kind NAME` of the roles and warehouses that others look after, and of what statements make.

    Args:
        definitions: All that a script declares.
        kept: Kind and name of what its statements make.
    """
    definitions = tuple(definitions)
    declared = {(d["kind"], _upper(d["name"])) for d in definitions if "name" in d}
    named = {pair for definition in definitions for pair in _named(definition)}
    named = {(kind, name) for kind, name in named if not variables_in(name)}
    named |= {pair for pair in kept if pair[0] in all_kinds()}
    return tuple(
        f"{kind} {name}"
        for kind, name in sorted(named - declared)
        if not (kind == "role" and name in BUILT_IN)
    )


def _named(definition: Definition) -> Iterator[tuple[str, str]]:
    if definition["kind"] == "grant":
        for key in _ROLES:
            if key in definition:
                yield "role", _upper(definition[key])
    if definition.get("warehouse"):
        yield "warehouse", _upper(definition["warehouse"])
    for policy in definition.get("masking_policies", ()):
        yield "masking_policy", _upper(policy)
    if definition["kind"] == "table":
        yield from (("tag", _upper(item["tag"])) for item in definition.get("tags", ()))
        yield from (("masking_policy", _upper(m["policy"])) for m in definition.get("masking", ()))
        if "row_access" in definition:
            yield "row_access_policy", _upper(definition["row_access"]["policy"])


def _upper(written: Any) -> str:
    try:
        return str(QualifiedName.parse(str(written)).sql)
    except SchemaError:
        return str(written)
