"""`hushflake check --known`: the values of real sources, looked for with the user's consent."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_esc import FakeEsc
from terminals import on_a_terminal

from hushflake.remediation.known.choose import COMMON, PUBLIC, SHORT, is_common, why_not

ESC_VALUE = "q7Zt$kQ9wLm2XcVb"
KEYRING_VALUE = "hunter2 of ours, please"
OURS = "w8Xr3TnPq6Zs1LdK"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith(("HUSHFLAKE_", "PULUMI_", "GIT_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "pyproject.toml").write_text("[tool.hushflake]\n", encoding="utf-8")
    return folder


@pytest.fixture
def esc(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEsc]:
    with FakeEsc() as running:
        monkeypatch.setenv("PULUMI_ACCESS_TOKEN", running.token)
        monkeypatch.setenv("PULUMI_BACKEND_URL", running.url)
        running.save(
            "acme/shop/prod",
            "values:\n  environmentVariables:\n    REGION: us-east-1\n    PIN: {fn::secret: ab12}\n"
            f"    DB_PASSWORD: {{fn::secret: '{ESC_VALUE}'}}\n"
            "    STAGE: {fn::secret: production}\n",
        )
        (place / "pyproject.toml").write_text(
            '[tool.hushflake.config]\nesc = "acme/shop/prod"\n', encoding="utf-8"
        )
        yield running


def check(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hushflake.cli.start", "check", *arguments],
        cwd=folder, capture_output=True, text=True, env={**os.environ, **variables},
    )  # fmt: skip


def found(folder: Path, *arguments: str, **variables: str) -> dict[str, Any]:
    done = check(folder, "--known", "--yes", "--format", "json", *arguments, **variables)
    assert done.returncode in (0, 1), done.stderr
    for value in (ESC_VALUE, KEYRING_VALUE, OURS):
        assert value not in done.stdout + done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def places(document: dict[str, Any]) -> list[tuple[str, int]]:
    findings = document["findings" if "findings" in document else "literals"]
    return [(each["path"], each["line"]) for each in findings if each["code"] == "HSF308"]


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_values_of_esc_are_found_in_every_text(place: Path, esc: FakeEsc) -> None:
    write(place, "app.py", f"connect('db', '{ESC_VALUE}')\n")
    write(place, "docs/notes.txt", f"\nthe password is {ESC_VALUE}\n")
    encoded = base64.b64encode(f"app:{ESC_VALUE}".encode()).decode()
    write(place, "deploy/secret.unknown", f"data: {encoded}\n")
    cell = {"cell_type": "code", "source": [], "outputs": [{"text": [f"{ESC_VALUE}\n"]}]}
    write(place, "a.ipynb", json.dumps({"cells": [cell], "nbformat": 4}, indent=1))
    write(place, "clean.py", "REGION = 'us-east-1'\nSTAGE = 'production'\nPIN = 'ab12'\n")
    document = found(place, "--select", "HSF308")
    assert [path for path, _ in places(document)] == [
        "a.ipynb", "app.py", "deploy/secret.unknown", "docs/notes.txt"
    ]  # fmt: skip
    assert ("docs/notes.txt", 2) in places(document)
    told = document["findings"][0]["message"]
    assert told.startswith("the value of DB_PASSWORD (esc) is in this file")
    known = document["known"]
    assert known["values"] == 2  # the access token of ESC is a variable of the environment
    assert "the Pulumi ESC environment acme/shop/prod" in known["sources"]
    left = {(each["key"], each["reason"]) for each in known["left_out"] if each["source"] == "esc"}
    assert left == {("REGION", PUBLIC), ("PIN", SHORT), ("STAGE", COMMON)}


def test_values_of_a_keyring_and_of_the_environment(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring = tmp_path / "keyring.json"
    keyring.write_text(json.dumps({"shop/MAIL_PASSWORD": KEYRING_VALUE}), encoding="utf-8")
    write(place, "pyproject.toml", '[tool.hushflake.config]\nkeyring = "shop"\n'
          'keyring-keys = ["MAIL_PASSWORD"]\n')  # fmt: skip
    write(place, "app.py", f"a = '{KEYRING_VALUE}'\nb = 'x{OURS}x {OURS}'\n")
    fakes = str(Path(__file__).parents[1] / "fakes")
    variables = {
        "PYTHON_KEYRING_BACKEND": "file_keyring.FileKeyring",
        "TEST_KEYRING_FILE": str(keyring),
        "PYTHONPATH": fakes,
        "API_TOKEN": OURS,
        "API_TOKEN_2": OURS,
    }
    # The repository names the service, and the user has not said that it may.
    refused = check(place, "--known", "--yes", **variables)
    assert refused.returncode == 2
    assert "set HUSHFLAKE_KEYRING='shop' in your environment" in refused.stderr
    document = found(place, "--select", "HSF308", **variables, HUSHFLAKE_KEYRING="shop")
    assert places(document) == [("app.py", 1), ("app.py", 2), ("app.py", 2)]
    assert "API_TOKEN, API_TOKEN_2 (environment)" in document["findings"][1]["message"]


@pytest.mark.git
def test_staged_files_and_history(place: Path) -> None:
    user = ("-c", "user.name=A", "-c", "user.email=a@example.com")

    def git(*arguments: str) -> None:
        subprocess.run(["git", *user, *arguments], cwd=place, check=True, capture_output=True)

    git("init", "-q")
    write(place, "notes.txt", f"{OURS}\n")
    git("add", "--all")
    write(place, "notes.txt", "nothing\n")
    variables = {"API_TOKEN": OURS}
    assert places(found(place, **variables)) == []
    assert places(found(place, "--staged", **variables)) == [("notes.txt", 1)]
    git("commit", "-qm", "x")
    git("commit", "-qam", "y")
    assert places(found(place, "--staged", **variables)) == []
    document = found(place, "--history", **variables)
    assert places(document) == [("notes.txt", 1)]
    assert document["literals"][0]["at_head"] is False
    assert document["known"]["values"] == 1
    # What the fingerprints of one run find is not kept, and no value is.
    assert not list(place.rglob("history-*"))
    text = check(place, "--known", "--yes", "--history", **variables).stdout
    assert "Looked for 1 known value of the process environment" in text
    rotation = json.loads(
        check(
            place, "--known", "--yes", "--history", "--format", "rotation-json", **variables
        ).stdout
    )
    assert rotation["secrets"][0]["names"] == ["API_TOKEN"]


def test_a_literal_and_a_known_value_are_one_secret(place: Path) -> None:
    write(place, "app.py", f"api_token = '{OURS}'\n")
    done = check(place, "--known", "--yes", "--format", "rotation-json", API_TOKEN=OURS)
    [secret] = json.loads(done.stdout)["secrets"]
    assert secret["codes"] == ["HSF301", "HSF308"]


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github", "gitlab", "junit", "rotation"])
def test_no_output_shows_a_value(place: Path, form: str) -> None:
    encoded = base64.b64encode(f"app:{OURS}".encode()).decode()
    # No rule flags these by itself.
    text = f"first = os.getenv('A'), '{OURS}', '{encoded}'\nlog('{OURS}')\nimport os\n"
    write(place, "app.py", text)
    write(place, "notes.txt", f"{OURS} and {encoded}\n")
    write(place, "a.ipynb", json.dumps({"cells": [
        {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None,
         "source": ["import os\n", f"x = os.getenv('A'), '{OURS}'\n"]}
    ], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}, indent=1))  # fmt: skip
    done = check(place, "--known", "--yes", "--show-source", "--format", form, API_TOKEN=OURS)
    assert done.returncode == 1
    assert "HSF308" in done.stdout
    assert OURS not in done.stdout + done.stderr
    assert encoded[6:-4] not in done.stdout + done.stderr
    if form == "text":
        assert "first = os.getenv('A'), '***', '" in done.stdout


def test_rules_look_at_the_kinds_that_are_asked_for(place: Path) -> None:
    write(place, "a.md", f"```python\npassword = 'hunter2'\n```\n{OURS}\n")
    codes = {
        given: [each["code"] for each in found(place, *given, API_TOKEN=OURS)["findings"]]
        for given in ((), ("--markdown",))
    }
    assert codes == {(): ["HSF308"], ("--markdown",): ["HSF301", "HSF308"]}


def test_nothing_is_read_without_consent(place: Path, esc: FakeEsc) -> None:
    asked = len(esc.requests)
    done = check(place, "--known")
    assert done.returncode == 2
    assert "without a terminal to ask on it needs --yes" in done.stderr
    assert "the Pulumi ESC environment acme/shop/prod" in done.stderr.replace("\n", " ")
    variables = {
        name: os.environ[name]
        for name in ("PULUMI_ACCESS_TOKEN", "PULUMI_BACKEND_URL", "XDG_STATE_HOME")
    }
    shown = on_a_terminal(
        "check", "--known", folder=place, typed=b"n\n", environment=variables, columns=200
    )
    assert "Go on? [y/N]" in shown
    assert "nothing was read and nothing was checked" in shown
    assert len(esc.requests) == asked
    shown = on_a_terminal(
        "check", "--known", folder=place, typed=b"y\n", environment=variables, columns=200
    )
    assert "Looked for 2 known values" in shown
    assert len(esc.requests) > asked
    assert "--yes needs --known" in check(place, "--yes").stderr


def test_a_source_that_does_not_answer_is_a_failure(
    place: Path, esc: FakeEsc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", "http://127.0.0.1:9")
    done = check(place, "--known", "--yes")
    assert done.returncode != 0
    assert done.stdout == ""
    assert "Pulumi ESC, acme/shop/prod: no connection" in done.stderr


def test_a_repository_does_not_choose_where_the_token_goes(place: Path) -> None:
    write(place, "pyproject.toml", '[tool.hushflake.config]\nesc = "a/b/c"\nesc-url = "http://x"\n')
    done = check(place, "--known", "--yes", PULUMI_ACCESS_TOKEN="t")
    assert done.returncode == 2
    assert "a repository may not decide where" in done.stderr.replace("\n", " ")


@pytest.mark.slow
def test_several_processes_get_fingerprints_alone(place: Path) -> None:
    for number in range(120):
        write(place, f"a{number}.py", f"x = '{OURS if number % 40 == 0 else number}'\n")
    one = found(place, "--jobs", "1", API_TOKEN=OURS)
    two = found(place, "--jobs", "2", API_TOKEN=OURS)
    assert places(one) == places(two) == [("a0.py", 1), ("a40.py", 1), ("a80.py", 1)]


@pytest.mark.parametrize(
    "value",
    [
        *("true", "localhost", "8080", "production", "localhost:8080", "us-east-1", "my_service"),
        *("postgresql", "db.example.com", "10.0.0.1", "/run/secrets/x", "https://example.com/a"),
        *("2024-01-01", "a@example.com", "0123456789", "3.11.7", "getConfiguration", "--------"),
        *("changeme", "password", "Production", "summer2024", "aaaaaaaaaaaaaaaaaaaa", "~/.ssh/id"),
    ],
)
def test_common_values_are_not_looked_for(value: str) -> None:
    assert is_common(value)
    assert why_not("DB_PASSWORD", value, is_secret=True) in (COMMON, SHORT)


@pytest.mark.parametrize(
    "value",
    [
        *(ESC_VALUE, KEYRING_VALUE, OURS, "Summer2024!", "correct-horse-battery-staple"),
        *("hunter2-of-ours", "kdjfhgqpwzmxncbvtrwqpsdk", "9f86d081884c7d65", "x$9!kQ#2-a"),
        "postgres://app:pw-of-ours@db/x",
    ],
)
def test_secrets_are_looked_for(value: str) -> None:
    assert why_not("DB_PASSWORD", value, is_secret=False) == ""
    assert why_not("ANYTHING", value, is_secret=True) == ""
