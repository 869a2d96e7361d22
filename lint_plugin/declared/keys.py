"""`[tool.hushflake.keys]`: the configuration keys that a repository declares.

`declared_table` makes them of the table. The check of a key (HSF107), the gate of
`inventory --check` and generated code ask here alone.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from ..credentials.display import shown
from ..path_patterns import wildcards

TABLE = "[tool.hushflake.keys]"
_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}
# Of more names than this the nearest one is not looked for: it would take too long.
_COMPARED = 2000

Default = str | int | float | bool | tuple[str | int | float | bool, ...]


class Declaration(NamedTuple):
    """What is declared of one key, or of all that a pattern matches.

    Attributes:
        name: The key, or a pattern with `*`.
        type: One of `declared_table.TYPES`, or `list[…]` of `str`, `int`, `float`, `bool`, `path`.
        secret: Whether its value is a secret; None leaves that to its name.
        default: What the program takes where there is no value. Never that of a secret.
        required: Whether there must be a value; None means where there is no default.
        owner: Who answers for it, as in `CODEOWNERS` or in words.
        description: What it is for.
        group: The service group; "" leaves that to its words.
        choices: The values that are allowed; none for any.
        deprecated: Why it must not be read any more, and what to do; "" for a key in use.
        deprecated_aliases: Its earlier names.
    """

    name: str
    type: str = "str"
    secret: bool | None = None
    default: Default | None = None
    required: bool | None = None
    owner: str = ""
    description: str = ""
    group: str = ""
    choices: tuple[str | int | float, ...] = ()
    deprecated: str = ""
    deprecated_aliases: tuple[str, ...] = ()

    @property
    def is_pattern(self) -> bool:
        """Whether it stands for many keys."""
        return "*" in self.name

    @property
    def is_required(self) -> bool:
        """Whether there must be a value."""
        if self.required is not None:
            return self.required
        return self.default is None and not self.is_pattern and not self.deprecated


class Verdict(NamedTuple):
    """What the declarations say of a key.

    Attributes:
        declaration: The row that it belongs to; None for a key that is not declared.
        is_alias: Whether it is an earlier name of that key.
    """

    declaration: Declaration | None = None
    is_alias: bool = False


class DeclaredKeys:
    """Answers whether a key is declared, and as what."""

    def __init__(self, declarations: Mapping[str, Declaration]) -> None:
        self.declarations = declarations
        self._aliases = {
            alias: declaration
            for declaration in declarations.values()
            for alias in declaration.deprecated_aliases
        }
        # The longest first: it says most.
        self._patterns = sorted(
            (each for each in declarations.values() if each.is_pattern),
            key=lambda each: (-len(each.name), each.name),
        )
        spelt = "|".join(wildcards(each.name) for each in self._patterns)
        self._any_pattern = re.compile(spelt or "(?!)", re.DOTALL)

    def __bool__(self) -> bool:
        return bool(self.declarations)

    def find(self, key: str) -> Verdict:
        """Return what is declared of a key, or of a pattern that computed keys follow."""
        found = self.declarations.get(key)
        if found is not None:
            return Verdict(found)
        if key in self._aliases:
            return Verdict(self._aliases[key], is_alias=True)
        if self._any_pattern.fullmatch(key):
            for each in self._patterns:
                if re.fullmatch(wildcards(each.name), key, re.DOTALL):
                    return Verdict(each)
        return Verdict()

    def near(self, key: str) -> str:
        """Return the declared key that `key` may have been meant for, "" if there is none."""
        from difflib import get_close_matches

        if len(self.declarations) > _COMPARED or len(key) > 100:
            return ""
        near = get_close_matches(key, self.declarations, n=1, cutoff=0.85)
        return near[0] if near else ""

    def objection(self, key: str, where: str = TABLE) -> str:
        """Return why a key must not be read as it is, "" where nothing speaks against it.

        Args:
            key: The key, or the pattern of computed ones.
            where: What declares the keys, in words.
        """
        declaration, is_alias = self.find(key)
        told = repr(shown(key))
        if declaration is None:
            near = self.near(key)
            meant = f", or read {near!r} if that is meant" if near else ""
            return f"{told} is not declared in {where}: declare it{meant}"
        if is_alias:
            name = declaration.name
            return f"{told} is a deprecated name of {name!r}: read {name!r}"
        if declaration.deprecated:
            return f"{told} is deprecated: {shown(declaration.deprecated)}"
        return ""


def fits(kind: str, value: Any) -> bool:
    """Say whether a value, as TOML has it or as the text of a variable, is one of a type."""
    if kind.startswith("list"):
        item = kind.removeprefix("list").strip("[]") or "str"
        parts = value if isinstance(value, tuple) else str(value).split(",")
        return all(fits(item, part.strip() if isinstance(part, str) else part) for part in parts)
    if isinstance(value, tuple):
        return False
    if kind == "bool":
        return isinstance(value, bool) or as_text(value).lower() in _TRUE | _FALSE
    if kind in ("int", "float", "seconds"):
        if isinstance(value, bool):
            return False
        try:
            (int if kind == "int" else float)(str(value))
        except ValueError:
            return False
    return kind in ("int", "float", "seconds") or isinstance(value, str)


def as_text(value: Default) -> str:
    """Return a default as the process environment would hold it."""
    if isinstance(value, tuple):
        return ",".join(map(as_text, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def same(kind: str, one: Default, other: Default) -> bool:
    """Say whether two defaults come to the same value of a type: `true` and `1`, `8` and `8.0`."""
    first, second = as_text(one), as_text(other)
    if first == second:
        return True
    if kind == "bool":
        words = {first.strip().lower(), second.strip().lower()}
        return words <= _TRUE or words <= _FALSE
    if kind in ("int", "float", "seconds"):
        try:
            return float(first) == float(second)
        except ValueError:
            return False
    if kind.startswith("list"):
        return [p.strip() for p in first.split(",")] == [p.strip() for p in second.split(",")]
    return False
