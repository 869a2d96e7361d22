"""Options of click and typer with `envvar=`: https://click.palletsprojects.com/en/stable/options/.

The keyword is also known to what is built on them; of a function that is imported from elsewhere
it counts where its value looks like the name of a variable.
"""

import ast
import re
from collections.abc import Iterator

from ..analysis import Index
from ..analysis.standing import offsets, standing_at
from .base import Silent, SilentKey

_WORDS = (b"envvar",)
_LIBRARIES = frozenset({"click", "typer", "rich_click", "asyncclick", "cloup", "quart"})
_NAME = re.compile(r"[A-Z][A-Z0-9_]+")
_PREFIX = "auto_envvar_prefix"
_TYPES = {"int": "int", "INT": "int", "float": "float", "FLOAT": "float", "bool": "bool"}
_TYPES |= {"BOOL": "bool", "Path": "path", "IntRange": "int", "FloatRange": "float"}


def find(index: Index) -> Iterator[Silent]:
    """Yield the options, and the commands that give all their options a variable."""
    for here in standing_at(index, offsets(index.source.utf8, _WORDS)):
        match here.node:
            case ast.Call(keywords=keywords) as call:
                for keyword in keywords:
                    if keyword.arg == "envvar":
                        yield from _option(index, call, keyword.value)
                    elif keyword.arg == _PREFIX:
                        yield from _prefix(keyword.value)
            case ast.Dict(keys=names, values=values):
                for name, value in zip(names, values, strict=True):
                    if isinstance(name, ast.Constant) and name.value == _PREFIX:
                        yield from _prefix(value)


def _option(index: Index, call: ast.Call, value: ast.expr) -> Iterator[Silent]:
    origin = index.resolve(call.func) if isinstance(call.func, ast.Name | ast.Attribute) else None
    is_known = origin is not None and origin.partition(".")[0] in _LIBRARIES
    named = [
        part
        for part in (value.elts if isinstance(value, ast.List | ast.Tuple) else [value])
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    ]
    # click splits a text of several names at blanks; of an option it takes it as it is.
    names = [(str(part.value), part) for part in named if part.value]
    if not (is_known or (names and all(_NAME.fullmatch(name) for name, _ in names))):
        return
    if not names and isinstance(value, ast.Constant | ast.List | ast.Tuple):
        return  # `envvar=None`, `envvar=[]`
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    default = given.get("default")
    if default is None and origin is not None and origin.startswith("typer.") and call.args:
        default = None if _is_missing(call.args[0]) else call.args[0]
    required = getattr(given.get("required"), "value", False) is True
    kind = given.get("type")
    name = getattr(kind, "attr", getattr(kind, "id", "")) if kind is not None else ""
    if isinstance(kind, ast.Call):
        name = getattr(kind.func, "attr", getattr(kind.func, "id", ""))
    made = _TYPES.get(name, "")
    keys = tuple(SilentKey(key, part, default, required, made) for key, part in names)
    told = ", ".join(repr(name) for name, _ in names) or "…"
    yield Silent("cli-option", call, f"an option with envvar={told}", keys)


def _is_missing(node: ast.expr) -> bool:
    """Say whether the first argument of typer stands for no default: `...`, or the flag."""
    return isinstance(node, ast.Constant) and (
        node.value is ... or (isinstance(node.value, str) and node.value.startswith("-"))
    )


def _prefix(value: ast.expr) -> Iterator[Silent]:
    if isinstance(value, ast.Constant) and not isinstance(value.value, str):
        return  # `auto_envvar_prefix=None`
    text = str(value.value) if isinstance(value, ast.Constant) else ""
    keys = (SilentKey(f"{text}_*", value),) if text else ()
    yield Silent("cli-option", value, "a command with auto_envvar_prefix", keys)
