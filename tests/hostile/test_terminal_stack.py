"""Hostile rows and texts of a stack reach no terminal raw, whatever command shows them."""

import json
from pathlib import Path

import pytest
from canaries import steering
from clinic import make_clinic
from terminals import on_a_terminal

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

STEERING = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e\u2066"
FORGED = "hushflake: nothing to worry about"
HOSTILE = f"A{STEERING}\n{FORGED}"
ENTITY = {
    "entity": "DOCTORS",
    "schema": "CARE",
    "description": HOSTILE,
    "key": ["doctor_id"],
    "title": "name",
    "fields": {
        "doctor_id": {"type": "string(256)", "required": True},
        "name": {"type": "string(256)", "description": HOSTILE},
        "chief": {"type": "string(256)", "references": "DOCTORS.doctor_id"},
        "floor": {"type": "integer"},
    },
    "embedding": {"text": "{name}"},
}
ROWS = [
    {"doctor_id": f"D{number}{STEERING}\n{FORGED}", "name": f"heart {HOSTILE}", "floor": number}
    for number in range(3)
]
KEY = ROWS[0]["doctor_id"]
# In this order; each is shown on a terminal as it is, with what its rows, texts and names hold.
LINES = [
    ["plan", "--full", "--sql"],
    ["apply", "--yes"],
    ["load", f"doctors{STEERING}.jsonl", "--entity", "DOCTORS"],
    ["load", "bad.jsonl", "--entity", "DOCTORS"],
    ["embed"],
    ["search", f"heart {STEERING}"],
    ["search", "heart", "--format", "json"],
    ["related", "DOCTORS", str(KEY)],
    ["related", "DOCTORS", str(KEY), "--format", "mermaid"],
    ["related", "DOCTORS", str(KEY), "--format", "svg"],
    ["related", "DOCTORS", HOSTILE],
    ["ask", f"how many {STEERING}"],
    ["status"],
    ["cost"],
    ["sql", "SELECT * FROM CARE.DOCTORS"],
    ["sql", "SELECT * FROM CARE.DOCTORS", "--format", "csv"],
    ["sql", f"SELECT '{STEERING}' FROM NOWHERE_{STEERING}"],
    ["drift"],
    ["history"],
    ["capture", "captured.json"],
    ["stack", "status"],
    ["stack", "logs"],
    ["sync", "conflicts"],
    ["plan", "--verbose"],
    ["destroy", "--yes"],
    ["stack", "stop"],
]


def test_of_a_stack_nothing_reaches_a_terminal_raw(tmp_path: Path) -> None:
    folder = make_clinic(tmp_path / f"clinic{STEERING}", doctors=json.dumps(ENTITY))
    (folder / "data" / "doctors.yaml").unlink()
    lines = "".join(json.dumps(row) + "\n" for row in ROWS)
    (folder / f"doctors{STEERING}.jsonl").write_text(lines, encoding="utf-8")
    (folder / "bad.jsonl").write_text(json.dumps({"doctor_id": "x", "floor": HOSTILE}) + "\n")
    shown: dict[str, str] = {}
    environment = {"NO_COLOR": "1", "TERM": "dumb", "HOME": str(tmp_path)}
    try:
        for words in LINES:
            text = on_a_terminal(*words, folder=folder, environment=environment)
            assert not steering(text), (words, ascii(text[:3000]))
            assert "internal error" not in text, (words, text)
            if "csv" not in words:  # where a line break stands between quotes
                assert not any(line.startswith(FORGED) for line in text.splitlines()), words
            shown.setdefault(" ".join(words[:2]), text)
    finally:
        on_a_terminal("stack", "stop", folder=folder, environment=environment)
    # The rows were there, and were shown.
    assert r"1. heart A\x1b]0;owned" in shown[f"search heart {STEERING}"]
    assert r"heart A\u001b]0;owned" in shown["search heart"]
    assert r"DOCTORS D0\x1b]0;owned" in shown["related DOCTORS"]
    assert r"D0\x1b]0;owned" in shown["sql SELECT * FROM CARE.DOCTORS"]
    assert "7 operations done" in shown["destroy --yes"]
