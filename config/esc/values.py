"""What the evaluated properties of an ESC environment mean: leaves with paths, text and secrecy."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

ENVIRONMENT_VARIABLES = "environmentVariables"
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


class Leaf(NamedTuple):
    """A scalar of an environment. `text` is None where there is no value: null or unknown."""

    path: tuple[str | int, ...]
    text: str | None
    secret: bool

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
    """
    for name, value in properties.items():
        yield from _walk((name,), value, secret=False)


def _walk(path: tuple[str | int, ...], node: Any, *, secret: bool) -> Iterator[Leaf]:
    if not isinstance(node, dict):
        return
    secret = secret or bool(node.get("secret"))
    value = node.get("value")
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _walk((*path, name), inner, secret=secret)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _walk((*path, index), inner, secret=secret)
    else:
        text = None if node.get("unknown") else scalar(value)
        if text is None and path[0] == ENVIRONMENT_VARIABLES and not node.get("unknown"):
            text = ""  # ESC's own rule: a null environment variable is the empty string
        yield Leaf(path, text, secret)


def scalar(value: Any) -> str | None:
    """The text of a JSON scalar, as ESC gives it to environment variables; None for null."""
    if value is None or isinstance(value, str):
        return value
    # Booleans are `true` and `false`. Numbers come as the digits that JSON gave them.
    return json.dumps(value)
