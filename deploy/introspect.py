"""What is in the account: each kind says what to ask and reads the answers; this asks.

The number of statements does not grow with the number of objects, but for one page for every
10,000 rows of a SHOW and the few kinds that can be read only one by one. Nothing here needs a
warehouse, and ACCOUNT_USAGE is not read: it lags.
"""

from collections.abc import Iterable, Mapping, Sequence

from hushflake.schema.kinds import all_kinds
from hushflake.schema.kinds.base import Answer, Key, KindT, Query, Resource, Scope
from hushflake.schema.kinds.role import BUILT_IN
from hushflake.schema.names import literal
from hushflake.schema.state import State

from .errors import DeployError, StatementError
from .pool import Pool
from .session import Row, Session

# SHOW refuses to answer with more: https://docs.snowflake.com/en/sql-reference/sql/show-tables
PAGE = 10_000


def read_state(pool: Pool, scope: Scope, kinds: Iterable[KindT] | None = None) -> State:
    """Return every object of the account that `scope` covers.

    Raises:
        StatementError: The server refused to answer, or stayed unreachable.
    """
    chosen = list(all_kinds().values() if kinds is None else kinds)
    with pool.lend() as session:
        account = account_name(session)
    reading = _Reading(pool, {kind.name: list(kind.queries(scope)) for kind in chosen})
    found: dict[Key, Resource] = {}
    by_name = {kind.name: kind for kind in chosen}
    while reading.open_kinds:
        for name, answers in reading.next_round(found):
            for resource in by_name[name].read(answers):
                found[resource.key] = resource
    return State(account, found)


def read_dropped(
    pool: Pool, scope: Scope, found: Mapping[Key, Resource], kinds: Iterable[KindT]
) -> frozenset[Key]:
    """Return what is gone and UNDROP can bring back, among objects of these kinds.

    Args:
        found: What is there; nothing is asked about databases that are not.
    """
    asked = {
        kind: [q for q in kind.dropped_queries(scope) if q.needs is None or q.needs in found]
        for kind in kinds
    }
    answers = {a.query: a for a in pool.map(_ask, [q for qs in asked.values() for q in qs])}
    return frozenset(
        key for kind, qs in asked.items() for key in kind.read_dropped([answers[q] for q in qs])
    )


def account_name(session: Session) -> str:
    """Return what tells the account from every other."""
    row = session.query("SELECT CURRENT_ACCOUNT() AS ACCOUNT")[0]
    return str(row["ACCOUNT"])


class _Reading:
    """Which queries are still to be asked. A kind is read when all of its queries are answered."""

    def __init__(self, pool: Pool, queries: dict[str, list[Query]]) -> None:
        self.pool = pool
        self.queries = queries
        self.answers: dict[Query, Answer] = {}
        self.open_kinds = set(queries)

    def next_round(self, found: dict[Key, Resource]) -> Iterable[tuple[str, Sequence[Answer]]]:
        """Ask what can be asked now, and yield the kinds that are complete."""
        ready: dict[Query, None] = {}
        waiting: set[str] = set()
        for name in self.open_kinds:
            for query in self.queries[name]:
                if query in self.answers:
                    continue
                if self._must_wait(name, query):
                    waiting.add(name)
                elif self._may_be_asked(name, query, found):
                    ready[query] = None
        if not ready and len(waiting) == len(self.open_kinds):
            raise DeployError(f"kinds wait for each other to be read: {', '.join(sorted(waiting))}")
        for answer in self.pool.map(_ask, list(ready)):
            self.answers[answer.query] = answer
        complete = sorted(self.open_kinds - waiting)
        self.open_kinds = waiting
        for name in complete:
            yield name, [self.answers[q] for q in self.queries[name] if q in self.answers]

    def _must_wait(self, name: str, query: Query) -> bool:
        """Whether it is still unknown if the object exists that the query needs."""
        needs = query.needs
        return needs is not None and needs.kind != name and needs.kind in self.open_kinds

    @staticmethod
    def _may_be_asked(name: str, query: Query, found: dict[Key, Resource]) -> bool:
        # A description of the kind's own object comes with its SHOW: where there is none, the
        # failure reads as no rows.
        needs = query.needs
        return needs is None or needs.kind == name or needs in found or _is_built_in(needs)


def _is_built_in(key: Key) -> bool:
    """Roles that every account has; they are nobody's to manage, so no kind reads them."""
    return key.kind == "role" and key.name in BUILT_IN


def _ask(session: Session, query: Query) -> Answer:
    try:
        rows = _paged(session, query) if query.pages else session.query(query.sql)
    except StatementError as error:
        if query.optional and not error.unknown:
            return Answer(query, [], failed=True)
        raise
    return Answer(query, [{name.lower(): value for name, value in row.items()} for row in rows])


def _paged(session: Session, query: Query) -> list[Row]:
    """Return the rows of a SHOW, however many: `LIMIT … FROM` starts after a name."""
    rows: dict[tuple[object, ...], Row] = {}
    start = ""
    while True:
        page = session.query(f"{query.sql} LIMIT {PAGE}{start}")
        known = len(rows)
        for row in page:
            rows[tuple(row.get(part) for part in ("database_name", "schema_name", "name"))] = row
        if len(page) < PAGE:
            return list(rows.values())
        if len(rows) == known:
            raise DeployError(f"{query.sql}: the account does not list more than {known} of them")
        start = f" FROM {literal(str(page[-1]['name']))}"
