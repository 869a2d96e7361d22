"""`hushflake check --history`: what history holds, and since when. With real git."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hushflake.lint_plugin.git import process as git_call
from hushflake.lint_plugin.history.log import Log
from hushflake.lint_plugin.history.scan import Held, Scan, What
from hushflake.lint_plugin.history.timeline import Timeline
from tests.fakes.bounded import cpu_within

pytestmark = pytest.mark.git

SECRET = 'password = "hunter2-of-ours"\n'
OTHER = 'api_key = "k3Jd9fLq2MaZ7xYw0PbV5tRsUeHgNcQi"\n'
VALUES = ("hunter2", "k3Jd9fLq2M")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(git_call.Call, "stalled_before", False)
    top = tmp_path / "top"
    top.mkdir()
    git(top, "init", "--quiet", "--initial-branch", "main")
    return top


def git(folder: Path, *arguments: str, **variables: str) -> str:
    user = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "protocol.allow=always")
    return subprocess.run(
        ["git", *user, *arguments],
        cwd=folder, check=True, capture_output=True, text=True, env={**os.environ, **variables},
    ).stdout.strip()  # fmt: skip


def commit(folder: Path, texts: dict[str, str | None], day: int = 1) -> str:
    """Write files (None removes one) and commit them; return the id."""
    for name, text in texts.items():
        path = folder / name
        if text is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    git(folder, "add", "--all")
    date = f"2024-01-{day:02}T12:00:00Z"
    git(
        folder, "commit", "--quiet", "--allow-empty", "--message", "x",
        GIT_AUTHOR_DATE=date, GIT_COMMITTER_DATE=date,
    )  # fmt: skip
    return git(folder, "rev-parse", "HEAD")


def commit_all(folder: Path, commits: list[dict[str, str]]) -> None:
    """Commit ASCII texts many times, in one process."""
    stream = ""
    for texts in commits:
        stream += (
            "commit refs/heads/main\ncommitter A <a@example.com> 1704110400 +0000\ndata 1\nx\n"
        )
        for name, text in texts.items():
            stream += f"M 100644 inline {name}\ndata {len(text)}\n{text}\n"
    subprocess.run(
        ["git", "fast-import", "--quiet"], cwd=folder, input=stream, text=True, check=True
    )
    git(folder, "reset", "--quiet", "--hard")


def look(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hushflake.cli.start", "check", *arguments],
        cwd=folder, capture_output=True, text=True,
    )  # fmt: skip


def told(folder: Path, *arguments: str) -> dict[str, Any]:
    history = () if any(each.startswith("--history") for each in arguments) else ("--history",)
    done = look(folder, *history, "--format", "json", *arguments)
    assert done.returncode in (0, 1), done.stderr
    for value in VALUES:
        assert value not in done.stdout
    document: dict[str, Any] = json.loads(done.stdout)
    assert document["format"] == "hushflake.check-history/1"
    assert bool(document["literals"]) is (done.returncode == 1)
    return document


def spans(document: dict[str, Any]) -> list[tuple[str, str, str, bool]]:
    """Path, first and last commit, and whether it is at HEAD."""
    return [
        (each["path"], each["first"]["id"], each["last"]["id"], each["at_head"])
        for each in document["literals"]
    ]


def test_first_and_last_commit(repository: Path) -> None:
    one = commit(repository, {"app.py": SECRET, "clean.py": "x = 1\n"}, 1)
    two = commit(repository, {"app.py": "y = 2\n" + SECRET}, 2)
    three = commit(repository, {"clean.py": "x = 2\n"}, 3)
    commit(repository, {"app.py": "y = 2\n"}, 4)
    five = commit(repository, {"b.py": OTHER}, 5)
    document = told(repository)
    assert spans(document) == [("app.py", one, three, False), ("b.py", five, five, True)]
    gone, here = document["literals"]
    assert two
    assert (gone["code"], gone["name"], gone["line"]) == ("HSF301", "password", 2)
    assert gone["first"]["authored"] == "2024-01-01T12:00:00Z"
    assert (gone["branches"], here["branches"]) == ([], ["main"])
    assert gone["fingerprint"] != here["fingerprint"]
    summary = document["summary"]
    assert (summary["commits"], summary["versions"]) == (5, 6)
    assert (summary["literals"], summary["at_head"]) == (2, 1)


def test_a_value_has_one_fingerprint_wherever_it_stands(repository: Path) -> None:
    commit(repository, {"a.py": SECRET, "b.py": SECRET.replace("password", "db_password")})
    found = told(repository)["literals"]
    assert len({each["fingerprint"] for each in found}) == 1
    assert len(told(repository, "--", "a.py")["literals"]) == 1


def test_branches_merges_and_tags(repository: Path) -> None:
    base = commit(repository, {"app.py": "x = 1\n"}, 1)
    git(repository, "checkout", "--quiet", "-b", "side")
    two = commit(repository, {"side.py": SECRET}, 2)
    git(repository, "tag", "-a", "v1", "-m", "x")
    three = commit(repository, {"side.py": None}, 3)
    git(repository, "checkout", "--quiet", "-b", "kept", two)
    four = commit(repository, {"other.py": "x = 1\n"}, 4)
    git(repository, "checkout", "--quiet", "main")
    git(repository, "merge", "--quiet", "--no-ff", "side", "-m", "x")
    assert base
    assert three
    document = told(repository)
    assert spans(document) == [("side.py", two, four, False)]
    [literal] = document["literals"]
    assert (literal["branches"], literal["tags"]) == (["kept"], ["v1"])


def test_a_merge_that_drops_a_side(repository: Path) -> None:
    commit(repository, {"app.py": "x = 1\n"}, 1)
    git(repository, "checkout", "--quiet", "-b", "side")
    two = commit(repository, {"side.py": SECRET}, 2)
    git(repository, "checkout", "--quiet", "main")
    git(repository, "merge", "--quiet", "--strategy", "ours", "side", "-m", "x")
    git(repository, "branch", "-D", "side")
    assert spans(told(repository)) == [("side.py", two, two, False)]


def test_a_secret_that_a_merge_itself_brings(repository: Path) -> None:
    commit(repository, {"app.py": "x = 1\n"}, 1)
    git(repository, "checkout", "--quiet", "-b", "side")
    commit(repository, {"side.py": "x = 1\n"}, 2)
    git(repository, "checkout", "--quiet", "main")
    git(repository, "merge", "--quiet", "--no-ff", "--no-commit", "side")
    merge = commit(repository, {"app.py": SECRET}, 3)
    assert spans(told(repository)) == [("app.py", merge, merge, True)]


def test_a_range_reports_what_its_commits_bring(repository: Path) -> None:
    commit(repository, {"old.py": SECRET, "untouched.py": SECRET}, 1)
    two = commit(repository, {"old.py": "x = 1\n" + SECRET, "new.py": OTHER}, 2)
    three = commit(repository, {"moved.py": SECRET, "old.py": None}, 3)
    document = told(repository, "--history=HEAD~2..HEAD")
    assert spans(document) == [("new.py", two, three, True)]
    assert document["summary"]["before"] == 1
    assert document["summary"]["commits"] == 2
    # HEAD is not among these commits, and is asked all the same.
    git(repository, "checkout", "--quiet", "-b", "later")
    commit(repository, {"new.py": "x = 1\n"}, 4)
    [literal] = told(repository, f"--history=main~2..{three}")["literals"]
    assert literal["at_head"] is False
    git(repository, "checkout", "--quiet", "main")
    commit(repository, {"clean.py": "x = 1\n"}, 5)
    [literal] = told(repository, f"--history=main~3..{three}")["literals"]
    assert literal["at_head"] is True


@pytest.mark.parametrize("given", ["nowhere", "main..nowhere", "--all", "-x", " "])
def test_a_range_that_is_none(repository: Path, given: str) -> None:
    commit(repository, {"app.py": "x = 1\n"})
    done = look(repository, f"--history={given}")
    assert (done.returncode, done.stdout) == (2, "")
    assert "is not a revision or range" in done.stderr


def test_a_second_run_looks_at_nothing_twice(repository: Path, tmp_path: Path) -> None:
    commit(repository, {"app.py": SECRET, "other.py": OTHER}, 1)
    commit(repository, {"app.py": "x = 1\n"}, 2)
    first = told(repository)
    assert (first["summary"]["versions"], first["summary"]["known"]) == (3, 0)
    [kept] = (repository / ".hushflake" / "cache").glob("history-*.jsonl")
    for value in VALUES:
        assert value not in kept.read_text()
    second = told(repository)
    assert second["summary"]["known"] == 3
    assert second["literals"] == first["literals"]
    # Cut off as by a power failure, with a part of the last line left.
    kept.write_bytes(kept.read_bytes()[:-9])
    third = told(repository)
    assert third["summary"]["known"] == 2
    assert third["literals"] == first["literals"]
    assert told(repository)["summary"]["known"] == 3
    assert told(repository, "--no-cache")["summary"]["known"] == 0
    # Another user, and other rules, know nothing of it.
    assert told(repository, "--select", "HSF301")["summary"]["known"] == 0


def test_what_is_kept_follows_no_link(repository: Path, tmp_path: Path) -> None:
    commit(repository, {"app.py": SECRET})
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (repository / ".hushflake").symlink_to(elsewhere)
    assert len(told(repository)["literals"]) == 1
    assert not list(elsewhere.iterdir())


def test_several_processes_find_the_same(repository: Path) -> None:
    made = []
    for number in range(130):
        text = f"{SECRET if number % 3 else ''}x = {number}\n"
        made.append({"app.py": text, f"a{number}.py": f"{OTHER}x = {number}\n"})
    commit_all(repository, made)
    one = told(repository, "--jobs", "1", "--no-cache")
    two = told(repository, "--jobs", "2", "--no-cache")
    assert one["literals"] == two["literals"]
    assert one["summary"] == two["summary"]
    assert one["summary"]["versions"] == 260


def test_a_shallow_clone_says_so(repository: Path, tmp_path: Path) -> None:
    commit(repository, {"app.py": SECRET}, 1)
    two = commit(repository, {"b.py": "x = 1\n"}, 2)
    commit(repository, {"c.py": "x = 1\n"}, 3)
    git(tmp_path, "clone", "--quiet", "--depth", "2", repository.as_uri(), "shallow")
    document = told(tmp_path / "shallow")
    assert document["literals"][0]["first"]["id"] == two
    assert "shallow clone" in document["notes"][0]
    assert "Note: this is a shallow clone" in look(tmp_path / "shallow", "--history").stdout


@pytest.mark.parametrize("filter_", ["blob:none", "tree:0"])
def test_a_partial_clone_fetches_nothing(repository: Path, tmp_path: Path, filter_: str) -> None:
    git(repository, "config", "uploadpack.allowFilter", "true")
    commit(repository, {"app.py": SECRET}, 1)
    commit(repository, {"app.py": "x = 1\n"}, 2)
    git(tmp_path, "clone", "--quiet", f"--filter={filter_}", repository.as_uri(), "partial")
    partial = tmp_path / "partial"
    packs = sorted((partial / ".git" / "objects").rglob("*"))
    if filter_ == "tree:0":
        done = look(partial, "--history")
        assert done.returncode == 3
        assert "an object is missing or damaged, and nothing was fetched" in done.stderr
    else:
        document = told(partial)
        assert document["summary"]["passed_over"] == {"missing": 1}
        assert "1 version of a file is not in this partial clone" in document["notes"][0]
    assert sorted((partial / ".git" / "objects").rglob("*")) == packs


def test_objects_that_are_borrowed_are_told(repository: Path, tmp_path: Path) -> None:
    commit(repository, {"app.py": SECRET})
    git(tmp_path, "clone", "--quiet", "--shared", str(repository), "borrower")
    document = told(tmp_path / "borrower")
    assert len(document["literals"]) == 1
    assert "borrows objects from another folder" in document["notes"][0]


def test_replacements_and_grafts_hide_nothing(repository: Path) -> None:
    one = commit(repository, {"app.py": SECRET}, 1)
    two = commit(repository, {"app.py": "x = 1\n"}, 2)
    clean = git(repository, "rev-parse", "HEAD:app.py")
    git(repository, "replace", git(repository, "rev-parse", "HEAD~1:app.py"), clean)
    git(repository, "replace", "--graft", two)
    (repository / ".git" / "info" / "grafts").write_text(f"{two}\n", encoding="utf-8")
    assert spans(told(repository)) == [("app.py", one, one, False)]


def test_names_that_look_like_something_else(repository: Path) -> None:
    names = ["\x01a\nb.py", ":000000 100644 x.py", "a\tb.py", "-x.py", "é.py", "a b.py"]
    one = commit(repository, dict.fromkeys(names, SECRET))
    document = told(repository)
    assert sorted(each["path"] for each in document["literals"]) == sorted(names)
    assert all(each["first"]["id"] == one for each in document["literals"])
    assert all(each["at_head"] for each in document["literals"])


def test_dates_that_are_none(repository: Path) -> None:
    commit(repository, {"app.py": SECRET})
    tree = git(repository, "rev-parse", "HEAD^{tree}")
    for date in ("99999999999999999", "-1", "0"):
        text = f"tree {tree}\nauthor A <a@b> {date} +0000\ncommitter A <a@b> {date} +0000\n\nx\n"
        done = subprocess.run(
            ["git", "hash-object", "-t", "commit", "-w", "--stdin", "--literally"],
            cwd=repository, input=text, capture_output=True, text=True, check=True,
        )  # fmt: skip
        git(repository, "update-ref", f"refs/heads/d{date.strip('-')}", done.stdout.strip())
    assert len(told(repository)["literals"]) == 1


def test_many_references_are_counted(repository: Path) -> None:
    head = commit(repository, {"app.py": SECRET})
    lines = "".join(f"create refs/tags/t{number} {head}\n" for number in range(300))
    subprocess.run(
        ["git", "update-ref", "--stdin"], cwd=repository, input=lines, text=True, check=True
    )
    [literal] = told(repository)["literals"]
    assert (len(literal["tags"]), literal["more_refs"]) == (100, 200)
    assert "and 296 more" in look(repository, "--history").stdout


def test_a_history_is_walked_in_a_time_that_grows_with_its_changes() -> None:
    places, commits = 20_000, 20_000
    log = Log(lambda path: path)
    scan = Scan.__new__(Scan)
    scan.held = {number: (Held(number % 50, 1, 0),) for number in range(places + commits)}
    scan.whats = [What("HSF301", "x", "x", "error", str(number)) for number in range(50)]
    log.ids = [number.to_bytes(20, "big") for number in range(commits)]
    log.paths = [f"a{number}.py" for number in range(places)]
    for number in range(commits):
        log.parents.append(number - 1)
        changed = range(places) if not number else [number]
        for path in changed:
            log.changed.append(path)
            log.old.append(path if number else -1)
            log.new.append(places + path if number else path)
        log.starts.append(len(log.changed))
    with cpu_within(10):
        timeline = Timeline(log, scan, [], lambda *_: None)
        # With a set of all places for each commit it would be a minute.
    assert len(timeline.spans) == places


def test_blocks_in_markdown_on_request(repository: Path) -> None:
    commit(repository, {"README.md": f"```python\n{SECRET}```\n"})
    assert told(repository)["literals"] == []
    assert [each["path"] for each in told(repository, "--markdown")["literals"]] == ["README.md"]


def test_what_is_large_or_no_source_is_left(repository: Path) -> None:
    commit(
        repository,
        {
            "large.py": SECRET + "#" * (17 << 20),
            "text.bin": SECRET,
            "node_modules/a.py": SECRET,
            "LICENSE": SECRET,
            "tool": "#!/usr/bin/python3\n" + SECRET,
        },
    )
    (repository / "link.py").symlink_to("tool")
    commit(repository, {})
    document = told(repository)
    assert [each["path"] for each in document["literals"]] == ["tool"]
    assert document["summary"]["passed_over"] == {"too-large": 1}


def test_a_repository_without_commits(repository: Path) -> None:
    done = look(repository, "--history")
    assert (done.returncode, done.stdout) == (
        0,
        "Found nothing in 0 commits (0 versions of files)\n",
    )


def test_another_work_tree_of_the_repository(repository: Path, tmp_path: Path) -> None:
    commit(repository, {"app.py": SECRET})
    git(repository, "worktree", "add", "--quiet", "--detach", str(tmp_path / "second"))
    (tmp_path / "second" / "sub").mkdir()
    assert len(told(tmp_path / "second" / "sub")["literals"]) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--staged",), "--staged and --history do not go together"),
        (("--baseline", "x"), "--history and --baseline do not go together"),
        (("--files-from", "x"), "--history and --files-from do not go together"),
        (("--format", "github"), "--history and --format github do not go together"),
        (("--select", "HSF1"), "no rule for them (HSF3) is selected"),
        (("--", "-"), "--history and - do not go together"),
    ],
)
def test_options_that_exclude_each_other(
    repository: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = look(repository, "--history", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_every_format(repository: Path) -> None:
    one = commit(repository, {"app.py": SECRET, "tests/test_app.py": OTHER})
    for format_ in ("text", "json", "sarif", "rotation", "rotation-json"):
        done = look(repository, "--history", "--notes", "--format", format_)
        assert done.returncode == 1
        assert not [value for value in VALUES if value in done.stdout + done.stderr]
        assert one[:12] in done.stdout
    text = look(repository, "--history").stdout.splitlines()
    assert text[0].startswith("app.py:1: HSF301 hard-coded secret")
    assert text[1].startswith(f"    first in {one[:12]} of 2024-01-01, still at HEAD  [")
    assert text[2] == "    on main"
    assert text[3].startswith(
        "Found 1 secret at 1 place in 1 commit (2 versions of files), 1 still"
    )
    assert "--notes shows 1 note" in text[3]
    [run] = json.loads(look(repository, "--history", "--format", "sarif").stdout)["runs"]
    result = run["results"][0]
    assert result["partialFingerprints"]["hushflakeSecret/v1"]
    assert result["properties"]["firstCommit"] == one
