"""What `hushflake config doctor` finds: keys, sources, secrets, services, shadows; never values."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from . import access, process
from .cells import ABSENT, Table
from .dotenv_use import loaded_names, meaning
from .errors import ConfigError
from .insight import describe
from .policy import found_dotenv
from .project import Project, configured_in
from .services import Service, ServiceError, known_services

# Arguments of `configure` that a pyproject.toml may not, or cannot, hold.
_OF_THE_ACCESSOR_ALONE = {"esc_url"}


DEFAULT = "default"
MISSING = "required, and in no source"


class KeyUse(NamedTuple):
    """A key that the code reads. `place` is that of a read that fails without it, or the first."""

    name: str
    place: str
    required: bool = False
    secret: bool = False


class CodeUse(NamedTuple):
    """How the code of a repository uses configuration; whoever can read code finds it out.

    `services` is the name of a service class -> where it is used; `dynamic` are the places whose
    key is worked out at run time, `loader` the one that loads .env files
    into the process, "" for none.
    """

    keys: Sequence[KeyUse]
    services: Mapping[str, str]
    dynamic: Sequence[str] = ()
    loader: str = ""


class KeyState(NamedTuple):
    """A key of the code: which source answers (`default`, or "" for none), and what is wrong."""

    use: KeyUse
    source: str
    problem: str = ""


class ServiceState(NamedTuple):
    """One service class: what is missing and what is invalid (key, why)."""

    name: str
    missing: tuple[str, ...]
    invalid: tuple[tuple[str, str], ...]

    @property
    def valid(self) -> bool:
        """Whether it loads."""
        return not self.missing and not self.invalid


class Report(NamedTuple):
    """`described` is `describe()`; `secrets` is key -> why it is not accessible, or "".

    `keys` is None where nobody looked at the code.
    """

    described: dict[str, Any]
    keys: list[KeyState] | None
    secrets: dict[str, str]
    services: list[ServiceState]
    missing: list[str]
    problems: list[str]
    notes: list[str]

    @property
    def healthy(self) -> bool:
        """Whether there is nothing to do."""
        return not (
            self.problems
            or self.missing
            or any(state.problem for state in self.keys or ())
            or any(self.secrets.values())
            or not all(service.valid for service in self.services)
        )


def examine(project: Project, code: CodeUse | None = None) -> Report:
    """Load everything that is configured and look at all of it.

    Args:
        project: The repository.
        code: How its code uses configuration. Without it only what the repository declares is
            looked at.

    Raises:
        ConfigError: The configuration itself cannot be used.
    """
    active = process.current()
    if active is not None:
        active.loaded_table()
    described = describe()
    services = _services(project, code)
    keys = dict.fromkeys(project.secrets)
    for service in services:
        keys |= dict.fromkeys(
            field.key for field in service.fields() if field.secret and field.required
        )
    return Report(
        described,
        None if code is None else states(code),
        {key: _why_not(key) for key in keys},
        [_state(service) for service in services],
        _missing(project),
        [*_source_problems(described), *_accessor_problems(project)],
        _notes(described, code),
    )


def states(code: CodeUse) -> list[KeyState]:
    """Where the value of each key comes from now. Nothing is counted as a read."""
    table = access.base()
    loaded = loaded_names(describe(), code.loader)
    return [_key_state(table, use, loaded) for use in code.keys]


def _key_state(table: Table, use: KeyUse, loaded: Mapping[str, str]) -> KeyState:
    try:
        found, source = table[use.name].find()
    except ConfigError as error:
        return KeyState(use, "", error.explanation)
    if found is not ABSENT:
        return KeyState(use, source)
    if use.name in loaded:
        return KeyState(use, loaded[use.name])
    return KeyState(use, "", MISSING) if use.required else KeyState(use, DEFAULT)


def _services(project: Project, code: CodeUse | None) -> list[type[Service]]:
    """The service classes to look at: those that the repository names, or that its code uses."""
    known = known_services()
    if project.services is None:
        return [service for name, service in known.items() if code and name in code.services]
    for name in project.services:
        if name not in known:
            raise ConfigError(
                f"services: no class {name!r}; known are {', '.join(known)} and those that an "
                "installed package registers under hushflake.services"
            )
    return [known[name] for name in project.services]


def _state(service: type[Service]) -> ServiceState:
    try:
        service.load()
    except ServiceError as error:
        return ServiceState(service.__name__, error.missing, error.invalid)
    except ConfigError as error:
        return ServiceState(service.__name__, (), (("", error.explanation),))
    return ServiceState(service.__name__, (), ())


def _why_not(key: str) -> str:
    try:
        found = access.read_from(sys._getframe(), key, ABSENT)
    except ConfigError as error:
        return error.explanation
    return "" if found is not ABSENT else "missing"


def _missing(project: Project) -> list[str]:
    """Declared names that no source holds. Patterns name nothing in particular."""
    exact = [key for key in project.declared or () if not set(key) & set("*?[")]
    exact += [key for key in project.export if key not in exact]
    return [key for key in exact if _why_not(key)]


def _source_problems(described: dict[str, Any]) -> list[str]:
    problems = [
        f"source {source['name']}: {source.get('error', 'serving values from before')}"
        for source in described["sources"]
        if source["state"] in {"failed", "stale"}
    ]
    problems += [
        f"{name}: ambiguous, {' and '.join(paths)} derive it"
        for name, paths in sorted(described["ambiguous"].items())
    ]
    problems += [
        f"{shadow['key']}: {shadow['used']} hides another value in {shadow['hidden']}"
        for shadow in described["shadowed"]
        if not shadow["same"]
    ]
    return problems


def _accessor_problems(project: Project) -> list[str]:
    if not project.accessor:
        return []
    path = project.accessor_file
    if path is None:
        return [f"accessor {project.accessor}: no such module; hushflake config init writes it"]
    called = configured_in(path)
    name = path.relative_to(project.root)
    if called is None:
        return [f"{name}: it never calls configure(...)"]
    problems = []
    for key in sorted({*called, *project.arguments} - _OF_THE_ACCESSOR_ALONE):
        ours, theirs = project.arguments.get(key), called.get(key)
        if key in ("audit_dir", "dotenv") and theirs is not None:
            theirs = str(project.root / Path(theirs))
        if ours != theirs:
            option = key.replace("_", "-")
            problems.append(f"{name}: {key} differs from {option} in [tool.hushflake.config]")
    return problems


def _notes(described: dict[str, Any], code: CodeUse | None) -> list[str]:
    notes = [
        f"{shadow['key']}: also in {shadow['hidden']}, with the same value"
        for shadow in described["shadowed"]
        if shadow["same"]
    ]
    if code is not None:
        notes += [f"{place}: a key that is worked out at run time" for place in code.dynamic]
    loader = code.loader if code is not None else ""
    found = found_dotenv(Path.cwd())
    return notes + [f"{path}: {meaning(path, described, loader)}" for path in found]
