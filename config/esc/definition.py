"""Edits of an environment's YAML that leave everything else in it as it was, comments included.

Needs ruamel.yaml, the one library that keeps comments, quotes and order (extra `esc`).
"""

import io
from collections.abc import Mapping
from typing import Any, NamedTuple

from ..errors import ConfigError
from . import escaping
from .client import EscClient
from .environment import Environment
from .errors import EscError, RoundTripError, StaleDefinitionError
from .values import ENVIRONMENT_VARIABLES, leaves


class Setting(NamedTuple):
    """A text to save, and whether ESC is to keep it as a secret."""

    text: str
    secret: bool

    def __repr__(self) -> str:
        return f"Setting(text=…, secret={self.secret})"


def edited(yaml: str, settings: Mapping[str, Setting]) -> str:
    """The definition with these values in it.

    Args:
        yaml: The definition as `EscClient.definition` returns it.
        settings: path -> setting. A path without a dot is a variable of
            `environmentVariables`; with dots it is a path below `values`.

    Raises:
        ConfigError: The definition or a path cannot be edited.
    """
    editor = _editor(yaml)
    failure = None
    try:
        document = editor.load(yaml)
    except Exception:  # YAMLError, and what a hostile definition makes of the library
        # Its text quotes the line, and the line may hold a secret.
        failure = ConfigError("the definition is not YAML that can be edited")
    if failure is not None:
        raise failure
    if document is None:
        document = {}
    if not isinstance(document, dict):
        raise ConfigError("the definition is not a map")
    values = _map(document, "values", "values")
    for path, setting in settings.items():
        steps = path.split(".") if "." in path else [ENVIRONMENT_VARIABLES, path]
        if not all(steps):
            raise ConfigError(f"{path}: a path is names with single dots between them")
        if "[" in path:
            raise ConfigError(f"{path}: an item of a list cannot be set; set the list as a whole")
        node = values
        for step in steps[:-1]:
            node = _map(node, step, path)
        make = escaping.secret if setting.secret else escaping.plain
        node[steps[-1]] = _quoted(make(setting.text))
    out = io.StringIO()
    editor.dump(document, out)
    return out.getvalue()


def _quoted(value: Any) -> Any:
    """Double quotes around every string: no YAML reader may take it for a number or a boolean."""
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    if isinstance(value, dict):
        return {name: _quoted(inner) for name, inner in value.items()}
    return DoubleQuotedScalarString(value)


def _map(parent: Any, name: str, path: str) -> Any:
    if parent.get(name) is None:
        parent[name] = {}
    found = parent[name]
    if not isinstance(found, dict) or any(str(key).startswith("fn::") for key in found):
        raise ConfigError(f"{path}: {name} holds a value and not a map; choose another path")
    return found


def _editor(yaml: str) -> Any:
    from ruamel.yaml import YAML

    editor = YAML()
    editor.preserve_quotes = True
    editor.width = 2**30  # never fold a line: a secret may be long
    editor.allow_unicode = True
    # Sequences below a key are indented or not; keep what the file does.
    indented = any(
        line.startswith((" ", "\t")) and line.lstrip().startswith("- ")
        for line in yaml.splitlines()
    )
    editor.indent(mapping=2, sequence=4 if indented else 2, offset=2 if indented else 0)
    return editor


def save(
    client: EscClient, environment: Environment, settings: Mapping[str, Setting]
) -> tuple[str, list[str]]:
    """Save settings, open the environment, and compare byte for byte.

    If one does not come back as it was given, the definition is put back as it was, unless
    somebody else has saved another revision by then.

    Returns:
        The new revision and the paths that were written.

    Raises:
        ConfigError: The environment is pinned to a version, and a version cannot be changed.
        StaleDefinitionError: Somebody else saved in between; nothing was written.
        RoundTripError: The values came back changed; it says whether they stay saved.
        EscError: ESC refused or could not be reached.
    """
    if environment.version:
        newest = environment._replace(version=None)
        raise ConfigError(
            f"{environment}: a pinned version cannot be changed; name {newest} to save a new one"
        )
    before = client.definition(environment)
    revision = client.patch(environment, edited(before.yaml, settings), before.etag)
    try:
        wrong = _differing(client, environment, settings)
    except EscError as error:
        undone = _put_back(client, environment, before.yaml, revision)
        raise RoundTripError(
            str(environment), f"what was saved could not be read back ({error}); {undone}"
        ) from None
    if wrong:
        undone = _put_back(client, environment, before.yaml, revision)
        raise RoundTripError(str(environment), f"{', '.join(wrong)} came back changed; {undone}")
    return revision, list(settings)


def _differing(
    client: EscClient, environment: Environment, settings: Mapping[str, Setting]
) -> list[str]:
    session = client.open(environment, duration="1m0s")
    found = {leaf.dotted: leaf.text for leaf in leaves(client.read(environment, session))}

    def held(path: str) -> str | None:
        return found.get(path if "." in path else f"{ENVIRONMENT_VARIABLES}.{path}")

    return [path for path, setting in settings.items() if held(path) != setting.text]


def _put_back(client: EscClient, environment: Environment, yaml: str, revision: str) -> str:
    """Restore a definition if `revision`, our own, is still the latest. Return what came of it.

    A secret is stored as ciphertext, so the text cannot say whose it is: the revision does.
    """
    stays = f"the values stay saved in revision {revision or '(unknown)'}"
    try:
        now = client.definition(environment)
        if revision and now.revision == revision:
            client.patch(environment, yaml, now.etag)
            return "the definition was put back"
    except StaleDefinitionError:
        pass  # Somebody saved between the two calls above: as if before them.
    except EscError as error:
        return f"{stays}, because it could not be put back: {error}"
    if not revision:
        return f"{stays}: ESC did not say which revision was ours, so nothing was put back"
    return f"{stays}: somebody else saved a newer one, which was not touched"
