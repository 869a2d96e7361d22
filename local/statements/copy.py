"""COPY INTO a table, and COPY INTO a place in a stage."""

from collections.abc import Mapping
from typing import Any

from sqlglot import exp

from ..engine.stage_files import MOST_BYTES
from ..language.errors import SqlError, compilation, invalid_identifier, unsupported
from ..language.lexer import literal, tokens
from ..language.parser import Parser
from ..language.results import Binding, Result
from ..sessions.call import Call
from ..sessions.session import Session
from ..sessions.warehouses import require_warehouse
from ..sql.dialect import parse
from ..sql.staged.columns import sources
from ..sql.staged.copy_options import read_copy_options, read_options
from ..sql.staged.formats import format_of, read_format
from ..sql.staged.load import Load
from ..sql.staged.loading import run_load, validated
from ..sql.staged.location import Location, Place, read_location, resolve
from ..sql.staged.unload import Unload
from ..sql.staged.unloading import run_unload

STARTS = ("COPY",)
_MOST_FILES = 1000
# What a transformation is made of: a list of expressions over one row of a file.
_NOT_IN_SELECT = (
    "where", "group", "having", "qualify", "order", "limit", "offset", "distinct", "joins", "with_",
    "windows", "laterals",
)  # fmt: skip


def run(call: Call) -> Result:
    """Run COPY."""
    sql = with_values(call.sql, call.bindings)
    parser = Parser(sql)
    parser.expect("COPY")
    if parser.looking_at("FILES"):
        raise unsupported("COPY FILES")
    parser.expect("INTO")
    if parser.here.kind == "string" or parser.here.text == "@":
        return _into_stage(call.session, parser)
    return _into_table(call.session, parser)


def with_values(sql: str, bindings: Mapping[str, Binding]) -> str:
    """Return a statement with its bound values put in as literals.

    Raises:
        SqlError: One is not bound.
    """
    if not bindings:
        return sql
    pieces, place, count = [], 0, 0
    found = tokens(sql)
    for index, token in enumerate(found[:-1]):
        if token.kind != "symbol" or token.text not in {"?", ":"}:
            continue
        end, key = token.end, ""
        if token.text == "?":
            count += 1
            key = str(count)
        elif (
            found[index + 1].kind == "number"
            and found[index + 1].start == token.end
            and (index == 0 or found[index - 1].end < token.start or found[index - 1].text in "=(,")
        ):
            key, end = found[index + 1].text, found[index + 1].end
        if not key:
            continue
        if key not in bindings:
            raise SqlError(f"SQL compilation error:\nBind variable {key} not set.", 2049, "42601")
        pieces += [sql[place : token.start], _literal(bindings[key])]
        place = end
    return "".join(pieces) + sql[place:]


def _literal(binding: Binding) -> str:
    if binding.is_array:
        raise unsupported("a list of values bound in COPY")
    if binding.value is None:
        return "NULL"
    if binding.type in {"BIGINT", "HUGEINT", "DOUBLE", "BOOLEAN"}:
        return str(binding.value)
    return literal(str(binding.value))


def _into_table(session: Session, parser: Parser) -> Result:
    name = parser.name()
    table = session.names.find("TABLE", name)
    if table.kind != "TABLE":
        raise compilation(f"{table.kind} '{name}' cannot be written.", 2004, "42501")
    session.identity.require("INSERT", table, str(name))
    require_warehouse(session)
    known = [str(column["name"]) for column in table.body["columns"]]
    listed = parser.names() if parser.looking_at("(") else known
    for column in listed:
        if column not in known:
            raise invalid_identifier(column)
    if len(set(listed)) < len(listed):
        raise compilation("duplicate column name in the column list", 2025, "42S21")
    select: exp.Select | None = None
    if not parser.accept("FROM"):
        place = resolve(session, Location("TABLE", name, ""), "READ")
        pattern = form_name = None
    elif parser.looking_at("("):
        select, place, pattern, form_name = _read_select(session, parser)
    else:
        place = resolve(session, read_location(parser), "READ")
        pattern = form_name = None
    options = read_copy_options(
        parser,
        {
            "FILES": _files,
            "PATTERN": Parser.string,
            "FILE_FORMAT": read_format,
            "VALIDATION_MODE": _validation,
            "COPY_OPTIONS": _bracketed,
        },
    )
    parser.end()
    return _run(session, table, tuple(listed), select, place, pattern, form_name, options)


def _run(
    session: Session,
    table: Any,
    listed: tuple[str, ...],
    select: exp.Select | None,
    place: Place,
    pattern: str | None,
    form_name: str | None,
    options: dict[str, Any],
) -> Result:
    given = options.pop("FILE_FORMAT", None)
    files = options.pop("FILES", None)
    pattern = options.pop("PATTERN", pattern)
    mode = options.pop("VALIDATION_MODE", None)
    options |= options.pop("COPY_OPTIONS", {})
    held = place.options
    staged = held.get("FILE_FORMAT")
    form = format_of(
        session,
        given,
        {"FORMAT_NAME": form_name} if form_name else None,
        staged if isinstance(staged, dict) else None,
    )
    usual = held.get("COPY_OPTIONS")
    if isinstance(usual, dict):
        options = {**usual, **options}
    load = Load(table, listed, place, form, options, select, files, pattern)
    if load.matching != "NONE":
        if select is not None:
            raise compilation(
                "match_by_column_name is not supported with copy transform.", 1008, "0A000"
            )
        if mode is not None:
            raise unsupported("MATCH_BY_COLUMN_NAME with VALIDATION_MODE")
    if mode is None:
        return run_load(session, load)
    if select is not None:
        raise unsupported("VALIDATION_MODE of a COPY that transforms data")
    return validated(session, load, mode)


def _read_select(
    session: Session, parser: Parser
) -> tuple[exp.Select, Place, str | None, str | None]:
    """Consume the SELECT of a transformation, and return it with what it reads."""
    tree = parse(parser.bracketed_text())
    if not isinstance(tree, exp.Select):
        raise compilation("COPY INTO takes a SELECT from staged files", 1003, "42000")
    found = list(sources(tree))
    if len(found) != 1 or found[0][0] is not tree or len(list(tree.find_all(exp.Select))) != 1:
        raise compilation("COPY INTO takes one SELECT from one place in a stage", 1003, "42000")
    used = [key for key in _NOT_IN_SELECT if tree.args.get(key)]
    if used or any(tree.find_all(exp.AggFunc, exp.Window)):
        what = used[0].rstrip("_").upper() if used else "an aggregate or window function"
        raise unsupported(f"{what} in the SELECT of COPY INTO")
    ((_, source),) = found
    place = resolve(session, source.location, "READ")
    if place.location.kind == "TABLE":
        raise unsupported("a transformation of files in the stage of a table")
    return tree, place, source.pattern, source.form


def _files(parser: Parser) -> tuple[str, ...]:
    found = parser.listed(parser.string)
    if not 1 <= len(found) <= _MOST_FILES:
        raise compilation(f"FILES lists 1 to {_MOST_FILES} names", 1008, "22023")
    return tuple(found)


def _validation(parser: Parser) -> str:
    token = parser.here
    text = (parser.string() if token.kind == "string" else parser.take().text).upper()
    parts = text.split("_")
    rows = len(parts) == 3 and parts[::2] == ["RETURN", "ROWS"] and parts[1].isdigit()
    if text not in {"RETURN_ERRORS", "RETURN_ALL_ERRORS"} and not (rows and len(parts[1]) < 7):
        raise parser.unexpected(token)
    return text


def _into_stage(session: Session, parser: Parser) -> Result:
    """Unload: https://docs.snowflake.com/en/sql-reference/sql/copy-into-location"""
    place = resolve(session, read_location(parser), "WRITE")
    require_warehouse(session)
    parser.expect("FROM")
    query = parser.bracketed_text() if parser.looking_at("(") else f"SELECT * FROM {parser.name()}"
    if parser.looking_at("PARTITION", "BY"):
        raise unsupported("PARTITION BY of COPY INTO a stage")
    options = read_options(
        parser,
        {
            "FILE_FORMAT": read_format,
            "MAX_FILE_SIZE": _size,
            **dict.fromkeys(
                ("OVERWRITE", "SINGLE", "INCLUDE_QUERY_ID", "DETAILED_OUTPUT", "HEADER"),
                Parser.boolean,
            ),
        },
    )
    parser.end()
    held = place.options.get("FILE_FORMAT")
    form = format_of(
        session, options.pop("FILE_FORMAT", None), held if isinstance(held, dict) else None
    )
    return run_unload(session, Unload(place, query, {}, form, options))


def _size(parser: Parser) -> int:
    token = parser.here
    number = parser.number()
    if not 1 <= number <= MOST_BYTES:
        raise parser.unexpected(token)
    return number


def _bracketed(parser: Parser) -> dict[str, Any]:
    parser.expect("(")
    found = read_copy_options(parser)
    parser.expect(")")
    return found
