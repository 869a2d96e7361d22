"""What plan and drift print as JSON is what their published schemas say."""

import json
from pathlib import Path

import jsonschema
from workplace import Workplace

SCHEMAS = Path(__file__).parent.parent.parent / "docs" / "schemas"


def check(name: str, document: object) -> None:
    schema = json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document, schema)


def test_plans_and_drift_follow_their_schemas(foundation: Workplace) -> None:
    everything = foundation.hushflake("plan", "--format", "json").json()
    check("plan", everything)
    assert len(everything["operations"]) > 150
    foundation.hushflake("apply")
    table = "HUSHFLAKE_LOCAL.FOUNDATIONAL_KNOWLEDGE.PRODUCTS"
    foundation.execute(f"DROP TABLE {table}", "ALTER WAREHOUSE ETL_WH SET WAREHOUSE_SIZE = LARGE")
    drift = foundation.hushflake("drift", "--format", "json", code=1).json()
    check("drift", drift)
    assert {op["action"] for op in drift["operations"]} >= {"undrop", "alter"}
    foundation.hushflake("plan", "--out", "plan.json")
    check("plan", json.loads((foundation.folder / "plan.json").read_text(encoding="utf-8")))
