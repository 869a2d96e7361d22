"""Queries that stay and read what is not there, or what the plan takes away: told as notes.

Found by words, not by parsing: what stands where a table does, and the names of columns. So it
is told and never refused; the server has the last word.
"""

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Final

from .errors import SchemaError
from .kinds import kind_named
from .names import Identifier, QualifiedName
from .plan import Operation
from .resource import Resource
from .sql.tokens import tokens
from .state import Desired, State
from .values import Key

# What a query can read from.
_READABLE = ("table", "view", "dynamic_table", "stream")
_NAME: Final = r'([A-Z_][\w$]*(?:\.[A-Z_][\w$]*){0,2})(?![\w$."])'
# A bracket, a plain name, or nothing that is plain; `IS DISTINCT FROM` reads nothing.
_READS: Final = re.compile(
    rf"(?<!\bDISTINCT )\b(?:FROM|JOIN)\b(?:\s*(\()|\s+{_NAME})?", re.IGNORECASE
)


def dangling_reads(
    desired: Desired, actual: State, operations: Iterable[Operation]
) -> Iterator[str]:
    """Yield a note for each declared query that would fail once the plan is applied.

    Args:
        actual: What is there; of databases that it does not hold nothing is said.
        operations: Those of the plan.
    """
    operations = tuple(operations)
    going, columns = _taken_away(operations)
    moved = {
        op.name: str(op.payload["column"])
        for op in operations
        if op.action == "migrate_column" and _is_not_last(op, actual)
    }
    known = {key.name for key in desired.resources if key.kind in _READABLE}
    looked_at = {key.name for key in actual.resources if key.kind in ("database", "schema")}
    if not (going or columns or moved or looked_at):
        return
    there = {key.name for key in actual.resources if key.kind in _READABLE} - going.keys()
    settled = (known | there) - going.keys() - columns.keys() - moved.keys()
    for key, resource in desired.resources.items():
        for text in _queries(resource):
            if _reads_only(text, key.name, settled):
                continue
            words = list(tokens(text))
            for name in sorted(set(sources(words, key.name))):
                if name in going:
                    yield (
                        f"{key} reads {going[name]}, which this plan drops: it will fail from "
                        "then on"
                    )
                elif name in columns:
                    yield from _lost_columns(key, name, words, columns[name])
                elif name not in known | there and _container(name) in looked_at:
                    yield (
                        f"{key} reads {name}, which is neither declared nor found: if it does not "
                        "exist by then, making the query fails"
                    )
                if name in moved and _takes_all(words):
                    yield (
                        f"{key} reads {name} with *, and this plan moves {moved[name]} to its end: "
                        "what it calls its columns may be off from then on, unless it is made again"
                    )


def _reads_only(text: str, own: str, names: Container[str]) -> bool:
    """Whether all that FROM and JOIN could mean are these names: nearly every query, and to see it
    takes a tenth of reading its words."""
    parts = own.split(".")
    if len(parts) != 3 or '"' in own:
        return False
    for bracket, written in _READS.findall(text):
        given = written.upper().split(".")
        if not bracket and ".".join((*parts[: 3 - len(given)], *given)) not in names:
            return False
    return True


def _taken_away(
    operations: Iterable[Operation],
) -> tuple[dict[str, Key], dict[str, dict[str, str]]]:
    """What is dropped, by name; and by table the columns that go, with what becomes of them."""
    going: dict[str, Key] = {}
    columns: dict[str, dict[str, str]] = {}
    for op in operations:
        if op.action == "drop":
            going[op.name] = op.key
        elif op.action == "drop_column":
            columns.setdefault(op.name, {})[str(op.payload["column"])] = "drops"
        elif op.action == "rename_column" and op.payload["to"] != op.payload["column"]:
            columns.setdefault(op.name, {})[str(op.payload["column"])] = (
                f"renames to {op.payload['to']}"
            )
    return going, columns


def _queries(resource: Resource) -> Iterator[str]:
    for field in kind_named(resource.key.kind).query_fields:
        text = getattr(resource.spec, field)
        if text:
            yield str(text)


def _lost_columns(
    key: Key, table: str, words: Iterable[tuple[str, str]], lost: Mapping[str, str]
) -> Iterator[str]:
    named = {_last(text) for group, text in words if group == "name"}
    for column, fate in lost.items():
        if column in named:
            yield (
                f"{key} reads {table} and names {column}, which this plan {fate}: it will fail "
                "from then on, unless it means the column of another table"
            )


def sources(words: list[tuple[str, str]], own: str) -> Iterator[str]:
    """Full names of what stands after FROM or JOIN in a query of the object `own`.

    Names of common table expressions, functions and stages are none; nor is the FROM of
    EXTRACT(… FROM …) and IS DISTINCT FROM.
    """
    around = QualifiedName.parse(own).parts
    upper = [text.upper() for _, text in words]
    local = {
        upper[i]
        for i in range(len(words) - 2)
        if words[i][0] == "name" and upper[i + 1] == "AS" and upper[i + 2] == "("
    }
    selects = [True]  # whether the parenthesis that we are in holds a query
    for i, word in enumerate(upper):
        if word == "(":
            selects.append(i + 1 < len(upper) and upper[i + 1] in ("SELECT", "WITH"))
        elif word == ")" and len(selects) > 1:
            selects.pop()
        starts = word == "JOIN" or (word == "FROM" and selects[-1] and upper[i - 1] != "DISTINCT")
        if not starts or i + 1 >= len(words) or words[i + 1][0] != "name":
            continue
        written = words[i + 1][1]
        is_call = i + 2 < len(words) and upper[i + 2] == "("
        if is_call or written.upper() in local or written.upper() in ("LATERAL", "TABLE", "VALUES"):
            continue
        try:
            name = QualifiedName.parse(written)
        except SchemaError:
            continue
        yield QualifiedName((*around[: max(0, 3 - len(name.parts))], *name.parts)).sql


def _is_not_last(op: Operation, actual: State) -> bool:
    there = actual.resources.get(op.key)
    names = [column.name.sql for column in getattr(there.spec, "columns", ())] if there else []
    return bool(names) and names[-1] != op.payload["column"]


def _takes_all(words: list[tuple[str, str]]) -> bool:
    """Whether a `*` stands where a column does."""
    return any(
        text == "*" and words[i - 1][1].upper() in ("SELECT", "DISTINCT", "ALL", ",", ".")
        for i, (_, text) in enumerate(words)
        if i
    )


def _container(name: str) -> str:
    return str(QualifiedName.parse(name).parent.sql)


def _last(written: str) -> str:
    try:
        return str(QualifiedName.parse(written).parts[-1].sql)
    except SchemaError:
        return str(Identifier(written).sql)
