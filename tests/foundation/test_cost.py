"""The monthly estimate of a stack."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from hushflake.cli.main import main
from hushflake.schema.compile import compile_stack, load_stack
from hushflake.schema.cost import Estimate, estimate, monitor_quota, prices, use_of
from hushflake.schema.errors import SchemaError
from hushflake.schema.kinds.base import Key
from hushflake.schema.project import Project, Stack, find_project


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return find_project(tmp_path_factory.mktemp("nowhere"), "foundation")


def counted(project: Project, stack: Stack) -> Estimate:
    desired = compile_stack(project, stack)
    return estimate(stack, desired.resources, desired.entities.values())


def test_the_dev_stack_stays_below_100_dollars(project: Project) -> None:
    stack = load_stack(project, "dev")
    use = use_of(stack)
    assert (use.sync_minutes, use.changed_rows, use.searches, use.analyst_hours) == (5, 100, 200, 2)
    result = counted(project, stack)
    assert 0 < result.usd < 100
    assert not result.over_budget
    assert {line.item for line in result.lines} >= {"sync", "analysts", "embedding tasks"}


def test_a_lone_query_is_billed_for_a_minute_at_least_and_until_the_warehouse_sleeps(
    project: Project,
) -> None:
    stack = load_stack(project, "dev")
    (sync,) = (line for line in counted(project, stack).lines if line.item == "sync")
    # 5 s busy, 60 s until it may suspend, 15 s on average until that is noticed.
    seconds = max(prices().minimum_seconds, 5 + 60 + 15)
    assert sync.credits == pytest.approx(25 * seconds / 3600 * 21.7)
    assert sync.usd == pytest.approx(sync.credits * 2)


def test_searches_on_a_warehouse_cost_more_than_the_whole_budget(project: Project) -> None:
    stack = load_stack(project, "dev")
    use = {**stack.expected_use, "search_warehouse": "ANALYTICS_WH"}
    result = counted(project, replace(stack, expected_use=use))
    assert result.over_budget


def test_size_generation_and_edition_count(project: Project) -> None:
    stack = load_stack(project, "dev")
    desired = compile_stack(project, stack)
    before = estimate(stack, desired.resources, desired.entities.values())
    key = Key("warehouse", "ETL_WH")
    warehouse = desired.resources[key]
    bigger = replace(warehouse, spec=replace(warehouse.spec, size="MEDIUM", generation=None))  # type: ignore[call-arg]
    after = estimate(stack, {**desired.resources, key: bigger}, desired.entities.values())
    lines = {line.item: line for line in before.lines}, {line.item: line for line in after.lines}
    assert lines[1]["sync"].credits == pytest.approx(lines[0]["sync"].credits * 4 * 1.35)
    enterprise = estimate(replace(stack, edition="enterprise"), desired.resources, ())
    assert {line.item: line.usd for line in enterprise.lines}["sync"] == pytest.approx(
        lines[0]["sync"].usd * 1.5
    )


def test_ai_credits_do_not_follow_the_edition(project: Project) -> None:
    stack = load_stack(project, "dev")
    desired = compile_stack(project, stack)
    found = []
    for edition in ("standard", "business_critical"):
        result = estimate(
            replace(stack, edition=edition), desired.resources, desired.entities.values()
        )
        found.append(next(line for line in result.lines if line.item == "embedding"))
    assert found[0] == found[1]
    assert found[0].currency == "AI credits"


def test_the_quota_follows_from_the_budget() -> None:
    assert monitor_quota(Stack("a", edition="standard", budget_usd=100)) == 50
    assert monitor_quota(Stack("a", edition="enterprise", budget_usd=100)) == 33
    assert monitor_quota(Stack("a")) is None


@pytest.mark.parametrize(
    ("use", "message"),
    [
        ({"serches": 5}, "stacks/a.yaml:1:1: expected_use has no 'serches'"),
        ({"searches": "many"}, "searches is 'many'; write a number"),
        ({"searches": -1}, "searches is negative"),
    ],
)
def test_mistakes_in_expected_use(use: dict[str, object], message: str) -> None:
    with pytest.raises(SchemaError) as error:
        use_of(Stack("a", expected_use=use))  # type: ignore[arg-type]
    assert message in str(error.value)


def test_prices_have_a_date_and_a_source_each() -> None:
    found = prices()
    figures = {name for name in found.__slots__ if name not in ("as_of", "sources")}
    assert figures - set(found.sources) <= {"suspend_poll_seconds"}
    assert found.as_of >= "2026"


def test_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["cost", "--stack", "dev", "--check"]) == 0
    assert "within the budget of $100" in capsys.readouterr().out
    assert main(["cost", "--stack", "dev", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["format"] == "hushflake.cost/1"
    assert document["usd_a_month"] == pytest.approx(
        sum(line["usd"] for line in document["lines"]), abs=0.05
    )
