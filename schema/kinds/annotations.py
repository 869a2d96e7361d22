"""What the annotations of a spec say beyond a type: what a name refers to, what a text holds.

`binding.py` reads YAML by them, `jsonschema.py` and `reference.py` tell them to editors and people,
and `references_in` finds the edges. Not a kind.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, NamedTuple, get_args, get_origin

from ..codec import hints_of
from ..names import QualifiedName
from ..sql.gate import Sort
from ..values import Key


@dataclass(frozen=True, slots=True)
class Ref:
    """In `Annotated[QualifiedName, Ref("table", "view")]`: the name refers to one of these kinds.

    The loader completes such a name with the stack's database and the schema of the object that
    holds it; the reference becomes an edge. `external` names may exist outside of the project.
    """

    kinds: tuple[str, ...]
    external: bool

    def __init__(self, *kinds: str, external: bool = False) -> None:
        object.__setattr__(self, "kinds", kinds)
        object.__setattr__(self, "external", external)


@dataclass(frozen=True, slots=True)
class Target:
    """An object of one of several kinds: `{table: S.T}` in YAML. "": which kind was not told."""

    kind: str
    name: QualifiedName

    @property
    def key(self) -> Key:
        return Key(self.kind, self.name.sql)


class OneOf(Ref):
    """In `Annotated[Target, OneOf("table", "view")]`: a mapping of one of these kinds to a name."""


class SqlType(NamedTuple):
    """In `Annotated[str, SqlType()]`: a data type, normalised."""


class SqlText(NamedTuple):
    """In `Annotated[str, SqlText("expression")]`: SQL of that sort, and nothing more than one;
    trailing `;` is cut off (`schema/sql/gate.py` says what the sorts are)."""

    sort: Sort = "statement"


class Aliases(NamedTuple):
    """In `Annotated[Literal[…], Aliases({…})]`: other spellings of the words of a closed list."""

    words: Mapping[str, str]


class Range(NamedTuple):
    """In `Annotated[int, Range(0, 90)]`: a whole number within limits."""

    least: int
    most: int


def hidden(default: Any) -> Any:
    """A field of a spec that YAML cannot set: it is read back or computed."""
    return field(default=default, metadata={"yaml": False})


@cache
def sql_fields(spec_type: Any) -> frozenset[str]:
    """The fields of a dataclass whose text is SQL."""
    return frozenset(name for name, hint in hints_of(spec_type).items() if _is_sql(hint))


def _is_sql(hint: Any) -> bool:
    arguments = get_args(hint)
    if get_origin(hint) is Annotated:
        return isinstance(arguments[1], SqlText)
    return type(None) in arguments and any(map(_is_sql, arguments))


Find = Callable[[Any], Iterator[Key]]


def references_in(spec: Any) -> Iterator[Key]:
    """The objects that a spec names, where the annotation says of which kind they are."""
    spec_type: Any = type(spec)
    for name, find in _finders(spec_type):
        yield from find(getattr(spec, name))


@cache
def _finders(spec_type: Any) -> tuple[tuple[str, Find], ...]:
    hints = hints_of(spec_type)
    pairs = ((item.name, _finder(hints[item.name])) for item in dataclasses.fields(spec_type))
    return tuple((name, find) for name, find in pairs if find is not None)


def _finder(hint: Any) -> Find | None:
    """How the references in a value of this annotation are found; None when it holds none."""
    arguments = get_args(hint)
    if get_origin(hint) is Annotated:
        marker = arguments[1]
        if isinstance(marker, OneOf):
            return lambda target: iter((target.key,) if target.kind else ())
        if isinstance(marker, Ref):
            # Of several kinds nobody knows which, until it is looked up.
            kind = marker.kinds[0] if len(marker.kinds) == 1 else None
            return None if kind is None else lambda name: iter((Key(kind, name.sql),))
        return _finder(arguments[0])
    if dataclasses.is_dataclass(hint):
        nested: Any = hint
        return references_in if _finders(nested) else None
    inner = next((find for item in arguments if (find := _finder(item))), None)
    if inner is None:
        return None
    found = inner

    def each(value: Any) -> Iterator[Key]:
        if isinstance(value, Mapping):
            value = tuple(value.values())
        for item in value if isinstance(value, tuple) else () if value is None else (value,):
            yield from found(item)

    return each
