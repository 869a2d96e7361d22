"""The rotation list: one entry per secret, and where it is revoked."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hushflake.lint_plugin.credentials.fingerprint import fingerprint, value_of
from hushflake.lint_plugin.credentials.providers import PROVIDERS
from hushflake.lint_plugin.credentials.revocation import _PAGES, REVOCATIONS, revocation_of

Check = Callable[..., Any]
KEY = b"k" * 32
TOKEN = "ghp_" + "k3Jd9fLq2M" * 3 + "a1B2c3"


def test_every_format_says_where_it_is_revoked() -> None:
    found = {provider.name: revocation_of(provider.name) for provider in PROVIDERS}
    # Whoever signs a JSON web token issued it: no page is right for all of them.
    assert {name for name, each in found.items() if each is None} <= {
        "JSON web token", "age secret key"
    }  # fmt: skip
    assert set(REVOCATIONS) | set(_PAGES) <= set(found)
    assert not set(REVOCATIONS) & set(_PAGES)
    for each in filter(None, found.values()):
        assert each.issuer
        assert not each.issuer.endswith((" key", " token", " secret"))
        assert each.page.startswith("https://")
        assert each.source.startswith("https://")


@pytest.mark.parametrize(
    "literal",
    [
        b"a\\b-c",
        b"'a\\\\b-c'",
        b'"a\\\\b-c"',
        b"b'a\\\\b-c'",
        b"r'a\\b-c'",
        b"'''a\\\\b-c'''",
        b"'a\\\\b' '-c'",
        b"f'a\\b-c'",
        b"'Bearer a\\\\b-c'",
    ],
)
def test_a_value_is_the_same_however_it_is_written(literal: bytes) -> None:
    assert value_of(literal) == b"a\\b-c"
    assert fingerprint(KEY, literal) == fingerprint(KEY, b"a\\b-c")


def test_a_fingerprint_needs_its_key() -> None:
    assert fingerprint(KEY, b"value") != fingerprint(b"l" * 32, b"value")
    assert fingerprint(KEY, b"value") != fingerprint(KEY, b"other")


@pytest.fixture
def leaky(project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (project / "app.py").write_text(
        f"token = '{TOKEN}'\nclient.get(headers={{'Authorization': 'Bearer {TOKEN}'}})\n"
        "db_password = 'hunter2-of-ours'\n",
        encoding="utf-8",
    )
    (project / "tests").mkdir()
    (project / "tests" / "test_a`b.py").write_text(
        f"token = '{TOKEN}'\npassword = 'made-up1'\n", encoding="utf-8"
    )
    return project


def test_a_value_is_one_entry(leaky: Path, check: Check) -> None:
    done = check("--format", "rotation-json")
    document = json.loads(done.stdout)
    assert document["format"] == "hushflake.rotation/1"
    token, password, made_up = document["secrets"]
    assert token["kind"] == "GitHub token"
    assert token["issuer"] == "GitHub"
    assert token["revoke_at"] == "https://github.com/settings/tokens"
    places = [(each["path"], each["line"]) for each in token["places"]]
    assert places == [("app.py", 1), ("app.py", 2), ("tests/test_a`b.py", 1)]
    assert password["names"] == ["db_password"]
    assert password["revoke_at"] is None
    assert "change it" in password["advice"]
    assert [token["severity"], password["severity"], made_up["severity"]] == [
        "error", "error", "note"
    ]  # fmt: skip
    assert document["summary"] == {"secrets": 3, "errors": 2, "in_code": 3, "history": False}
    assert done.returncode == 1


def test_the_list_for_people(leaky: Path, check: Check) -> None:
    lines = check("--format", "rotation").stdout.splitlines()
    assert lines[0] == "# To rotate: 2 secrets"
    assert "## 1. GitHub token" in lines
    assert "- [ ] Revoke it at GitHub: https://github.com/settings/tokens" in lines
    # No name of a file ends the code that it stands in.
    assert "  - `tests/test_a'b.py:1` (HSF302)" in lines
    assert "## 2. Secret of `db_password`" in lines
    assert "1 secret in test files alone may be made up; --notes lists it." in lines
    every = check("--format", "rotation", "--notes").stdout
    assert every.startswith("# To rotate: 3 secrets\n")
    for value in (TOKEN, "hunter2", "made-up1"):
        assert value not in every
    (leaky / "app.py").write_text("x = 1\n", encoding="utf-8")
    (leaky / "tests" / "test_a`b.py").unlink()
    done = check("--format", "rotation")
    assert (done.returncode, done.stdout) == (0, "# Nothing to rotate\n")


def test_what_is_inside_a_url_has_no_name_of_its_own(leaky: Path, check: Check) -> None:
    word = "Gh7pQz" + "81"
    (leaky / "app.py").write_text(f"dsn = 'postgresql://app:{word}@db/app'\n", encoding="utf-8")
    done = check("--format", "rotation", "app.py")
    assert "## 1. Credential inside a URL" in done.stdout.splitlines()
    (leaky / "b.py").write_text(f"db_password = '{word}'\n", encoding="utf-8")
    done = check("--format", "rotation", "app.py", "b.py")
    assert "## 1. Secret of `db_password`" in done.stdout.splitlines()
    assert "`url`" not in done.stdout


@pytest.mark.git
def test_of_a_history_the_list_says_since_when(leaky: Path, check: Check) -> None:
    user = ("-c", "user.name=A", "-c", "user.email=a@example.com")
    for line in (("init", "-q"), ("add", "."), ("commit", "-qm", "x")):
        subprocess.run(["git", *user, *line], cwd=leaky, check=True)
    (leaky / "app.py").write_text("x = 1\n", encoding="utf-8")
    subprocess.run(["git", *user, "commit", "-qam", "y"], cwd=leaky, check=True)
    lines = check("--history", "--format", "rotation").stdout.splitlines()
    assert lines[0] == "# To rotate: 2 secrets"
    assert sum(line.startswith("- In history since 20") for line in lines) == 2
    token, password, _ = json.loads(check("--history", "--format", "rotation-json").stdout)[
        "secrets"
    ]
    assert (token["in_code"], password["in_code"]) == (True, False)
    now = {place["path"]: place["in_code"] for place in token["places"]}
    assert now == {"app.py": False, "tests/test_a`b.py": True}


def test_an_output_of_a_notebook_holds_the_same_secret(leaky: Path, check: Check) -> None:
    value = 'sOme-pa55!w\u00f6rd"x'
    cells = [
        {
            "cell_type": "code", "metadata": {}, "execution_count": 1,
            "source": [f"password = {value!r}\n", "print(password, token)"],
            "outputs": [
                {"output_type": "stream", "name": "stdout", "text": [f"{value} {TOKEN}\n"]},
            ],
        }
    ]  # fmt: skip
    document = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (leaky / "a.ipynb").write_text(json.dumps(document, indent=1), encoding="utf-8")
    done = check("a.ipynb", "--format", "rotation-json")
    token, password = json.loads(done.stdout)["secrets"]
    assert (token["kind"], token["codes"]) == ("GitHub token", ["HSF403"])
    assert password["codes"] == ["HSF301", "HSF403"]
    (leaky / "a.ipynb").unlink()
    (leaky / "app.py").write_text(f"token = '{TOKEN}'\n", encoding="utf-8")
    [entry, _] = json.loads(check("--format", "rotation-json").stdout)["secrets"]
    assert entry["fingerprint"] == token["fingerprint"]
