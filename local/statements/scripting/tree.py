"""What a script is made of, once it is read.

Texts of statements and expressions are kept as they are written: their variables get values when they run.
"""

from dataclasses import dataclass, field

from ...language.types import DataType

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Step:
    """A statement of a script.

    Attributes:
        place: Line (from 1) and column (from 0) where it starts.
    """

    place: Place


Steps = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Sql(Step):
    """Any statement that is not one of the language."""

    text: str


@dataclass(frozen=True, slots=True)
class Query:
    """What a RESULTSET is assigned: a statement, or a text that holds one.

    Attributes:
        text: A statement; with `immediate`, an expression that gives one.
        using: Names of variables for its `?`.
    """

    text: str
    immediate: bool = False
    using: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Variable(Step):
    """A variable that is declared, by DECLARE or LET."""

    name: str
    type: DataType | None
    value: str | None


@dataclass(frozen=True, slots=True)
class DeclaredCursor(Step):
    """A cursor for a query, or for the result set of that name."""

    name: str
    query: str


@dataclass(frozen=True, slots=True)
class DeclaredResults(Step):
    """A RESULTSET."""

    name: str
    query: Query | None


@dataclass(frozen=True, slots=True)
class DeclaredException(Step):
    """An exception of one's own."""

    name: str
    number: int
    message: str


@dataclass(frozen=True, slots=True)
class Assign(Step):
    """`name := value`."""

    name: str
    value: str
    query: Query | None


@dataclass(frozen=True, slots=True)
class Branches(Step):
    """IF, and CASE in both forms.

    Attributes:
        operand: What a simple CASE compares.
        branches: Conditions, or the values to compare with, and what runs then.
    """

    operand: str | None
    branches: tuple[tuple[str, Steps], ...]
    otherwise: Steps


@dataclass(frozen=True, slots=True)
class Loop(Step):
    """A loop; BREAK and CONTINUE can name its label."""

    body: Steps
    label: str | None


@dataclass(frozen=True, slots=True)
class While(Loop):
    """WHILE."""

    condition: str


@dataclass(frozen=True, slots=True)
class Repeat(Loop):
    """REPEAT … UNTIL."""

    condition: str


@dataclass(frozen=True, slots=True)
class ForNumbers(Loop):
    """FOR over numbers."""

    name: str
    low: str
    high: str
    reverse: bool


@dataclass(frozen=True, slots=True)
class ForRows(Loop):
    """FOR over the rows of a cursor or a result set."""

    name: str
    source: str


@dataclass(frozen=True, slots=True)
class Leave(Step):
    """BREAK or CONTINUE."""

    how: str
    label: str | None


@dataclass(frozen=True, slots=True)
class Return(Step):
    """RETURN.

    Attributes:
        value: An expression, or the name of a result set or cursor when `form` says so.
        form: `value`, `table` or `cursor`.
    """

    value: str | None
    form: str


@dataclass(frozen=True, slots=True)
class Raise(Step):
    """RAISE; without a name what a handler handles."""

    name: str | None


@dataclass(frozen=True, slots=True)
class Open(Step):
    """OPEN."""

    name: str
    using: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fetch(Step):
    """FETCH."""

    name: str
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Close(Step):
    """CLOSE."""

    name: str


@dataclass(frozen=True, slots=True)
class Execute(Step):
    """EXECUTE IMMEDIATE."""

    query: Query


@dataclass(frozen=True, slots=True)
class Handler:
    """A WHEN of a block's EXCEPTION.

    Attributes:
        names: Of exceptions; OTHER for all.
        goes_on: Whether the statement after the failed one comes next (CONTINUE).
    """

    names: tuple[str, ...]
    goes_on: bool
    body: Steps


@dataclass(frozen=True, slots=True)
class Block(Step):
    """DECLARE … BEGIN … EXCEPTION … END."""

    declared: Steps
    body: Steps
    handlers: tuple[Handler, ...] = field(default=())
