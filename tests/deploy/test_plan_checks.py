"""Rules of a project for its plans: `checks/*.yaml`."""

from pathlib import Path

import pytest
from workplace import Workplace

from hushflake.deploy.errors import RefusedError
from hushflake.deploy.plan_checks import read_rules, refuse_violations, violations
from hushflake.schema.cost import Estimate, Line
from hushflake.schema.cost_change import CostChange
from hushflake.schema.errors import DefinitionError
from hushflake.schema.plan import Operation, Plan
from hushflake.schema.project import Project

RULES = """
- {name: nothing is lost, refuse: {class: loss}, owner: data, except: [table S.SCRATCH*, view S.V]}
- {name: not to PUBLIC, refuse: {grant_to: public}, owner: security}
- {name: no view is dropped, refuse: {kind: view, action: drop}}
- {name: agreed, refuse: {cost_above_usd: 100}, owner: finance}
"""


def project(folder: Path, text: str) -> Project:
    (folder / "checks").mkdir(exist_ok=True)
    (folder / "checks" / "all.yaml").write_text(text)
    return Project("p", folder, folder / ".hushflake")


def op(action: str, kind: str, name: str, severity: str = "safe") -> Operation:
    return Operation(f"{action} {kind} {name}", action, kind, name, severity)  # type: ignore[arg-type]


def test_rules_and_their_exceptions(tmp_path: Path) -> None:
    plan = Plan(
        "p",
        "dev",
        "",
        (
            op("drop", "table", "D.S.T", "loss"),
            op("drop", "table", "D.S.SCRATCH_1", "loss"),
            op("drop", "view", "D.S.V", "loss"),
            op("replace", "view", "D.S.W"),
            op("create", "grant", "ROLE PUBLIC ON TABLE D.S.T"),
            op("drop", "grant", "ROLE PUBLIC ON TABLE D.S.U"),
            op("create", "grant", "ROLE PUBLICITY ON TABLE D.S.T"),
        ),
    )
    before, after = (Estimate("dev", (Line("x", "", usd),)) for usd in (50.0, 150.0))
    rules = read_rules(project(tmp_path, RULES))
    found = list(violations(rules, plan, CostChange(before, after, ())))
    assert [(item.rule.name, item.what) for item in found] == [
        ("nothing is lost", "drop table D.S.T"),
        ("not to PUBLIC", "create grant ROLE PUBLIC ON TABLE D.S.T"),
        ("no view is dropped", "drop view D.S.V"),
        ("agreed", "$150.00 a month is more than $100.00"),
    ]
    assert not list(violations(rules[3:], plan, CostChange(before, before, ())))
    with pytest.raises(RefusedError, match="ask security") as refused:
        refuse_violations(found)
    assert "all.yaml; ask data)" in str(refused.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- {name: x, refuse: {}}", "all.yaml:1:3: the rule 'x' refuses nothing"),
        ("- {name: x, refuse: {kind: tabel}}", "unknown kind 'tabel'; did you mean table?"),
        ("- {name: x, refuse: {class: safe}}", "safe"),
        ("- {name: x}", "the key 'refuse' is missing"),
        ("- {name: x, refuse: {class: loss}, acept: []}", "acept"),
    ],
)
def test_mistakes_have_a_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        read_rules(project(tmp_path, text))
    assert message in str(caught.value)


def test_a_folder_that_leads_elsewhere_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "all.yaml").write_text(RULES)
    root = tmp_path / "p"
    root.mkdir()
    (root / "checks").symlink_to(tmp_path / "elsewhere")
    assert read_rules(Project("p", root, root / ".hushflake")) == ()


def test_plan_reports_and_apply_refuses(small: Workplace) -> None:
    rule = "- {name: no views, refuse: {kind: view}, owner: somebody}\n"
    small.write({"checks/all.yaml": rule})
    shown = small.hushflake("plan", code=1)
    assert "create view SMALL.S.NAMES: refused by 'no views' (checks/all.yaml; ask" in shown.out
    document = small.hushflake("plan", "--format", "json", code=1).json()
    assert [item["rule"] for item in document["refused"]] == ["no views"]
    assert "> [!CAUTION]" in small.hushflake("plan", "--format", "markdown", code=1).out
    refused = small.hushflake("apply", code=2)
    assert "rules of this project refuse the plan; nothing was done" in refused.err
    small.write({"checks/all.yaml": rule.replace("owner", "except: [view S.NAMES], owner")})
    small.hushflake("apply")
