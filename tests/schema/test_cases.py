"""Case folders: `after.yaml` against `before.yaml` (nothing when absent) is `plan.txt`, `plan.sql`,
`folded.txt`.

`actual.yaml` is what is in the account where that is not what was applied (drift). Set
HUSHFLAKE_WRITE_CASES=1 to write the three files anew, and read what changed.
"""

import json
import os
from pathlib import Path

import pytest
from projects import compile_text, folded_text, plan_sql, plan_text

from hushflake.schema.kinds import kind_named
from hushflake.schema.plan import Plan
from hushflake.schema.planner import make_plan
from hushflake.schema.state import State

CASES = Path(__file__).parent / "cases"


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir()))
def test_case(case: str, tmp_path: Path) -> None:
    folder = CASES / case
    desired = compile_text(tmp_path / "after", _text(folder / "after.yaml"))
    before = folder / "before.yaml"
    last = compile_text(tmp_path / "before", _text(before)).state() if before.exists() else State()
    actual = folder / "actual.yaml"
    there = compile_text(tmp_path / "actual", _text(actual)).state() if actual.exists() else last
    # The journal and a snapshot are JSON: what comes out of them plans the same.
    last = State.from_plain(json.loads(json.dumps(last.to_plain())))
    there = State.from_plain(json.loads(json.dumps(there.to_plain())))
    plan = make_plan(desired, there, last)
    found = {
        "plan.txt": plan_text(plan),
        "plan.sql": plan_sql(plan),
        "folded.txt": folded_text(plan, desired, last, there),
    }
    if os.environ.get("HUSHFLAKE_WRITE_CASES"):
        for name, text in found.items():
            (folder / name).write_text(text, encoding="utf-8")
    assert found == {name: _text(folder / name) for name in found}
    assert Plan.from_plain(json.loads(json.dumps(plan.to_plain()))) == plan
    for key, resource in desired.resources.items():  # as it would be read back
        assert kind_named(key.kind).normalise(resource.spec) == resource.spec
    # Once applied there is nothing left to do.
    assert not make_plan(desired, desired.state(), desired.state()).operations


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
