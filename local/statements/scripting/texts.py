"""Variables in the texts of statements and expressions.

In a statement a variable stands as `:name`, in an expression also by its name alone.
https://docs.snowflake.com/en/developer-guide/snowflake-scripting/variables
"""

from collections.abc import Iterable, Sequence

from ...language.errors import compilation
from ...language.lexer import Token, tokens
from ...language.names import fold
from ...language.parser import Parser
from .values import Cursor, Names, ResultSet, Row, Value, Variable, spelt, undeclared

_NAMES = {"word", "quoted"}
_QUERY = {"SELECT", "WITH"}
Places = list[tuple[int, int, str]]


def statement(text: str, names: Names) -> str:
    """Return a statement with the values of its `:name` put in; targets of INTO stay."""
    found = tokens(text)
    return _replaced(text, _bound(text, found, names) + _tables(found, names))


def expression(text: str, names: Names) -> str:
    """Return an expression with the values of its variables put in.

    A name alone is no variable in a subquery: it is a column there.
    """
    found = tokens(text)
    places = _bound(text, found, names) + _tables(found, names)
    taken = {start for start, _, _ in places}
    depth, queries = 0, []
    for number, token in enumerate(found[:-1]):
        if token.text == "(":
            depth += 1
            if found[number + 1].upper in _QUERY:
                queries.append(depth)
        elif token.text == ")":
            if queries and queries[-1] == depth:
                queries.pop()
            depth -= 1
        elif not queries and token.kind in _NAMES and token.start not in taken:
            places += _named(found, number, names)
    return _replaced(text, places)


def placed(text: str, values: Sequence[Value]) -> str:
    """Return a statement with values for its `?`, in their order.

    Raises:
        SqlError: There are more or fewer values than places.
    """
    marks = [token for token in tokens(text) if token.kind == "symbol" and token.text == "?"]
    if len(marks) != len(values):
        raise compilation(f"{len(marks)} bind variables, but {len(values)} values", 2049, "42601")
    return _replaced(
        text,
        [(mark.start, mark.end, spelt(value)) for mark, value in zip(marks, values, strict=True)],
    )


def into(text: str) -> tuple[str, list[str]]:
    """Split `SELECT … INTO :a, :b FROM …`, or `CALL … INTO :a`, into the statement and the names."""
    words = Parser(text)
    if words.here.upper not in {*_QUERY, "CALL"}:
        return text, []
    for number, token in enumerate(words.tokens[:-1]):
        if token.upper == "INTO" and words.tokens[number + 1].text == ":":
            words.index = number + 1
            names = []
            while words.accept(":"):
                names.append(words.identifier())
                if not words.accept(","):
                    break
            return f"{text[: token.start]} {text[words.here.start :]}", names
    return text, []


def _bound(text: str, found: Sequence[Token], names: Names) -> Places:
    places: Places = []
    for number, token in enumerate(found[:-2]):
        following = found[number + 1]
        if token.text != ":" or following.start != token.end or following.kind not in _NAMES:
            continue
        # A path into semi-structured data, as in V:key, has no blank before its colon.
        before = text[token.start - 1 : token.start]
        path = bool(before) and (before.isalnum() or before in '_")]$')
        if path or _is_target(found, number):
            continue
        held = names.get(fold(following.text))
        if isinstance(held, Variable):
            places.append((token.start, following.end, spelt(held.held)))
        elif held is not None:
            raise compilation(
                f"'{following.text}' is no scalar and cannot be bound: assign its value to a variable",
                2049,
                "42601",
            )
    return places


def _named(found: Sequence[Token], number: int, names: Names) -> Places:
    token = found[number]
    before = found[number - 1] if number else None
    if before is not None and (
        before.text in {".", "::"} or (before.text == ":" and before.end == token.start)
    ):
        return []
    following = found[number + 1].text
    held = names.get(fold(token.text))
    if isinstance(held, Row) and following == ".":
        column = fold(found[number + 2].text)
        if column not in held.fields:
            raise undeclared(f"{fold(token.text)}.{column}")
        return [(token.start, found[number + 2].end, spelt(held.fields[column]))]
    if isinstance(held, Variable) and following not in {"(", "."}:
        return [(token.start, token.end, spelt(held.held))]
    return []


def _tables(found: Sequence[Token], names: Names) -> Places:
    """Find `TABLE(result set)` and `TABLE(RESULTSET_FROM_CURSOR(cursor))`."""
    places: Places = []
    for number, token in enumerate(found[:-3]):
        if token.upper != "TABLE" or found[number + 1].text != "(":
            continue
        inner = number + 2
        if found[inner].upper == "RESULTSET_FROM_CURSOR":
            inner += 2
        if found[inner].kind not in _NAMES or found[inner + 1].text != ")":
            continue
        held = names.get(fold(found[inner].text))
        rows = held.opened if isinstance(held, Cursor) else held
        if isinstance(rows, ResultSet):
            if rows.result is None:
                raise compilation(f"RESULTSET '{found[inner].text}' has no query", 2049, "42601")
            end = found[inner + (1 if inner == number + 2 else 2)].end
            places.append((token.start, end, f"TABLE(RESULT_SCAN('{rows.query_id}'))"))
    return places


def result_sets(text: str, names: Names) -> Iterable[ResultSet]:
    """Return the result sets that a text can name."""
    words = {fold(token.text) for token in tokens(text) if token.kind in _NAMES}
    for name in words:
        held = names.get(name)
        rows = held.opened if isinstance(held, Cursor) else held
        if isinstance(rows, ResultSet) and rows.result is not None:
            yield rows


def _is_target(found: Sequence[Token], number: int) -> bool:
    """Tell whether a `:name` is a target of INTO."""
    while number >= 3 and found[number - 1].text == ",":
        number -= 3
    return number > 0 and found[number - 1].upper == "INTO"


def _replaced(text: str, places: Places) -> str:
    pieces, end = [], 0
    for start, stop, value in sorted(places):
        pieces += [text[end:start], value]
        end = stop
    return "".join(pieces) + text[end:]
