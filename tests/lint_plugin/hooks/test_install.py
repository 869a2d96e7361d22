"""Hooks are put into settings files that hold other things, and taken out again."""

import json
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hushflake.lint_plugin.hooks.hosts import host, names

Hook = Callable[..., Any]
OTHERS = {
    "compact": '{"hooks":{"PreToolUse":[{"matcher":"Bash","hooks":[]}]},"model":"ü"}',
    "tabs": '{\n\t"a": [1,  2],\n\t"hooks": {\n\t\t"Stop": []\n\t}\n}',
    "windows": '{\r\n    "env": {"X": "1"}\r\n}\r\n',
    "empty": "{}",
    "blank": "{ }\n",
    "no list": '{"hooks": {}}\n',
    "nothing": "",
}
EVENTS = {
    "claude-code": ("PreToolUse", "UserPromptSubmit"),
    "codex": ("PreToolUse", "UserPromptSubmit"),
    "copilot": ("PreToolUse", "UserPromptSubmit"),
    "cursor": (
        *("beforeShellExecution", "beforeMCPExecution", "beforeReadFile", "beforeSubmitPrompt"),
    ),
}
MERGED = [name for name in names() if not host(name).own_file]


def settings(home: Path, name: str) -> Path:
    return home / host(name).user_file


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize("name", names())
def test_a_new_file(name: str, hook: Hook, home: Path) -> None:
    path = settings(home, name)
    dry = hook("install", name, "--dry-run")
    assert (dry.returncode, path.exists()) == (0, False)
    done = hook("install", name)
    assert done.returncode == 0, done.stderr
    document = json.loads(path.read_bytes())
    shown = json.loads(dry.stdout.partition("\n")[2])
    assert shown["hooks"] == document["hooks"], "what is shown stands where it is written"
    assert sorted(document["hooks"]) == sorted(EVENTS[name])
    [command] = {
        command
        for entries in document["hooks"].values()
        for entry in entries
        for command in host(name).commands(entry)
    }
    program, _, rest = command.rpartition(" hook run ")
    assert rest == name
    assert program.strip("'").startswith("/"), "no folder and no PATH decides what runs"
    before = path.read_bytes()
    assert "installed already" in hook("install", name).stdout
    assert path.read_bytes() == before
    assert hook("uninstall", name).returncode == 0
    assert not path.exists() or "hook run" not in path.read_text()
    assert "no hook of ours" in hook("uninstall", name).stdout


@pytest.mark.parametrize("text", OTHERS.values(), ids=OTHERS.keys())
@pytest.mark.parametrize("name", MERGED)
def test_what_is_there_stays(name: str, text: str, hook: Hook, home: Path) -> None:
    path = written(settings(home, name), text)
    path.chmod(0o600)
    done = hook("install", name)
    assert done.returncode == 0, done.stderr
    kept = path.with_name(path.name + ".before-hushflake")
    assert kept.read_bytes() == text.encode()
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(kept.stat().st_mode) == 0o600
    new = path.read_bytes().decode()
    theirs, document = json.loads(text or "{}"), json.loads(new)
    for event, entries in theirs.get("hooks", {}).items():
        assert document["hooks"][event][: len(entries)] == entries
    for key in theirs.keys() - {"hooks"}:
        assert document[key] == theirs[key]
    # Their lines stay in their order; only commas come to their ends.
    left = iter(new.splitlines())
    if text.count("\n") > 1:
        lines = text.splitlines()[:-1]
        assert all(any(line.rstrip(",") in each for each in left) for line in lines[:1])
        assert ("\r\n" in text) == ("\r\n" in new)
        assert ("\n\t" in text) == ("\n\t" in new)
    assert "installed already" in hook("install", name).stdout
    assert path.read_bytes().decode() == new
    hook("uninstall", name)
    after = json.loads(path.read_bytes())
    after.pop("version", None)
    if not theirs.get("hooks"):
        theirs.pop("hooks", None)
    assert after == theirs


def test_uninstall_leaves_every_other_byte(hook: Hook, home: Path) -> None:
    text = OTHERS["compact"].replace('"hooks":[]', '"hooks":[{"type":"command","command":"x"}]')
    path = written(settings(home, "claude-code"), text)
    hook("install", "claude-code")
    hook("uninstall", "claude-code")
    assert path.read_bytes().decode() == text
    assert not path.with_name(path.name + ".before-hushflake").exists()


def test_a_group_that_is_shared_keeps_the_other_hook(hook: Hook, home: Path) -> None:
    ours = {"type": "command", "command": "/old/hushflake hook run claude-code"}
    theirs = {"type": "command", "command": "mine"}
    path = settings(home, "claude-code")
    for order in ([ours, theirs], [theirs, ours]):
        written(path, json.dumps({"hooks": {"PreToolUse": [{"hooks": order}]}}, indent=1))
        hook("uninstall", "claude-code")
        assert json.loads(path.read_bytes()) == {"hooks": {"PreToolUse": [{"hooks": [theirs]}]}}


def test_an_older_installation_is_replaced(hook: Hook, home: Path) -> None:
    old = {"hooks": [{"type": "command", "command": "/gone/hushflake hook run claude-code"}]}
    path = written(
        settings(home, "claude-code"), json.dumps({"hooks": {"PreToolUse": [old]}}, indent=2)
    )
    assert hook("install", "claude-code").returncode == 0
    document = json.loads(path.read_bytes())
    assert len(document["hooks"]["PreToolUse"]) == 1
    assert "/gone/" not in path.read_text()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"hooks": {', ":1:12: is not JSON"),
        ("{\n// comment\n}", ":2:1: is not JSON"),
        # Python 3.13 names the comma, earlier ones what follows it.
        ('{"a": 1,}', ":1:8: is not JSON" if sys.version_info >= (3, 13) else ":1:9: is not JSON"),
        ("[]", "is not a settings file"),
        ('{"hooks": []}', "is not a settings file"),
        ('{"hooks": {"PreToolUse": {}}}', "is not a settings file"),
        ('{"a": ' * 50_000, "nested too deeply"),
    ],
    ids=range(7),
)
def test_a_file_that_is_none_is_left(text: str, message: str, hook: Hook, home: Path) -> None:
    path = written(settings(home, "claude-code"), text)
    for verb in ("install", "uninstall"):
        done = hook(verb, "claude-code")
        assert done.returncode == 2
        assert message in done.stderr.replace("\n  ", " ")
    assert path.read_text() == text
    assert list(path.parent.iterdir()) == [path]
    listed = hook("list")
    assert listed.returncode == 0
    assert "  ~/.claude/settings.json\n" in listed.stdout


def test_in_a_project(hook: Hook, repository: Path, home: Path) -> None:
    (repository / "inner").mkdir()
    done = hook("install", "claude-code", "--project", folder=repository / "inner")
    assert done.returncode == 0
    text = (repository / ".claude" / "settings.json").read_text()
    assert '"hushflake hook run claude-code"' in text, "a name that others have too"
    assert list(home.iterdir()) == []


def test_a_link_out_of_the_project_is_not_followed(
    hook: Hook, repository: Path, home: Path
) -> None:
    target = written(home / "other.json", "{}")
    (repository / ".claude").mkdir()
    (repository / ".claude" / "settings.json").symlink_to(target)
    done = hook("install", "claude-code", "--project")
    assert (done.returncode, target.read_text()) == (2, "{}")
    assert "leads out of the project" in done.stderr


def test_a_users_own_link_is_followed(hook: Hook, home: Path) -> None:
    target = written(home / "dotfiles" / "claude.json", "{}")
    (home / ".claude").mkdir()
    (home / ".claude" / "settings.json").symlink_to(target)
    assert hook("install", "claude-code").returncode == 0
    assert (home / ".claude" / "settings.json").is_symlink()
    assert "hook run" in target.read_text()


def test_the_folder_may_be_moved(hook: Hook, home: Path) -> None:
    assert hook("install", "codex", CODEX_HOME=str(home / "elsewhere")).returncode == 0
    assert "hook run codex" in (home / "elsewhere" / "hooks.json").read_text()


def test_a_preview_shows_nothing_of_the_file(hook: Hook, home: Path) -> None:
    token = "ghp_" + "k3Jd9fLq2M" * 3 + "a1B2c3"
    written(settings(home, "claude-code"), json.dumps({"env": {"TOKEN": token}}))
    for args in (("install", "--dry-run"), ("install",), ("uninstall",)):
        done = hook(args[0], "claude-code", *args[1:])
        assert token not in done.stdout + done.stderr


def test_the_list(hook: Hook, repository: Path) -> None:
    hook("install", "claude-code")
    hook("install", "git")
    found = json.loads(hook("list", "--format", "json").stdout)
    assert found["format"] == "hushflake.hook-list/1"
    states = {(each["name"], each["scope"]): each["state"] for each in found["hooks"]}
    assert states["claude-code", "user"] == states["git", "repository"] == "installed"
    assert states["cursor", "user"] == states["claude-code", "project"] == "not installed"
    assert len(states) == 9
    # A repository can turn hooks off, in the settings of the assistant: it is said.
    off = written(repository / ".claude" / "settings.json", '{"disableAllHooks": true}')
    assert f"turned off by {off}" in hook("list", "--format", "json").stdout
    assert "turns all hooks off" in hook("install", "claude-code", "--project").stderr


def test_a_name_that_is_none(hook: Hook) -> None:
    done = hook("install", "emacs")
    assert done.returncode == 2
    assert "claude-code, codex, copilot, cursor" in done.stderr
