"""What binding knows and what it finds: names completed, variables put in, mistakes collected."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from .account_names import AccountNames
from .errors import Position, SchemaError
from .names import Identifier, QualifiedName
from .nodes import Node, position
from .sql.variables import VARIABLE
from .suggest import did_you_mean

# A reference: kinds that it may be of, full name, whether it may be unknown, where it stands.
Found = tuple[tuple[str, ...], str, bool, Position]


class FailedError(Exception):
    """A value that could not be bound; its error is in the context already.

    Attributes:
        partial: What could be read of it all the same, so that the rest is still checked; None.
        failed: Of a mapping: its keys that failed or are missing.
    """

    def __init__(self, partial: Any = None, failed: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self.partial = partial
        self.failed = failed


@dataclass(slots=True)
class Context:
    """What binding needs to know, and what it finds.

    Attributes:
        path: The file that is bound.
        database: Completes names without a database.
        schema: Completes names without a schema: that of the object that is bound.
        variables: Values of `${name}`.
        levels: Kind name -> account, database or schema.
        source: The text of the file, for places within a block of text.
        foreign: Nodes that come from another file (overrides): id -> path.
        account_names: How the stack spells the names of objects of the account.
    """

    path: str
    database: Identifier | None = None
    schema: Identifier | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    levels: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    foreign: dict[int, str] = field(default_factory=dict)
    account_names: AccountNames = field(default_factory=AccountNames)
    errors: list[SchemaError] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)
    field_references: list[tuple[str, Position]] = field(default_factory=list)

    def at(self, node: Node) -> Position:
        return position(node, self.foreign.get(id(node), self.path))

    def error(self, node: Node, message: str, remedy: str = "") -> None:
        self.errors.append(SchemaError(message, remedy, self.at(node)))

    def fail(self, node: Node, message: str, remedy: str = "") -> FailedError:
        self.error(node, message, remedy)
        return FailedError()

    def text(self, node: Node) -> str:
        """The text of a scalar with its `${variables}` put in; `$${` is a plain `${`."""
        if not isinstance(node, yaml.ScalarNode):
            raise self.fail(
                node, f"a value is wanted here, not {shape_of(node)}", "write plain text"
            )
        value: str = node.value
        if "${" not in value:
            return value

        def put_in(match: re.Match[str]) -> str:
            if match[0].startswith("$$"):
                return match[0][1:]
            return self.value_of(match[1].strip(), node)

        return VARIABLE.sub(put_in, value)

    def value_of(self, name: str, node: Node) -> str:
        """The value of a variable that the text of a node names."""
        if name.partition(":")[0] in ("secret", "env"):
            raise self.fail(
                node,
                f"${{{name}}}: a definition holds no secret, not even by name",
                "it would be readable in the object; use an integration or a Snowflake secret",
            )
        if name not in self.variables:
            remedy = (
                did_you_mean(name, self.variables) or "declare it under variables: in the stack"
            )
            raise self.fail(node, f"the variable ${{{name}}} has no value on this stack", remedy)
        return self.variables[name]

    def within(self, node: Node, before: str) -> Position:
        """Where the text of a scalar goes on after `before`: exact in a block and on one line."""
        start = self.at(node)
        style = getattr(node, "style", None)
        lines = before.split("\n")
        if style == "|":
            line = start.line + len(lines)
            return Position(start.path, line, self._indentation(start, line) + len(lines[-1]) + 1)
        if len(lines) > 1 or start.line != node.end_mark.line + 1:
            return start
        return Position(start.path, start.line, start.column + len(lines[0]) + bool(style))

    def _indentation(self, start: Position, line: int) -> int:
        """How far the lines of a block scalar are indented, by its first line that has words."""
        if start.path != self.path:
            return 0
        for text in self.source.split("\n")[start.line : line]:
            if text.strip():
                return len(text) - len(text.lstrip())
        return 0

    def complete(self, name: QualifiedName, kind: str, node: Node) -> QualifiedName:
        """Put the stack's database and the current schema in front of a name where they lack, and
        the stack's prefix in front of that of an object of the account."""
        level = self.levels.get(kind, "schema")
        wanted = {"account": 1, "database": 2, "schema": 3}[level]
        missing = wanted - len(name.parts)
        if missing < 0:
            raise self.fail(node, f"{name} has too many parts", f"write {wanted} at most")
        if level == "account":
            return self.account_names.complete(kind, name)
        if missing == 0:
            return name
        if self.database is None:
            raise self.fail(node, f"{name} has no database", "set database: in the stack")
        if missing == 1:
            return QualifiedName((self.database, *name.parts), name.arguments)
        if self.schema is None:
            raise self.fail(node, f"{name} has no schema", f"write SCHEMA.{name}")
        return QualifiedName((self.database, self.schema, *name.parts), name.arguments)


def shape_of(node: Node) -> str:
    if isinstance(node, yaml.MappingNode):
        return "a mapping"
    return "a list" if isinstance(node, yaml.SequenceNode) else "a single value"
