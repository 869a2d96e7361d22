"""SARIF logs against the schema of the standard, in the form of models generated from it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Schema

Check = Callable[..., Any]


def log(check: Check, *args: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(check("--format", "sarif", *args).stdout)
    Schema.model_validate(document)
    return document


def test_findings(project: Path, check: Check) -> None:
    (project / "a b.py").write_text("# ü\npassword = 'hunter" + "2'\n", encoding="utf-8")
    [run] = log(check)["runs"]
    assert run["tool"]["driver"]["name"] == "hushflake"
    first, second = run["results"]
    location = first["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "a%20b.py"
    assert location["region"] == {
        "startLine": 2,
        "startColumn": 12,
        "endLine": 2,
        "endColumn": 21,
        "snippet": {"text": "password = '***'"},
    }
    rules = run["tool"]["driver"]["rules"]
    assert [rules[result["ruleIndex"]]["id"] for result in (first, second)] == ["HSF301", "HSF101"]
    assert first["level"] == "error"


def test_nothing_found(check: Check) -> None:
    assert log(check, "clean.py")["runs"][0]["results"] == []


def test_what_was_not_checked_is_a_notification(project: Path, check: Check) -> None:
    (project / "broken.py").write_text("def f(:\n    os.environ\n", encoding="utf-8")
    [run] = log(check, "broken.py")["runs"]
    [notification] = run["invocations"][0]["toolExecutionNotifications"]
    assert "not checked" in notification["message"]["text"]


def test_the_schema_refuses_what_is_wrong(check: Check) -> None:
    document = log(check)
    document["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0
    with pytest.raises(ValidationError):
        Schema.model_validate(document)


def test_remarks_about_pragmas(project: Path, check: Check) -> None:
    source = "x = 1  # hushflake: ignore[HSF301]\ny = 2  # hushflake: ignroe\n"
    (project / "app.py").write_text(source, encoding="utf-8")
    [run] = log(check, "app.py")["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["HSF001", "HSF002"]
