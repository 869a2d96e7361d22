"""The monthly estimate of a stack."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from hushflake.cli.main import main
from hushflake.deploy.files import write_document
from hushflake.schema.compile import compile_stack, load_stack
from hushflake.schema.cost import Estimate, estimate
from hushflake.schema.cost_change import CostChange, cost_change
from hushflake.schema.errors import SchemaError
from hushflake.schema.expected_use import use_of
from hushflake.schema.kinds.base import Key, Resource
from hushflake.schema.kinds.pipe import Pipe
from hushflake.schema.planner import make_plan
from hushflake.schema.prices import monitor_quota, prices
from hushflake.schema.project import Project, Stack, find_project
from hushflake.schema.state import Desired, State


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


def test_the_tasks_of_prod_cost_a_small_part_of_it(project: Project) -> None:
    result = counted(project, load_stack(project, "prod"))
    assert not result.notes
    tasks = sum(line.usd for line in result.lines if line.item == "embedding tasks")
    assert 0 < tasks < 0.05 * result.usd


def test_what_a_service_embeds_is_counted_by_its_own_model(project: Project) -> None:
    result = counted(project, load_stack(project, "dev"))
    (line,) = (line for line in result.lines if line.item == "search embedding")
    # 100 rows of 150 tokens on 21.7 days, at 0.03 AI credits a million tokens; and 10 chunks of up
    # to 300 for those of two entities in eight.
    assert line.credits == pytest.approx(100 * 21.7 * (150 + 2 / 8 * 10 * 300) / 1e6 * 0.03)
    assert "snowflake-arctic-embed-m-v1.5" in line.detail


def test_an_estimate_without_expected_use_says_what_it_leaves_out(project: Project) -> None:
    stack = replace(load_stack(project, "dev"), expected_use={})
    (note,) = counted(project, stack).notes
    assert note.startswith("stacks/dev.yaml has no expected_use: counted for 10,000 rows")
    assert "NOT counted" in note


def test_size_generation_and_edition_count(project: Project) -> None:
    stack = load_stack(project, "dev")
    desired = compile_stack(project, stack)
    before = estimate(stack, desired.resources, desired.entities.values())
    key = Key("warehouse", "DEV_ETL_WH")
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


def test_the_quota_of_the_shipped_monitor_is_what_the_budget_buys(project: Project) -> None:
    def quota(stack: Stack) -> object:
        found = compile_stack(project, stack).resources.get(
            Key("resource_monitor", f"{stack.account_prefix}KNOWLEDGE_MONITOR")
        )
        return found and getattr(found.spec, "credit_quota", None)

    prod = load_stack(project, "prod")
    assert prod.budget_usd is not None
    assert quota(prod) == int(prod.budget_usd / 3) == monitor_quota(prod)
    assert quota(replace(prod, budget_usd=300.0)) == 100
    dev = load_stack(project, "dev")
    assert quota(dev) is None  # only an account administrator makes monitors
    assert quota(replace(dev, account_admin=True)) == 50
    assert quota(replace(prod, budget_usd=None)) is None
    notes = compile_stack(project, replace(prod, budget_usd=None)).notes
    assert any("no budget_usd that says one" in note for note in notes)


def test_a_quota_that_begins_anew_more_often_is_smaller() -> None:
    stack = Stack("a", edition="standard", budget_usd=1000)
    assert monitor_quota(stack, "DAILY") == 16
    assert monitor_quota(stack, "WEEKLY") == 114
    assert monitor_quota(stack, "YEARLY") == 6000
    assert monitor_quota(stack, "NEVER") is None


def changed(stack: Stack, desired: Desired, actual: Desired) -> CostChange:
    shown = {key: replace(r, entity=None) for key, r in actual.resources.items()}
    state = State.of(shown.values())
    plan = make_plan(desired, state, State())
    found = cost_change(stack, plan, desired, state)
    assert found is not None
    return found


def test_the_first_plan_adds_the_whole_cost(project: Project) -> None:
    stack = load_stack(project, "dev")
    desired = compile_stack(project, stack)
    found = changed(stack, desired, Desired("foundation", "dev"))
    assert found.before.usd == 0
    assert found.after.usd == pytest.approx(counted(project, stack).usd)
    assert {item for item, _, _ in found.items} >= {"sync", "analysts", "embedding tasks"}
    assert not found.after.over_budget


def test_larger_warehouses_and_more_search_services_cost_more(
    project: Project,
) -> None:
    stack = load_stack(project, "dev")
    as_it_is = compile_stack(project, stack)
    same = changed(stack, as_it_is, as_it_is)
    assert (same.usd, same.items) == (0, ())
    key = Key("warehouse", "DEV_ETL_WH")
    warehouse = as_it_is.resources[key]
    bigger = replace(warehouse, spec=replace(warehouse.spec, size="LARGE"))  # type: ignore[call-arg]  # a warehouse's
    larger = replace(as_it_is, resources={**as_it_is.resources, key: bigger})
    found = changed(stack, larger, as_it_is)
    sync = next(item for item in found.items if item[0] == "sync")
    assert sync[2] == pytest.approx(8 * sync[1])
    assert found.after.over_budget
    less = compile_stack(project, replace(stack, cortex_search=False))
    fewer = changed(stack, as_it_is, less)
    assert fewer.usd > 0
    assert {item.split()[0] for item, _, _ in fewer.items} == {"search", "refresh"}
    assert {before for _, before, _ in fewer.items} == {0.0}


def test_a_local_stack_costs_nothing(project: Project) -> None:
    stack = load_stack(project, "local")
    desired = compile_stack(project, stack)
    plan = make_plan(desired, State(), State())
    assert cost_change(stack, plan, desired, State()) is None


def test_a_plan_shows_the_change_in_cost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    nothing = tmp_path / "nothing.json"
    write_document(nothing, State().to_plain())
    command = ["plan", "--stack", "dev", "--project", "foundation", "--against", str(nothing)]
    assert main(command) == 0
    line = capsys.readouterr().out.splitlines()[-1]
    assert line.startswith("Estimated monthly cost: $")
    assert "now $0.00 (+$" in line
    assert line.endswith("within the budget of $100")
    assert main([*command, "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["cost"]["usd_a_month_before"] == 0
    assert 0 < document["cost"]["usd_a_month_after"] < 100
    assert main([*command, "--format", "markdown"]) == 0
    assert "\nEstimated monthly cost: $" in capsys.readouterr().out
    # Only what is chosen is counted.
    assert main([*command, "--target", "warehouse DEV_ETL_WH", "--format", "json"]) == 0
    chosen = json.loads(capsys.readouterr().out)
    assert 0 < chosen["cost"]["usd_a_month_after"] < document["cost"]["usd_a_month_after"]


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


def test_pipes_cost_what_they_load(project: Project) -> None:
    stack = load_stack(project, "dev")
    desired = compile_stack(project, stack)
    pipe = Resource(Key("pipe", "DB.S.P"), Pipe(definition="COPY INTO S.T FROM @S.FILES"))
    resources = {**desired.resources, pipe.key: pipe, Key("pipe", "DB.S.Q"): pipe}
    untold = estimate(stack, resources, ())
    assert "what 2 pipes load is NOT counted: name pipe_gigabytes" in untold.notes
    assert not [line for line in untold.lines if line.item == "pipes"]
    use = {**stack.expected_use, "pipe_gigabytes": 10}
    (line,) = (
        line
        for line in estimate(replace(stack, expected_use=use), resources, ()).lines
        if line.item == "pipes"
    )
    assert line.credits == pytest.approx(10 * 21.7 * 0.0037)
    assert line.usd == pytest.approx(line.credits * prices().credit_usd[stack.edition])
