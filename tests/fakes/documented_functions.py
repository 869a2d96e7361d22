"""The examples of Snowflake's documentation of its functions, and how an answer is held to one.

A family is a YAML file: functions with their signature, page and examples. An example is a line
`expression ==> value`, or `SELECT … ==> a | b ; c | d` for columns and rows. `NULL` is null, `''`
the empty string, a text in double quotes a text with spaces at its ends; `!` is an error, `!100038`
one with that number; ` :: TYPE` after a value is the type of the only column. A float is compared
to nine digits, as the documentation prints it, and JSON as a document. `source: memory` marks
values that were not read on the page.
"""

import datetime as dt
import decimal
import json
import math
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

HERE = Path(__file__).parent.parent / "local" / "functions"
PAGES = "https://docs.snowflake.com/en/sql-reference/functions/"
Verdict = Literal["right", "refused", "wrong"]
TYPES = {
    0: "NUMBER", 1: "FLOAT", 2: "VARCHAR", 3: "DATE", 5: "VARIANT", 6: "TIMESTAMP_LTZ",
    7: "TIMESTAMP_TZ", 8: "TIMESTAMP_NTZ", 9: "OBJECT", 10: "ARRAY", 11: "BINARY", 12: "TIME",
    13: "BOOLEAN",
}  # fmt: skip
# What says that the local stack does not run it: an unknown function, an unsupported feature.
REFUSALS = {2, 2140}


@dataclass(frozen=True)
class Function:
    """What a page documents: one function, or several that share it."""

    family: str
    names: tuple[str, ...]
    signature: str
    page: str
    read: bool
    setup: tuple[str, ...]


@dataclass(frozen=True)
class Example:
    """One example: the statement and what it answers."""

    id: str
    function: Function
    sql: str
    rows: tuple[tuple[str, ...], ...]
    error: str | None
    type: str | None


def examples() -> Iterator[Example]:
    """Yield the examples of all families, in the order of their files."""
    for path in sorted(HERE.glob("*.yaml")):
        for entry in yaml.safe_load(path.read_text("utf-8")):
            yield from _of_entry(path.stem, entry)


def _of_entry(family: str, entry: dict[str, Any]) -> Iterator[Example]:
    names = entry["name"] if isinstance(entry["name"], list) else [entry["name"]]
    page = str(entry["page"])
    address = PAGES + page if not page.startswith("../") else PAGES[: -len("functions/")] + page[3:]
    function = Function(
        family, tuple(names), entry["signature"], address,
        entry.get("source") != "memory", tuple(entry.get("setup", ())),
    )  # fmt: skip
    lines = [line for line in entry["examples"].splitlines() if line.strip()]
    for number, line in enumerate(lines, 1):
        expression, _, expected = line.rpartition(" ==> ")
        value, _, kind = expected.strip().partition(" :: ")
        sql = expression if expression.startswith(("SELECT ", "WITH ")) else f"SELECT {expression}"
        error = value[1:] if re.fullmatch(r"!\d*", value) else None
        rows = tuple(tuple(row.split(" | ")) for row in value.split(" ; "))
        yield Example(
            f"{family}-{names[0].replace(' ', '_')}-{number}",
            function,
            sql,
            rows,
            error,
            kind.strip() or None,
        )


def listed(name: str) -> frozenset[str]:
    """Return the ids of examples in one of the lists beside the families, `wrong` or `refused`."""
    return frozenset((HERE / f"{name}.txt").read_text("utf-8").split())


def page() -> str:
    """Return the page of functions, made from the examples and the two lists."""
    outside = listed("wrong") | listed("refused")
    lines = [_HEAD]
    families: dict[str, list[Example]] = {}
    for example in examples():
        families.setdefault(example.function.family, []).append(example)
    for family, found in families.items():
        lines += [
            f"## {_TITLES[family]}",
            "",
            "| function | examples | answered |",
            "|---|---|---|",
        ]
        by_function: dict[Function, list[Example]] = {}
        for example in found:
            by_function.setdefault(example.function, []).append(example)
        for function, held in by_function.items():
            right = sum(example.id not in outside for example in held)
            shown = "all" if right == len(held) else "none" if not right else "in part"
            names = ", ".join(f"`{name.replace('|', chr(92) + '|')}`" for name in function.names)
            lines.append(f"| [{names}]({function.page}) | {len(held)} | {shown} |")
        lines.append("")
    return "\n".join(lines)


_TITLES = {
    "aggregate": "Aggregates", "bitwise": "Bits", "conditional": "Conditions", "context": "Context",
    "conversion": "Conversions", "datetime": "Dates and times", "hash": "Digests and hashes",
    "numeric": "Numbers", "regexp": "Regular expressions",
    "semistructured": "Semi-structured data", "string": "Texts", "table": "Table functions",
    "vector": "Vectors", "window": "Window functions",
}  # fmt: skip
_HEAD = (
    "# Functions of the local stack\n\n"
    "Each function here has documented examples that are tests of the local stack\n"
    "(`tests/local/functions/`): an example is answered as Snowflake documents it, or refused\n"
    'with an error that says so. "In part" means that some forms are refused. A function that is\n'
    "on no line here is refused. "
    "The page is made by `python scripts/functions.py`.\n"
)


def answered() -> list[str]:
    """Return the names of functions of which an example is answered as documented, sorted."""
    outside = listed("wrong") | listed("refused")
    found = names_of([example for example in examples() if example.id not in outside])
    return sorted(name for name in found if re.fullmatch(r"[A-Z_$0-9]+", name))


def names_module() -> str:
    """Return the text of local/sql/function_names.py."""
    rows = textwrap.fill(" ".join(answered()), 96, break_long_words=False)
    return (
        '"""Functions with documented examples that are answered: by scripts/functions.py."""\n\n'
        f'_NAMES = """\n{rows}\n"""\nANSWERED = frozenset(_NAMES.split())\n'
    )


def names_of(found: list[Example]) -> set[str]:
    """Return the documented functions that an example calls."""
    return {
        name
        for example in found
        for name in example.function.names
        if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", example.sql, re.IGNORECASE)
        or name in {"||", ":", "::"}
    }


def judge(cursor: Any, example: Example) -> tuple[Verdict, str]:
    """Run an example and tell what came of it, with the difference."""
    import snowflake.connector

    try:
        rows = cursor.execute(example.sql).fetchall()
    except snowflake.connector.errors.Error as error:
        return _judge_error(error, example)
    if example.error is not None:
        return "wrong", f"{rows!r} where an error is documented"
    columns = cursor.description
    if example.type is not None and TYPES.get(columns[0].type_code) != example.type:
        return "wrong", f"type {TYPES.get(columns[0].type_code)}, documented {example.type}"
    shown = " ; ".join(" | ".join(map(show, row)) for row in rows)
    if len(rows) != len(example.rows):
        return "wrong", f"{len(rows)} rows: {shown}"
    for row, wanted in zip(rows, example.rows, strict=True):
        same = len(row) == len(wanted) and all(
            equal(value, text, columns[index].type_code)
            for index, (value, text) in enumerate(zip(row, wanted, strict=True))
        )
        if not same:
            return "wrong", shown
    return "right", shown


def _judge_error(error: Any, example: Example) -> tuple[Verdict, str]:
    said = f"{error.errno}: {str(error.msg)[:200]}"
    if error.errno in REFUSALS:
        return "refused", said
    if example.error is None:
        return "wrong", said
    right = example.error in {"", f"{error.errno:06d}", str(error.errno)}
    return ("right" if right else "wrong"), said


def equal(value: Any, text: str, code: int) -> bool:
    """Tell whether a value is the one that the documentation prints."""
    if value is None or text == "NULL":
        return value is None and text == "NULL"
    if isinstance(value, float):
        return math.isclose(value, float(text), rel_tol=2e-9, abs_tol=1e-12)
    if code in {5, 9, 10}:
        return bool(document(value) == document(text))
    if text == "''":
        text = ""
    elif len(text) > 1 and text[0] == text[-1] == '"':
        text = json.loads(text)
    return show(value) == text


def document(text: str) -> Any:
    """Return a JSON document with its numbers as they are written, `undefined` among them."""
    marked = re.sub(r"(?<![\w\"])undefined(?![\w\"])", '"\\\\u0000undefined"', text)
    try:
        return json.loads(marked, parse_int=_Number, parse_float=_Number)
    except ValueError:
        return f"no JSON: {text}"


class _Number(str):
    """A number as it is written: 1 is not 1.0."""


def show(value: Any) -> str:
    """Return a value as Snowflake prints it with the default formats."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, dt.datetime):
        micro = f"{value.microsecond:06d}"
        zone = value.strftime(" %z") if value.tzinfo is not None else ""
        return f"{value:%Y-%m-%d %H:%M:%S}.{micro if micro[3:] != '000' else micro[:3]}{zone}"
    if isinstance(value, dt.time):
        return value.isoformat()
    if isinstance(value, bytes | bytearray):
        return value.hex().upper()
    if isinstance(value, decimal.Decimal):
        return f"{value:f}"
    return str(value)
