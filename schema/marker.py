"""`hushflake.yaml`: the file that makes a folder a schema project."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import yaml

from .account_names import account_kinds
from .binding import bind, collect
from .context import Context, FailedError
from .errors import DefinitionError, SchemaError
from .kinds.annotations import Range
from .names import QualifiedName
from .nodes import Node, single


def _read_external(node: Node, context: Context) -> tuple[str, ...]:
    """`[kind NAME]`, each with a name that can be one."""
    items = collect([*node.value] if isinstance(node, yaml.SequenceNode) else [node], context.text)
    for text in items:
        try:
            QualifiedName.parse(text.strip().partition(" ")[2].strip() or text)
        except SchemaError as error:
            context.error(node, error.message, "write for instance [schema OTHER_DB.S]")
            raise FailedError from None
    return tuple(items)


def _read_shared(node: Node, context: Context) -> tuple[str, ...]:
    """`[kind NAME]` of kinds whose objects belong to the account."""
    items = _read_external(node, context)
    kinds = account_kinds()
    for text in items:
        kind = text.strip().partition(" ")[0]
        if kind not in kinds:
            context.error(
                node,
                f"{text!r} cannot be shared: only objects of the account are",
                f"write for instance [role ANALYST]; kinds: {', '.join(sorted(kinds))}",
            )
            raise FailedError from None
    return items


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """What `hushflake evaluate` must reach; what is left out is not asked for."""

    recall_at_10: float | None = None
    ndcg_at_10: float | None = None
    mrr: float | None = None
    nothing: float | None = None
    p95_ms: Annotated[int, Range(1, 600_000)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectYaml:
    """`hushflake.yaml`: the name of the project and its former one, objects that others look after,
    the manifest of the dbt project beside it, objects of the account that all of its stacks share,
    and what the search must reach."""

    project: str
    description: str = ""
    renamed_from: str = ""
    evaluation: Targets | None = None
    dbt: str = ""
    external: tuple[str, ...] = field(default=(), metadata={"convert": _read_external})
    shared: tuple[str, ...] = field(default=(), metadata={"convert": _read_shared})


def read_project_name(marker: Path) -> str:
    """The name in `hushflake.yaml`."""
    return read_marker(marker).project


def read_marker(marker: Path) -> ProjectYaml:
    context = Context(marker.name)
    found = bind(ProjectYaml, single(marker, marker.name, marker.parent), context)
    if found is None:
        raise DefinitionError(context.errors)
    return found
