"""What is rendered does not depend on the run: not on hashes, not on the order of files."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from projects import compile_text, plan_sql, plan_text

from hushflake.schema.planner import make_plan
from hushflake.schema.state import State

CASES = Path(__file__).parent / "cases"
GOVERNED = """
- {kind: schema, name: S}
- {kind: masking_policy, name: S.M, arguments: [{name: v, type: text}], returns: text, body: v}
- {kind: tag, name: S.A}
- {kind: tag, name: S.B}
- kind: table
  name: S.T
  columns: [{name: a, type: text}, {name: b, type: text}, {name: c, type: text}]
"""
ATTACHED = """  tags:
    - {tag: S.A, value: x}
    - {tag: S.B, value: x, column: a}
    - {tag: S.A, value: y, column: c}
  masking: [{column: a, policy: S.M}, {column: b, policy: S.M}, {column: c, policy: S.M}]
"""
PLAN = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from projects import compile_text, plan_sql, plan_text
from hushflake.schema.planner import make_plan
root = Path(sys.argv[2])
after, before = (compile_text(root / name, (root / f"{name}.yaml").read_text()) for name in "ab")
plan = make_plan(after, before.state(), before.state())
print(plan_text(plan) + plan_sql(plan))
"""


def run(command: list[str], seed: str) -> bytes:
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    done = subprocess.run(command, env=environment, capture_output=True, timeout=120, check=True)
    return done.stdout


@pytest.mark.parametrize(
    "command",
    [
        ["render", "--stack", "prod"],
        ["graph", "--format", "svg"],
        ["docs", "--out", "/dev/stdout"],
    ],
    ids=lambda command: command[0],
)
def test_two_processes_print_the_same(command: list[str]) -> None:
    code = "import sys; from hushflake.cli.main import main; sys.exit(main())"
    whole = [sys.executable, "-c", code, "schema", *command, "--project", "foundation"]
    first, second = (run(whole, seed) for seed in ("1", "2"))
    assert first == second
    assert len(first) > 10_000


def test_two_processes_plan_the_same(tmp_path: Path) -> None:
    for name, text in (("a", GOVERNED), ("b", GOVERNED + ATTACHED)):
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    whole = [sys.executable, "-c", PLAN, str(Path(__file__).parent), str(tmp_path)]
    plans = {run(whole, seed) for seed in ("1", "2", "3")}
    assert len(plans) == 1
    assert plans.pop().count(b"UNSET") == 6


@pytest.mark.parametrize("case", ["entity_everything", "grants", "task_graph", "foreign_key"])
def test_the_order_of_definitions_means_nothing(case: str, tmp_path: Path) -> None:
    text = (CASES / case / "after.yaml").read_text(encoding="utf-8")
    parts = [f"- {part}" for part in f"\n{text}".split("\n- ")[1:]]
    plans = [
        make_plan(compile_text(tmp_path / str(number), "\n".join(order)), State())
        for number, order in enumerate((parts, parts[::-1]))
    ]
    assert plan_text(plans[0]) == plan_text(plans[1])
    assert plan_sql(plans[0]) == plan_sql(plans[1])
