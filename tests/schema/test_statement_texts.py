"""What the texts of `kind: statement` may say."""

import json
from pathlib import Path

import pytest
from projects import compile_text

from hushflake.schema.errors import DefinitionError

WORD = "PASS" + "WORD"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("create: DROP TABLE T", "create begins with DROP"),
        ("create: USE ROLE R", "create begins with USE"),
        ("create: CREATE SHARE S, drop: DELETE FROM T", "drop begins with DELETE"),
        ("create: CREATE SHARE S, check: INSERT INTO T VALUES (1)", "not a query"),
        ("create: CREATE SHARE S, check: CALL P()", "check begins with CALL"),
        ("create: CREATE SHARE S, check: SELECT SYSTEM$CANCEL_QUERY('x')", "SYSTEM$ function"),
        (f"create: CREATE USER U {WORD} = 'x1'", f"{WORD} would"),
        ("create: CREATE SHARE S; DROP DATABASE D", "; ends the statement"),
        ("drop: DROP SHARE S", "needs create"),
    ],
)
def test_a_statement_says_what_it_may(text: str, message: str, tmp_path: Path) -> None:
    parts = (part.split(": ", 1) for part in text.split(", "))
    fields = "\n".join(f"  {name}: {json.dumps(value)}" for name, value in parts)
    with pytest.raises(DefinitionError) as raised:
        compile_text(tmp_path, f"- kind: statement\n  name: X\n{fields}\n")
    assert message in str(raised.value)
    assert "x1" not in str(raised.value)
