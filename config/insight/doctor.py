"""What `hushflake config doctor` finds: keys, sources, secrets, services, shadows; never values."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..declared.key import DeclaredKey
from ..errors import ConfigError
from ..fields.known import known_services
from ..fields.parts import ServiceError
from ..fields.services import Service
from ..project.section import Project
from ..reading import access, process
from ..reading.cells import ABSENT, Table
from ..reading.policy import found_dotenv
from . import declared as of_keys
from . import problems
from .code_use import CodeUse, KeyUse
from .describe import describe
from .dotenv_use import loaded_names, meaning

DEFAULT = "default"
MISSING = "required, and in no source"


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
    declared: Sequence[of_keys.DeclaredState] = ()
    # Where the code reads a key that is worked out at run time.
    dynamic: Sequence[str] = ()

    @property
    def healthy(self) -> bool:
        """Whether there is nothing to do."""
        return not (
            self.problems
            or self.missing
            or any(state.problem for state in (*(self.keys or ()), *self.declared))
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
        [
            *problems.of_sources(described),
            *problems.unasked(project),
            *problems.of_accessor(project, code.accessor if code else None),
            *of_keys.differing(code.declared if code else ()),
        ],
        _notes(described, code),
        () if code is None else _declared(code, described),
        () if code is None else code.dynamic,
    )


def _declared(code: CodeUse, described: dict[str, Any]) -> list[of_keys.DeclaredState]:
    return of_keys.states(code.declared, loaded_names(described, code.loader))


def states(code: CodeUse) -> list[KeyState]:
    """Where the value of each key comes from now. Nothing is counted as a read."""
    table = access.base()
    loaded = loaded_names(describe(), code.loader)
    renamed = {key.name: key for key in code.declared if key.deprecated_aliases}
    return [_key_state(table, use, loaded, renamed.get(use.name)) for use in code.keys]


def _key_state(
    table: Table, use: KeyUse, loaded: Mapping[str, str], renamed: DeclaredKey | None
) -> KeyState:
    try:
        found, source = table[use.name].find()
    except ConfigError as error:
        return KeyState(use, "", error.explanation)
    if found is not ABSENT:
        return KeyState(use, source)
    if use.name in loaded:
        return KeyState(use, loaded[use.name])
    source = of_keys.answering(renamed) if renamed is not None else ""
    if source:
        return KeyState(use, source)
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


def _notes(described: dict[str, Any], code: CodeUse | None) -> list[str]:
    notes = [
        f"{shadow['key']}: also in {shadow['hidden']}, with the same value"
        for shadow in described["shadowed"]
        if shadow["same"]
    ]
    if code is not None:
        notes += of_keys.renamed(code.declared)
        notes += [f"{place}: a key that is worked out at run time" for place in code.dynamic]
    loader = code.loader if code is not None else ""
    found = found_dotenv(Path.cwd())
    return notes + [f"{path}: {meaning(path, described, loader)}" for path in found]
