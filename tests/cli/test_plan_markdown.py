"""A plan of a stranger's project makes no markup of a comment but its own."""

import re
from types import SimpleNamespace
from typing import Any, cast

from canaries import steering

from hushflake.cli.plan_markdown import markdown
from hushflake.schema.plan import Operation, Plan

MARKUP = (
    "x|y `code` ![a](https://example.org/pixel.png) <img src=x> @team **b**\n# head\x1b[2J\u202e"
)


def commented(name: str, reason: str, sql: str) -> str:
    operation = Operation("create role R", "create", "role", name, "loss", reason=reason, part=name)
    plan = Plan("p", "local", "f", (operation,), notes=(reason,))
    planned = SimpleNamespace(plan=plan, whole=plan, sql={operation.id: (sql,)})
    return markdown(cast("Any", planned))


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
    assert '| `D.S."T x"` ' in commented('D.S."T x"', "changed", "SELECT 1")
