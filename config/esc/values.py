"""What the evaluated properties of an ESC environment mean: leaves with paths, text and secrecy."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from .errors import ShapeError

# Bounds that no environment comes near; without them a small answer could fill the memory.
MAX_DEPTH = 64
MAX_LEAVES = 20_000
MAX_NAME = 1_000  # characters
MAX_PATH = 4_000
ENVIRONMENT_VARIABLES = "environmentVariables"
FILES = "files"
_PROJECTED = frozenset({ENVIRONMENT_VARIABLES, FILES})
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


class Leaf(NamedTuple):
    """A scalar of an environment. `text` is None where there is no value: null or unknown."""

    path: tuple[str | int, ...]
    text: str | None
    secret: bool

    def __repr__(self) -> str:
        return f"Leaf({self.dotted})"

    @property
    def dotted(self) -> str:
        """The path as ESC spells it: `db.hosts[0]`, `pulumiConfig["aws:region"]`."""
        return dotted(self.path)


def dotted(path: tuple[str | int, ...]) -> str:
    """Spell a property path."""
    spelled = ""
    for step in path:
        if isinstance(step, int):
            spelled += f"[{step}]"
        elif _PLAIN.fullmatch(step):
            spelled += f".{step}" if spelled else step
        else:
            spelled += f"[{json.dumps(step)}]"
    return spelled


def leaves(properties: Mapping[str, Any]) -> Iterator[Leaf]:
    """Every scalar below `properties`, in order. Nested maps and lists hold `Value`s again.

    A `Value` is `{value?, secret?, unknown?, trace}`: nulls and unknown ones come without
    `value`. A user's own map with a key named `value` is inside such a `Value`, so walking the
    levels in step never mistakes one for the other.

    Raises:
        ShapeError: Something that is no `Value`, or more than any environment holds. A part that
            was left out instead would read as missing, and a default would take its place.
    """
    for number, leaf in enumerate(_below((), properties, secret=False)):
        if number >= MAX_LEAVES:
            raise ShapeError(f"it holds more than {MAX_LEAVES:,} values")
        yield leaf


def _below(path: tuple[str | int, ...], inner: Any, *, secret: bool) -> Iterator[Leaf]:
    steps = inner.items() if isinstance(inner, Mapping) else enumerate(inner)
    for step, node in steps:
        if isinstance(step, str):
            _check_name(step)
        yield from _walk((*path, step), node, secret=secret)


def _walk(path: tuple[str | int, ...], node: Any, *, secret: bool) -> Iterator[Leaf]:
    if not isinstance(node, dict) or not all(
        isinstance(node.get(mark, False), bool) for mark in ("secret", "unknown")
    ):
        raise ShapeError("a part of it is not a value as ESC documents it")
    if len(path) > MAX_DEPTH or sum(len(str(step)) for step in path) > MAX_PATH:
        raise ShapeError(f"it is nested deeper than {MAX_DEPTH} levels, or its paths are too long")
    secret = secret or node.get("secret", False)
    value = node.get("value")
    if isinstance(value, dict | list):
        yield from _below(path, value, secret=secret)
        return
    text = None if node.get("unknown") else scalar(value)
    if text is None and path[0] in _PROJECTED and not node.get("unknown"):
        text = ""  # ESC's own rule: a null environment variable, or file, is the empty string
    if text is not None and not _is_unicode(text):
        raise ShapeError("a value of it is not Unicode text")
    yield Leaf(path, text, secret)


def _check_name(name: str) -> None:
    if len(name) > MAX_NAME or not _is_unicode(name):
        raise ShapeError("a name of it is too long or not Unicode text")


def _is_unicode(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:  # a lone surrogate, which JSON can spell
        return False
    return True


def scalar(value: Any) -> str | None:
    """The text of a JSON scalar, as ESC gives it to environment variables; None for null."""
    if value is None or isinstance(value, str):
        return value
    # Booleans are `true` and `false`. Numbers come as the digits that JSON gave them.
    return json.dumps(value)
