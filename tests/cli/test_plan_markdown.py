"""A plan of a stranger's project makes no markup of a comment but its own."""

import re
from types import SimpleNamespace
from typing import Any

import pytest
from canaries import steering

from hushflake.cli.plan_markdown import MOST_CHARACTERS, markdown
from hushflake.schema.plan import Operation, Plan

MARKUP = (
    "x|y `code` ![a](https://example.org/pixel.png) <img src=x> @team **b**\n# head\x1b[2J\u202e"
)


def commented(name: str, reason: str, sql: str) -> str:
    operation = Operation("create role R", "create", "role", name, "loss", reason=reason, part=name)
    plan = Plan("p", "local", "f", (operation,), notes=(reason,))
    return markdown(planned(plan, {operation.id: (sql,)}))


def planned(plan: Plan, sql: dict[str, tuple[str, ...]]) -> Any:
    """A plan over nothing that is known."""
    nothing = SimpleNamespace(resources={})
    return SimpleNamespace(
        plan=plan,
        whole=plan,
        sql=sql,
        desired=nothing,
        actual=nothing,
        applied=SimpleNamespace(state=nothing),
    )


def test_names_and_reasons_are_text() -> None:
    text = commented(MARKUP, MARKUP, "SELECT 1")
    assert not steering(text)
    assert "![a]" not in text
    assert "<img" not in text
    assert "https://" not in text
    assert "**b**" not in text
    assert "\n# head" not in text
    assert not re.search(r"@team", re.sub(r"<code>.*?</code>", "", text))
    (row,) = [line for line in text.splitlines() if line.startswith("| +")]
    assert row.count("|") == 6


def test_sql_cannot_end_its_fence() -> None:
    text = commented("R", "", "SELECT '\n```\n# head\n````\n'")
    assert text.count("\n`````") == 2


def test_a_simple_name_stays_code() -> None:
    assert '| `role D.S."T x"` ' in commented('D.S."T x"', "changed", "SELECT 1")


@pytest.mark.parametrize(
    ("number", "statement", "left"),
    [
        (3, "SELECT 1", ""),
        (40, "SELECT '" + "x" * 2_000 + "'", "The statements are left out"),
        (2_000, "SELECT 1", "Operations and statements are left out"),
    ],
)
def test_a_comment_is_never_longer_than_a_pull_request_takes(
    number: int, statement: str, left: str
) -> None:
    roles = [
        Operation(f"create role R{i}", "create", "role", f"R{i}", "safe", reason="r" * 20)
        for i in range(number)
    ]
    text = markdown(
        planned(Plan("p", "local", "f", tuple(roles)), {r.id: (statement,) for r in roles})
    )
    assert len(text) <= MOST_CHARACTERS
    assert f"{number} roles" in text
    assert ("left out" in text) == bool(left)
    assert left in text


def test_what_loses_data_stands_before_all_else_and_is_cut_last() -> None:
    drops = [
        Operation(f"drop table T{i}", "drop", "table", f"D.S.T{i}", "loss", reason="r" * 90)
        for i in range(1_000)
    ]
    new = Operation("create role R", "create", "role", "R", "safe")
    plan = Plan("p", "local", "f", (new, *drops))
    text = markdown(planned(plan, {op.id: ("DROP",) for op in plan.operations}))
    assert len(text) <= MOST_CHARACTERS
    assert "1 object to create, 1000 to drop, 1000 that lose data" in text
    assert "table D.S.T0" in text
    assert re.search(r"… and \d+ more lines", text)
