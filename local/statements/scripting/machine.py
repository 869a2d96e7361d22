"""Runs a script: control flow, blocks and their handlers.

https://docs.snowflake.com/en/developer-guide/snowflake-scripting/index
"""

from collections.abc import Iterable, Iterator

from ...engine import limits
from ...language.errors import SqlError, compilation
from ...language.types import NUMBER
from ...sessions.session import Session
from . import tree
from .failures import EXPRESSION, STATEMENT, Failure, handler_of, may_be_handled
from .steps import Steps, Table
from .values import Declared, Names, Row, Value, Variable, undeclared


class Left(Exception):  # noqa: N818 - no error: control leaves a loop or the script
    """BREAK, CONTINUE and RETURN on their way to what they leave."""

    def __init__(self, how: str, label: str | None = None, value: Value | Table | None = None):
        self.how, self.label, self.value = how, label, value


class Machine:
    """Runs the blocks of one script.

    Args:
        session: Runs the statements.
        names: Arguments of the procedure, and what the script declares.
    """

    def __init__(self, session: Session, names: Names) -> None:
        self.steps = Steps(session, names)
        self._handlers: list[tree.Block] = []
        self._handling: list[Failure] = []

    def run(self, block: tree.Block) -> Value | Table:
        """Return what RETURN gives; NULL without one.

        Raises:
            SqlError: An exception that no handler takes.
        """
        try:
            self._block(block)
        except Left as left:
            if left.how != "RETURN":
                raise compilation(f"{left.how} outside of a loop", 1003, "42000") from None
            return left.value if left.value is not None else Value(None)
        except Failure as failure:
            raise failure.uncaught() from None
        return Value(None)

    # --- blocks -----------------------------------------------------------------------------------

    def _block(self, block: tree.Block) -> None:
        outer = self.steps.names
        self.steps.names = outer.inner()
        try:
            for step in block.declared:
                self._step(step)
            caught = self._caught(block)
            if caught is not None:
                self._handle(*caught)
        finally:
            self.steps.names = outer

    def _caught(self, block: tree.Block) -> tuple[Failure, tree.Handler] | None:
        """Run the statements of a block; return what ended them and the handler that takes it."""
        self._handlers.append(block)
        try:
            self._listed(block.body, block)
        except Failure as failure:
            handler = handler_of(failure, block)
            if handler is None:
                raise
            return failure, handler
        finally:
            self._handlers.pop()
        return None

    def _handle(self, failure: Failure, handler: tree.Handler) -> None:
        error = failure.error
        self.steps.names.state(SQLCODE=error.code, SQLERRM=error.message, SQLSTATE=error.state)
        self._handling.append(failure)
        try:
            self._listed(handler.body, None)
        finally:
            self._handling.pop()

    def _listed(self, steps: tree.Steps, block: tree.Block | None) -> None:
        """Run statements; a CONTINUE handler of `block` goes on with the next one."""
        for step in steps:
            try:
                self._step(step)
            except Failure as failure:
                if block is None or not self._continued(failure, block):
                    raise

    def _continued(self, failure: Failure, block: tree.Block) -> bool:
        """Let a CONTINUE handler take a failure, and tell whether there is one."""
        handler = handler_of(failure, block)
        if handler is None or not handler.goes_on:
            return False
        self._handlers.append(tree.Block(block.place, (), ()))
        try:
            self._handle(failure, handler)
        except Failure as raised:
            # What the handler itself raises is for the blocks around.
            raised.past = block
            raise
        finally:
            self._handlers.pop()
        return True

    def _step(self, step: tree.Step) -> None:
        limits.check()
        try:
            self._dispatch(step)
        except SqlError as error:
            # No handler catches that the statement is to end.
            limits.check()
            if not may_be_handled(error):
                raise
            kind = STATEMENT if isinstance(step, tree.Sql | tree.Execute) else EXPRESSION
            raise Failure(kind, error, step.place) from None

    def _dispatch(self, step: tree.Step) -> None:
        match step:
            case tree.Block():
                self._block(step)
            case tree.Branches():
                self._branches(step)
            case tree.While():
                self._loop(step, self._while(step))
            case tree.Repeat():
                self._loop(step, self._until(step))
            case tree.ForNumbers():
                self._loop(step, self._numbers(step))
            case tree.ForRows():
                self._loop(step, self._rows(step))
            case tree.Loop():
                self._loop(step, iter(lambda: None, 0))
            case tree.Leave():
                raise Left(step.how, step.label)
            case tree.Return():
                raise Left("RETURN", None, self.steps.returned(step))
            case tree.Raise():
                self._raise(step)
            case _:
                self.steps.run(step)

    def _raise(self, step: tree.Raise) -> None:
        if step.name is None:
            if not self._handling:
                raise compilation("RAISE without an exception outside of a handler", 1003, "42000")
            raise self._handling[-1]
        held = self.steps.names.get(step.name)
        if not isinstance(held, Declared):
            raise undeclared(step.name)
        raise Failure(held.name, SqlError(held.message, held.number, "P0001"), step.place)

    # --- branches and loops -----------------------------------------------------------------------

    def _branches(self, step: tree.Branches) -> None:
        for condition, body in step.branches:
            text = condition if step.operand is None else f"({step.operand}) = ({condition})"
            if self.steps.value(text).value:
                self._listed(body, None)
                return
        self._listed(step.otherwise, None)

    def _loop(self, step: tree.Loop, rounds: Iterable[object]) -> None:
        outer = self.steps.names
        self.steps.names = outer.inner()
        block = self._handlers[-1] if self._handlers else None
        try:
            for _ in rounds:
                # Also where the body holds no statement.
                limits.check()
                try:
                    self._listed(step.body, None)
                except Failure as failure:
                    if block is None or not self._continued(failure, block):
                        raise
                except Left as left:
                    if left.how == "RETURN" or left.label not in {None, step.label}:
                        raise
                    if left.how == "BREAK":
                        return
        finally:
            self.steps.names = outer

    def _while(self, step: tree.While) -> Iterator[None]:
        while self.steps.value(step.condition).value:
            yield

    def _until(self, step: tree.Repeat) -> Iterator[None]:
        while True:
            yield
            if self.steps.value(step.condition).value:
                return

    def _numbers(self, step: tree.ForNumbers) -> Iterator[None]:
        low, high = self.steps.whole(step.low), self.steps.whole(step.high)
        span = range(high, low - 1, -1) if step.reverse else range(low, high + 1)
        for number in span:
            self.steps.names.declare(step.name, Variable(Value(number, NUMBER)))
            yield

    def _rows(self, step: tree.ForRows) -> Iterator[None]:
        for row in self.steps.rows(step.source):
            self.steps.names.declare(step.name, Row(row))
            yield
