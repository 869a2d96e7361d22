"""The editors' schema takes what the loader takes, and sees the same misspelt keys."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from hushflake.cli.main import main
from hushflake.schema.jsonschema import definitions_schema, project_schema, stack_schema
from hushflake.schema.project import SHIPPED_ROOT

CASES = Path(__file__).parent / "cases"
DEFINITIONS = jsonschema.Draft202012Validator(definitions_schema())
ENTITY = {"entity": "E", "schema": "S", "key": "id", "fields": {"id": "text"}}
FILES = sorted(
    [
        *CASES.glob("*/*.yaml"),
        *SHIPPED_ROOT.glob("entities/*.yaml"),
        *SHIPPED_ROOT.glob("objects/*.yaml"),
    ]
)


def load(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)


def typed(value: Any) -> Any:
    """Scalars as YAML 1.2 has them; the base loader leaves them text."""
    if isinstance(value, dict):
        return {key: typed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [typed(item) for item in value]
    if value in ("true", "false"):
        return value == "true"
    if isinstance(value, str) and re.fullmatch(r"[0-9]+\.[0-9]+", value):
        return float(value)
    return int(value) if isinstance(value, str) and value.isdecimal() else value


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_compiles_is_valid(path: Path) -> None:
    document = typed(load(path))
    for item in document if isinstance(document, list) else [document]:
        errors = [error.message for error in DEFINITIONS.iter_errors(item)]
        # Words are taken in any case and spelling by the loader, not by an editor.
        assert not errors or "2X-Large" in str(item), errors


@pytest.mark.parametrize(
    "definition",
    [
        {"kind": "warehouse", "name": "W", "auto_supend": 60},
        {"kind": "warehouse", "name": "W", "max_cluster_count": 1000},
        {"kind": "warehose", "name": "W"},
        {"kind": "stream", "name": "S.X", "on": {"tabel": "T"}},
        {"entity": "E", "schema": "S", "key": "id"},
        {"entity": "E", "schema": "S", "key": "id", "fields": {"id": {"typ": "text"}}},
        {"entity": "E", "schema": "S", "key": "id", "fields": {"id": {"type": 64}}},
        {**ENTITY, "search": {"warehouse": "W", "target_lag": "1 huor"}},
        {**ENTITY, "search": {"warehouse": "W", "target_lag": 5}},
        {**ENTITY, "embedding": {"text": "{id}", "max_characters": "many"}},
        {**ENTITY, "acl": {"all": ["R"], "roles": [{"R": 1}]}},
        {"kind": "warehouse", "name": "W", "auto_suspend": "soon"},
        {"kind": "warehouse", "name": "W", "auto_resume": "maybe"},
        {"kind": "warehouse", "name": "W", "size": "HUGE"},
        {"kind": "view", "name": "S.V", "query": 5},
        {"kind": "view", "name": ["S.V"], "query": "SELECT 1 AS A"},
        {"kind": "table", "name": "S.T", "columns": [{"name": "a", "type": "date", "nullable": 1}]},
        {"kind": "table", "name": "S.T", "columns": "a"},
        {"kind": "file_format", "name": "S.F", "settings": {"skip_header": {"rows": 1}}},
        {"kind": "grant", "to": "R", "privileges": ["SELECT"], "on": "T"},
        {"kind": "grant", "to": "R", "privileges": ["SELECT"], "on": {"tabel": "S.T"}},
        {"kind": "grant", "to": "R", "privileges": ["SELECT"], "on": {"all": "tabels", "in": "S"}},
        {"kind": "grant", "to": "R", "privileges": {"a": "SELECT"}, "on": {"table": "S.T"}},
    ],
)
def test_mistakes_are_seen(definition: dict[str, Any]) -> None:
    assert list(DEFINITIONS.iter_errors(definition))


@pytest.mark.parametrize(
    "definition",
    [
        {**ENTITY, "search": {"warehouse": "W", "target_lag": "${lag}"}},
        {"kind": "warehouse", "name": "W", "auto_suspend": "${seconds}", "size": "${size}"},
        {"kind": "warehouse", "name": "W", "auto_resume": "${resume}"},
        {"kind": "grant", "to": "R", "privileges": "SELECT", "on": {"table": ["S.T", "S.U"]}},
        {"kind": "grant", "to": "R", "privileges": ["SELECT"], "on": {"future": "tables"}},
        {"kind": "grant", "to": "R", "privileges": ["EXECUTE TASK"], "on": "account"},
    ],
)
def test_variables_and_short_forms_are_taken(definition: dict[str, Any]) -> None:
    assert not list(DEFINITIONS.iter_errors(definition))


@pytest.mark.parametrize(
    "setting",
    [
        {"expected_use": {"rows": "many"}},
        {"expected_use": {"rosw": 5}},
        {"overrides": {"WH": "XSMALL"}},
        {"journal_schema": ["DB", "S"]},
        {"variables": {"a": ["b"]}},
        {"budget_usd": "much"},
        {"production": "perhaps"},
    ],
)
def test_mistakes_of_a_stack_are_seen(setting: dict[str, Any]) -> None:
    stacks = jsonschema.Draft202012Validator(stack_schema())
    assert list(stacks.iter_errors({"database": "X", **setting}))


def test_stacks_and_projects() -> None:
    stacks = jsonschema.Draft202012Validator(stack_schema())
    for path in SHIPPED_ROOT.glob("stacks/*.yaml"):
        assert not list(stacks.iter_errors(yaml.safe_load(path.read_text(encoding="utf-8"))))
    assert list(stacks.iter_errors({"database": "X", "editon": "standard"}))
    named = {"name": "dev", "role": "R", "warehouse": "W", "database": "D", "schema": "S"}
    assert not list(stacks.iter_errors({"database": "X", "connection": named}))
    assert list(stacks.iter_errors({"database": "X", "connection": {**named, "host": "h"}}))
    projects = jsonschema.Draft202012Validator(project_schema())
    assert not list(projects.iter_errors({"project": "p"}))


@pytest.mark.parametrize("of", ["definitions", "stack", "project"])
def test_the_command_prints_it(of: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "json-schema", of]) == 0
    jsonschema.Draft202012Validator.check_schema(json.loads(capsys.readouterr().out))
