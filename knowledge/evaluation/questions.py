"""Labelled questions of a project: `evaluation/*.yaml`. The format is in docs/formats.md."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from hushflake.schema.errors import DefinitionError, Position, SchemaError
from hushflake.schema.nodes import Node, plain, position, single
from hushflake.schema.project import Project

from ..errors import KnowledgeMistakeError

FOLDER: Final = "evaluation"
NOTHING: Final = "nothing"
_MOST_GRADE: Final = 10
_KEYS: Final = ("ask", "rows", "entities", "filters", "sql")
# Of a verified query: `schema/verified.py` reads them.
_OF_SQL: Final = ("semantic_view", "verified_at", "verified_by", "onboarding")


@dataclass(frozen=True)
class Question:
    """One labelled question.

    Attributes:
        kind: What sort of question it is: the key that it stands under.
        ask: As a person types it.
        rows: `KEY` or `ENTITY/KEY` of each right row -> grade, 1 or more; empty: nothing is right.
        entities: Where to look; empty: everywhere.
        filters: Field -> value that a row must have.
        sql: A query that answers it, for an assistant to learn from.
        place: Where it stands.
    """

    kind: str
    ask: str
    rows: Mapping[str, int]
    entities: tuple[str, ...] = ()
    filters: Mapping[str, str] = field(default_factory=dict)
    sql: str | None = None
    place: Position | None = None


def has_questions(project: Project) -> bool:
    """Whether the project has questions to the search, beside those with SQL alone."""
    return any(
        read_questions(path, f"{FOLDER}/{path.name}", project.root)
        for path in sorted((project.root / FOLDER).glob("*.yaml"))
    )


def questions_of(project: Project) -> list[Question]:
    """Return the questions of a project's folder `evaluation`, by file and place.

    Raises:
        DefinitionError: Mistakes in a file, each with its place.
        KnowledgeMistakeError: There are none.
    """
    found = [
        question
        for path in sorted((project.root / FOLDER).glob("*.yaml"))
        for question in read_questions(path, f"{FOLDER}/{path.name}", project.root)
    ]
    if not found:
        raise KnowledgeMistakeError(
            f"the project has no questions: write some to {FOLDER}/NAME.yaml, or let "
            "hushflake evaluate --suggest propose them"
        )
    return found


def read_questions(path: Path, name: str, root: Path) -> list[Question]:
    """Return the questions of one file.

    Args:
        path: The file.
        name: What errors call it.
        root: The folder that it must lie in.

    Raises:
        DefinitionError: Mistakes, each with its place.
        SchemaError: No YAML, or no file to be read.
    """
    errors: list[SchemaError] = []
    found: list[Question] = []
    for kind, node in _kinds(single(path, name, root), name):
        try:
            question = _question(kind, node, name)
            found += [question] if question is not None else []
        except SchemaError as error:
            errors.append(error)
    if errors:
        raise DefinitionError(errors)
    return found


def _kinds(root: Node, name: str) -> Iterator[tuple[str, Node]]:
    """Yield each question with the key that it stands under."""
    if not isinstance(root, yaml.MappingNode):
        raise _wrong(root, name, "a kind of question and its questions are wanted here")
    for key, items in root.value:
        if not isinstance(items, yaml.SequenceNode):
            raise _wrong(items, name, f"a list of questions is wanted under {key.value}")
        for item in items.value:
            yield str(key.value), item


def _question(kind: str, node: Node, name: str) -> Question | None:
    """A question to the search; None for one that only has SQL (`schema/verified.py`)."""
    if not isinstance(node, yaml.MappingNode):
        raise _wrong(node, name, "a question is a mapping")
    parts = {key.value: value for key, value in node.value}
    for key, _ in node.value:
        if key.value not in (*_KEYS, *_OF_SQL):
            raise _wrong(key, name, f"unknown key {key.value!r}")
    if "ask" not in parts:
        raise _wrong(node, name, "the question has no ask")
    if "rows" not in parts and "sql" not in parts:
        raise _wrong(node, name, "the question has no rows")
    ask = parts["ask"]
    if not isinstance(ask, yaml.ScalarNode) or not ask.value.strip():
        raise _wrong(ask, name, "ask is the text of a question")
    entities, filters = (plain(parts[key]) if key in parts else None for key in _KEYS[2:4])
    if not isinstance(entities, list | None):
        raise _wrong(parts["entities"], name, "entities is a list of names")
    if not isinstance(filters, dict | None):
        raise _wrong(parts["filters"], name, "filters is a mapping of fields to values")
    if "rows" not in parts:
        return None
    return Question(
        kind=kind,
        ask=ask.value.strip(),
        rows=_rows(parts["rows"], name),
        entities=tuple(map(str, entities or ())),
        filters={key: str(value) for key, value in (filters or {}).items()},
        sql=parts["sql"].value if isinstance(parts.get("sql"), yaml.ScalarNode) else None,
        place=position(node, name),
    )


def _rows(node: Node, name: str) -> dict[str, int]:
    if isinstance(node, yaml.ScalarNode) and node.value == NOTHING:
        return {}
    if isinstance(node, yaml.SequenceNode) and node.value:
        return {_key(item, name): 1 for item in node.value}
    if isinstance(node, yaml.MappingNode) and node.value:
        return {_key(key, name): _grade(value, name) for key, value in node.value}
    raise _wrong(node, name, "rows is a list of keys, a mapping of keys to grades, or nothing")


def _key(node: Node, name: str) -> str:
    if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
        raise _wrong(node, name, "a row is named by its key, or by ENTITY/KEY")
    return str(node.value).strip()


def _grade(node: Node, name: str) -> int:
    value: Any = plain(node)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= _MOST_GRADE:
        raise _wrong(node, name, f"a grade is a whole number from 1 to {_MOST_GRADE}")
    return value


def _wrong(node: Node, name: str, message: str) -> SchemaError:
    remedy = "write - {ask: a question, rows: [KEY, …]}, or rows: nothing"
    return SchemaError(message, remedy, position(node, name))
