"""Snowflake Scripting: blocks with variables, branches and loops.

https://docs.snowflake.com/en/developer-guide/snowflake-scripting/blocks

Variables hold values; in an expression they stand by their name, in a statement as `:name`. Cursors,
result sets and exceptions of one's own are refused.
"""

from collections.abc import Callable
from typing import Any

from . import limits
from .errors import SqlError, compilation, unsupported
from .parser import Parser
from .scripting_values import bound, into, named, spelled
from .session import Session
from .types import BOOLEAN, FLOAT, NUMBER, TEXT, read_type
from .wire import DELETE, INSERT, MERGE, UPDATE, Binding, Column, Result

_REFUSED = {"OPEN", "FETCH", "CLOSE", "RAISE", "CASE", "AWAIT", "ASYNC", "CANCEL"}


class _Left(Exception):  # noqa: N818 - no error: control leaves a loop or the block
    def __init__(self, how: str, value: Any = None) -> None:
        self.how, self.value = how, value


class Script:
    """Runs a block.

    Args:
        session: Runs the statements.
        text: The block; its outer `BEGIN … END` may be left out.
        variables: Values of the arguments by name.
    """

    def __init__(self, session: Session, text: str, variables: dict[str, Any]) -> None:
        self._session = session
        self._parser = Parser(text)
        self._variables: dict[str, Any] = dict(variables)
        self._kinds: dict[str, str] = {}

    def run(self) -> Any:
        """Return what RETURN gives, None without one.

        Raises:
            SqlError: A statement fails, or the text is none that runs here.
        """
        parser = self._parser
        try:
            if parser.looking_at("DECLARE") or parser.looking_at("BEGIN"):
                self._block()
                parser.end()
            else:
                self._statements({"<EOF>"})
        except _Left as left:
            if left.how != "RETURN":
                raise compilation(f"{left.how} outside of a loop", 1003, "42000") from None
            return left.value
        return None

    # --- blocks and statements --------------------------------------------------------------------

    def _block(self) -> None:
        parser = self._parser
        if parser.accept("DECLARE"):
            while not parser.looking_at("BEGIN"):
                self._declare()
        parser.expect("BEGIN")
        begin = parser.index
        try:
            self._statements({"END", "EXCEPTION"})
        except SqlError as error:
            # No handler catches that the statement is to end.
            limits.check()
            parser.index = begin
            self._skip({"END", "EXCEPTION"})
            if not parser.accept("EXCEPTION"):
                raise
            self._variables |= {
                "SQLERRM": error.message,
                "SQLCODE": error.code,
                "SQLSTATE": error.state,
            }
            parser.expect("WHEN", "OTHER", "THEN")
            self._statements({"END", "WHEN"})
        else:
            if parser.looking_at("EXCEPTION"):
                parser.take()
                self._skip({"END"})
        parser.expect("END")

    def _statements(self, stops: set[str]) -> None:
        parser = self._parser
        while parser.here.upper not in stops:
            if parser.here.kind == "end":
                raise parser.unexpected()
            self._statement()
            if parser.here.kind == "end" and "<EOF>" in stops:
                return
            parser.expect(";")

    def _statement(self) -> None:
        limits.check()
        parser = self._parser
        word = parser.here.upper
        if word in _REFUSED:
            raise unsupported(f"Snowflake Scripting: {word}")
        handler = _HANDLERS.get(word)
        if self._begins_transaction(parser.index):
            handler = None
        if handler is not None:
            handler(self)
        elif parser.ahead().text == ":=":
            name = self._name()
            parser.expect(":=")
            self._assign(name, self._value_until(";"))
        else:
            self._sql()

    def _begins_transaction(self, index: int) -> bool:
        word, following = self._parser.tokens[index : index + 2]
        return word.upper == "BEGIN" and following.upper in {";", "TRANSACTION", "WORK", "NAME"}

    def _skip(self, stops: set[str]) -> None:
        """Pass over statements without running them, up to one of `stops` of this block."""
        parser, depth = self._parser, 0
        while depth or parser.here.upper not in stops:
            token = parser.take()
            if token.kind == "end":
                raise parser.unexpected(token)
            if token.upper == "END":
                depth -= 1
                parser.accept_any(["IF", "WHILE", "FOR", "LOOP", "REPEAT", "CASE"])
            elif token.upper == "CASE" or (token.upper in _OPENERS and self._opens()):
                depth += 1

    def _opens(self) -> bool:
        """Tell whether the word that was taken begins a statement that has an END of its own."""
        parser = self._parser
        if self._begins_transaction(parser.index - 1):
            return False
        before = parser.tokens[max(0, parser.index - 2)].upper
        return before in {";", "BEGIN", "THEN", "ELSE", "DO", "LOOP", "REPEAT"}

    # --- statements of the language ---------------------------------------------------------------

    def _declare(self) -> None:
        parser = self._parser
        name = self._name()
        if parser.here.upper in {"CURSOR", "RESULTSET", "EXCEPTION"}:
            raise unsupported(f"Snowflake Scripting: a {parser.here.upper} variable")
        self._variable(name)
        parser.expect(";")

    def _let(self) -> None:
        self._parser.expect("LET")
        name = self._name()
        if self._parser.here.upper in {"CURSOR", "RESULTSET"}:
            raise unsupported(f"Snowflake Scripting: a {self._parser.here.upper} variable")
        self._variable(name)

    def _variable(self, name: str) -> None:
        parser = self._parser
        self._kinds.pop(name, None)
        if parser.here.text not in {":=", ";"} and not parser.looking_at("DEFAULT"):
            self._kinds[name] = str(read_type(parser))
        self._variables[name] = None
        if parser.accept(":=") or parser.accept("DEFAULT"):
            self._assign(name, self._value_until(";"))

    def _if(self) -> None:
        parser = self._parser
        parser.expect("IF")
        done = False
        while True:
            done = self._branch(done, self._condition, "THEN")
            if parser.accept("ELSEIF"):
                continue
            if parser.accept("ELSE"):
                self._branch(done, lambda: True, None)
            parser.expect("END", "IF")
            return

    def _branch(self, done: bool, condition: Callable[[], bool], word: str | None) -> bool:
        """Run a branch when none before it ran and its condition holds; return whether one ran."""
        stops = {"ELSEIF", "ELSE", "END"}
        begin = self._parser.index
        holds = not done and condition()
        if word is not None:
            self._parser.index = begin
            self._parser.bracketed_text()
            self._parser.expect(word)
        if holds:
            self._statements(stops)
        else:
            self._skip(stops)
        return done or holds

    def _while(self) -> None:
        parser = self._parser
        parser.expect("WHILE")
        begin = parser.index

        def again() -> bool:
            parser.index = begin
            holds = self._condition()
            if not (parser.accept("DO") or parser.accept("LOOP")):
                raise parser.unexpected()
            return holds

        self._loop("WHILE", again)

    def _endless(self) -> None:
        self._parser.expect("LOOP")
        begin = self._parser.index

        def again() -> bool:
            self._parser.index = begin
            return True

        self._loop("LOOP", again)

    def _for(self) -> None:
        parser = self._parser
        parser.expect("FOR")
        name = self._name()
        parser.expect("IN")
        backwards = parser.accept("REVERSE")
        if parser.ahead().upper in {"DO", "LOOP"}:
            raise unsupported("Snowflake Scripting: FOR over a cursor or a result set")
        low, high = int(self._value_until("TO")), None
        parser.expect("TO")
        high = int(self._value_until("DO", "LOOP"))
        parser.take()
        begin = parser.index
        numbers = iter(range(high, low - 1, -1) if backwards else range(low, high + 1))

        def again() -> bool:
            parser.index = begin
            number = next(numbers, None)
            self._variables[name] = number
            return number is not None

        self._loop("FOR", again)

    def _repeat(self) -> None:
        parser = self._parser
        parser.expect("REPEAT")
        begin = parser.index
        while True:
            parser.index = begin
            left = self._body({"UNTIL"})
            if left:
                parser.index = begin
                self._skip({"UNTIL"})
            parser.expect("UNTIL")
            holds = self._condition()
            parser.expect("END", "REPEAT")
            if holds or left == "BREAK":
                return

    def _loop(self, word: str, again: Callable[[], bool]) -> None:
        """Run the body of a loop as long as `again`, which goes to its first statement, says so."""
        body = None
        while again():
            body = self._parser.index if body is None else body
            if self._body({"END"}) == "BREAK":
                self._parser.index = body
                break
        self._skip({"END"})
        self._parser.expect("END", word)

    def _body(self, stops: set[str]) -> str:
        # Also where it holds no statement.
        limits.check()
        try:
            self._statements(stops)
        except _Left as left:
            if left.how == "RETURN":
                raise
            return left.how
        return ""

    def _break(self) -> None:
        self._parser.take()
        raise _Left("BREAK")

    def _continue(self) -> None:
        self._parser.take()
        raise _Left("CONTINUE")

    def _return(self) -> None:
        self._parser.expect("RETURN")
        raise _Left("RETURN", None if self._parser.here.text == ";" else self._value_until(";"))

    def _null(self) -> None:
        self._parser.expect("NULL")

    def _execute(self) -> None:
        """EXECUTE IMMEDIATE of the value of an expression; anything else is a statement."""
        from .runner import run_one

        parser = self._parser
        if parser.ahead().upper != "IMMEDIATE":
            self._sql()
            return
        parser.expect("EXECUTE", "IMMEDIATE")
        text = str(self._value_until(";", "USING"))
        names = parser.names() if parser.accept("USING") else []
        bindings = {
            str(place): Binding("VARCHAR", None if value is None else str(value))
            for place, value in enumerate((self._held(name) for name in names), 1)
        }
        self._done(run_one(self._session, text, bindings))

    # --- SQL --------------------------------------------------------------------------------------

    def _sql(self) -> None:
        from .runner import run_one

        text, targets = into(bound(self._text_until(";"), self._variables))
        result = run_one(self._session, text)
        self._done(result)
        for place, name in enumerate(targets):
            self._assign(name, result.rows[0][place] if result.rows else None)

    def _done(self, result: Result) -> None:
        self._session.keep(self._session.query_id, result)
        changed = result.statement_type in {INSERT, UPDATE, DELETE, MERGE}
        rows = sum(result.rows[0]) if changed else len(result.rows)
        self._variables |= {"SQLROWCOUNT": rows, "SQLFOUND": rows > 0, "SQLNOTFOUND": rows == 0}

    def _held(self, name: str) -> Any:
        if name not in self._variables:
            raise compilation(f"variable '{name}' is not declared", 904, "42000")
        return self._variables[name]

    def _assign(self, name: str, value: Any) -> None:
        self._held(name)
        if name in self._kinds:
            value = self._value(f"({spelled(value)})::{self._kinds[name]}")
        self._variables[name] = value

    def _name(self) -> str:
        return self._parser.identifier()

    def _condition(self) -> bool:
        begin = self._parser.here
        if begin.text != "(":
            raise self._parser.unexpected()
        return bool(self._value(self._parser.bracketed_text()))

    def _value_until(self, *stops: str) -> Any:
        return self._value(self._text_until(*stops))

    def _text_until(self, *stops: str) -> str:
        parser, depth, begin = self._parser, 0, self._parser.here
        last = begin
        while depth or parser.here.upper not in stops:
            if parser.here.kind == "end":
                break
            last = parser.take()
            depth += {"(": 1, ")": -1}.get(last.text, 0)
        if last is begin and parser.here is begin:
            raise parser.unexpected()
        return parser.sql[begin.start : last.end]

    def _value(self, text: str) -> Any:
        """Evaluate an expression in which variables stand by their names, or behind a colon."""
        from .runner import run_one

        sql = named(bound(text, self._variables), self._variables)
        return run_one(self._session, f"SELECT ({sql})").rows[0][0]


def run_block(session: Session, text: str) -> Result:
    """Run an anonymous block; the result is one row with what it returned."""
    value = Script(session, text, {}).run()
    kind = {bool: BOOLEAN, int: NUMBER, float: FLOAT}.get(type(value), TEXT)
    return Result([Column("anonymous block", kind)], [[value]])


_OPENERS = {"BEGIN", "IF", "WHILE", "FOR", "LOOP", "REPEAT", "CASE"}
_HANDLERS: dict[str, Callable[[Script], None]] = {
    "DECLARE": Script._block,
    "BEGIN": Script._block,
    "LET": Script._let,
    "IF": Script._if,
    "WHILE": Script._while,
    "LOOP": Script._endless,
    "FOR": Script._for,
    "REPEAT": Script._repeat,
    "BREAK": Script._break,
    "EXIT": Script._break,
    "CONTINUE": Script._continue,
    "ITERATE": Script._continue,
    "EXECUTE": Script._execute,
    "RETURN": Script._return,
    "NULL": Script._null,
}
