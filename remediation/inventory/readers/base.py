"""What a library that reads configuration is described by."""

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from hushflake.lint_plugin.module import Module

from ..env_paths import EnvPath
from ..following.text import MINE, SELF, Hole, Text
from ..following.things import Argument, Function, Origin, Parameter, Thing, Way


class FileUse(NamedTuple):
    """A place that takes values from .env files; the fields are those of `model.EnvFileReader`."""

    reader: str
    node: ast.AST
    files: tuple[EnvPath, ...]
    keys: frozenset[str] | None = None
    any_case: bool = False
    into_environment: bool = False
    rewritten: bool = False


class KeyUse(NamedTuple):
    """A key that is written out where a library reads it.

    Attributes:
        name: The key, or a pattern with `*`.
        node: Where.
        default: What is taken without a value; None for nothing.
        required: Whether it fails without the key.
        type: What becomes of the text.
        files: The .env files that it may come from, as they are shown.
        secret: Whether it is kept as a secret.
    """

    name: str
    node: ast.AST
    default: ast.expr | None = None
    required: bool = False
    type: str = ""
    files: tuple[str, ...] = ()
    secret: bool = False


class Library(Protocol):
    """A module of this folder."""

    # What the library is called.
    NAME: str
    # A file that uses it holds one of these.
    WORDS: tuple[bytes, ...]

    def files(self, module: Module) -> Iterator[FileUse]:
        """Yield the places of a module that read .env files with the library."""
        ...


class Declaring(Library, Protocol):
    """A library whose keys stand in declarations: fields of a class, options of a command."""

    # The form of its reads.
    FORM: str

    def keys(self, module: Module) -> Iterator[KeyUse]:
        """Yield the keys of a module."""
        ...


class Following(Library, Protocol):
    """A library whose functions and classes are given the names of keys."""

    # The module it is imported from -> dotted name -> what reads.
    THINGS: Mapping[str, Mapping[str, Thing]]


def argument(value: str) -> Argument:
    """Return what a parameter is without an argument."""
    return Argument(((value,),), ast.Constant(value))


def reading(
    origin: Origin,
    parameters: Sequence[str],
    *,
    begin: Sequence[str] = (),
    kind: str = "",
    key: str | None = None,
) -> Function:
    """Return a function of a library that is given a key.

    Args:
        origin: What its reads are.
        parameters: Its parameters. The first is the key; `default` and `cast` mean what they say.
        begin: Attributes of its object that stand in front of the key.
        kind: The type that it converts to.
        key: The key that is read when none is given.
    """
    known = None if key is None else argument(key)
    text: Text = (*(Hole(SELF, name) for name in begin), Hole(MINE, parameters[0]))
    way = Way(
        text,
        origin,
        default="default" if "default" in parameters else None,
        required="without-default",
        type=kind,
        cast="cast" if "cast" in parameters else "",
    )
    given = [
        Parameter(name, "both", known if not at else None) for at, name in enumerate(parameters)
    ]
    return Function((way,), tuple(given))


def called(
    module: Module, top: str, wanted: Callable[[str], bool]
) -> Iterator[tuple[str, ast.Call]]:
    """Yield the calls of what is imported from a module, with its dotted name."""
    for use in module.index.uses(top):
        place = module.index.place(use.node)
        call = place.parent.node if place and place.parent else None
        if wanted(use.origin) and isinstance(call, ast.Call) and call.func is use.node:
            yield use.origin, call


def word_of(call: ast.Call, name: str, at: int | None = None) -> ast.expr | None:
    """Return what a call is given under a name, or at a position."""
    if at is not None and at < len(call.args) and not isinstance(call.args[at], ast.Starred):
        return call.args[at]
    return next((word.value for word in call.keywords if word.arg == name), None)
