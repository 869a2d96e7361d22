"""Every kind and option: what was applied is what is read back, and nothing is left to do.

The definitions are those of the compiler's cases, each with what it changes from.
"""

from pathlib import Path

import pytest
from desk import Desk

from hushflake.deploy.deployment import Deployer
from hushflake.deploy.session import Session

CASES = Path(__file__).parent.parent / "schema" / "cases"


# What the local stack says it does not run; everything around it is tried.
NOT_LOCAL = {
    "view": (", materialized: true", "  materialized: true\n"),
}


# What the case `secret` declares; no definition holds the values.
SECRETS = ("S_API_TOKEN", "S_SIGN_IN")
# The everyday suite tries these; the slow one every case.
EVERYDAY = {"entity", "grants", "policies", "stream", "table_changes", "task_graph"}
PARAMETERS = [
    pytest.param(name, marks=() if name in EVERYDAY else pytest.mark.slow)
    for name in sorted(path.name for path in CASES.iterdir())
]


@pytest.mark.parametrize("case", PARAMETERS)
def test_a_case_applies_and_then_there_is_nothing_to_do(
    case: str, server: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in SECRETS:
        monkeypatch.setenv(f"HUSHFLAKE_SECRET_{key}", "x" * 8)
    desk = Desk("DB", tmp_path, server)
    folder = CASES / case
    steps = [folder / "before.yaml", folder / "after.yaml"]
    try:
        for definitions in (path.read_text(encoding="utf-8") for path in steps if path.exists()):
            for words in NOT_LOCAL.get(case, ()):
                definitions = definitions.replace(words, "")
            desk.deploy(definitions)
    finally:
        planner = desk.planner
        nothing = planner.destroy_plan(server)
        if nothing.plan.operations:
            Deployer(planner, server).carry_out(
                nothing, planner.destroy_plan, lambda _: None, "destroy"
            )
        server.execute("DROP DATABASE IF EXISTS DB")
