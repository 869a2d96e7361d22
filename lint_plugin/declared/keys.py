"""`[tool.hushflake.keys]`: which declared key a name belongs to, and what is said of its use.

The check of a key (HSF107), the gate of `inventory --check` and generated code ask here alone. The
model of a key is `hushflake.config.declared.key`; this package and the run time share it.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from hushflake.config.declared.key import Alias, DeclaredKey

from ..credentials.display import shown
from ..path_patterns import wildcards

TABLE = "[tool.hushflake.keys]"
# Of more names than this the nearest one is not looked for: it would take too long.
_COMPARED = 2000


class Verdict(NamedTuple):
    """What the declarations say of a name.

    Attributes:
        declaration: The key that it belongs to; None for a name that is not declared.
        alias: The earlier name of that key that it is; None for the key itself.
    """

    declaration: DeclaredKey | None = None
    alias: Alias | None = None


class DeclaredKeys:
    """Answers whether a name is declared, and as what."""

    def __init__(self, declarations: Mapping[str, DeclaredKey]) -> None:
        self.declarations = declarations
        self._aliases = {
            alias.name: Verdict(declaration, alias)
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
            return self._aliases[key]
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
        declaration, alias = self.find(key)
        told = repr(shown(key))
        if declaration is None:
            near = self.near(key)
            meant = f", or read {near!r} if that is meant" if near else ""
            return f"{told} is not declared in {where}: declare it{meant}"
        if alias is not None:
            return alias.told(declaration.name)
        if declaration.deprecated:
            return f"{told} is deprecated: {shown(declaration.deprecated)}"
        return ""
