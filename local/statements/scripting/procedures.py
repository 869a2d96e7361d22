"""Runs a procedure in SQL: its arguments, its rights, what it returns.

https://docs.snowflake.com/en/developer-guide/stored-procedure/stored-procedures-rights
"""

import contextlib
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from ...engine.catalogue import Object
from ...language.errors import SqlError, compilation, unsupported
from ...language.results import Binding, Column, Result
from ...language.types import TEXT, DataType, from_json
from ...sessions.owned import as_owner
from ...sessions.session import Session
from ...sql.parameters import numbered
from ..running.runner import run_one
from .script import run_script
from .steps import Table
from .values import Value, Variable, spelt

# Each call runs within the one before it, on one stack of Python's.
_MOST_CALLS = 16
_calls: ContextVar[int] = ContextVar("calls", default=0)


@dataclass(frozen=True)
class Given:
    """An argument of a CALL.

    Attributes:
        name: Empty for one given by its place.
        text: The expression.
    """

    name: str
    text: str


def evaluated(
    session: Session, given: Sequence[Given], bindings: dict[str, Binding]
) -> list[Value]:
    """Evaluate the arguments of a CALL, in the order in which they are written."""
    if not given:
        return []
    listed = ", ".join(f"({each.text}) AS A{place}" for place, each in enumerate(given))
    result = run_one(session, numbered(f"SELECT {listed}"), bindings)
    return [
        Value(value, column.type)
        for value, column in zip(result.rows[0], result.columns, strict=True)
    ]


def fits(arguments: Sequence[dict[str, Any]], given: Sequence[Given]) -> bool:
    """Tell whether a procedure with these arguments can be called like this."""
    names = [argument["name"] for argument in arguments]
    placed = [each for each in given if not each.name]
    named = {each.name for each in given if each.name}
    if len(placed) > len(names) or not named <= set(names[len(placed) :]):
        return False
    left = [each for each in arguments[len(placed) :] if each["name"] not in named]
    return all("default" in each for each in left)


def same_types(arguments: Sequence[dict[str, Any]], values: Sequence[Value]) -> bool:
    """Tell whether values have the types of the arguments, without a cast."""
    return all(
        value.type is None or from_json(argument["type"]).base == value.type.base
        for argument, value in zip(arguments, values, strict=False)
    )


def run_procedure(
    session: Session,
    name: str,
    body: Mapping[str, Any],
    given: Sequence[Given],
    values: Sequence[Value],
    owned: Object | None = None,
) -> Result:
    """Run a procedure and return what CALL returns.

    Args:
        session: The caller's.
        name: Shown as the column's name.
        body: Arguments, type and text.
        given: The arguments of the call.
        values: Their values.
        owned: The procedure, when it runs with the rights of its owner and not with the caller's.

    Raises:
        SqlError: It fails, or is in another language.
    """
    if body["language"] != "SQL":
        raise unsupported(f"a procedure in {body['language']}")
    depth = _calls.get()
    if depth >= _MOST_CALLS:
        raise SqlError(
            f"Stored procedure calls are nested more than {_MOST_CALLS} deep.", 90227, "54001"
        )
    arguments = _variables(session, body["arguments"], given, values)
    if body.get("strict") and any(each.held.value is None for each in arguments.values()):
        return _returned(session, name, body, Value(None))
    token = _calls.set(depth + 1)
    try:
        with as_owner(session, owned) if owned is not None else contextlib.nullcontext():
            found = run_script(session, str(body["body"]), arguments)
            return _returned(session, name, body, found)
    finally:
        _calls.reset(token)


def _variables(
    session: Session,
    arguments: Sequence[dict[str, Any]],
    given: Sequence[Given],
    values: Sequence[Value],
) -> dict[str, Variable]:
    names = [argument["name"] for argument in arguments]
    by_name = {
        each.name or names[place]: spelt(value)
        for place, (each, value) in enumerate(zip(given, values, strict=True))
    }
    found = {}
    for argument in arguments:
        kind = from_json(argument["type"])
        text = by_name.get(argument["name"], argument.get("default", "NULL"))
        found[argument["name"]] = Variable(_cast(session, text, kind), kind)
    return found


def _cast(session: Session, text: str, kind: DataType) -> Value:
    return Value(run_one(session, f"SELECT ({text})::{kind}").rows[0][0], kind)


def _returned(session: Session, name: str, body: Mapping[str, Any], found: Value | Table) -> Result:
    if isinstance(found, Table):
        return _table(name, body, found.result)
    if "returns_table" in body:
        raise compilation(f"Procedure {name} returns a table: use RETURN TABLE(…)", 90244, "42601")
    kind = from_json(body["returns"]) if "returns" in body else TEXT
    value = _cast(session, spelt(found), kind).value
    return Result([Column(name, kind)], [[value]])


def _table(name: str, body: Mapping[str, Any], result: Result) -> Result:
    """Return a table under the names that RETURNS TABLE gives its columns."""
    if "returns_table" not in body:
        raise compilation(f"Procedure {name} does not return a table", 90244, "42601")
    declared = body["returns_table"]
    if not declared:
        return Result(result.columns, result.rows)
    kinds = [from_json(each["type"]) for each in declared]
    if [kind.base for kind in kinds] != [column.type.base for column in result.columns]:
        shown = ", ".join(str(column.type) for column in result.columns)
        raise compilation(
            f"Declared return type 'TABLE ({', '.join(map(str, kinds))})' is incompatible with actual "
            f"return type 'TABLE ({shown})'",
            90244,
            "42601",
        )
    columns = [Column(each["name"], kind) for each, kind in zip(declared, kinds, strict=True)]
    return Result(columns, result.rows)
