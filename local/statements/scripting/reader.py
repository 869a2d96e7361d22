"""Reads a script into its tree; nothing runs.

https://docs.snowflake.com/en/sql-reference-snowflake-scripting
"""

from collections.abc import Callable

from ...language.errors import SqlError, compilation, unsupported
from ...language.lexer import position
from ...language.parser import Parser
from ...language.types import read_type
from . import tree
from .words import begins_transaction, names_of, query_of, text_to

# Statements within statements: more would exhaust Python's stack.
_DEEPEST = 40
_REFUSED = {"AWAIT", "ASYNC", "CANCEL"}
_NUMBERS = range(-20999, -19999)


def read(text: str) -> tree.Block:
    """Return the tree of a block, or of a list of statements without BEGIN and END.

    Raises:
        SqlError: It cannot be read, or holds what does not run here.
    """
    reader = Reader(Parser(text))
    parser = reader.parser
    if parser.looking_at("DECLARE") or (
        parser.looking_at("BEGIN") and not begins_transaction(parser)
    ):
        block = reader.block()
        parser.end()
        return block
    return tree.Block((1, 0), (), reader.until(set()))


class Reader:
    """Reads one script.

    Args:
        parser: At its start.
    """

    def __init__(self, parser: Parser) -> None:
        self.parser = parser
        self._depth = 0

    @property
    def _place(self) -> tree.Place:
        return position(self.parser.sql, self.parser.here.start)

    def until(self, stops: set[str]) -> tree.Steps:
        """Consume statements up to one of `stops`, or to the end of the text when there is none."""
        parser = self.parser
        found: list[tree.Step] = []
        self._depth += 1
        if self._depth > _DEEPEST:
            raise compilation("The blocks are nested too deeply.", 1003, "42000")
        while parser.here.upper not in stops:
            if parser.here.kind == "end":
                if stops:
                    raise parser.unexpected()
                break
            found.append(self.step())
            if parser.here.kind == "end" and not stops:
                break
            parser.expect(";")
        self._depth -= 1
        return tuple(found)

    def step(self) -> tree.Step:
        """Consume one statement."""
        parser = self.parser
        word = parser.here.upper
        if word in _REFUSED and parser.ahead().text not in {":=", "."}:
            raise unsupported(f"Snowflake Scripting: {word}")
        place = self._place
        if parser.ahead().text == ":=":
            return self._assign(place)
        handler = _STEPS.get(word)
        if handler is not None and not (word == "BEGIN" and begins_transaction(parser)):
            return handler(self)
        return tree.Sql(place, text_to(parser, ";"))

    # --- blocks -----------------------------------------------------------------------------------

    def block(self) -> tree.Block:
        """Consume a block with its declarations and handlers."""
        parser, place = self.parser, self._place
        declared: list[tree.Step] = []
        if parser.accept("DECLARE"):
            while not parser.looking_at("BEGIN"):
                declared.append(self._declaration())
                parser.expect(";")
        parser.expect("BEGIN")
        body = self.until({"END", "EXCEPTION"})
        handlers = self._handlers() if parser.accept("EXCEPTION") else ()
        parser.expect("END")
        return tree.Block(place, tuple(declared), body, handlers)

    def _handlers(self) -> tuple[tree.Handler, ...]:
        parser = self.parser
        found = []
        while parser.accept("WHEN"):
            names = [parser.identifier()]
            while parser.accept("OR"):
                names.append(parser.identifier())
            goes_on = parser.accept("CONTINUE")
            if not goes_on:
                parser.accept("EXIT")
            parser.expect("THEN")
            found.append(tree.Handler(tuple(names), goes_on, self.until({"WHEN", "END"})))
        if not found:
            raise parser.unexpected()
        return tuple(found)

    # --- declarations -----------------------------------------------------------------------------

    def _declaration(self) -> tree.Step:
        parser, place = self.parser, self._place
        name = parser.identifier()
        if parser.accept("CURSOR", "FOR"):
            return tree.DeclaredCursor(place, name, text_to(parser, ";"))
        if parser.accept("RESULTSET"):
            given = parser.accept(":=") or parser.accept("DEFAULT")
            return tree.DeclaredResults(place, name, query_of(parser) if given else None)
        if parser.accept("EXCEPTION"):
            return self._exception(place, name)
        if parser.looking_at("PROCEDURE"):
            raise unsupported("Snowflake Scripting: a nested procedure")
        kind = None
        if parser.here.text not in {":=", ";"} and not parser.looking_at("DEFAULT"):
            kind = read_type(parser)
        given = parser.accept(":=") or parser.accept("DEFAULT")
        return tree.Variable(place, name, kind, text_to(parser, ";") if given else None)

    def _exception(self, place: tree.Place, name: str) -> tree.Step:
        parser = self.parser
        number, message = -20000, ""
        if parser.accept("("):
            number = parser.number()
            if parser.accept(","):
                message = parser.string()
            parser.expect(")")
        if number not in _NUMBERS:
            raise compilation(
                f"Invalid error code '{number}'. Must be between -20,999 and -20,000", 1003, "42601"
            )
        return tree.DeclaredException(place, name, number, message)

    def _let(self) -> tree.Step:
        self.parser.expect("LET")
        found = self._declaration()
        if isinstance(found, tree.DeclaredException) or (
            isinstance(found, tree.Variable) and found.value is None
        ):
            raise self.parser.unexpected()
        return found

    def _assign(self, place: tree.Place) -> tree.Step:
        parser = self.parser
        name = parser.identifier()
        parser.expect(":=")
        begin = parser.index
        query = None
        try:
            query = query_of(parser)
        except SqlError as error:
            if error.code == 2:
                raise
        parser.index = begin
        return tree.Assign(place, name, text_to(parser, ";"), query)

    # --- branches ---------------------------------------------------------------------------------

    def _if(self) -> tree.Step:
        parser, place = self.parser, self._place
        stops = {"ELSEIF", "ELSE", "END"}
        branches = []
        parser.expect("IF")
        while True:
            condition = parser.bracketed_text()
            parser.expect("THEN")
            branches.append((condition, self.until(stops)))
            if not parser.accept("ELSEIF"):
                break
        otherwise = self.until({"END"}) if parser.accept("ELSE") else ()
        parser.expect("END", "IF")
        return tree.Branches(place, None, tuple(branches), otherwise)

    def _case(self) -> tree.Step:
        parser, place = self.parser, self._place
        parser.expect("CASE")
        operand = None if parser.looking_at("WHEN") else text_to(parser, "WHEN")
        branches = []
        while parser.accept("WHEN"):
            value = text_to(parser, "THEN")
            parser.expect("THEN")
            branches.append((value, self.until({"WHEN", "ELSE", "END"})))
        if not branches:
            raise parser.unexpected()
        otherwise = self.until({"END"}) if parser.accept("ELSE") else ()
        parser.expect("END")
        parser.accept("CASE")
        return tree.Branches(place, operand, tuple(branches), otherwise)

    # --- loops ------------------------------------------------------------------------------------

    def _body(self, *words: str) -> tuple[tree.Steps, str | None]:
        """Consume statements, END and the label of a loop."""
        parser = self.parser
        body = self.until({"END"})
        parser.expect("END")
        if parser.accept_any(words) is None:
            raise parser.unexpected()
        return body, self._label()

    def _label(self) -> str | None:
        return None if self.parser.here.text == ";" else self.parser.identifier()

    def _begin_body(self) -> None:
        if self.parser.accept_any(["DO", "LOOP"]) is None:
            raise self.parser.unexpected()

    def _while(self) -> tree.Step:
        parser, place = self.parser, self._place
        parser.expect("WHILE")
        condition = parser.bracketed_text()
        self._begin_body()
        return tree.While(place, *self._body("WHILE", "LOOP"), condition)

    def _loop(self) -> tree.Step:
        place = self._place
        self.parser.expect("LOOP")
        return tree.Loop(place, *self._body("LOOP"))

    def _repeat(self) -> tree.Step:
        parser, place = self.parser, self._place
        parser.expect("REPEAT")
        body = self.until({"UNTIL"})
        parser.expect("UNTIL")
        condition = parser.bracketed_text()
        parser.expect("END", "REPEAT")
        return tree.Repeat(place, body, self._label(), condition)

    def _for(self) -> tree.Step:
        parser, place = self.parser, self._place
        parser.expect("FOR")
        name = parser.identifier()
        parser.expect("IN")
        if parser.ahead().upper in {"DO", "LOOP"}:
            source = parser.identifier()
            self._begin_body()
            return tree.ForRows(place, *self._body("FOR", "LOOP"), name, source)
        if parser.looking_at("(") and parser.ahead().upper in {"SELECT", "WITH"}:
            raise unsupported("Snowflake Scripting: FOR over a query (declare a cursor for it)")
        reverse = parser.accept("REVERSE")
        low = text_to(parser, "TO")
        parser.expect("TO")
        high = text_to(parser, "DO", "LOOP")
        self._begin_body()
        return tree.ForNumbers(place, *self._body("FOR", "LOOP"), name, low, high, reverse)

    def _leave(self) -> tree.Step:
        place = self._place
        how = "BREAK" if self.parser.take().upper in {"BREAK", "EXIT"} else "CONTINUE"
        return tree.Leave(place, how, self._label())

    # --- others -----------------------------------------------------------------------------------

    def _return(self) -> tree.Step:
        parser, place = self.parser, self._place
        parser.expect("RETURN")
        if parser.here.text == ";" or parser.here.kind == "end":
            return tree.Return(place, None, "value")
        if parser.accept("TABLE", "("):
            form = "table"
            if parser.accept("RESULTSET_FROM_CURSOR", "("):
                form = "cursor"
            name = parser.identifier()
            parser.expect(*([")"] * (2 if form == "cursor" else 1)))
            return tree.Return(place, name, form)
        return tree.Return(place, text_to(parser, ";"), "value")

    def _raise(self) -> tree.Step:
        place = self._place
        self.parser.expect("RAISE")
        return tree.Raise(place, self._label())

    def _open(self) -> tree.Step:
        parser, place = self.parser, self._place
        parser.expect("OPEN")
        name = parser.identifier()
        using = names_of(parser) if parser.accept("USING") else ()
        return tree.Open(place, name, using)

    def _fetch(self) -> tree.Step:
        parser, place = self.parser, self._place
        parser.expect("FETCH")
        name = parser.identifier()
        parser.expect("INTO")
        targets = []
        while True:
            parser.accept(":")
            targets.append(parser.identifier())
            if not parser.accept(","):
                return tree.Fetch(place, name, tuple(targets))

    def _close(self) -> tree.Step:
        place = self._place
        self.parser.expect("CLOSE")
        return tree.Close(place, self.parser.identifier())

    def _execute(self) -> tree.Step:
        parser, place = self.parser, self._place
        if parser.ahead().upper != "IMMEDIATE":
            return tree.Sql(place, text_to(parser, ";"))
        parser.expect("EXECUTE", "IMMEDIATE")
        text = text_to(parser, ";", "USING")
        using = names_of(parser) if parser.accept("USING") else ()
        return tree.Execute(place, tree.Query(text, True, using))

    def _null(self) -> tree.Step:
        place = self._place
        self.parser.expect("NULL")
        return tree.Block(place, (), ())


_STEPS: dict[str, Callable[[Reader], tree.Step]] = {
    "DECLARE": Reader.block,
    "BEGIN": Reader.block,
    "LET": Reader._let,
    "IF": Reader._if,
    "CASE": Reader._case,
    "WHILE": Reader._while,
    "LOOP": Reader._loop,
    "FOR": Reader._for,
    "REPEAT": Reader._repeat,
    "BREAK": Reader._leave,
    "EXIT": Reader._leave,
    "CONTINUE": Reader._leave,
    "ITERATE": Reader._leave,
    "RETURN": Reader._return,
    "RAISE": Reader._raise,
    "OPEN": Reader._open,
    "FETCH": Reader._fetch,
    "CLOSE": Reader._close,
    "EXECUTE": Reader._execute,
    "NULL": Reader._null,
}
