"""What a silent form yields, and what the forms share."""

import ast
from collections.abc import Sequence
from typing import NamedTuple

from ..analysis import Index
from ..bindings import sum_of

# Members of `os` that are, read or change the environment.
MEMBERS = frozenset({"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"})

# Reason code -> why an access is silent.
REASONS = {
    "dynamic-import": "imports os by a function",
    "getattr": "takes a member of os by its name as text",
    "module-dict": "takes a member of os out of the dictionary of the module",
    "sys-modules": "takes os out of sys.modules",
    "other-module": "takes os from another module that imports it",
    "posix": "takes the environment from the module behind os, as it was at the start",
    "exec-text": "runs text that names the environment",
    "expandvars": "inserts environment variables into a text",
    "cli-option": "falls back to an environment variable when the option is not given",
    "settings-class": "reads its fields from environment variables",
}


class SilentKey(NamedTuple):
    """A key that is read, as far as it is written out.

    Attributes:
        name: The key, or a pattern with `*`.
        node: Where it is named.
        default: What is taken without a value; None for nothing.
        required: Whether the program fails without it.
        type: What becomes of the text, as `inventory` has it; "" where nothing tells.
        secret: Whether its type hides the value.
    """

    name: str
    node: ast.AST
    default: ast.expr | None = None
    required: bool = False
    type: str = ""
    secret: bool = False


class Silent(NamedTuple):
    """A place that reaches the environment without naming it.

    Attributes:
        reason: A key of `REASONS`.
        node: The place.
        what: It in a few words, without any value.
        keys: The keys that are written out there.
    """

    reason: str
    node: ast.AST
    what: str
    keys: tuple[SilentKey, ...] = ()


def text_of(node: ast.AST | None) -> str:
    """Return the text of a literal or of a sum of literals, "" for anything else."""
    return (sum_of(node) or "") if node is not None else ""


def is_builtin(index: Index, node: ast.AST, names: Sequence[str]) -> bool:
    """Say whether a node is one of some built-in functions, not something of the same name."""
    if not isinstance(node, ast.Name) or node.id not in names:
        return False
    index.record([node.id])
    place = index.place(node)
    return place is None or not index.bindings(place)
