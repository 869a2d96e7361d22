"""The declared keys of a repository: those of its table and of its service classes."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from hushflake.config.declared.key import DeclaredKey
from hushflake.lint_plugin.analysis import ParseFailure, parse
from hushflake.lint_plugin.credentials.names import Names
from hushflake.lint_plugin.declared.keys import TABLE
from hushflake.lint_plugin.declared.place import place_in
from hushflake.lint_plugin.module import Module
from hushflake.lint_plugin.reading import read
from hushflake.lint_plugin.settings import Policy, Settings
from hushflake.lint_plugin.walk import walk

from ..errors import RemediationError
from ..inventory.groups import Groups
from ..inventory.secrecy import judge
from .classes import ServiceField, is_usable, may_declare, service_fields


class Table(NamedTuple):
    """Declared keys, of which nothing is left to a name: `secret` and `group` are filled in.

    Attributes:
        keys: In the order of their declaration; patterns among them.
    """

    keys: tuple[DeclaredKey, ...]

    @property
    def plain(self) -> list[DeclaredKey]:
        """The keys that are no patterns."""
        return [key for key in self.keys if not key.is_pattern]

    @property
    def patterns(self) -> list[DeclaredKey]:
        """The patterns."""
        return [key for key in self.keys if key.is_pattern]


def declared_table(settings: Settings, fields: Sequence[DeclaredKey] | None = None) -> Table:
    """Return what `[tool.hushflake.keys]` and the service classes of the code declare.

    A row of the table counts more than a field with the same key.

    Args:
        settings: Of the repository.
        fields: Those of its service classes; None: the code is read for them.

    Raises:
        RemediationError: Nothing declares a key, or a key that looks like a secret has a default.
    """
    if fields is None:
        fields = [field.declared for field in service_fields_of(settings)]
    keys = declared_rows(settings, fields)
    if not keys:
        raise RemediationError(
            f"no keys are declared: there is no {TABLE} and no service class; `hushflake inventory "
            "--format keys` writes the table for pyproject.toml"
        )
    return Table(tuple(filled(keys, settings)))


def declared_rows(settings: Settings, fields: Sequence[DeclaredKey]) -> list[DeclaredKey]:
    """Return the rows of the table, and the fields that have no row, as they are declared."""
    rows = {key.name: key for key in reversed(fields)} | dict(settings.keys)
    ordered = [*settings.keys, *(key.name for key in fields)]
    return [rows[name] for name in dict.fromkeys(ordered)]


def filled(keys: Iterable[DeclaredKey], settings: Settings) -> Iterator[DeclaredKey]:
    """Yield the keys with what their names say where the declaration says nothing.

    Raises:
        RemediationError: A key that looks like a secret has a default.
    """
    is_secret, groups = judge(settings), Groups(settings.service_groups)
    for key in keys:
        secret = is_secret(key.name) if key.secret is None else key.secret
        if secret and key.default is not None:
            place = _place(settings, key.name) if key.name in settings.keys else key.name
            raise RemediationError(
                f"{place}: {key.name!r} looks like a secret and has a default: say secret = false, "
                "or remove the default, which everybody who reads the file knows"
            )
        yield key._replace(secret=secret, group=key.group or groups.of(key.name))


def _place(settings: Settings, name: str) -> str:
    file = str(Path(settings.root, "pyproject.toml"))
    try:
        text = read(file).decode("utf-8", "replace")
    except OSError:
        text = ""
    return place_in(file, text, name, "default")


def service_fields_of(settings: Settings) -> Iterator[ServiceField]:
    """Yield the fields of the service classes of a repository, outside of its tests."""
    policy = Policy(settings)
    names = Names(settings.secret_names, settings.public_names)
    for path in _python_files(settings):
        relative = settings.relative(path)
        if policy.is_excluded(relative) or policy.is_test(relative):
            continue
        try:
            data = read(path)
        except OSError:
            continue
        if not may_declare(data):
            continue
        source = parse(data, path)
        if not isinstance(source, ParseFailure):
            module = Module(path, source.utf8, policy, names, source)
            yield from filter(is_usable, service_fields(module))


def _python_files(settings: Settings) -> Sequence[str]:
    return [file.path for file in walk([settings.root]).files]
