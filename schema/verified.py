"""Labelled questions with SQL (`evaluation/*.yaml`) as verified queries of semantic views.

`hushflake evaluate` reads the same files for the rows that a question should find; see
docs/formats.md. A question is of the view that it names, or of that of its first entity with one.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

import yaml

from .binding import converter
from .context import Context, FailedError
from .errors import DefinitionError, SchemaError
from .files import is_inside, read_text
from .folder import Project
from .kinds import all_kinds
from .kinds.annotations import SqlText
from .kinds.base import Key, Resource
from .kinds.semantic_view_spec import SemanticView, VerifiedQuery
from .loaded import Loaded
from .names import Identifier
from .nodes import Node, single
from .settings import shown
from .stack import Stack
from .suggest import did_you_mean

FOLDER: Final = "evaluation"
_QUERY: Final = converter(Annotated[str, SqlText("query")])
_FLAG: Final = converter(bool)
_MOST_OF_A_NAME: Final = 60


def add_verified(
    project: Project, stack: Stack, resources: dict[Key, Resource], loaded: Loaded
) -> None:
    """Give the semantic views of a stack the labelled questions that have SQL.

    Args:
        resources: Changed in place.
        loaded: Its errors grow by what is wrong with such a question.
    """
    folder = project.root / FOLDER
    for path in sorted(folder.glob("*.yaml")) if is_inside(folder, project.root) else ():
        name = shown(path, project)
        context = Context(name, variables=_variables(stack), errors=loaded.errors)
        for node in _questions(path, name, project, loaded):
            try:
                _add(node, context, resources, loaded)
            except FailedError:
                continue


def _variables(stack: Stack) -> Mapping[str, str]:
    own = {"database": stack.database, "stack": stack.name, "account_prefix": stack.account_prefix}
    return {**stack.variables, **own}


def _questions(path: Path, name: str, project: Project, loaded: Loaded) -> Iterator[Node]:
    """The questions of a file that have SQL; their other keys are for `evaluate` to check."""
    try:
        if "sql:" not in read_text(path, name, project.root):
            return
        root = single(path, name, project.root)
    except DefinitionError as error:
        loaded.errors += error.errors
        return
    except SchemaError as error:
        loaded.errors.append(error)
        return
    for _, items in root.value if isinstance(root, yaml.MappingNode) else ():
        for node in items.value if isinstance(items, yaml.SequenceNode) else ():
            if isinstance(node, yaml.MappingNode) and "sql" in _parts(node):
                yield node


def _parts(node: Node) -> dict[str, Node]:
    return {str(key.value): value for key, value in node.value}


def _add(node: Node, context: Context, resources: dict[Key, Resource], loaded: Loaded) -> None:
    parts = _parts(node)
    question = context.text(parts["ask"]).strip() if "ask" in parts else ""
    if not question:
        raise context.fail(node, "the question has no ask", "write ask: a question")
    key = _view(node, parts, context, resources, loaded)
    if key is None:
        return
    resource = resources[key]
    spec = resource.spec
    assert isinstance(spec, SemanticView)
    query = VerifiedQuery(
        name=_name(question, spec),
        question=question,
        sql=_QUERY(parts["sql"], context),
        verified_at=_text(parts, "verified_at", context),
        verified_by=_text(parts, "verified_by", context),
        onboarding=_FLAG(parts["onboarding"], context) if "onboarding" in parts else False,
    )
    more = replace(spec, verified_queries=(*spec.verified_queries, query))
    kind = all_kinds()[key.kind]
    resources[key] = replace(resource, spec=kind.normalise(more))


def _text(parts: Mapping[str, Node], key: str, context: Context) -> str:
    return context.text(parts[key]).strip() if key in parts else ""


def _name(question: str, spec: SemanticView) -> Identifier:
    """A name made of the question's words; the second of one name gets a number."""
    words = re.sub(r"[^A-Z0-9]+", "_", question.upper()).strip("_")[:_MOST_OF_A_NAME].strip("_")
    base = words if words[:1].isalpha() else f"Q_{words}".rstrip("_")
    taken = {item.name.text for item in spec.verified_queries}
    names = (base if number == 1 else f"{base}_{number}" for number in range(1, len(taken) + 2))
    return Identifier(next(name for name in names if name not in taken))


def _view(
    node: Node,
    parts: Mapping[str, Node],
    context: Context,
    resources: Mapping[Key, Resource],
    loaded: Loaded,
) -> Key | None:
    """The view of a question; None when this stack leaves it out, or its definition is broken."""
    if "semantic_view" in parts:
        return _named(parts["semantic_view"], context, resources, loaded)
    entities = parts.get("entities")
    listed = entities.value if isinstance(entities, yaml.SequenceNode) else ()
    names = [str(item.value).upper() for item in listed]
    found = [loaded.entities[name] for name in names if name in loaded.entities]
    views = [item.semantic_view for item in found if item.semantic_view is not None]
    if not views:
        if not set(names) <= loaded.entities.keys():
            return None  # broken, or not known: said elsewhere
        raise context.fail(
            parts["sql"],
            "a question with sql is a verified query of a semantic view, and names none",
            "write semantic_view: SCHEMA.NAME, or entities: [NAME] of an entity with semantic:",
        )
    key = Key("semantic_view", views[0].sql)
    return key if key in resources else None


def _named(
    node: Node, context: Context, resources: Mapping[Key, Resource], loaded: Loaded
) -> Key | None:
    written = context.text(node).upper()
    known = [*resources, *loaded.left_out, *loaded.broken]
    keys = [key for key in known if key.kind == "semantic_view"]
    found = [key for key in keys if key.name == written or key.name.endswith(f".{written}")]
    if len(found) == 1:
        return found[0] if found[0] in resources else None
    if loaded.unparsed and not found:
        return None
    names = [key.name for key in keys]
    problem = f"{written} is {'not a' if not found else 'more than one'} semantic view"
    raise context.fail(
        node, problem, did_you_mean(written, names) or "declare it, or write SCHEMA.NAME"
    )
