"""The shipped project: what the documentation says of it is so."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hushflake.knowledge.readers import read_records
from hushflake.knowledge.rows import Reject, RowChecker
from hushflake.schema.compile import compile_stack, load_stack
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
    assert counts["table"] == 8
    assert counts["stream"] == 8
    assert counts["task"] == 8
    assert counts["view"] == 4
    assert counts["warehouse"] == 3
    assert counts["role"] == 4


def test_schemas(desired: Desired) -> None:
    names = {name.rpartition(".")[2] for name in specs(desired, "schema")}
    assert names == {"FOUNDATIONAL_KNOWLEDGE", "GONG", "HUBSPOT", "SLACK", "AI_MEMORY"}


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
