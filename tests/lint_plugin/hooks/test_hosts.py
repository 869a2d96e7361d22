"""Each assistant is fed the JSON that its documentation shows, and answered as it says."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hushflake.cli.start import _ASSISTANTS
from hushflake.lint_plugin.hooks.hosts import host, names

Hook = Callable[..., Any]
TOKEN = "ghp_" + "k3Jd9fLq2M" * 3 + "a1B2c3"
PASSWORD = "hunter" + "2"
URL = f"postgresql://app:{PASSWORD}@db/main"
KEY = f"-----BEGIN RSA PRIVATE{' '}KEY-----\nMIIEpAIBAAKCAQEAx1\n-----END RSA"


def claude(event: str, **facts: Any) -> dict[str, Any]:
    """Input as https://code.claude.com/docs/en/hooks shows it."""
    return {
        "session_id": "abc123",
        "transcript_path": "/home/u/.claude/projects/p/abc123.jsonl",
        "cwd": "/home/u/p",
        "permission_mode": "default",
        "hook_event_name": event,
        **facts,
    }


def codex(event: str, **facts: Any) -> dict[str, Any]:
    """Input as codex-rs/hooks/schema/generated requires it."""
    return {
        "cwd": "/home/u/p",
        "hook_event_name": event,
        "model": "gpt",
        "permission_mode": "default",
        "session_id": "s",
        "turn_id": "t",
        "transcript_path": None,
        **facts,
    }


def cursor(event: str, **facts: Any) -> dict[str, Any]:
    """Input as https://cursor.com/docs/agent/hooks shows it."""
    return {
        "conversation_id": "c",
        "generation_id": "g",
        "model": "m",
        "hook_event_name": event,
        "cursor_version": "2.0.77",
        "workspace_roots": ["/home/u/p"],
        **facts,
    }


def copilot(**facts: Any) -> dict[str, Any]:
    """Input as https://docs.github.com/en/copilot/reference/hooks-reference shows it."""
    return {"sessionId": "s", "timestamp": 1704614600000, "cwd": "/home/u/p", **facts}


def vscode(event: str, **facts: Any) -> dict[str, Any]:
    """Input as https://code.visualstudio.com/docs/copilot/customization/hooks shows it."""
    return {
        "timestamp": "2026-02-09T10:30:00.000Z",
        "cwd": "/home/u/p",
        "sessionId": "s",
        "hookEventName": event,
        **facts,
    }


def tool(name: str, **arguments: Any) -> dict[str, Any]:
    return {"tool_name": name, "tool_input": arguments, "tool_use_id": "1"}


# Assistant, input, and a word of the reason.
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("claude-code", claude("PreToolUse", **tool("Bash", command="cat .env")), ".env"),
    ("claude-code", claude("PreToolUse", **tool("Read", file_path="/home/u/p/.env")), ".env"),
    (
        "claude-code",
        claude("PreToolUse", **tool("Read", file_path="/home/u/.ssh/id_rsa")),
        "id_rsa",
    ),
    ("claude-code", claude("PreToolUse", **tool("Grep", pattern="KEY", path=".env")), ".env"),
    ("claude-code", claude("PreToolUse", **tool("Grep", pattern="KEY", glob=".env*")), ".env*"),
    ("claude-code", claude("PreToolUse", **tool("Write", file_path="a.py", content=TOKEN)), "302"),
    ("claude-code", claude("PreToolUse", **tool("Bash", command=f"curl -H 'x: {TOKEN}'")), "302"),
    ("claude-code", claude("PreToolUse", **tool("Bash", command=f"psql {URL}")), "HSF304"),
    ("claude-code", claude("PreToolUse", **tool("mcp__fs__read_file", path="a/.env")), ".env"),
    ("claude-code", claude("PreToolUse", **tool("mcp__x__y", deep=[{"a": {"b": KEY}}])), "HSF303"),
    ("claude-code", claude("PreToolUse", **tool("mcp__x__y", **{TOKEN: 1})), "HSF302"),
    ("claude-code", claude("PreToolUse", **tool("mcp__fs__get", uri="file:///p/%2Eenv")), "nv"),
    (
        "claude-code",
        claude("PreToolUse", **tool("Write", file_path="a", content=f"{TOKEN} # noqa")),
        "HSF302",
    ),
    ("claude-code", claude("UserPromptSubmit", prompt=f"use {TOKEN} please"), "HSF302"),
    ("claude-code", claude("UserPromptSubmit", prompt="look at @.env"), ".env"),
    ("codex", codex("PreToolUse", **tool("Bash", command="cat .env")), ".env"),
    ("codex", codex("PreToolUse", **tool("Bash", command=["bash", "-lc", "cat .env"])), ".env"),
    (
        "codex",
        codex("PreToolUse", **tool("apply_patch", command=f"*** Add File: a\n+x = '{TOKEN}'")),
        "HSF302",
    ),
    ("codex", codex("UserPromptSubmit", prompt=URL), "HSF304"),
    ("cursor", cursor("beforeShellExecution", command="cat .env", cwd=""), ".env"),
    ("cursor", cursor("beforeReadFile", file_path="/p/.env", content="A=1"), ".env"),
    ("cursor", cursor("beforeReadFile", file_path="/p/a.py", content=f"x = '{TOKEN}'"), "HSF302"),
    (
        "cursor",
        cursor("beforeMCPExecution", tool_name="q", tool_input=json.dumps({"query": URL})),
        "HSF304",
    ),
    ("cursor", cursor("beforeMCPExecution", tool_name="q", tool_input={"query": URL}), "HSF304"),
    ("cursor", cursor("beforeSubmitPrompt", prompt=KEY, attachments=[]), "HSF303"),
    (
        "cursor",
        cursor("beforeSubmitPrompt", prompt="x", attachments=[{"file_path": "/p/.env"}]),
        ".env",
    ),
    ("copilot", copilot(toolName="bash", toolArgs={"command": "cat .env"}), ".env"),
    ("copilot", copilot(toolName="bash", toolArgs='{"command": "cat .env"}'), ".env"),
    ("copilot", copilot(toolName="view", toolArgs={"path": "/p/.env"}), ".env"),
    ("copilot", copilot(prompt=TOKEN), "HSF302"),
    ("copilot", claude("PreToolUse", **tool("Bash", command="cat .env")), ".env"),
    ("copilot", vscode("PreToolUse", **tool("readFile", filePath="/p/.env")), ".env"),
    ("copilot", vscode("PreToolUse", **tool("runInTerminal", command="cat .env")), ".env"),
    ("copilot", vscode("UserPromptSubmit", prompt=TOKEN), "HSF302"),
]
PASSED: list[tuple[str, dict[str, Any]]] = [
    ("claude-code", claude("PreToolUse", **tool("Bash", command="ls -la", description="list"))),
    ("claude-code", claude("PreToolUse", **tool("Read", file_path="/p/.env.example"))),
    ("claude-code", claude("PreToolUse", **tool("Read", file_path="/p/app.py", offset=1, limit=2))),
    ("claude-code", claude("PreToolUse", **tool("Write", file_path=".env.example", content="A="))),
    ("claude-code", claude("PreToolUse", **tool("Glob", pattern="**/.env"))),
    (
        "claude-code",
        claude("PreToolUse", **tool("Edit", file_path="a.py", old_string=TOKEN, new_string="x")),
    ),
    ("claude-code", claude("UserPromptSubmit", prompt="why is .env in .gitignore? mail a@b.env")),
    ("claude-code", claude("UserPromptSubmit", prompt="postgresql://user:password@localhost/x")),
    ("claude-code", claude("SessionStart", source="startup")),
    ("claude-code", claude("PostToolUse", **tool("Bash", command="cat .env"), tool_response={})),
    ("codex", codex("PreToolUse", **tool("apply_patch", command=f"*** Update\n-x = '{TOKEN}'"))),
    ("codex", codex("PreToolUse", **tool("apply_patch", command="*** Update File: README\n+.env"))),
    ("codex", codex("Stop")),
    ("cursor", cursor("beforeShellExecution", command="npm test", cwd="")),
    ("cursor", cursor("beforeReadFile", file_path="/p/a.py", content="x = 1")),
    ("cursor", cursor("beforeSubmitPrompt", prompt="hello", attachments=[])),
    ("cursor", cursor("afterFileEdit", file_path=".env", edits=[])),
    ("copilot", copilot(toolName="bash", toolArgs={"command": "ls"})),
    ("copilot", copilot(toolName="create", toolArgs={"path": ".env", "file_text": "A="})),
    ("copilot", vscode("PreToolUse", **tool("editFiles", files=["src/main.ts"]))),
]


def answered(name: str, payload: Any) -> tuple[int, str, str]:
    """Return code, standard output and error of what an assistant is told."""
    from hushflake.cli.hook_line import _judged

    answer = _judged(host(name), json.dumps(payload).encode())
    return answer.code, answer.output, answer.errors


def reason(name: str, payload: dict[str, Any]) -> str:
    """Return why a call is refused, from where the assistant's documentation says it stands."""
    code, output, errors = answered(name, payload)
    if name == "cursor":
        assert code == 0
        said = json.loads(output)
        if "prompt" in payload:
            assert said["continue"] is False
        else:
            assert said["permission"] == "deny"
            assert said["agent_message"] == said["user_message"]
        return str(said["user_message"])
    assert code == 2
    if name == "copilot" and "prompt" not in payload:
        said = json.loads(output)
        assert said["permissionDecision"] == "deny"
        inner = said["hookSpecificOutput"]
        assert (inner["hookEventName"], inner["permissionDecision"]) == ("PreToolUse", "deny")
        assert said["permissionDecisionReason"] == inner["permissionDecisionReason"] == errors
    else:
        assert output == ""
    return errors


def label(value: Any) -> str | None:
    if isinstance(value, dict):
        return str(value.get("hook_event_name") or value.get("toolName") or "event")
    return str(value)


@pytest.mark.parametrize(("name", "payload", "word"), REFUSED, ids=label)
def test_refused(name: str, payload: dict[str, Any], word: str) -> None:
    text = reason(name, payload)
    assert text.startswith("hushflake: refused: ")
    assert word in text
    assert "get_config_value" in text
    assert "hushflake config run" in text
    for value in (TOKEN, PASSWORD, "MIIEp"):
        assert value not in text


@pytest.mark.parametrize(("name", "payload"), PASSED, ids=label)
def test_passed(name: str, payload: dict[str, Any]) -> None:
    assert answered(name, payload) == (0, "", "")


def test_every_assistant_is_tried_and_starts_fast() -> None:
    assert sorted({each[0] for each in REFUSED}) == names() == sorted(_ASSISTANTS)


def test_the_values_of_variables_that_are_named_like_secrets_are_known(hook: Hook) -> None:
    value = "correct-horse-" + "battery-47"
    payload = json.dumps(claude("PreToolUse", **tool("Bash", command=f"echo {value}"))).encode()
    assert hook("run", "claude-code", stdin=payload).returncode == 0
    done = hook("run", "claude-code", stdin=payload, DB_PASSWORD=value)
    assert done.returncode == 2
    assert "the value of DB_PASSWORD (HSF308)" in done.stderr
    assert value not in done.stderr
    assert hook("run", "claude-code", stdin=payload, GREETING=value).returncode == 0


BROKEN = [
    b"",
    b"{",
    b"[]",
    b"\xff\xfe",
    b'{"a": ' * 100_000,
    b'{"hook_event_name": "PreToolUse"}',
    b'{"hook_event_name": "UserPromptSubmit", "prompt": 1}',
    b'{"hook_event_name": "beforeReadFile"}',
    b'{"hook_event_name": "beforeShellExecution", "command": ["cat", ".env"]}',
]


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("data", BROKEN, ids=range(len(BROKEN)))
def test_what_cannot_be_judged_is_refused(name: str, data: bytes, hook: Hook) -> None:
    cursors = b"before" in data
    if cursors != (name == "cursor") and data.startswith(b'{"hook'):
        return
    done = hook("run", name, stdin=data)
    assert done.returncode == 2
    assert "could not be judged" in done.stderr
    assert f"hushflake hook uninstall {name}" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_call_that_is_too_large_or_too_deep_is_refused(hook: Hook) -> None:
    deep: Any = TOKEN
    for _ in range(60):
        deep = [deep]
    payload = claude("PreToolUse", **tool("x", a=deep))
    assert "too deeply" in reason("claude-code", payload)
    large = b'{"hook_event_name": "PreToolUse", "x": "' + b"y" * (16 << 20) + b'"}'
    done = hook("run", "claude-code", stdin=large)
    assert (done.returncode, "16 MB" in done.stderr) == (2, True)


def test_a_defect_of_ours_refuses_and_tells_no_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from hushflake.cli import hook_line

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(TOKEN)

    monkeypatch.setattr(hook_line, "_judged", broken)
    assert hook_line.run("claude-code", b"{}") == 2
    said = capsys.readouterr()
    assert "RuntimeError" in said.err
    assert TOKEN not in said.out + said.err


def test_a_hostile_repository_decides_nothing(hook: Hook, repository: Path) -> None:
    ran = repository / "ran"
    (repository / "pyproject.toml").write_text(
        "[tool.hushflake]\nexclude = ['*']\nignore = ['HSF3']\npublic-names = ['password']\n"
        "test-files = ['*']\nselect = ['HSF101']\n",
        encoding="utf-8",
    )
    planted = f"open({str(ran)!r}, 'w')\n"
    for module in ("json", "re", "hushflake", "sitecustomize", "click", "lint_plugin"):
        (repository / f"{module}.py").write_text(planted, encoding="utf-8")
    (repository / ".env").write_text("PYTHONPATH=.\n", encoding="utf-8")
    for payload in (
        claude("PreToolUse", **tool("Bash", command="cat .env")),
        claude("UserPromptSubmit", prompt=f"{TOKEN}  # hushflake: ignore[HSF302] it is fine"),
    ):
        assert hook("run", "claude-code", stdin=json.dumps(payload).encode()).returncode == 2
    assert not ran.exists()


def test_names_that_steer_are_shown_as_escapes() -> None:
    payload = claude("PreToolUse", **tool("x\x1b[2J", path="a\n\x1b]0;x/.env"))
    text = reason("claude-code", payload)
    assert text.isprintable()
    long = reason("claude-code", claude("PreToolUse", **tool("x", path="a" * 3000 + "/.env")))
    assert len(long) < 600
