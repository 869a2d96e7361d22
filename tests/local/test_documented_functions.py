"""Every function against the examples of Snowflake's documentation: right, or refused."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import snowflake.connector
from documented_functions import (
    REFUSALS,
    Function,
    examples,
    judge,
    listed,
    names_module,
    names_of,
    page,
)

from hushflake.local.server.process import lifecycle
from hushflake.local.sql.allowed import SAME
from hushflake.local.sql.expressions import registry

EXAMPLES = list(examples())
# Examples that are answered otherwise than documented, and those that are refused: no others are.
KNOWN_WRONG, KNOWN_REFUSED = listed("wrong"), listed("refused")
LEAST_RIGHT = 1350
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def cursors(endpoint: lifecycle.Endpoint) -> Iterator[dict[Function, Any]]:
    """A session for each function with tables or parameters of its own, one for all others."""
    opened: dict[Function, Any] = {}
    yield opened
    for cursor in opened.values():
        if cursor is not None:
            cursor.connection.close()


def cursor_for(
    function: Function, endpoint: lifecycle.Endpoint, cursors: dict[Function, Any]
) -> Any:
    key = function if function.setup else Function("", (), "", "", True, ())
    if key not in cursors:
        cursor = snowflake.connector.connect(**endpoint.connect_arguments()).cursor()
        cursor.execute(f"CREATE DATABASE D{len(cursors)}")
        cursors[key] = cursor if _set_up(cursor, function) else None
    return cursors[key]


def _set_up(cursor: Any, function: Function) -> bool:
    try:
        for statement in function.setup:
            cursor.execute(statement)
    except snowflake.connector.errors.ProgrammingError as error:
        if error.errno not in REFUSALS:
            raise
        return False
    return True


@pytest.mark.parametrize("family", sorted({example.function.family for example in EXAMPLES}))
def test_examples_are_right_or_refused(
    family: str, endpoint: lifecycle.Endpoint, cursors: dict[Function, Any]
) -> None:
    mistakes = []
    for example in (one for one in EXAMPLES if one.function.family == family):
        cursor = cursor_for(example.function, endpoint, cursors)
        verdict, said = judge(cursor, example) if cursor is not None else ("refused", "its setup")
        wanted = "right"
        if example.id in KNOWN_WRONG | KNOWN_REFUSED:
            wanted = "wrong" if example.id in KNOWN_WRONG else "refused"
        if verdict != wanted:
            mistakes.append(
                f"{example.id}: {example.sql}\n  documented: {example.rows}\n  answered: {said}\n"
                f"  {verdict}, in the lists: {wanted}"
            )
    assert not mistakes, "\n".join(mistakes)


def test_the_examples_cover_what_they_claim() -> None:
    assert len(names_of(EXAMPLES)) >= 400
    ids = {example.id for example in EXAMPLES}
    assert ids >= KNOWN_WRONG | KNOWN_REFUSED
    assert len(ids - KNOWN_WRONG - KNOWN_REFUSED) >= LEAST_RIGHT
    assert len({example.id for example in EXAMPLES}) == len(EXAMPLES)


def test_a_function_that_is_answered_has_documented_examples() -> None:
    calls, _ = registry()
    ours = {name for name in calls if "." not in name and not name.startswith("SYSTEM$")}
    assert not (ours | SAME) - names_of(EXAMPLES)


def test_the_page_and_the_names_of_functions_are_in_step() -> None:
    names = ROOT / "local" / "sql" / "function_names.py"
    assert names.read_text("utf-8") == names_module()
    assert (ROOT / "docs" / "functions.md").read_text("utf-8") == page()
