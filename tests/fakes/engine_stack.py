"""An engine in this process, asked with and without the structures beside DuckDB's tables."""

from pathlib import Path
from typing import Any

from hushflake.local.cortex.vectors.nearest import Vectors
from hushflake.local.language.results import Binding, Result
from hushflake.local.server.process.assembly import open_stack
from hushflake.local.sessions.session import Session
from hushflake.local.statements.running.runner import run_one

Rows = list[tuple[Any, ...]]


class Stack:
    """A stack with a session in `D.PUBLIC`, once that is made."""

    def __init__(self, path: Path, mode: str = "exact") -> None:
        self.engine = open_stack(path, {"vectors": mode, "vectors_least_rows": 0})
        self.mode = mode
        self.session = self.connect()

    def connect(self, role_name: str = "ACCOUNTADMIN") -> Session:
        catalogue = self.engine.catalogue
        role = catalogue.find("ROLE", 0, role_name)
        assert role is not None
        session = Session(self.engine, catalogue.of_kind("USER")[0], role)
        session.place.warehouse, session.place.database, session.place.schema = (
            "COMPUTE_WH",
            "D",
            "PUBLIC",
        )
        return session

    def run(self, sql: str, *binds: str, session: Session | None = None) -> Rows:
        return [tuple(row) for row in self.answer(sql, *binds, session=session).rows]

    def answer(self, sql: str, *binds: str, session: Session | None = None) -> Result:
        bound = {str(n + 1): Binding("VARCHAR", value) for n, value in enumerate(binds)}
        return run_one(session or self.session, sql, bound)

    def close(self) -> None:
        self.session.close()
        self.engine.close()

    @property
    def answers(self) -> int:
        """Number of parts of queries that vectors answered."""
        return sum(held["answers"] for held in self.engine.part(Vectors).details())

    def both(self, sql: str, *binds: str, session: Session | None = None) -> tuple[Rows, Rows]:
        """Return the rows with the structures, and the rows by DuckDB alone."""
        fast = self.run(sql, *binds, session=session)
        self.engine.part(Vectors).mode = "off"
        try:
            return fast, self.run(sql, *binds, session=session)
        finally:
            self.engine.part(Vectors).mode = self.mode
