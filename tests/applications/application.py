"""An application to migrate: one TOML file in `declared/`, nothing of the application itself."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DECLARED = Path(__file__).with_name("declared")


@dataclass(frozen=True)
class Suite:
    """How the application runs its own tests.

    Attributes:
        command: In the environment of the application; `python` is its interpreter.
        folder: Where it is run, "" for the top.
        recorder: Which of `recorders/` notes the outcome of each test: pytest or unittest.
        varies: Tests that come out differently from run to run, before any migration.
        seconds: The most that one run may take.
    """

    command: list[str]
    folder: str = ""
    recorder: str = "pytest"
    varies: list[str] = field(default_factory=list)
    seconds: int = 900


@dataclass(frozen=True)
class Start:
    """How the application is started, and what it answers then.

    Attributes:
        command: `{port}` stands for a free port of the loopback interface.
        answers: What the answer must contain: of the page below, else of what is printed.
        folder: Where it is run, "" for the top.
        path: Of the page to ask for; "" for a command that prints and ends.
        prepare: Commands to run before, such as one that makes the tables.
    """

    command: list[str]
    answers: list[str]
    folder: str = ""
    path: str = ""
    prepare: list[list[str]] = field(default_factory=list)


@dataclass(frozen=True)
class Application:
    """What `declared/NAME.toml` says.

    Attributes:
        name: The name of the file.
        kind: What it is, for the table: "Django", "FastAPI", "command line", …
        source: `OWNER/NAME` of a public repository, or a requirement of the package index.
        commit: Of the repository; for a release the SHA-256 of its file.
        file: The name of the release's file, "" for a repository.
        python: The minor version of the interpreter that it needs.
        install: Arguments of `pip install`, one command per item.
        beside: Repositories that it installs from, and their commits.
        services: Servers of `services.py` that its tests need.
        environ: Environment variables of every run.
        dotenv: Path and text of the .env files that it gets before the migration.
        prepare: Commands to run, in a fresh home, before its tests.
        migrate: Arguments of `hushflake migrate`.
        person: What a person still has to do after it, for the table.
    """

    name: str
    kind: str
    source: str
    commit: str
    suites: list[Suite]
    starts: list[Start]
    file: str = ""
    python: str = "3.11"
    install: list[str] = field(default_factory=list)
    beside: dict[str, str] = field(default_factory=dict)
    services: list[str] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)
    dotenv: dict[str, str] = field(default_factory=dict)
    prepare: list[list[str]] = field(default_factory=list)
    migrate: list[str] = field(default_factory=list)
    person: str = ""

    @property
    def is_release(self) -> bool:
        return bool(self.file)


def load(path: Path) -> Application:
    """Read the declaration of an application.

    Raises:
        TypeError: A field is unknown or missing.
    """
    fields: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    suites = [Suite(**one) for one in fields.pop("suite", [])]
    starts = [Start(**one) for one in fields.pop("start", [])]
    return Application(name=path.stem, suites=suites, starts=starts, **fields)


def all_applications() -> dict[str, Application]:
    """Return all declared applications by name."""
    return {path.stem: load(path) for path in sorted(DECLARED.glob("*.toml"))}
