"""What a step of the migration is. A step is one file in `steps/`; the folder is the registry."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, Protocol

from hushflake.codemods.roots.uses import Roots

from ..dependency.requirement import Requirement
from ..dotenv.reading import Interpolation
from ..git import Repository
from ..trying.process import LIMIT, TEST_LIMIT


@dataclass(frozen=True)
class Options:
    """What the user asked for.

    Attributes:
        target: Where .env files go, "" to leave them.
        accessor: The accessor module to write, relative to the top level; None to use the one
            that is configured.
        accessor_name: The dotted name that code imports it by; "" to find it.
        branch: The branch to work on.
        skip: Names of steps to leave out.
        allow_dirty: Continue even if tracked files have changes; those stay uncommitted.
        recipients: Of age, for the backup of the .env files.
        report: Where the report goes, None for `.hushflake/report.html`.
        hooks: Run the repository's own hooks for each commit.
        requirement: Of hushflake, for the project's declarations; None for the default.
        imports: Import each changed module before and after: runs the project's code.
        test_command: Runs the project's tests, before and after; "" for none.
        python: The interpreter that runs the project's code; None to look for it.
        limit: Seconds that a module may take to import.
        test_limit: Seconds that the tests may take.
        asks: Whether a person is asked at each step.
        everything: Retire every key of the .env files, whoever reads it.
        loader: By which library's rules .env files are read, `auto` for that of the code.
        interpolation: What to do where `${NAME}` changes a value of a .env file.
        create: Make the target when it is missing.
    """

    target: str = ""
    accessor: Path | None = None
    accessor_name: str = ""
    branch: str = "hushflake/migrate"
    skip: frozenset[str] = frozenset()
    allow_dirty: bool = False
    recipients: tuple[str, ...] = ()
    report: Path | None = None
    hooks: bool = False
    requirement: Requirement | None = None
    imports: bool = False
    test_command: str = ""
    python: Path | None = None
    limit: float = LIMIT
    test_limit: float = TEST_LIMIT
    asks: bool = False
    everything: bool = False
    loader: str = "auto"
    interpolation: Interpolation = "stop"
    create: bool = False

    @property
    def tries(self) -> bool:
        """Whether the project's code may run."""
        return self.imports or bool(self.test_command)


class Fed(NamedTuple):
    """What stays after the .env files were retired.

    Attributes:
        useless: Absolute paths of files from which the Python code needs nothing any more.
        loaded: Whether one of those that it does need is loaded into the environment, or any by
            `flask run` or uvicorn.
    """

    useless: tuple[str, ...]
    loaded: bool


@dataclass(frozen=True)
class Context:
    """What a step works on.

    Attributes:
        folder: Keeps data of the migration, inside git's own folder.
        skipped: The names of the steps that were, or will be, left out.
        declined: Parts of the step at hand that the user does not want.
        changed: The files that import the accessor from now on, once they are known.
        readers: The files with reads that it takes over; names: what it is imported by. Both are
            looked for once.
        fed: What stays in .env files, once it is known; store: whether the target is read.
    """

    repository: Repository
    options: Options
    folder: Path
    skipped: set[str] = field(default_factory=set)
    declined: set[str] = field(default_factory=set)
    changed: list[str] = field(default_factory=list)
    readers: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    fed: list[Fed] = field(default_factory=list)
    store: list[bool] = field(default_factory=list)

    @cached_property
    def roots(self) -> Roots:
        """From where the modules of the repository are imported, as it was at first."""
        return Roots(str(self.top))

    def relative(self, path: str) -> str:
        """Return a path as seen from the top, with `/`."""
        return Path(path).absolute().relative_to(self.top).as_posix()

    @property
    def retires(self) -> bool:
        """Whether the .env files go: only then may the code stop loading them."""
        return bool(self.options.target) and "dotenv" not in self.skipped

    @property
    def top(self) -> Path:
        return self.repository.top


@dataclass(frozen=True)
class Part:
    """A part of a step that is confirmed by itself: a file, and the lines that show its change.

    `optional`: it is asked for also where it is the only one, for the step is more than it.
    """

    name: str
    lines: list[str]
    optional: bool = False


@dataclass(frozen=True)
class Look:
    """What a step would do.

    Attributes:
        lines: For the user.
        idle: There is nothing to do.
        parts: What is asked for one by one.
        runs_code: The project's code would run: done only when the user says so.
    """

    lines: list[str]
    idle: bool = False
    parts: tuple[Part, ...] = ()
    runs_code: bool = False


@dataclass(frozen=True)
class Done:
    """What a step did.

    Attributes:
        lines: For the user.
        message: Of the commit; "" for a step that changes nothing that git tracks.
        paths: Files to commit that git does not track yet, or that are gone.
    """

    lines: list[str] = field(default_factory=list)
    message: str = ""
    paths: tuple[str, ...] = ()


class Step(Protocol):
    """A module of `steps/`. `ORDER` sorts, `NAME` is what `--skip` names."""

    ORDER: int
    NAME: str
    TITLE: str

    def look(self, context: Context) -> Look:
        """Say what would be done. Changes nothing."""
        ...

    def act(self, context: Context) -> Done:
        """Do it. Called again after an interruption, it finishes what is left."""
        ...
