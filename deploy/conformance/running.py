"""Runs statements against an account, or the local stack, and compares what they answer.

A case file is a list of statements in order, run in a throw-away database. `{db}` in a statement is
that database, `{x}` a prefix for what lies outside it (roles, warehouses).

    python running.py < job.json

reads connector arguments and case files as JSON, and needs nothing but the connector: so the list
also runs in an environment that holds another line of it.
"""

import datetime as dt
import decimal
import json
import math
import sys
import uuid
from collections.abc import Callable
from typing import Any

Told = Callable[[str], None]


def run_all(
    connection: dict[str, Any], files: dict[str, Any], told: Told = lambda _: None
) -> list[dict[str, Any]]:
    """Run every case and return what came of each.

    Args:
        connection: Arguments of the connector.
        files: Case files by name.
        told: Is given the name of each file before it runs.
    """
    import snowflake.connector

    outcomes: list[dict[str, Any]] = []
    with snowflake.connector.connect(**connection) as opened:
        for name, content in files.items():
            told(name)
            outcomes += run_file(opened, name, content)
    return outcomes


def run_file(opened: Any, name: str, content: dict[str, Any]) -> list[dict[str, Any]]:
    """Run the statements of a file in a database of their own, which is dropped at the end.

    A file whose preparation is refused has one outcome, `NAME:0`, with the reason. What cannot be
    removed is `NAME:-1`.
    """
    tag = uuid.uuid4().hex[:8].upper()
    words = {"{db}": f"CONFORM_{tag}", "{x}": f"X{tag}"}
    database = f"CREATE DATABASE {words['{db}']}"
    cursor = opened.cursor()
    role = cursor.execute("SELECT CURRENT_ROLE()").fetchone()[0]
    outcomes = []
    try:
        for sql in [database, "CREATE SCHEMA S", *content.get("setup", [])]:
            if refused := _tried(cursor, fill(sql, words)):
                return [_outcome(name, 0, {"sql": sql}, content, f"refused: {refused}")]
        for number, case in enumerate(content["cases"], 1):
            outcome = run_case(cursor, case, words)
            outcomes.append(_outcome(name, number, case, content, outcome))
    finally:
        own = f'USE ROLE "{role}"'
        drop = f"DROP DATABASE IF EXISTS {words['{db}']}"
        outcomes += [
            _outcome(name, -1, {"sql": sql}, content, f"left: {refused}")
            for sql in ("ROLLBACK", own, *content.get("teardown", []), drop)
            if (refused := _tried(cursor, fill(sql, words)))
        ]
    return outcomes


def _tried(cursor: Any, sql: str) -> str:
    """Run a statement and return why it was refused, or ""."""
    import snowflake.connector

    try:
        cursor.execute(sql)
    except snowflake.connector.Error as error:
        return shown(error)
    return ""


def _outcome(
    name: str, number: int, case: dict[str, Any], content: dict[str, Any], difference: str | None
) -> dict[str, Any]:
    return {
        "id": f"{name}:{number}",
        "sql": case["sql"],
        "page": case.get("page", content["page"]),
        "mark": case.get("mark", content.get("mark", "documented")),
        "ok": difference is None,
        "difference": difference,
    }


def fill(text: Any, words: dict[str, str]) -> Any:
    if isinstance(text, str):
        for mark, value in words.items():
            text = text.replace(mark, value)
        return text
    if isinstance(text, list):
        return [fill(item, words) for item in text]
    if isinstance(text, dict):
        return {key: fill(value, words) for key, value in text.items()}
    return text


def run_case(cursor: Any, case: dict[str, Any], words: dict[str, str]) -> str | None:
    """Run one statement; return how it differs from what is expected, None when it does not."""
    import snowflake.connector

    sql = fill(case["sql"], words)
    binds = case.get("binds")
    try:
        if case.get("many"):
            cursor.executemany(sql, case["many"])
        elif binds is not None:
            cursor.execute(sql, binds)
        else:
            cursor.execute(sql)
        rows = [list(row) for row in cursor.fetchall()] if cursor.description else []
    except snowflake.connector.Error as error:
        return check_error(case.get("error"), error)
    if "error" in case:
        return f"expected error {case['error']}, got {rows[:3]}"
    names = [column[0] for column in cursor.description or []]
    return check_rows(fill(case, words), names, rows, cursor.rowcount)


def shown(error: Any) -> str:
    return f"{error.errno} {error.sqlstate} {error.msg}"


def check_error(expected: Any, error: Any) -> str | None:
    if expected is None:
        return f"unexpected error {shown(error)}"
    if isinstance(expected, int):
        expected = {"code": expected}
    if "code" in expected and error.errno != expected["code"]:
        return f"expected code {expected['code']}, got {shown(error)}"
    if "state" in expected and error.sqlstate != expected["state"]:
        return f"expected state {expected['state']}, got {shown(error)}"
    if "has" in expected and expected["has"] not in str(error.msg):
        return f"expected {expected['has']!r} in the message, got {shown(error)}"
    return None


def check_rows(case: dict[str, Any], names: list[str], rows: list[Any], count: Any) -> str | None:
    if "names" in case and names != case["names"]:
        return f"expected columns {case['names']}, got {names}"
    if "has_columns" in case and not set(case["has_columns"]) <= set(names):
        return f"missing columns {sorted(set(case['has_columns']) - set(names))}, got {names}"
    if "count" in case and count != case["count"]:
        return f"expected a count of {case['count']}, got {count}"
    if "size" in case and len(rows) != case["size"]:
        return f"expected {case['size']} rows, got {len(rows)}"
    if "rows" in case:
        actual = [[plain(value) for value in row] for row in rows]
        wanted = case["rows"]
        if case.get("unordered"):
            actual, wanted = sorted(actual, key=str), sorted(wanted, key=str)
        if not same(wanted, actual):
            return f"expected {wanted}, got {actual}"
    if "has" in case:
        found = [dict(zip(names, map(plain, row), strict=True)) for row in rows]
        for wanted in case["has"]:
            if not any(
                all(same(value, row.get(key)) for key, value in wanted.items()) for row in found
            ):
                keys = set(wanted)
                parts = [{key: row[key] for key in row if key in keys} for row in found]
                return f"no row has {wanted}: {parts[:6]}"
    return None


def plain(value: Any) -> Any:
    """Return a value as YAML could have written it."""
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, bytes | bytearray):
        return bytes(value).hex().upper()
    return value


def same(wanted: Any, actual: Any) -> bool:
    """Compare; `*` fits anything, and a list or mapping is compared with JSON text by content."""
    if wanted == "*":
        return True
    if isinstance(wanted, list | dict) and isinstance(actual, str):
        try:
            actual = json.loads(actual)
        except ValueError:
            return False
    if isinstance(wanted, list) and isinstance(actual, list | tuple):
        return len(wanted) == len(actual) and all(map(same, wanted, actual))
    if isinstance(wanted, dict) and isinstance(actual, dict):
        return wanted.keys() == actual.keys() and all(
            same(wanted[key], actual[key]) for key in wanted
        )
    if isinstance(wanted, float) and isinstance(actual, int | float):
        return math.isclose(wanted, actual, rel_tol=1e-5, abs_tol=1e-9)
    if isinstance(wanted, bool) != isinstance(actual, bool):
        return False
    return bool(wanted == actual)


if __name__ == "__main__":
    job = json.load(sys.stdin)
    json.dump(run_all(job["connection"], job["files"]), sys.stdout)
