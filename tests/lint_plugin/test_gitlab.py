"""Code Quality reports of GitLab: what its documentation says that an entry holds."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema

Check = Callable[..., Any]

# The table of https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
REPORT = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]+$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    # "The relative path": from the top of the repository, without `./`.
                    "path": {"type": "string", "pattern": "^[^./]"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}
PASSWORD = "password = 'hunter" + "2'\n"


def report(check: Check, *args: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads(check("--format", "gitlab", *args).stdout)
    jsonschema.validate(entries, REPORT)
    fingerprints = [entry["fingerprint"] for entry in entries]
    assert len(set(fingerprints)) == len(fingerprints)
    return entries


def test_an_entry_a_finding(project: Path, check: Check) -> None:
    (project / "secret.py").write_text(PASSWORD, encoding="utf-8")
    (project / "test_it.py").write_text(PASSWORD, encoding="utf-8")
    entries = report(check, "./app.py", str(project / "secret.py"), "test_it.py")
    first, second, third = sorted(entries, key=lambda entry: entry["location"]["path"])
    assert first["location"] == {"path": "app.py", "lines": {"begin": 3}}
    assert first["check_name"] == "HSF101"
    assert re.match("HSF101 os.getenv", first["description"])
    assert second["location"]["path"] == "secret.py"
    assert [each["severity"] for each in (first, second, third)] == ["major", "critical", "info"]


def test_nothing_found(check: Check) -> None:
    assert report(check, "clean.py") == []


def test_fingerprints_survive_moved_lines(project: Path, check: Check) -> None:
    source = "import os\nA = os.getenv('A')\nB = os.getenv('A')\n\ndef f():\n    os.getenv('A')\n"
    (project / "app.py").write_text(source, encoding="utf-8")
    before = report(check, "app.py")
    assert len(before) == 3
    moved = f"# one\n# two\n\n{source.replace('    os', '    x = 1' + chr(10) + '    os')}"
    (project / "app.py").write_text(moved, encoding="utf-8")
    after = report(check, "app.py")
    assert [e["fingerprint"] for e in after] == [e["fingerprint"] for e in before]
    assert [e["location"]["lines"]["begin"] for e in after] == [5, 6, 10]


def test_names_that_are_no_text(project: Path, check: Check) -> None:
    source = b"import os\nos.getenv('\\udc80')\nos.getenv('\\ud800')\n"
    (project / os.fsdecode(b"odd\xff.py")).write_bytes(source)
    assert len(report(check)) == 3  # one is of app.py
