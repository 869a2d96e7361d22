"""A stack with roles that hold one privilege each, and a session of each of them."""

import uuid
from pathlib import Path

from engine_stack import Rows, Stack

from hushflake.local.language.errors import SqlError
from hushflake.local.sessions.session import Session


class World:
    """A stack, and sessions by the names of their roles, all of one user."""

    def __init__(self, folder: Path) -> None:
        self.stack = Stack(folder / "stack.duckdb")
        self.last_query_id = ""
        self._sessions: dict[str, Session] = {}

    def close(self) -> None:
        for session in self._sessions.values():
            session.close()
        self.stack.close()

    def admin(self, *statements: str) -> Rows:
        """Run statements as ACCOUNTADMIN and return the rows of the last."""
        return self.run("ACCOUNTADMIN", *statements)

    def role(self, name: str, *grants: str) -> None:
        """Make a role; `grants` are what it is granted, without `TO ROLE`."""
        self.admin(f"CREATE ROLE IF NOT EXISTS {name}")
        self.admin(*(f"GRANT {grant} TO ROLE {name}" for grant in grants))

    def run(self, role: str, *statements: str) -> Rows:
        """Run statements as a role and return the rows of the last."""
        rows: Rows = []
        for sql in statements:
            session = self._session(role)
            session.queries.current = str(uuid.uuid4())
            answer = self.stack.answer(sql, session=session)
            session.queries.last = self.last_query_id = session.queries.current
            session.queries.keep(session.queries.current, answer)
            rows = [tuple(row) for row in answer.rows]
        return rows

    def verdict(self, role: str, *statements: str) -> str:
        """Return `ok`, or the code of the first error."""
        try:
            self.run(role, *statements)
        except SqlError as error:
            return str(error.code)
        return "ok"

    def lists(self, role: str, *statements: str) -> str:
        """Return `ok` when the last statement has rows, else `2003`: nothing is told of it."""
        try:
            return "ok" if self.run(role, *statements) else "2003"
        except SqlError as error:
            return str(error.code)

    def _session(self, name: str) -> Session:
        found = self._sessions.get(name)
        if found is None:
            found = self._sessions[name] = self.stack.connect(name)
            found.place.database = found.place.schema = None
        return found
