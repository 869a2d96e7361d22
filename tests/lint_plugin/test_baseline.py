"""A baseline keeps what it knows when code moves, and only that."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Check = Callable[..., Any]
SECRET = "hunter" + "2-of-ours"
SOURCE = f"def connect():\n    password = '{SECRET}'\n    return password\n"


@pytest.fixture
def known(project: Path, check: Check) -> Path:
    """A project whose findings are all in its baseline."""
    (project / "app.py").write_text(SOURCE, encoding="utf-8")
    done = check("--baseline", "known.json", "--update-baseline")
    assert done.returncode == 0, done.stderr
    assert check("--baseline", "known.json").returncode == 0
    return project


def new(check: Check, *args: str) -> list[str]:
    done = check("--baseline", "known.json", "--format", "json", *args)
    return [f"{f['path']}:{f['line']} {f['code']}" for f in json.loads(done.stdout)["findings"]]


def test_it_holds_neither_values_nor_lines(known: Path) -> None:
    document = json.loads((known / "known.json").read_text(encoding="utf-8"))
    assert document == {
        "format": "hushflake.baseline/1",
        "entries": [
            {
                "path": "app.py",
                "code": "HSF301",
                "scope": "connect",
                "target": "password",
                "count": 1,
            }
        ],
    }


@pytest.mark.parametrize(
    "moved",
    [
        "# a comment\n\n\n" + SOURCE,
        SOURCE.replace("password = '", "password = (\n        '").replace("ours'", "ours'\n    )"),
        SOURCE.replace("'", '"'),
        f"import sys\n\n\ndef other(): ...\n\n\n{SOURCE}",
        SOURCE.replace(SECRET, "an" + "0ther-one"),
    ],
)
def test_moved_and_reformatted_code_keeps_it(known: Path, check: Check, moved: str) -> None:
    (known / "app.py").write_text(moved, encoding="utf-8")
    assert new(check) == []


def test_the_same_secret_elsewhere_is_new(known: Path, check: Check) -> None:
    again = SOURCE.replace("connect", "reconnect")
    (known / "app.py").write_text(SOURCE + again, encoding="utf-8")
    assert new(check) == ["app.py:5 HSF301"]
    (known / "app.py").write_text(SOURCE, encoding="utf-8")
    (known / "other.py").write_text(SOURCE, encoding="utf-8")
    assert new(check) == ["other.py:2 HSF301"]


def test_a_second_one_in_the_same_place_is_new(known: Path, check: Check) -> None:
    twice = SOURCE.replace("    return", f"    password = '{SECRET}'\n    return")
    (known / "app.py").write_text(twice, encoding="utf-8")
    assert new(check) == ["app.py:3 HSF301"]


def test_what_was_repaired_is_told_and_can_go(known: Path, check: Check) -> None:
    (known / "app.py").write_text("pass\n", encoding="utf-8")
    assert "1 of its entries match nothing" in check("--baseline", "known.json").stdout
    check("--baseline", "known.json", "--update-baseline")
    assert json.loads((known / "known.json").read_text(encoding="utf-8"))["entries"] == []


def test_an_update_of_one_file_keeps_the_others(known: Path, check: Check) -> None:
    (known / "other.py").write_text(SOURCE, encoding="utf-8")
    check("other.py", "--baseline", "known.json", "--update-baseline")
    assert new(check) == []
    (known / "app.py").unlink()
    check("other.py", "--baseline", "known.json", "--update-baseline")
    text = (known / "known.json").read_text(encoding="utf-8")
    assert "app.py" not in text


def test_the_settings_can_name_it(known: Path, check: Check) -> None:
    (known / "pyproject.toml").write_text(
        "[tool.hushflake]\nbaseline = 'known.json'\n", encoding="utf-8"
    )
    assert check().returncode == 0
    (known / "sub").mkdir()
    assert check("../app.py", folder=known / "sub").returncode == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "there is no such baseline"),
        ("{", ":1:2: is not JSON"),
        ("[]", "is not a baseline of the format hushflake.baseline/1"),
        ('{"format": "hushflake.baseline/1", "entries": [{}]}', "entry that is not complete"),
    ],
)
def test_a_bad_baseline_is_the_users_mistake(
    project: Path, check: Check, text: str | None, message: str
) -> None:
    if text is not None:
        (project / "known.json").write_text(text, encoding="utf-8")
    done = check("--baseline", "known.json")
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_update_needs_a_file(check: Check) -> None:
    done = check("--update-baseline")
    assert done.returncode == 2
    assert "--baseline FILE" in done.stderr
