"""Runs the conformance list against a stack: the local one, or a real account.

    python tests/local/conformance/run.py --stack NAME [--project DIR] [--report FILE] [CASE …]
    python tests/local/conformance/run.py --stdin < job.json

A case file is a list of statements in order, run in a throw-away database. `{db}` in a statement is
that database, `{x}` a prefix for what lies outside it (roles, warehouses). The second form reads
connector arguments and cases as JSON, and needs nothing but the connector: it runs in an
environment that holds another line of it.
"""

import argparse
import datetime as dt
import decimal
import json
import math
import sys
import uuid
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", help="names of case files; all when absent")
    parser.add_argument("--stack", default="local")
    parser.add_argument("--project", default=None)
    parser.add_argument("--report", type=Path, help="write the differences to this file")
    parser.add_argument("--stdin", action="store_true")
    options = parser.parse_args()
    if options.stdin:
        job = json.load(sys.stdin)
        json.dump(run_all(job["connection"], job["files"]), sys.stdout)
        return 0
    outcomes = run_all(connection_of(options.stack, options.project), load(options.cases))
    text = report(outcomes, options.stack)
    print(text)
    if options.report:
        options.report.write_text(text + "\n", "utf-8")
    return 1 if any(not outcome["ok"] for outcome in outcomes) else 0


def connection_of(stack: str, project: str | None) -> dict[str, Any]:
    from hushflake.deploy.stacks import arguments_of
    from hushflake.schema.project import find_project

    return arguments_of(find_project(Path.cwd(), project), stack)


def load(names: list[str] | None = None) -> dict[str, Any]:
    """Return the case files by name."""
    import yaml

    found = {}
    for path in sorted(HERE.glob("*.yaml")):
        if not names or path.stem in names:
            found[path.stem] = yaml.safe_load(path.read_text("utf-8"))
    return found


def statements(files: dict[str, Any]) -> int:
    """Return how many statements have an expectation."""
    return sum(len(content["cases"]) for content in files.values())


def run_all(connection: dict[str, Any], files: dict[str, Any]) -> list[dict[str, Any]]:
    """Run every case and return what came of each."""
    import snowflake.connector

    outcomes: list[dict[str, Any]] = []
    with snowflake.connector.connect(**connection) as opened:
        for name, content in files.items():
            outcomes += run_file(opened, name, content)
    return outcomes


def run_file(opened: Any, name: str, content: dict[str, Any]) -> list[dict[str, Any]]:
    """Run the statements of a file in a database of their own."""
    tag = uuid.uuid4().hex[:8].upper()
    words = {"{db}": f"CONFORM_{tag}", "{x}": f"X{tag}"}
    cursor = opened.cursor()
    outcomes = []
    try:
        for sql in [
            f"CREATE DATABASE {words['{db}']}",
            "CREATE SCHEMA S",
            *content.get("setup", []),
        ]:
            cursor.execute(fill(sql, words))
        for number, case in enumerate(content["cases"], 1):
            outcome = run_case(cursor, case, words)
            outcomes.append(
                {
                    "id": f"{name}:{number}",
                    "sql": case["sql"],
                    "page": case.get("page", content["page"]),
                    "mark": case.get("mark", content.get("mark", "documented")),
                    "ok": outcome is None,
                    "difference": outcome,
                }
            )
    finally:
        for sql in [
            "ROLLBACK",
            "USE ROLE ACCOUNTADMIN",
            *content.get("teardown", []),
            f"DROP DATABASE IF EXISTS {words['{db}']}",
        ]:
            try:
                cursor.execute(fill(sql, words))
            except Exception as error:
                print(f"{name}: {sql}: {error}", file=sys.stderr)
    return outcomes


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


def check_error(expected: Any, error: Any) -> str | None:
    shown = f"{error.errno} {error.sqlstate} {error.msg}"
    if expected is None:
        return f"unexpected error {shown}"
    if isinstance(expected, int):
        expected = {"code": expected}
    if "code" in expected and error.errno != expected["code"]:
        return f"expected code {expected['code']}, got {shown}"
    if "state" in expected and error.sqlstate != expected["state"]:
        return f"expected state {expected['state']}, got {shown}"
    if "has" in expected and expected["has"] not in str(error.msg):
        return f"expected {expected['has']!r} in the message, got {shown}"
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
                shown = [{key: row[key] for key in row if key in keys} for row in found]
                return f"no row has {wanted}: {shown[:6]}"
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


def report(outcomes: list[dict[str, Any]], stack: str) -> str:
    """Return the differences as Markdown."""
    failed = [outcome for outcome in outcomes if not outcome["ok"]]
    lines = [
        f"# Conformance of stack {stack}",
        "",
        (
            f"{len(outcomes)} statements, {len(outcomes) - len(failed)} as expected, "
            f"{len(failed)} different."
        ),
    ]
    for outcome in failed:
        lines += [
            "",
            f"## {outcome['id']} ({outcome['mark']}, {outcome['page']})",
            "",
            "    " + outcome["sql"].replace("\n", "\n    "),
            "",
            outcome["difference"],
        ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
