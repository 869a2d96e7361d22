"""SQL to definitions: what GET_DDL gives, or a file of CREATE statements. The only place that
parses SQL, with sqlglot. What it cannot read is listed with its line, never dropped in silence.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import sqlglot
import yaml
from sqlglot import exp
from sqlglot.errors import SqlglotError

from .errors import SchemaError
from .kinds import task, warehouse
from .kinds.properties import Property
from .names import QualifiedName
from .sqltext import query_of_view, string_value
from .types import normal_type

Definition = dict[str, Any]
_STATEMENT_PART: Final = re.compile(
    r"--[^\n]*|//[^\n]*|/\*.*?\*/|'(?:[^'\\]|''|\\.)*'|\"(?:[^\"]|\"\")*\"|\$\$.*?\$\$|;", re.DOTALL
)
_CREATE: Final = re.compile(
    r"CREATE\s+(?:OR\s+(?:REPLACE|ALTER)\s+)?(?:(?:TRANSIENT|SECURE|MATERIALIZED)\s+)*(?P<kind>[A-Z]+)\s+"
    r"(?:IF\s+NOT\s+EXISTS\s+)?(?P<name>(?:\"[^\"]+\"|[\w$]+)(?:\.(?:\"[^\"]+\"|[\w$]+))*)",
    re.IGNORECASE,
)
_OPTION: Final = re.compile(
    r"\b(?P<name>[A-Z_]+)\s*=\s*(?P<value>'(?:[^'\\]|''|\\.)*'|[\w$.\"-]+)", re.IGNORECASE
)


_TASK: Final = re.compile(
    r"(?P<options>.*?)(?:\bAFTER\s+(?P<after>[^\n]+?)\s*)?(?:\bWHEN\s+(?P<when>.*?)\s*)?"
    r"\bAS\s+(?P<body>.*)\Z",
    re.IGNORECASE | re.DOTALL,
)
_TABLE_OPTIONS: Final = {
    "CHANGE_TRACKING": "change_tracking",
    "DATA_RETENTION_TIME_IN_DAYS": "data_retention_days",
    "COMMENT": "comment",
}


@dataclass(frozen=True, slots=True)
class Left:
    """A statement that was not read."""

    line: int
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class Imported:
    """Definitions as YAML text, how many, and what was left."""

    yaml: str
    count: int
    left: tuple[Left, ...]


def import_sql(text: str, database: str | None = None) -> Imported:
    """Read CREATE statements into definitions.

    Args:
        text: SQL, statements ended by `;`.
        database: Cut off the names that begin with it, since a stack names the database.
    """
    definitions: list[Definition] = []
    left: list[Left] = []
    for line, statement in split(text):
        try:
            definitions.append(_read(statement, database))
        except (SchemaError, SqlglotError, ValueError) as error:
            reason = getattr(error, "message", None) or str(error).split("\n")[0]
            first = " ".join(statement.split())
            left.append(Left(line, reason, first if len(first) <= 60 else f"{first[:59]}…"))
    return Imported(_dump(definitions), len(definitions), tuple(left))


def split(text: str) -> Iterator[tuple[int, str]]:
    """Statements with the number of their first line; strings and comments hold no end."""
    start = 0
    for match in (*_STATEMENT_PART.finditer(text), None):
        if match is not None and match[0] != ";":
            continue
        end = match.start() if match else len(text)
        piece = text[start:end]
        body = re.sub(r"\A(?:\s+|--[^\n]*\n?|/\*.*?\*/)+", "", piece, flags=re.DOTALL)
        if body.strip():
            yield text.count("\n", 0, end - len(body)) + 1, body.rstrip()
        start = match.end() if match else end


def _read(statement: str, database: str | None) -> Definition:
    head = _CREATE.match(statement)
    if head is None:
        raise ValueError("not a CREATE statement")
    kind = head["kind"].lower()
    reader = _READERS.get(kind)
    if reader is None:
        raise ValueError(f"CREATE {kind.upper()} is not read")
    name = QualifiedName.parse(head["name"])
    if database is not None and len(name.parts) > 1:
        owner = QualifiedName.parse(database).last
        if name.parts[0] == owner:
            name = QualifiedName(name.parts[1:])
    fields = reader(statement, statement[head.end() :])
    return {"kind": kind, "name": str(name.sql), **fields}


def _table(statement: str, _rest: str) -> Definition:
    create = _parsed(statement, exp.Schema)
    columns: list[Definition] = []
    key: list[str] = []
    for item in create.this.expressions:
        if isinstance(item, exp.ColumnDef):
            columns.append(_column(item, key))
        elif isinstance(item, exp.PrimaryKey | exp.Constraint) and item.find(exp.PrimaryKey):
            primary = item.find(exp.PrimaryKey)
            key += [_identifier(column) for column in primary.expressions] if primary else []
        else:
            raise ValueError(f"{item.sql('snowflake')} is not read")
    found: Definition = {"columns": columns}
    if key:
        found["primary_key"] = key
    properties = create.args.get("properties")
    for item in properties.expressions if properties else ():
        found.update(_table_property(item))
    return found


def _table_property(item: exp.Expression) -> Definition:
    """One property of a table; what is not known fails, so that nothing is lost in silence."""
    if isinstance(item, exp.TransientProperty):
        return {"transient": True}
    if isinstance(item, exp.SchemaCommentProperty):
        return {"comment": item.this.name}
    if isinstance(item, exp.ClusterProperty):
        return {"cluster_by": [part.sql("snowflake") for part in item.expressions]}
    if type(item) is exp.Property:
        field = _TABLE_OPTIONS.get(item.name.upper())
        if field is not None:
            return {field: _value(item.args["value"].sql("snowflake"))}
    raise ValueError(f"{item.sql('snowflake')} is not read")


def _column(item: exp.ColumnDef, key: list[str]) -> Definition:
    kind = item.args["kind"]
    column: Definition = {
        "name": _identifier(item.this),
        "type": normal_type(kind.sql("snowflake")),
    }
    for constraint in item.args.get("constraints", ()):
        what = constraint.kind
        if isinstance(what, exp.NotNullColumnConstraint) and not what.args.get("allow_null"):
            column["nullable"] = False
        elif isinstance(what, exp.DefaultColumnConstraint):
            column["default"] = what.this.sql("snowflake")
        elif isinstance(what, exp.CommentColumnConstraint):
            column["comment"] = what.this.name
        elif isinstance(what, exp.PrimaryKeyColumnConstraint):
            key.append(column["name"])
        elif not isinstance(what, exp.NotNullColumnConstraint):
            raise ValueError(f"column {column['name']}: {what.sql('snowflake')} is not read")
    return column


def _view(statement: str, rest: str) -> Definition:
    _parsed(statement, None)  # only what parses is taken
    found: Definition = {"query": query_of_view(statement)}
    header = statement[: len(statement) - len(found["query"])]
    if re.search(r"\bSECURE\b", header, re.IGNORECASE):
        found["secure"] = True
    if re.search(r"\bMATERIALIZED\b", header, re.IGNORECASE):
        found["materialized"] = True
    comment = _options(header).get("COMMENT")
    return {**found, "comment": comment} if comment else found


def _parsed(statement: str, this: type[exp.Expression] | None) -> exp.Create:
    tree = sqlglot.parse_one(statement, read="snowflake")
    if not isinstance(tree, exp.Create) or (this is not None and not isinstance(tree.this, this)):
        raise ValueError("sqlglot does not read it")
    return tree


def _container(statement: str, rest: str) -> Definition:
    options = _options(rest)
    found: Definition = {}
    if re.match(r"CREATE\s+(OR\s+REPLACE\s+)?TRANSIENT", statement, re.IGNORECASE):
        found["transient"] = True
    if re.search(r"\bWITH\s+MANAGED\s+ACCESS\b", rest, re.IGNORECASE):
        found["managed_access"] = True
    if "DATA_RETENTION_TIME_IN_DAYS" in options:
        found["data_retention_days"] = options["DATA_RETENTION_TIME_IN_DAYS"]
    return {**found, **({"comment": options["COMMENT"]} if "COMMENT" in options else {})}


def _with_properties(
    properties: tuple[Property, ...], *ignored: str
) -> Callable[[str, str], Definition]:
    known = {item.sql: item.field for item in properties}

    def read(_statement: str, rest: str) -> Definition:
        found: Definition = {}
        for name, value in _options(rest).items():
            if name in ignored:
                continue
            if name not in known:
                raise ValueError(f"{name} is not read")
            found[known[name]] = value
        return found

    return read


def _stream(_statement: str, rest: str) -> Definition:
    source = re.match(r"\s*ON\s+(TABLE|VIEW|DYNAMIC\s+TABLE|STAGE)\s+(\S+)", rest, re.IGNORECASE)
    if source is None:
        raise ValueError("its source is not read")
    found: Definition = {"on": {"_".join(source[1].lower().split()): source[2]}}
    flags = {
        "APPEND_ONLY": "append_only",
        "SHOW_INITIAL_ROWS": "show_initial_rows",
        "COMMENT": "comment",
    }
    for name, value in _options(rest[source.end() :]).items():
        if name not in flags:
            raise ValueError(f"{name} is not read")
        found[flags[name]] = value
    return found


def _task(_statement: str, rest: str) -> Definition:
    parts = _TASK.match(rest)
    if parts is None:
        raise ValueError("its statement is not found")
    found = _with_properties(task.PROPERTIES)("", parts["options"])
    if parts["after"]:
        found["after"] = [name.strip() for name in parts["after"].split(",")]
    if parts["when"]:
        found["when"] = parts["when"]
    return {**found, "definition": parts["body"].strip()}


def _options(text: str) -> dict[str, Any]:
    return {match["name"].upper(): _value(match["value"]) for match in _OPTION.finditer(text)}


def _value(written: str) -> Any:
    if written.startswith("'"):
        return string_value(written)
    if written.upper() in ("TRUE", "FALSE"):
        return written.upper() == "TRUE"
    return int(written) if written.isdecimal() else written


def _identifier(node: Any) -> str:
    identifier = node.find(exp.Identifier) if not isinstance(node, exp.Identifier) else node
    if identifier.args.get("quoted"):
        return str(QualifiedName.of(identifier.name).sql)
    return str(identifier.name).upper()


class _Dumper(yaml.SafeDumper):
    """Queries as block text."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def _dump(definitions: list[Definition]) -> str:
    if not definitions:
        return "[]\n"
    return yaml.dump(definitions, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


_READERS: Final[dict[str, Callable[[str, str], Definition]]] = {
    "table": _table,
    "view": _view,
    "schema": _container,
    "database": _container,
    "role": _with_properties((Property("comment", "COMMENT"),)),
    "warehouse": _with_properties(warehouse.PROPERTIES, "INITIALLY_SUSPENDED"),
    "stream": _stream,
    "task": _task,
}
