"""Hostile names, keys, comments, SQL, rows and settings reach no terminal, pipe or log raw.

Each command runs on a pseudo-terminal and in a pipe. A new command must say here how it is run.
"""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from canaries import HUSHFLAKE, steering
from terminals import on_a_terminal

from hushflake.cli.table import COMMANDS

# A title, a cleared screen, colours in 7 and 8 bits, overrides, tags, bytes that are no text; and
# a line break, behind which a message of its own seems to begin.
STEERING = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e\u2066\U000e0041"
FORGED = "hushflake: nothing to worry about"
HOSTILE = f"A{STEERING}\n{FORGED}"
# Without colour, so that no escape sequence of ours is shown either.
PLAIN = {"NO_COLOR": "1", "TERM": "dumb"}

SOURCE = f"""
import os
from dotenv import load_dotenv
load_dotenv({HOSTILE!r})
first = os.getenv({HOSTILE!r}, {HOSTILE!r})
again = os.getenv("KEY", {HOSTILE!r}) or os.getenv("KEY", "other{STEERING}")
computed = os.environ["A" + first]
# {STEERING} password = "correct-{STEERING}-battery-9"
password = "correct-{STEERING}-battery-9"  # {STEERING}
wide = "漢字{STEERING}" + os.environ["KEY"]
environ = dict(os.environ)
""".encode()
PYPROJECT = """
[tool.hushflake.per-file-ignores]
"tests\\u001b[2J/" = ["HSF1"]
"""
# A tag character steers nothing, and has no escape in SQL: it stays there as it is.
TEXT = HOSTILE.replace("\U000e0041", "")
UNKNOWN = f"x{STEERING}\n{FORGED}"

# Command -> command lines in a repository, in a schema project, or in either.
REPOSITORY: dict[str, list[list[str]]] = {
    "check": [
        ["."], [".", "--show-source", "--notes"], [".", "--statistics"],
        [".", "--format", "github"], [".", "--format", "json"], [".", "--format", "sarif"],
        [".", "--format", "gitlab"], [".", "--format", "junit"],
        [".", "--select", UNKNOWN], [".", "--baseline", UNKNOWN], [UNKNOWN],
        ["--files-from", UNKNOWN],
    ],
    "hook": [
        ["list"], ["list", "--format", "json"], ["install", "git", "--dry-run"],
        ["install", "cursor", "--project", "--dry-run"], ["install", UNKNOWN], ["uninstall", "git"],
        ["run", "git"], ["run", "claude-code"],
    ],
    "lsp": [["--help"], [UNKNOWN]],
    "rule": [["HSF301"], [UNKNOWN]],
    "codemod": [
        ["."], [".", "--diff"], [".", "--check", "--stats"], [".", "--format", "json"], ["--list"],
        [".", "--only", UNKNOWN], [".", "--key-mapping", UNKNOWN],
        [".", "--only", "hardcoded_secrets"], [".", "--only", "hardcoded_secrets", "--diff"],
        [".", "--only", "hardcoded_secrets", "--format", "json"],
        [".", "--only", "hardcoded_secrets", "--to", UNKNOWN],
        [".", "--only", "hardcoded_secrets", "--key", UNKNOWN],
    ],
    "inventory": [
        ["."], [".", "--format", "json"], [".", "--format", "esc"], [".", "--format", "services"],
        [".", "--format", "html"], [UNKNOWN],
    ],
    "clean": [["."], ["--format", "json"], [UNKNOWN], ["--keep-venv", UNKNOWN]],
    "dotenv": [
        ["retire"], ["retire", "--format", "json"], ["retire", "--to", UNKNOWN], ["restore"],
        ["restore", "--backup", UNKNOWN],
    ],
    "config": [
        ["doctor"], ["list", "--all"], ["get", UNKNOWN], ["run", "--", UNKNOWN], ["audit", "show"],
        ["audit", "verify", UNKNOWN], ["init", UNKNOWN], ["set", UNKNOWN, UNKNOWN],
    ],
    "migrate": [["--dry-run"], ["--dry-run", "--to", UNKNOWN], [UNKNOWN, "--dry-run"]],
    "completion": [["bash"], [UNKNOWN]],
    "init": [[UNKNOWN], ["--help"]],
}  # fmt: skip
SCHEMA: dict[str, list[list[str]]] = {
    "schema": [
        ["validate"], ["render"], ["graph"], ["graph", "--format", "dot"],
        ["graph", "--format", "svg"], ["docs"], ["json-schema"], ["import", "hostile.sql"],
        ["render", "--stack", UNKNOWN], ["graph", "--kind", UNKNOWN],
        ["validate", "--project", "bad"],
    ],
    "cost": [[], ["--format", "json"], ["--stack", UNKNOWN]],
    "doctor": [["--offline"], ["--offline", "--format", "json"], ["--stack", UNKNOWN]],
    "conformance": [["--stack", UNKNOWN], ["--only", UNKNOWN]],
    "plan": [["--stack", UNKNOWN], ["--stack", "dev"]],
    "apply": [["--stack", UNKNOWN]],
    "drift": [["--stack", UNKNOWN]],
    "destroy": [["--stack", UNKNOWN]],
    "adopt": [["--stack", UNKNOWN]],
    "capture": [["out.json", "--stack", UNKNOWN]],
    "history": [["--stack", UNKNOWN]],
    "rollback": [["1", "--stack", UNKNOWN]],
    "stack": [["status", "--stack", UNKNOWN], ["logs", "--stack", UNKNOWN], ["status"]],
    "load": [[UNKNOWN, "--stack", UNKNOWN]],
    "sync": [["notion", "--stack", UNKNOWN], ["conflicts", "--stack", UNKNOWN]],
    "embed": [["--stack", UNKNOWN]],
    "search": [["q", "--stack", UNKNOWN]],
    "evaluate": [["--stack", UNKNOWN]],
    "related": [["ENTITY", "1", "--stack", UNKNOWN]],
    "ask": [["q", "--stack", UNKNOWN]],
    "mcp": [["--stack", UNKNOWN]],
    "status": [["--stack", UNKNOWN]],
    "sql": [["SELECT 1", "--stack", UNKNOWN]],
}  # fmt: skip
MISSPELT = [
    [UNKNOWN],
    ["check", f"--{UNKNOWN}"],
    ["schema", UNKNOWN],
    ["check", "--format", UNKNOWN],
]


def lines(walk: dict[str, list[list[str]]]) -> Iterator[list[str]]:
    known = {name for group in COMMANDS.values() for name in group}
    for command, many in walk.items():
        if command in known:
            yield from ([command, *words] for words in many)


def label(words: list[str]) -> str:
    return re.sub(r"[^ -~]+.*", "…", " ".join(words), flags=re.DOTALL)[:50]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository in which everything that can be named is named so that it steers."""
    root = tmp_path_factory.mktemp("repository") / f"r{STEERING}"
    root.mkdir()
    (root / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    for name in (
        f"a{STEERING}.py",
        f"b\n{FORGED}.py",
        "::add-mask::c.py",
        os.fsdecode(b"d\x9b.py"),
    ):
        (root / name).write_bytes(SOURCE)
    (root / f"broken{STEERING}.py").write_text("def f(:\n", encoding="utf-8")
    (root / f"unreadable{STEERING}.py").symlink_to(f"nowhere{STEERING}")
    (root / f"latin{STEERING}.py").write_bytes(b"# coding: rot13\nx = 1\n")
    (root / ".env").write_text(f"KEY=1\nOTHER='a{STEERING}'\n", encoding="utf-8")
    (root / f".env.{STEERING}").write_text("SECRET=1\n", encoding="utf-8")
    (root / "Dockerfile").write_text(f"FROM x\nENV A{STEERING}=1 KEY=2\n", encoding="utf-8")
    (root / f"compose{STEERING}.yaml").write_text("services: {a: {env_file: .env}}\n", "utf-8")
    cache = root / f"__pycache__{STEERING}" / "__pycache__"
    cache.mkdir(parents=True)
    (cache / f"x{STEERING}.pyc").write_bytes(b"")
    (root.parent / ".gitconfig").write_text("[user]\nname = x\nemail = x@example.com\n", "utf-8")
    git(root, "init", "-q")
    git(root, "add", "-A", "-f")
    git(root, "commit", "-q", "-m", HOSTILE)
    return root


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A schema project whose texts steer, and one whose mistakes do."""
    root = tmp_path_factory.mktemp("project") / f"p{STEERING}"
    objects = [
        {"kind": "schema", "name": "S", "comment": TEXT},
        {"kind": "role", "name": "R", "comment": TEXT},
        {"kind": "tag", "name": "S.TAG", "allowed_values": ["\x1b[2J\u202e"], "comment": TEXT},
    ]
    entity = {
        "entity": "THINGS",
        "schema": "S",
        "description": TEXT,
        "key": ["id"],
        "fields": {"id": {"type": "string(8)", "description": TEXT}},
    }
    write(root, "hushflake.yaml", {"project": "hostile"})
    write(root, f"objects/o{STEERING}.yaml", objects)
    write(root, f"entities/e{STEERING}.yaml", entity)
    write(root, "stacks/local.yaml", {"database": "D", "edition": "enterprise"})
    write(root, "stacks/dev.yaml", {"database": "D", "connection": {"host": TEXT}})
    write(root, "bad/hushflake.yaml", {"project": "bad"})
    write(root, f"bad/objects/b{STEERING}.yaml", [
        {"kind": HOSTILE, "name": "A"},
        {"kind": "role", "name": HOSTILE, HOSTILE: 1},
        {"kind": "view", "name": "S.V", "query": f"SELECT 1; DROP {STEERING}"},
        {"kind": "warehouse", "name": "W", "size": HOSTILE},
    ])  # fmt: skip
    write(root, "bad/stacks/local.yaml", {"database": "D", HOSTILE: HOSTILE})
    (root / "hostile.sql").write_text(
        f"CREATE TABLE \"T{STEERING}\" (A INT COMMENT 'x{STEERING}');\nGIBBERISH {STEERING};\n",
        encoding="utf-8",
    )
    return root


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def write(root: Path, name: str, content: object) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content), encoding="utf-8")


def harmless(shown: str) -> None:
    """Nothing steers; outside of pages, where a line break is a space, nothing is forged."""
    assert not steering(shown), ascii(shown[:3000])
    assert "internal error" not in shown, shown[-3000:]
    for line in [] if "<html" in shown else shown.splitlines():
        assert not line.startswith(FORGED), shown[:3000]
        assert not line.lstrip().startswith("::add-mask"), shown[:3000]


@pytest.mark.git
@pytest.mark.parametrize("words", list(lines(REPOSITORY)) + MISSPELT, ids=label)
def test_of_a_repository_nothing_reaches_a_terminal_raw(words: list[str], repository: Path) -> None:
    harmless(on_a_terminal(*words, folder=repository, environment=alone(repository)))


@pytest.mark.git
@pytest.mark.parametrize("words", list(lines(REPOSITORY)), ids=label)
def test_of_a_repository_only_a_patch_is_raw_in_a_pipe(words: list[str], repository: Path) -> None:
    shown = in_a_pipe(words, repository)
    if words[-1] != "--diff":
        harmless(shown)


@pytest.mark.parametrize("words", list(lines(SCHEMA)), ids=label)
def test_of_a_project_nothing_reaches_a_terminal_raw(words: list[str], project: Path) -> None:
    harmless(on_a_terminal(*words, folder=project, environment=alone(project)))


@pytest.mark.parametrize("words", list(lines(SCHEMA)), ids=label)
def test_of_a_project_nothing_is_raw_in_a_pipe(words: list[str], project: Path) -> None:
    harmless(in_a_pipe(words, project))


@pytest.mark.git
@pytest.mark.parametrize(
    ("words", "seen"),
    [
        (["check", "."], r"b\nhushflake: nothing to worry about.py:5:9: HSF101 os.getenv('A\x1b]0"),
        (["check", ".", "--format", "sarif"], "d%9B.py"),
        (["codemod", "."], "20 places rewritten"),
        (["inventory", "."], r"A\x1b]0;owned\x07\x1b[2J\x9b31m\u202e\u2066\U000e0041\nhushflake"),
        (["inventory", ".", "--format", "html"], r"<title>Configuration of r\x1b]0"),
        (["clean", "."], r"__pycache__\x1b]0"),
        (["dotenv", "retire"], r".env.\x1b]0"),
        (["migrate", "--dry-run"], r"r\x1b]0;owned"),
    ],
)
def test_the_walk_meets_what_steers(words: list[str], seen: str, repository: Path) -> None:
    assert seen in in_a_pipe(words, repository)


@pytest.mark.parametrize(
    ("words", "seen"),
    [
        (["schema", "render"], r"COMMENT = 'A\x1b]0;owned\x07\x1b[2J\u009b31m\u202e\u2066"),
        (["schema", "import", "hostile.sql"], r"m\U0000202e\U00002066\U000E0041"),
        (["schema", "validate", "--project", "bad"], r"unknown kind 'A\x1b]0;owned"),
    ],
)
def test_the_walk_of_a_project_meets_what_steers(
    words: list[str], seen: str, project: Path
) -> None:
    assert seen in in_a_pipe(words, project)


def test_every_command_is_walked() -> None:
    known = {name for group in COMMANDS.values() for name in group}
    assert known - REPOSITORY.keys() - SCHEMA.keys() == set()


def test_a_page_of_a_project_steers_nothing(project: Path) -> None:
    in_a_pipe(["schema", "docs", "--out", "page.html"], project)
    assert not steering((project / "page.html").read_text(encoding="utf-8"))


@pytest.mark.git
def test_a_patch_keeps_its_bytes(repository: Path, tmp_path: Path) -> None:
    """Escaped, it would not apply."""
    copy = tmp_path / "copy"
    subprocess.run(["git", "clone", "-q", str(repository), str(copy)], check=True)
    source = b"import os\nx = os.getenv('A')  # \x1b[31m\xe2\x80\xae\n"
    (copy / f"clean{STEERING}.py").write_bytes(source)
    patch = subprocess.run(
        [HUSHFLAKE, "codemod", "--diff", f"clean{STEERING}.py"],
        cwd=copy,
        capture_output=True,
        check=True,
    ).stdout
    assert b"\x1b[31m\xe2\x80\xae" in patch
    subprocess.run(["git", "apply", "--check", "-"], cwd=copy, input=patch, check=True)


def alone(folder: Path) -> dict[str, str]:
    """Return variables with which a command writes nothing outside of the test's folders."""
    return {**PLAIN, "HOME": str(folder.parent)}


def in_a_pipe(words: list[str], folder: Path) -> str:
    done = subprocess.run(
        [HUSHFLAKE, *words],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **alone(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
    )
    return done.stdout.decode("utf-8", "surrogateescape")
