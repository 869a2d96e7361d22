"""A suite of a client: one TOML file in `declared/`, and what of it is known to fail."""

import tomllib
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

DECLARED = Path(__file__).with_name("declared")


@dataclass(frozen=True)
class Failing:
    """Tests that are known to fail, and the one reason for all of them.

    Attributes:
        why: A class of failures, for the table.
        tests: Their ids; `*` stands for any text.
        place: What of it lies with: "stack" (not supported there), "client" (the test itself is
            wrong, or asserts what Snowflake does not document), "place" (needs something that is
            not on this machine: cloud storage, a real account).
    """

    why: str
    tests: list[str]
    place: str = "stack"


@dataclass(frozen=True)
class Suite:
    """What `declared/NAME.toml` says.

    Attributes:
        name: The name of the file.
        title: For the table.
        environment: The lock file below `requirements/clients` that it runs in.
        passes: How many of its tests pass; fewer is a failure.
        quick: Whether CI runs it with every change: all of these within three minutes.
        shown: The packages whose versions the table shows.
        release: The package whose source distribution holds the tests, "" for our own in
            `own/NAME`.
        arguments: Of pytest.
        plugins: Of `plugins/`, besides the one that notes the outcomes.
        environ: Environment variables of the run; `{host}`, `{port}`, `{user}`, `{password}`,
            `{account}`, `{database}`, `{warehouse}` and `{place}` stand for the stack's.
        failing: What is known to fail.
    """

    name: str
    title: str
    environment: str
    passes: int
    shown: list[str]
    quick: bool = False
    release: str = ""
    arguments: list[str] = field(default_factory=list)
    plugins: list[str] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)
    failing: list[Failing] = field(default_factory=list)

    def reason(self, test: str) -> Failing | None:
        """Return why a test is known to fail; None when it is not."""
        for one in self.failing:
            if any(fnmatchcase(test, _literal(pattern)) for pattern in one.tests):
                return one
        return None


def _literal(pattern: str) -> str:
    # Brackets stand in the ids of parametrized tests: only `*` is a pattern here.
    return pattern.replace("[", "[[]").replace("?", "[?]")


def all_suites() -> dict[str, Suite]:
    """Return the suites by name."""
    return {path.stem: _load(path) for path in sorted(DECLARED.glob("*.toml"))}


def _load(path: Path) -> Suite:
    said = tomllib.loads(path.read_text(encoding="utf-8"))
    failing = [Failing(**one) for one in said.pop("failing", [])]
    return Suite(name=path.stem, failing=failing, **said)
