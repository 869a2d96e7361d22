"""What a key can be handed to: functions, classes, objects, and tables of values."""

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from hushflake.lint_plugin.module import Module

from ..model import Via
from .models import Model
from .spelt import Spelt
from .text import Text

# How deep things may be nested: an attribute of an object that a function returns, and so on.
DEEPEST = 4
# What is called without its name: `*` is any method of a library.
SPECIAL = frozenset({"*", "__call__", "__init__", "__getitem__", "__getattr__"})
# Whether a read fails without its key: always, where no default is given, or never.
Required = Literal["always", "without-default", "never"]


@dataclass(frozen=True)
class Origin:
    """The read at the end of a way, as every read that comes by it has it.

    Attributes:
        reader: The library that reads: `os.environ`, `environs`, …
        via: Where the value comes from.
        form: How it is written there.
        reason: Why the codemod leaves it, "" where it rewrites it.
        sources: What the reader takes values from, see `model.Read`.
        secret: Whether what is read is kept as a secret.
    """

    reader: str
    via: Via
    form: str
    reason: str = ""
    sources: tuple[str, ...] = ("environment",)
    secret: bool = False


class Argument(NamedTuple):
    """What is given for a parameter.

    Attributes:
        texts: What it can be.
        node: It.
        file: Where it is written, relative to the root; "" for what a library says.
    """

    texts: tuple[Text, ...]
    node: ast.expr
    file: str = ""


@dataclass(frozen=True)
class Way:
    """A read that a call comes to.

    Attributes:
        text: The key, with holes for what callers give.
        origin: The read.
        default: The name of the parameter that holds the default, or the default; None for none.
        required: Whether it fails without the key.
        type: What becomes of the text, "" where nothing tells.
        cast: The parameter that holds the function that converts it.
        steps: Where the key was handed on, as `path:line:column`: the read first, and then the
            call in each function that it goes through.
        name: What the function is called that callers see.
        by_object: Whether the object alone gives the key: it is told where it is read, and not
            where the object is made.
    """

    text: Text
    origin: Origin
    default: str | Argument | None = None
    required: Required = "never"
    type: str = ""
    cast: str = ""
    steps: tuple[str, ...] = ()
    name: str = ""
    by_object: bool = False


class Parameter(NamedTuple):
    """A parameter of a function. `default`: what it is without an argument."""

    name: str
    kind: Literal["both", "positional", "keyword", "args", "kwargs"] = "both"
    default: Argument | None = None


@dataclass(frozen=True)
class Function:
    """A function that reads what it is given the name of, or that returns a thing.

    Attributes:
        ways: Its reads.
        parameters: Those that callers give, without the object of a method.
        given: What was given before, by `functools.partial`.
        returns: What its result is.
        identity: Of its node, for the holes of functions inside it.
    """

    ways: tuple[Way, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    given: Mapping[str, Argument] = field(default_factory=dict)
    returns: "Thing | None" = None
    identity: int = 0
    depth: int = field(default=0, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "depth", 0 if self.returns is None else 1 + depth_of(self.returns))

    def with_more(self, other: "Function") -> "Function":
        """Return the function with what was found of it elsewhere."""
        ways = dict.fromkeys((*self.ways, *other.ways))
        return replace(self, ways=tuple(ways), returns=self.returns or other.returns)


@dataclass(frozen=True)
class Klass:
    """A class whose objects read.

    Attributes:
        methods: Name -> function; `__call__` for the object itself, `*` for every other name.
        attributes: Name -> what it is, with holes for the parameters of `init`.
        init: The parameters of its constructor.
        prefixing: The method that puts a text in front of all keys inside of a `with`.
        things: Attributes that are things themselves.
        left: Names that are no methods, where every other name is one.
        node: Of its definition; None for one of a library.
        line: The identities of the nodes of what it derives from, as far as it was followed.
        maker: Makes an object from a call, where that is more than to take its arguments.
    """

    name: str
    methods: Mapping[str, Function] = field(default_factory=dict)
    attributes: Mapping[str, tuple[Text, ...]] = field(default_factory=dict)
    init: tuple[Parameter, ...] = ()
    prefixing: str = ""
    things: Mapping[str, "Thing"] = field(default_factory=dict)
    left: frozenset[str] = frozenset()
    maker: "Callable[[Making], Instance] | None" = None
    node: ast.ClassDef | None = None
    line: frozenset[int] = frozenset()
    depth: int = field(default=0, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        inner = max(map(depth_of, self.things.values()), default=-1) + 1
        outer = max((each.depth for each in self.methods.values()), default=0)
        object.__setattr__(self, "depth", max(inner, outer))

    def is_same(self, other: "Klass") -> bool:
        """Say whether it is what was found of one class in two places."""
        return self.node is not None and self.node is other.node

    @property
    def of_objects(self) -> dict[str, Function]:
        """What can be done with an object that is there."""
        return {name: each for name, each in self.methods.items() if name != "__init__"}

    def is_used_in(self, spelt: Spelt) -> bool:
        """Say whether a source can take something of an object that reads."""
        names = (name for name in self.methods if name != "__init__")
        if any(name in SPECIAL or spelt.has(_encoded(name)) for name in names):
            return True
        return any(
            spelt.has(_encoded(name))
            and (not isinstance(each, Instance) or each.of.is_used_in(spelt))
            for name, each in self.things.items()
        )

    def with_more(self, other: "Klass") -> "Klass":
        """Return the class with what was found of it elsewhere."""
        methods = dict(self.methods)
        for name, function in other.methods.items():
            known = methods.get(name)
            methods[name] = function if known is None else known.with_more(function)
        return replace(
            self,
            methods=methods,
            attributes={**self.attributes, **other.attributes},
            init=self.init or other.init,
            things={**self.things, **other.things},
            left=(self.left | other.left) - set(methods),
            line=self.line | other.line,
        )


class Making(NamedTuple):
    """A call that makes an object: the file, the class, the call, and what it gives."""

    module: Module
    of: Klass
    call: ast.Call
    given: Mapping[str, Argument]


def _encoded(name: str) -> bytes:
    return name.encode("utf-8", "surrogatepass")


class Expected(NamedTuple):
    """What was said of a key when an object was made: its type, and its default."""

    type: str
    default: Argument | None = None


@dataclass(frozen=True)
class Instance:
    """An object of a class.

    Attributes:
        attributes: Of the class, with what the constructor was given.
        files: The .env files that it reads.
        expected: Key -> what was said of it.
    """

    of: Klass
    attributes: Mapping[str, tuple[Text, ...]] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    expected: Mapping[str, Expected] = field(default_factory=dict)


@dataclass(frozen=True)
class Bound:
    """A method of an object."""

    function: Function
    of: Instance
    name: str


@dataclass(frozen=True)
class Table:
    """A mapping of keys to values, such as `dotenv_values()` and a copy of `os.environ`."""

    origin: Origin


@dataclass(frozen=True)
class Package:
    """A module: what is imported from it is asked for by name. `file`: relative to the root."""

    file: str
    name: str = ""


# How `get` of a mapping is called.
TABLE_PARAMETERS = (Parameter("key", "positional"), Parameter("default"))
Thing = Function | Klass | Instance | Bound | Table | Package | Model


def depth_of(thing: Thing) -> int:
    """Return how many things a thing is nested around: one that a function returns, and so on."""
    match thing:
        case Function(depth=depth) | Klass(depth=depth) | Instance(of=Klass(depth=depth)):
            return depth
        case Bound(function=function, of=instance):
            return max(function.depth, instance.of.depth)
    return 0


def functions_of(thing: Thing) -> Iterator[Function]:
    """Yield the functions that a thing is, or that can be had of it."""
    match thing:
        case Function(returns=returns):
            yield thing
            if returns is not None:
                yield from functions_of(returns)
        case Bound(function=function):
            yield from functions_of(function)
        case Instance(of=klass):
            yield from functions_of(klass)
        case Klass(methods=methods, things=things):
            for each in (*methods.values(), *things.values()):
                yield from functions_of(each)
