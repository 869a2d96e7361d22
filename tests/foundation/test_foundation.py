"""The shipped project: what the documentation says of it is so."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlglot

from hushflake.knowledge.readers import read_records
from hushflake.knowledge.rows import Reject, RowChecker
from hushflake.schema.compile import compile_stack, load_stack
from hushflake.schema.cost import estimate
from hushflake.schema.model import Entity
from hushflake.schema.project import Project, find_project
from hushflake.schema.state import Desired

ENTITIES = {
    *("EMPLOYEES", "CUSTOMERS", "COMPETITORS", "PRODUCTS", "COMPANY_DOCUMENTS"),
    *("SALES_MATERIALS", "PRICING_MODELS", "RELATIONSHIPS"),
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return find_project(tmp_path_factory.mktemp("nowhere"), "foundation")


@pytest.fixture(scope="module")
def desired(project: Project) -> Desired:
    return compile_stack(project, load_stack(project, "prod"))


def specs(desired: Desired, kind: str) -> dict[str, Any]:
    found = {key.name: resource.spec for key, resource in desired.resources.items()}
    return {key.name: found[key.name] for key in desired.resources if key.kind == kind}


def seed_rows(project: Project, entity: Entity) -> Iterator[tuple[str | None, ...] | Reject]:
    path = project.data / f"{entity.name.lower()}.yaml"
    records = list(read_records(path))
    names = frozenset(name.upper() for record in records for name in record.values)
    checker = RowChecker(entity, names)
    yield from (checker.check(record) for record in records)
    assert not checker.unknown


def test_eight_entities_with_ids_vector_stream_and_task(desired: Desired) -> None:
    assert set(desired.entities) == ENTITIES
    for entity in desired.entities.values():
        assert entity.table.parts[1].text == "FOUNDATIONAL_KNOWLEDGE"
        ids = [name.text for name in entity.source_ids]
        assert ids == ["HUBSPOT_ID", "GONG_ID", "SLACK_ID", "NOTION_PAGE_ID"]
        assert entity.embedding is not None
        assert entity.embedding.dimension == 768
        assert entity.title is not None
        assert entity.stream is not None
        assert entity.task is not None
        assert entity.description
        assert all(field.description for field in entity.fields)


def test_kinds_and_counts(desired: Desired) -> None:
    counts = Counter(key.kind for key in desired.resources)
    assert counts["table"] == 8 + 2  # two entities have chunks
    assert counts["stream"] == 8 + 2 * 3
    assert counts["task"] == 8 + 2 * 2
    assert counts["cortex_search_service"] == 8
    assert counts["semantic_view"] == 8
    assert counts["resource_monitor"] == 1
    assert counts["warehouse"] == 3
    assert counts["role"] == 5


def test_schemas(desired: Desired) -> None:
    names = {name.rpartition(".")[2] for name in specs(desired, "schema")}
    sources = {"GONG", "HUBSPOT", "SLACK"}
    assert names == {"FOUNDATIONAL_KNOWLEDGE", "AI_MEMORY", "MONITORING"} | sources


def views(desired: Desired, schema: str) -> set[str]:
    parts = (key.name.split(".") for key in desired.resources if key.kind == "view")
    return {name for _, inside, name in parts if inside == schema}


ANALYTICAL = {
    *("CUSTOMER_360", "COMPETITIVE_LANDSCAPE", "EXPERTISE_DIRECTORY", "KNOWLEDGE_SEARCH"),
}
MONITORING = {"EMBEDDING_COVERAGE", "TASK_HISTORY", "SEARCH_LATENCY", "WAREHOUSE_USE"}


def test_every_column_of_the_analytical_views_is_explained(desired: Desired) -> None:
    found = specs(desired, "view")
    for name in ANALYTICAL:
        view = found[f"HUSHFLAKE_PROD.FOUNDATIONAL_KNOWLEDGE.{name}"]
        selected = sqlglot.parse_one(view.query, read="snowflake").selects
        assert [column.name.text for column in view.columns] == [
            item.alias_or_name.upper() for item in selected
        ]
        assert all(column.comment for column in view.columns)


@pytest.mark.parametrize(
    ("stack", "cost", "monitors"),
    [("local", set(), 1), ("dev", set(), 0), ("prod", {"COST"}, 1)],
)
def test_views_and_monitor_of_each_stack(
    project: Project, stack: str, cost: set[str], monitors: int
) -> None:
    found = compile_stack(project, load_stack(project, stack))
    assert views(found, "FOUNDATIONAL_KNOWLEDGE") == ANALYTICAL
    assert views(found, "MONITORING") == MONITORING | cost
    assert len(specs(found, "resource_monitor")) == monitors
    missing = [note for note in found.notes if "resource_monitor" in note]
    assert bool(missing) == (monitors == 0)
    for warehouse in specs(found, "warehouse").values():
        assert (warehouse.resource_monitor is not None) == (monitors == 1)


def test_the_managed_mcp_server_offers_every_search_service_and_semantic_view(
    desired: Desired,
) -> None:
    (server,) = specs(desired, "mcp_server").values()
    offered = [(tool.on.kind, tool.on.name.sql) for tool in server.tools]
    made = [
        (key.kind, key.name)
        for key in desired.resources
        if key.kind in ("cortex_search_service", "semantic_view")
    ]
    assert sorted(offered) == sorted(made)
    assert len({tool.name for tool in server.tools}) == len(offered) <= 50
    for role in ("KNOWLEDGE_ANALYST", "KNOWLEDGE_APPLICATION"):
        assert ("USAGE", "mcp_server", "KNOWLEDGE_MCP") in held(desired, role)


def test_the_monitor_lets_the_expected_use_of_prod_through(project: Project) -> None:
    stack = load_stack(project, "prod")
    found = compile_stack(project, stack)
    lines = estimate(stack, found.resources, found.entities.values()).lines
    spent = sum(line.credits for line in lines if line.currency == "credits")
    (monitor,) = specs(found, "resource_monitor").values()
    assert 0 < spent < monitor.credit_quota


def held(desired: Desired, role: str) -> set[tuple[str, str, str]]:
    """(privilege, kind, name) of the grants that are made to the role itself."""
    return {
        (privilege, spec.on_kind, spec.on.rpartition(".")[2])
        for spec in specs(desired, "grant").values()
        if str(spec.grantee.name) == role
        for privilege in spec.privileges
    }


def test_who_asks_may_search_and_not_look_into_the_machinery(desired: Desired) -> None:
    for role in ("KNOWLEDGE_ANALYST", "KNOWLEDGE_APPLICATION"):
        found = held(desired, role)
        for name in ENTITIES:
            assert ("USAGE", "cortex_search_service", f"{name}_SEARCH") in found
            assert ("SELECT", "semantic_view", f"{name}_SEMANTIC") in found
        assert ("USAGE", "database_role", "CORTEX_USER") in found
        assert ("USAGE", "schema", "MONITORING") not in found
        assert not {privilege for privilege, _, _ in found} & {
            "INSERT",
            "UPDATE",
            "DELETE",
            "OPERATE",
        }


def test_who_runs_it_sees_the_monitoring_and_the_admin_the_cost(desired: Desired) -> None:
    engineer = held(desired, "KNOWLEDGE_ENGINEER")
    assert {("SELECT", "view", name) for name in MONITORING} <= engineer
    assert ("SELECT", "view", "COST") not in engineer
    assert ("USAGE", "database_role", "CORTEX_EMBED_USER") in engineer
    admin = held(desired, "KNOWLEDGE_ADMIN")
    assert {
        ("SELECT", "view", "COST"),
        ("MONITOR", "resource_monitor", "KNOWLEDGE_MONITOR"),
    } <= admin


def test_warehouses_suspend_themselves_and_scale(desired: Desired) -> None:
    warehouses = specs(desired, "warehouse")
    sizes = {name: spec.size for name, spec in warehouses.items()}
    assert sizes == {"ANALYTICS_WH": "SMALL", "ETL_WH": "MEDIUM", "ML_WH": "LARGE"}
    for spec in warehouses.values():
        assert 0 < spec.auto_suspend <= 60
        assert spec.max_cluster_count > spec.min_cluster_count


@pytest.mark.parametrize("stack", ["local", "dev", "prod"])
def test_every_stack_compiles(project: Project, stack: str) -> None:
    assert set(compile_stack(project, load_stack(project, stack)).entities) == ENTITIES


@pytest.mark.parametrize("name", sorted(ENTITIES))
def test_seed_rows_fit_their_entity(project: Project, desired: Desired, name: str) -> None:
    rows = list(seed_rows(project, desired.entities[name]))
    assert len(rows) >= 20
    assert [row for row in rows if isinstance(row, Reject)] == []


def keys_by_entity(project: Project) -> dict[str, set[str]]:
    return {
        path.stem.upper(): {str(next(iter(r.values.values()))) for r in read_records(path)}
        for path in Path(project.data).glob("*.yaml")
    }


def test_seed_rows_are_linked(project: Project, desired: Desired) -> None:
    keys = keys_by_entity(project)
    links = 0
    for entity in desired.entities.values():
        for record in read_records(project.data / f"{entity.name.lower()}.yaml"):
            for field in entity.fields:
                value = record.values.get(field.name.text.lower())
                if field.references is not None and value is not None:
                    assert value in keys[field.references[0]], f"{entity.name} {value}"
                    links += 1
    for record in read_records(project.data / "relationships.yaml"):
        assert record.values["from_key"] in keys[record.values["from_entity"]]
        assert record.values["to_key"] in keys[record.values["to_entity"]]
    assert links > 150


@pytest.mark.parametrize(
    ("what", "counted"),
    [
        ("entities", lambda desired: len(desired.entities)),
        ("schemas", lambda desired: len(specs(desired, "schema"))),
        ("analytical views", lambda desired: len(views(desired, "FOUNDATIONAL_KNOWLEDGE"))),
        ("warehouses", lambda desired: len(specs(desired, "warehouse"))),
        ("roles", lambda desired: len(specs(desired, "role"))),
    ],
)
def test_the_documented_numbers(
    desired: Desired, what: str, counted: Callable[[Desired], int]
) -> None:
    page = (Path(__file__).parents[2] / "docs" / "knowledge.md").read_text(encoding="utf-8")
    assert f"\n| {what} | {counted(desired)} | " in page


def test_the_documented_monitoring_views(desired: Desired) -> None:
    page = (Path(__file__).parents[2] / "docs" / "knowledge.md").read_text(encoding="utf-8")
    table = page.partition("view of `MONITORING`")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == views(desired, "MONITORING")
