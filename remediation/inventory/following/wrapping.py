"""A function around a read whose key it is given: its parameters, type, default and necessity."""

import ast
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import NamedTuple, cast

from hushflake.lint_plugin.analysis import Index, Place
from hushflake.lint_plugin.analysis.index import is_load
from hushflake.lint_plugin.silent.settings_fields import is_text, type_of_hint

from ..types import ends_it, is_caught, type_of
from .text import MINE, SELF, Hole, Text, holes
from .texts import FUNCTIONS, Texts
from .things import Argument, Origin, Parameter, Required, Way

# What a parameter is called that a function falls back to.
_FALLBACKS = frozenset({"default", "fallback", "default_value", "dflt"})
# So many uses of a value tell what is made of it.
_MOST_USES = 200
_FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class Seed(NamedTuple):
    """A read whose key is not written where it stands; see `Way` for the fields."""

    place: Place
    text: Text
    origin: Origin
    default: ast.expr | Argument | None = None
    required: Required = "never"
    type: str = ""
    cast: ast.expr | None = None
    steps: tuple[str, ...] = ()


def owner_of(seed: Seed) -> Place | None:
    """Return the place of the function whose callers give a part of the key, None for none."""
    wanted = {hole.owner for hole in holes(seed.text)}
    above = seed.place.parent
    while above is not None:
        if isinstance(above.node, FUNCTIONS):
            is_method = above.parent is not None and isinstance(above.parent.node, ast.ClassDef)
            if id(above.node) in wanted or (wanted == {SELF} and is_method):
                return above
        above = above.parent
    return None


def way_of(seed: Seed, body: "Body", texts: Texts) -> Way:
    """Return the way that leads through a function to a read in it.

    Args:
        seed: The read.
        body: Of the function of `owner_of`.
        texts: Of the source.
    """
    node = body.function
    values = list(body.values(seed.place))
    text = tuple(
        part._replace(owner=MINE) if isinstance(part, Hole) and part.owner == id(node) else part
        for part in seed.text
    )
    return Way(
        text=text,
        origin=seed.origin,
        default=body.default(seed.default, texts),
        required=body.required(seed.required, values),
        type=body.type(values) or seed.type,
        cast=body.parameter(seed.cast) or body.cast(values),
        steps=seed.steps,
        name=name_of_function(body.place),
    )


def name_of_function(function: Place) -> str:
    """Return what a function is called: with its class, or as a lambda is assigned to it."""
    node, above = function.node, function.parent
    if isinstance(node, ast.Lambda):
        targets = getattr(above.node, "targets", ()) if above is not None else ()
        return getattr(targets[0], "id", "lambda") if targets else "lambda"
    name: str = getattr(node, "name", "")
    is_method = above is not None and isinstance(above.node, ast.ClassDef)
    return f"{getattr(above.node, 'name', '')}.{name}" if is_method and above else name


def parameters(function: Place, texts: Texts, *, bound: bool = True) -> tuple[Parameter, ...]:
    """Return the parameters that callers give; of a method without the object it is called on."""
    node = cast("_FunctionNode", function.node)
    found = list(_parameters(node.args, texts))
    is_method = function.parent is not None and isinstance(function.parent.node, ast.ClassDef)
    decorators = [getattr(each, "id", "") for each in getattr(node, "decorator_list", ())]
    return tuple(found[1:] if is_method and bound and "staticmethod" not in decorators else found)


def _parameters(given: ast.arguments, texts: Texts) -> Iterator[Parameter]:
    positional = [*given.posonlyargs, *given.args]
    without = len(positional) - len(given.defaults)
    for at, each in enumerate(positional):
        default = given.defaults[at - without] if at >= without else None
        kind = "positional" if at < len(given.posonlyargs) else "both"
        yield Parameter(
            each.arg, "both" if kind == "both" else "positional", _given(default, texts)
        )
    if given.vararg is not None:
        yield Parameter(given.vararg.arg, "args")
    for each, value in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        yield Parameter(each.arg, "keyword", _given(value, texts))
    if given.kwarg is not None:
        yield Parameter(given.kwarg.arg, "kwargs")


def _given(node: ast.expr | None, texts: Texts) -> Argument | None:
    return None if node is None else texts.argument(node)


class Body:
    """What a function does with what it reads; worked out once for all reads in it."""

    def __init__(self, index: Index, place: Place) -> None:
        """
        Args:
            index: Of the source.
            place: Of the function.
        """
        self.index = index
        self.place = place
        self.function = cast("_FunctionNode", place.node)
        arguments = self.function.args
        self.names = {
            each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        }
        self._loads: dict[str, list[Place]] = {}

    def values(self, read: Place) -> Iterator[Place]:
        """Yield a read, and the uses of the names that it is assigned to."""
        yield read
        above = read.parent
        names: list[str] = []
        while above is not None and not isinstance(above.node, ast.stmt):
            if isinstance(above.node, ast.NamedExpr):
                names += _name(above.node.target)
            above = above.parent
        if above is not None and isinstance(above.node, ast.Assign | ast.AnnAssign):
            targets = (
                above.node.targets if isinstance(above.node, ast.Assign) else [above.node.target]
            )
            names += [name for target in targets for name in _name(target)]
        self.index.record(names)
        for name in names:
            yield from self._loads_of(name)

    def _loads_of(self, name: str) -> list[Place]:
        """Return the first uses of a name in the function, outside of functions in it."""
        known = self._loads.get(name)
        if known is None:
            found = (
                place
                for place in self.index.occurrences.get(name, ())
                if place.scope.node is self.function and is_load(place)
            )
            known = self._loads[name] = list(islice(found, _MOST_USES))
        return known

    def parameter(self, node: ast.expr | None) -> str:
        """Return the parameter that an expression is, "" for anything else."""
        return node.id if isinstance(node, ast.Name) and node.id in self.names else ""

    def default(self, node: ast.expr | Argument | None, texts: Texts) -> str | Argument | None:
        """Return the parameter that gives the default, or the default that is written."""
        inner = node.node if isinstance(node, Argument) else node
        if isinstance(inner, ast.Starred):
            # `os.getenv(name, *others)`
            return "*0"
        name = self.parameter(inner)
        if name:
            return name
        is_none = inner is None or (isinstance(inner, ast.Constant) and inner.value is None)
        if is_none:
            return next(iter(sorted(self.names & _FALLBACKS & self._returned)), None)
        if isinstance(node, Argument):
            return node
        return texts.argument(inner) if inner is not None else None

    @cached_property
    def _returns(self) -> list[ast.expr]:
        """What the function returns."""
        return [
            each.value
            for each in ast.walk(self.function)
            if isinstance(each, ast.Return) and each.value is not None
        ]

    @cached_property
    def _returned(self) -> set[str]:
        """The names that the function returns by themselves, or for nothing read.

        `value = os.getenv(name)`, and later `return default`, `return value or default`.
        """
        found: set[str] = set()
        body = self.function.body
        for value in [body] if isinstance(body, ast.expr) else self._returns:
            match value:
                case ast.Name(id=name) | ast.Call(args=[ast.Name(id=name)]):
                    found.add(name)
                case ast.BoolOp(values=parts):
                    found |= {name for part in parts for name in _name(part)}
                case ast.IfExp(body=one, orelse=other):
                    found |= {*_name(one), *_name(other)}
        return found

    @cached_property
    def _as_it_is(self) -> set[int]:
        """The identities of what is returned."""
        return {id(each) for each in self._returns}

    def type(self, values: Sequence[Place]) -> str:
        """Return what callers get: `str` for the text as it is, "" where nothing tells."""
        hint = getattr(self.function, "returns", None)
        kind = type_of_hint(hint) if hint is not None else ""
        if kind or (hint is not None and is_text(hint)):
            return kind or "str"
        if any(id(place.node) in self._as_it_is for place in values):
            # As it is on one way out, whatever it is on another.
            return ""
        kinds = (found for place in values if (found := type_of(place)) not in ("", "flag"))
        return next(kinds, "")

    def cast(self, values: Sequence[Place]) -> str:
        """Return the parameter whose function the value is given to."""
        for place in values:
            above = place.parent.node if place.parent is not None else None
            if isinstance(above, ast.Call) and place.node in above.args:
                name = self.parameter(above.func)
                if name:
                    return name
        return ""

    @cached_property
    def _branches(self) -> dict[int, list[tuple[int, ast.If]]]:
        """What a test asks for, by identity -> the branches for nothing, with their numbers."""
        found: dict[int, list[tuple[int, ast.If]]] = {}
        for number, node in enumerate(ast.walk(self.function)):
            if isinstance(node, ast.If):
                for asked in _asks_for_nothing(node.test):
                    found.setdefault(id(asked), []).append((number, node))
        return found

    def required(self, before: Required, values: Sequence[Place]) -> Required:
        """Return whether it fails without the key, as the read does or by its own decision."""
        if is_caught(values[0]):
            before = "never"
        if before == "always":
            return "always"
        found: Required = before
        branches = dict(each for place in values for each in self._branches.get(id(place.node), ()))
        for _, branch in sorted(branches.items()):
            for kind in _fails(branch.body, self.names & _FALLBACKS):
                if kind == "always" and not _names(branch.test) & self.names & _FALLBACKS:
                    return "always"
                found = "without-default"
        return found


def _asks_for_nothing(test: ast.expr) -> Iterator[ast.expr]:
    """Yield whatever a test is true for if it is not there: `not value`, `value is None`."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            yield inner.value if isinstance(inner, ast.NamedExpr) else inner
        case ast.Compare(
            left=left, ops=[ast.Is() | ast.Eq()], comparators=[ast.Constant(value=value)]
        ) if value in (None, ""):
            yield left.value if isinstance(left, ast.NamedExpr) else left
        case ast.BoolOp(values=parts):
            for part in parts:
                yield from _asks_for_nothing(part)


def _fails(body: list[ast.stmt], fallbacks: set[str]) -> Iterator[Required]:
    """Yield how a block ends the function with an error: always, or by what it asks."""
    for statement in body:
        match statement:
            case _ if ends_it(statement):
                yield "always"
            case ast.If(test=test, body=inner, orelse=orelse):
                asks = bool(_names(test) & fallbacks)
                for _ in (*_fails(inner, fallbacks), *_fails(orelse, fallbacks)):
                    if asks:
                        yield "without-default"


def _names(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def _name(node: ast.AST) -> list[str]:
    return [node.id] if isinstance(node, ast.Name) else []
