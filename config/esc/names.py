"""The names under which the values of an ESC environment can be read.

`db.password` is read as `db.password`, `DB_PASSWORD` and `db_password`. An exact name always
wins over a derived one; a name that two paths derive belongs to neither.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from .values import ENVIRONMENT_VARIABLES, FILES, Leaf

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,200}")  # also the name of a file
_OTHER = re.compile(r"[^A-Za-z0-9]+")


class Names(NamedTuple):
    """name -> leaf for every readable name, and name -> paths for those that are ambiguous.

    `files` are the names whose values are wanted as a file.
    """

    leaves: dict[str, Leaf]
    ambiguous: dict[str, tuple[str, ...]]
    files: frozenset[str]


def snake(path: tuple[str | int, ...]) -> str:
    """`("database", "poolSize", 0)` -> `database_pool_size_0`."""
    words = (_CAMEL.sub("_", str(step)) for step in path)
    return _OTHER.sub("_", "_".join(words)).strip("_").lower()


def names(leaves: Iterable[Leaf]) -> Names:
    """Give every leaf its names. Leaves without a value (null, unknown) get none."""
    held = [leaf for leaf in leaves if leaf.text is not None]
    exact: dict[str, Leaf] = {leaf.dotted: leaf for leaf in held}
    # The variables of `environmentVariables` are what ESC calls them, before anything derived.
    exact |= {
        str(leaf.path[1]): leaf
        for leaf in held
        if leaf.path[0] == ENVIRONMENT_VARIABLES and len(leaf.path) == 2
    }
    files = {
        str(leaf.path[1]): leaf
        for leaf in held
        if leaf.path[0] == FILES and len(leaf.path) == 2 and _VARIABLE.fullmatch(str(leaf.path[1]))
    }
    # Of a variable and a file of one name the vendor's command line sets the file's.
    exact |= files
    derived: dict[str, list[Leaf]] = {}
    for leaf in held:
        if leaf.path[0] != ENVIRONMENT_VARIABLES:
            lower = snake(leaf.path)
            for name in {lower, lower.upper()} - {""}:
                derived.setdefault(name, []).append(leaf)
    ambiguous = {
        name: tuple(leaf.dotted for leaf in found)
        for name, found in derived.items()
        if len(found) > 1 and name not in exact
    }
    single = {name: found[0] for name, found in derived.items() if len(found) == 1}
    return Names({**single, **exact}, ambiguous, frozenset(files))
