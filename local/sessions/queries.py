"""The statements that a session ran: their ids, and the results that it may read."""

from collections import deque

from ..engine.engine import Engine
from ..language.results import Result
from .identity import Identity
from .results import Ran, Results

_KEPT_IDS = 1000


class Queries:
    """The statement that runs, those before it, and their results.

    Attributes:
        current: Query id of the statement that runs.
        text: The text of that statement, as it came.
        last: Query id of the statement before it, "" for the first one.
        last_load: Query id of the latest load of files, for VALIDATE.
        ids: Query ids of the statements that ran, the latest last.
    """

    def __init__(self, engine: Engine, key: str, identity: Identity) -> None:
        self._engine = engine
        self._key = key
        self._identity = identity
        self.current = ""
        self.text = ""
        self.last = ""
        self.last_load = ""
        self.ids: deque[str] = deque(maxlen=_KEPT_IDS)

    def keep(self, query_id: str, result: Result) -> None:
        """Remember a result for RESULT_SCAN."""
        self.ids.append(query_id)
        self._engine.part(Results).keep(self.runs, query_id, result)

    def result(self, query_id: str) -> Result | None:
        """Return the result of a statement that the user ran, in this session or another.

        https://docs.snowflake.com/en/sql-reference/functions/result_scan
        """
        found = self._engine.part(Results).find(query_id)
        return found[1] if found is not None and self.may_read(found[0]) else None

    @property
    def runs(self) -> Ran:
        """Who runs what the session runs now."""
        return Ran(self._identity.user.id, self._key, tuple(self._identity.roles))

    def may_read(self, ran: Ran) -> bool:
        """Tell whether the session may read what came of a statement: its own, or with its roles."""
        if ran.user != self._identity.user.id:
            return False
        if ran.session == self._key:
            return True
        return self._identity.gate.acts_as(self._identity.asker, ran.roles)
