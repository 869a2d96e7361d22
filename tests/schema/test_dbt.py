"""What dbt makes is read and granted on, looked after by dbt, and named when it is not there."""

import json
from pathlib import Path
from typing import Any

import pytest

from hushflake.schema.compile import validate_stacks
from hushflake.schema.dbt import dbt_objects
from hushflake.schema.errors import DefinitionError, SchemaError
from hushflake.schema.project import Project

OBJECTS = """
- {kind: schema, name: S}
- {kind: view, name: S.REVENUE, query: SELECT DAY FROM ANALYTICS.MARTS.REVENUE_BY_DAY}
"""


def node(name: str, materialized: str = "table", **more: Any) -> dict[str, Any]:
    config = {"materialized": materialized, "quoting": more.pop("quoting", {})}
    return {
        "resource_type": "model",
        "database": "analytics",
        "schema": "marts",
        "name": name,
        "alias": name,
        "config": config,
        **more,
    }


NODES = [
    node("revenue_by_day", "incremental"),
    node("orders", "view"),
    node("fresh", "dynamic_table"),
    node("inlined", "ephemeral"),
    node("Quoted", quoting={"identifier": True}),
    node("raw", "seed", resource_type="seed"),
    node("history", "snapshot", resource_type="snapshot"),
    node("positive", "test", resource_type="test"),
    node("nowhere", database=None),
]


def project(folder: Path, objects: str = OBJECTS, dbt: str = "target/manifest.json") -> Project:
    (folder / "objects").mkdir()
    (folder / "target").mkdir()
    (folder / "hushflake.yaml").write_text(f"project: v\ndbt: {dbt}\n")
    (folder / "objects" / "all.yaml").write_text(objects)
    document = {
        "metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json"},
        "nodes": {f"model.x.{number}": each for number, each in enumerate(NODES)},
        "sources": {},
    }
    (folder / "target" / "manifest.json").write_text(json.dumps(document))
    return Project("v", folder, folder / ".hushflake")


def test_tables_views_and_dynamic_tables_are_known(tmp_path: Path) -> None:
    found = dbt_objects(project(tmp_path), "target/manifest.json")
    assert sorted(map(str, found)) == [
        "dynamic_table ANALYTICS.MARTS.FRESH",
        'table ANALYTICS.MARTS."Quoted"',
        "table ANALYTICS.MARTS.HISTORY",
        "table ANALYTICS.MARTS.RAW",
        "table ANALYTICS.MARTS.REVENUE_BY_DAY",
        "view ANALYTICS.MARTS.ORDERS",
    ]


def checked(found: Project) -> tuple[SchemaError, ...]:
    """What `validate` warns of on the only stack."""
    [desired] = validate_stacks(found).values()
    return desired.warnings


def test_a_view_reads_a_model(tmp_path: Path) -> None:
    assert not checked(project(tmp_path))


def test_a_model_that_dbt_does_not_make_is_named(tmp_path: Path) -> None:
    misspelt = OBJECTS + "- {kind: view, name: S.W, query: SELECT 1 FROM ANALYTICS.MARTS.ORDRS}\n"
    [warning] = checked(project(tmp_path, misspelt))
    assert "ANALYTICS.MARTS.ORDRS, which is not declared" in str(warning)
    assert "did you mean ANALYTICS.MARTS.ORDERS?" in str(warning)


def test_nobody_makes_what_dbt_makes(tmp_path: Path) -> None:
    both = (
        "- {kind: database, name: ANALYTICS}\n- {kind: schema, name: ANALYTICS.MARTS}\n"
        "- {kind: view, name: ANALYTICS.MARTS.ORDERS, query: SELECT 1 AS A}\n"
    )
    with pytest.raises(DefinitionError, match=r"view ANALYTICS\.MARTS\.ORDERS: dbt makes"):
        validate_stacks(project(tmp_path, both))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no manifest of dbt"),
        ("[]", "no manifest of dbt"),
        ("{}", "no manifest of dbt"),
        ('{"metadata": {}, "nodes": {}}', "no manifest of dbt"),
        ('{"metadata": {"dbt_schema_version": 1}, "nodes": {"a": 1}}', "no manifest of dbt"),
        ("[" * 100_000, "no manifest of dbt"),
    ],
)
def test_what_is_no_manifest(tmp_path: Path, text: str, message: str) -> None:
    found = project(tmp_path)
    (tmp_path / "target" / "manifest.json").write_text(text)
    with pytest.raises(SchemaError, match=message):
        validate_stacks(found)


def test_a_manifest_stays_inside_the_project(tmp_path: Path) -> None:
    outside = tmp_path / "outside.json"
    outside.write_text("{}")
    inside = tmp_path / "project"
    inside.mkdir()
    found = project(inside)
    (inside / "target" / "manifest.json").unlink()
    (inside / "target" / "manifest.json").symlink_to(outside)
    with pytest.raises(SchemaError, match="link out of the project"):
        validate_stacks(found)
    (inside / "target" / "manifest.json").unlink()
    with pytest.raises(SchemaError, match="run `dbt parse`"):
        validate_stacks(found)
