"""An engine in this process, asked with and without the structures beside DuckDB's tables."""

from pathlib import Path
from typing import Any

from hushflake.deploy.local.engine import Engine
from hushflake.deploy.local.runner import run_one
from hushflake.deploy.local.session import Session
from hushflake.deploy.local.wire import Binding

Rows = list[tuple[Any, ...]]


class Stack:
    """A stack with a session in `D.PUBLIC`, once that is made."""

    def __init__(self, path: Path, mode: str = "exact") -> None:
        self.engine = Engine(path, {"vectors": mode, "vectors_least_rows": 0})
        self.mode = mode
        self.session = self.connect()

    def connect(self) -> Session:
        catalogue = self.engine.catalogue
        role = catalogue.find("ROLE", 0, "ACCOUNTADMIN")
        assert role is not None
        session = Session(self.engine, catalogue.of_kind("USER")[0], role)
        session.warehouse, session.database, session.schema = "COMPUTE_WH", "D", "PUBLIC"
        return session

    def run(self, sql: str, *binds: str, session: Session | None = None) -> Rows:
        bound = {str(n + 1): Binding("VARCHAR", value) for n, value in enumerate(binds)}
        return [tuple(row) for row in run_one(session or self.session, sql, bound).rows]

    def close(self) -> None:
        self.session.close()
        self.engine.close()

    @property
    def answers(self) -> int:
        """Number of parts of queries that vectors answered."""
        return sum(held["answers"] for held in self.engine.vectors.details())

    def both(self, sql: str, *binds: str, session: Session | None = None) -> tuple[Rows, Rows]:
        """Return the rows with the structures, and the rows by DuckDB alone."""
        fast = self.run(sql, *binds, session=session)
        self.engine.vectors.mode = "off"
        try:
            return fast, self.run(sql, *binds, session=session)
        finally:
            self.engine.vectors.mode = self.mode
