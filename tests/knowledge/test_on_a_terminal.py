"""Every command on a stack fits a terminal of 60 to 200 columns and breaks no word."""

import json
from pathlib import Path

import pytest
from pseudo_terminal import running

from hushflake.terminal.width import cells

pytestmark = pytest.mark.slow

COMMANDS = (
    ("plan", "--full"),
    ("plan", "--target", "CUSTOMERS"),
    ("history",),
    ("status", "--no-drift"),
    ("cost",),
    ("embed",),
    ("load",),
    ("search", "who knows about lease pricing"),
    ("search", "lease pricing", "--ids", "--all", "--format", "table"),
    ("related", "EMPLOYEES", "EMP-003"),
    ("ask", "how much did visits cost"),
    ("stack", "status"),
    ("sql", "SELECT * FROM FOUNDATIONAL_KNOWLEDGE.CUSTOMERS LIMIT 3"),
    ("sql", "SHOW WAREHOUSES"),
    ("drift",),
)
_DRIVER = """
import json, sys
from hushflake.cli.main import main
for words in json.loads(sys.argv[1]):
    print("@@@", *words)
    print("@@@ code", main(words))
"""


@pytest.mark.parametrize("columns", [60, 80, 110, 200])
def test_every_command_fits(home: Path, columns: int) -> None:
    with running(["-c", _DRIVER, json.dumps(COMMANDS)], home, columns=columns) as terminal:
        assert terminal.end(240) == 0
        lines = terminal.shown
    codes = [line.split()[-1] for line in lines if line.startswith("@@@ code")]
    assert len(codes) == len(COMMANDS)
    assert set(codes) <= {"0", "1"}
    for line in lines:
        if not line.startswith("@@@"):
            # A word that is wider than the terminal stands alone on its line.
            assert cells(line) <= columns or " " not in line.strip(), line
    text = "\n".join(lines)
    assert "Traceback" not in text
    assert "**" not in text
    assert terminal.raw.count("\x1b[1m") > 10  # headings stand out


def test_a_plan_folds_on_a_terminal(home: Path, tmp_path: Path) -> None:
    empty = json.dumps({"format": "hushflake.snapshot/1", "account": "", "objects": []})
    (tmp_path / "empty.json").write_text(empty, "utf-8")
    words = ["-m", "hushflake.cli.main", "plan", "--against", str(tmp_path / "empty.json")]
    with running(words, home, columns=80) as terminal:
        assert terminal.end() == 0
    text = "\n".join(terminal.shown)
    assert (
        "+ CUSTOMERS: table, 3 foreign keys, stream, task, search service, semantic view,\n"
        "    12 grants"
    ) in text
    assert "+ 3 warehouses: ANALYTICS_WH, ETL_WH, ML_WH" in text
    assert "\x1b[32m+ CUSTOMERS\x1b[0m" in terminal.raw
    assert len(terminal.shown) < 45
