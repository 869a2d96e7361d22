"""Known values: those of real sources, in a hook whose user wants it."""

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_esc import FakeEsc

Hook = Callable[..., Any]
VALUE = "q7Zt$kQ9wLm2XcVb"


@pytest.fixture
def variables(repository: Path) -> Iterator[dict[str, str]]:
    with FakeEsc() as running:
        running.save(
            "acme/shop/prod",
            "values:\n  environmentVariables:\n"
            f"    DB_PASSWORD: {{fn::secret: '{VALUE}'}}\n    REGION: us-east-1\n",
        )
        (repository / "pyproject.toml").write_text(
            '[tool.hushflake.config]\nesc = "acme/shop/prod"\n', encoding="utf-8"
        )
        yield {"PULUMI_ACCESS_TOKEN": running.token, "PULUMI_BACKEND_URL": running.url}


def event(command: str) -> bytes:
    facts = {"hook_event_name": "PreToolUse", "tool_name": "Bash"}
    return json.dumps({**facts, "tool_input": {"command": command}}).encode()


ENCODED = base64.b64encode(f"app:{VALUE}".encode()).decode()


@pytest.mark.parametrize("text", [VALUE, ENCODED, f"\0 {VALUE}"], ids=range(3))
def test_a_value_of_a_source_is_refused(text: str, hook: Hook, variables: dict[str, str]) -> None:
    assert hook("run", "claude-code", stdin=event(f"echo {text}"), **variables).returncode == 0
    done = hook("run", "claude-code", "--known", stdin=event(f"echo {text}"), **variables)
    assert done.returncode == 2, done.stderr
    assert "the value of DB_PASSWORD (HSF308)" in done.stderr
    assert VALUE not in done.stderr + done.stdout


def test_a_call_without_one_passes(hook: Hook, variables: dict[str, str]) -> None:
    done = hook("run", "claude-code", "--known", stdin=event("echo us-east-1"), **variables)
    assert done.returncode == 0, done.stderr


def test_a_source_that_cannot_be_read_refuses(hook: Hook, variables: dict[str, str]) -> None:
    wrong = {**variables, "PULUMI_BACKEND_URL": "http://127.0.0.1:9"}
    done = hook("run", "claude-code", "--known", stdin=event("ls"), **wrong)
    assert done.returncode == 2
    assert "could not be judged" in done.stderr
    assert "internal error" not in done.stderr
    assert wrong["PULUMI_ACCESS_TOKEN"] not in done.stderr


def test_the_choice_is_installed_and_taken_back(hook: Hook, home: Path) -> None:
    path = home / ".claude" / "settings.json"
    for options, known in (((), False), (("--known",), True), ((), False)):
        hook("install", "claude-code", *options)
        text = path.read_text(encoding="utf-8")
        assert text.count("hook run claude-code") == 2
        assert ("hook run claude-code --known" in text) == known
    hook("install", "claude-code", "--known")
    hook("uninstall", "claude-code")
    assert "hook run" not in path.read_text(encoding="utf-8")


@pytest.mark.git
def test_the_hook_of_git_knows_them_too(
    hook: Hook, repository: Path, variables: dict[str, str]
) -> None:
    import subprocess

    (repository / "notes.txt").write_text(f"the password is {VALUE}\n", encoding="utf-8")
    subprocess.run(["git", "add", "notes.txt"], cwd=repository, check=True)
    assert hook("run", "git", **variables).returncode == 0
    done = hook("run", "git", "--known", **variables)
    assert (done.returncode, "HSF308" in done.stdout) == (1, True)
    assert VALUE not in done.stdout + done.stderr
