"""The journal in the account: which deployments ran, with what plan, and what came of them.

One row holds the whole plan before the first statement; outcomes follow in batches. Nothing
depends on a row that is missing: what an interrupted deployment did is seen by looking at the
account again, and the row says what it meant to do.
"""

import base64
import json
import threading
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from hushflake.schema.names import Identifier, literal

from .errors import DeployError, LockLostError, StatementError
from .lock import Lock
from .session import Session

DEFAULT_DATABASE = "HUSHFLAKE"
DEFAULT_SCHEMA = "JOURNAL"
DEFAULT_WAREHOUSE = "HUSHFLAKE_DEPLOY_WH"
# A VARCHAR of Snowflake's holds 16 MB; a plan near that is packed.
_PACK_ABOVE = 4_000_000
_PACKED = "zlib:"

_DEPLOYMENTS = """CREATE TABLE IF NOT EXISTS {name} (
    ID VARCHAR(64) NOT NULL,
    PROJECT VARCHAR(255) NOT NULL,
    STACK VARCHAR(255) NOT NULL,
    FENCE NUMBER(38, 0) NOT NULL,
    ACTION VARCHAR(32) NOT NULL,
    STATUS VARCHAR(32) NOT NULL,
    ACTOR VARCHAR(255),
    PROGRAM VARCHAR(64),
    STARTED_AT TIMESTAMP_LTZ(9) NOT NULL,
    FINISHED_AT TIMESTAMP_LTZ(9),
    PLAN VARCHAR(16777216),
    DEFINITION VARCHAR(16777216),
    APPLIED VARCHAR(16777216)
)"""
_OUTCOMES = """CREATE TABLE IF NOT EXISTS {name} (
    DEPLOYMENT_ID VARCHAR(64) NOT NULL,
    OPERATION_ID VARCHAR(1024) NOT NULL,
    STATUS VARCHAR(32) NOT NULL,
    QUERY_ID VARCHAR(64),
    SECONDS FLOAT,
    MESSAGE VARCHAR(16777216),
    FINISHED_AT TIMESTAMP_LTZ(9)
)"""
# Created with its one row in one statement: two first deployments cannot seed it twice. A table
# that was dropped goes on counting: the newest deployment is the one with the highest number.
_LOCK = """CREATE TABLE IF NOT EXISTS {name} AS
SELECT CAST(NULL AS VARCHAR(255)) AS HOLDER,
    CAST(COALESCE(MAX(FENCE), 0) AS NUMBER(38, 0)) AS FENCE,
    CAST(NULL AS TIMESTAMP_LTZ(9)) AS EXPIRES_AT FROM {deployments}"""


@dataclass(frozen=True)
class Place:
    """Where an account keeps the journal, and the warehouse that works for it."""

    database: str = DEFAULT_DATABASE
    schema: str = DEFAULT_SCHEMA
    warehouse: str = DEFAULT_WAREHOUSE

    @property
    def prefix(self) -> str:
        """Full name of the schema."""
        return f"{Identifier(self.database)}.{Identifier(self.schema)}"

    def table(self, name: str) -> str:
        """Full name of a table of the journal."""
        return f"{self.prefix}.{name}"


@dataclass(frozen=True)
class Deployment:
    """One row: what was meant, and how it ended.

    Attributes:
        status: `running`, `done`, `failed`, `interrupted`, or `died` (seen by the one after it).
        applied: State after it (see `state.Applied`), None while running or when it died.
    """

    id: str
    project: str
    stack: str
    fence: int
    action: str
    status: str
    actor: str | None
    program: str | None
    started_at: Any
    finished_at: Any
    plan: dict[str, Any]
    definition: dict[str, Any]
    applied: dict[str, Any] | None


@dataclass(frozen=True)
class Outcome:
    """What came of one operation: `done`, `failed`, `unknown` or `skipped`."""

    operation_id: str
    status: str
    query_id: str | None = None
    seconds: float | None = None
    message: str | None = None


@dataclass
class Journal:
    """The journal of an account as one session sees it."""

    session: Session
    place: Place = field(default_factory=Place)

    def exists(self) -> bool:
        """Whether a deployment was ever made here. Needs no warehouse."""
        like = literal(self.place.database)
        names = [row["name"] for row in self.session.query(f"SHOW DATABASES LIKE {like}")]
        if self.place.database not in names:
            return False
        rows = self.session.query(f"SHOW SCHEMAS IN DATABASE {Identifier(self.place.database)}")
        if self.place.schema not in [row["name"] for row in rows]:
            return False
        tables = self.session.query(f"SHOW TABLES IN SCHEMA {self.place.prefix}")
        # The others hold nothing that is lost for good: the next deployment makes them again.
        return "DEPLOYMENTS" in {row["name"] for row in tables}

    def bootstrap(self) -> None:
        """Create what is missing of it; safe for two at once."""
        for sql in self._bootstrap_statements():
            self.session.execute(sql, idempotent=True)

    def _bootstrap_statements(self) -> Iterable[str]:
        place = self.place
        yield (
            f"CREATE WAREHOUSE IF NOT EXISTS {Identifier(place.warehouse)} WAREHOUSE_SIZE = XSMALL "
            "AUTO_SUSPEND = 60 AUTO_RESUME = TRUE INITIALLY_SUSPENDED = TRUE"
        )
        yield f"CREATE DATABASE IF NOT EXISTS {Identifier(place.database)}"
        yield f"CREATE SCHEMA IF NOT EXISTS {place.prefix}"
        yield _DEPLOYMENTS.format(name=place.table("DEPLOYMENTS"))
        yield _OUTCOMES.format(name=place.table("OUTCOMES"))
        deployments = place.table("DEPLOYMENTS")
        yield _LOCK.format(name=place.table("LOCK"), deployments=deployments)

    def use_warehouse(self) -> None:
        """Let the deploy warehouse work for this session's reads and writes of the journal."""
        self.session.use_warehouse(self.place.warehouse)

    def lock(self, holder: str, session: Session) -> Lock:
        """Return the lock, not yet taken; it talks through a session of its own."""
        return Lock(session, self.place.table("LOCK"), holder)

    def begin(self, lock: Lock, deployment: Deployment) -> None:
        """Write the row with the whole plan; only the holder of the lock can.

        Raises:
            LockLostError: The lock is not ours any more.
        """
        result = self.session.execute(
            f"INSERT INTO {self.place.table('DEPLOYMENTS')} (ID, PROJECT, STACK, FENCE, ACTION, "
            "STATUS, ACTOR, PROGRAM, STARTED_AT, PLAN, DEFINITION) "
            "SELECT ?, ?, ?, FENCE, ?, 'running', ?, ?, CURRENT_TIMESTAMP(), ?, ? "
            f"FROM {self.place.table('LOCK')} WHERE HOLDER = ? AND FENCE = ?",
            (
                deployment.id,
                deployment.project,
                deployment.stack,
                deployment.action,
                deployment.actor,
                deployment.program,
                pack(deployment.plan),
                pack(deployment.definition),
                lock.holder,
                lock.fence,
            ),
        )
        if result.changed != 1:
            raise LockLostError("the lock was lost before the deployment began; nothing was sent")
        # Whoever ran before us and did not finish is dead: the lock is ours.
        self.session.execute(
            f"UPDATE {self.place.table('DEPLOYMENTS')} SET STATUS = 'died', "
            "FINISHED_AT = CURRENT_TIMESTAMP() WHERE STATUS = 'running' AND FENCE < ?",
            (lock.fence,),
            idempotent=True,
        )

    def record(self, deployment_id: str, outcomes: Sequence[Outcome]) -> None:
        """Write a batch of outcomes in one statement."""
        if not outcomes:
            return
        row = "(?, ?, ?, ?, ?, ?)"
        values = ", ".join([row] * len(outcomes))
        parameters: list[Any] = []
        for outcome in outcomes:
            parameters += [
                deployment_id,
                outcome.operation_id,
                outcome.status,
                outcome.query_id,
                outcome.seconds,
                outcome.message,
            ]
        self.session.execute(
            f"INSERT INTO {self.place.table('OUTCOMES')} (DEPLOYMENT_ID, OPERATION_ID, STATUS, "
            "QUERY_ID, SECONDS, MESSAGE, FINISHED_AT) SELECT V.D, V.O, V.S, V.Q, V.T, V.M, "
            f"CURRENT_TIMESTAMP() FROM VALUES {values} AS V (D, O, S, Q, T, M)",
            parameters,
        )

    def finish(self, deployment_id: str, status: str, applied: dict[str, Any]) -> None:
        """Close the row of a deployment with the state that it left."""
        self.session.execute(
            f"UPDATE {self.place.table('DEPLOYMENTS')} SET STATUS = ?, APPLIED = ?, "
            "FINISHED_AT = CURRENT_TIMESTAMP() WHERE ID = ?",
            (status, pack(applied), deployment_id),
            idempotent=True,
        )

    def deployments(self, project: str, stack: str, limit: int = 100) -> list[Deployment]:
        """Return the newest deployments of a stack, newest first."""
        rows = self.session.query(
            f"SELECT * FROM {self.place.table('DEPLOYMENTS')} WHERE PROJECT = ? AND STACK = ? "
            f"ORDER BY FENCE DESC LIMIT {int(limit)}",
            (project, stack),
        )
        return [_deployment(row) for row in rows]

    def since_last_finished(self, project: str, stack: str) -> list[Deployment]:
        """Return the newest finished deployment and those that died after it, newest first."""
        table = self.place.table("DEPLOYMENTS")
        rows = self.session.query(
            f"SELECT * FROM {table} WHERE PROJECT = ? AND STACK = ? AND FENCE >= "
            f"(SELECT COALESCE(MAX(FENCE), 0) FROM {table} "
            "WHERE PROJECT = ? AND STACK = ? AND APPLIED IS NOT NULL) ORDER BY FENCE DESC",
            (project, stack, project, stack),
        )
        return [_deployment(row) for row in rows]

    def open_deployments(self, project: str, stack: str) -> list[str]:
        """Return the ids of those that never told their end; for the lock's holder: the dead."""
        rows = self.session.query(
            f"SELECT ID FROM {self.place.table('DEPLOYMENTS')} "
            "WHERE PROJECT = ? AND STACK = ? AND STATUS = 'running'",
            (project, stack),
        )
        return [row["ID"] for row in rows]

    def of_others(
        self, names: Sequence[str], stack: str
    ) -> list[tuple[str, str, dict[str, Any], dict[str, Any]]]:
        """Return project, stack, applied state and definition of all else that is deployed here.

        Args:
            names: The project's own, now and formerly.
        """
        own = ", ".join("?" * len(names))
        rows = self.session.query(
            f"SELECT PROJECT, STACK, APPLIED, DEFINITION FROM {self.place.table('DEPLOYMENTS')} "
            f"WHERE (PROJECT NOT IN ({own}) OR STACK <> ?) AND APPLIED IS NOT NULL "
            "QUALIFY ROW_NUMBER() OVER (PARTITION BY PROJECT, STACK ORDER BY FENCE DESC) = 1",
            (*names, stack),
        )
        return [
            (
                row["PROJECT"],
                row["STACK"],
                unpack(row["APPLIED"]) or {},
                unpack(row["DEFINITION"]) or {},
            )
            for row in rows
        ]

    def is_running(self, deployment_ids: Sequence[str]) -> bool:
        """Whether a statement of these deployments still runs, as the query history tells."""
        database = Identifier(self.place.database)
        tags = " OR ".join(["CONTAINS(QUERY_TAG, ?)"] * len(deployment_ids))
        try:
            rows = self.session.query(
                f"SELECT QUERY_ID FROM TABLE({database}.INFORMATION_SCHEMA.QUERY_HISTORY("
                "RESULT_LIMIT => 1000)) WHERE EXECUTION_STATUS IN "
                f"('RUNNING', 'QUEUED', 'BLOCKED') AND ({tags})",
                [f"deployment={name}" for name in deployment_ids],
            )
        except StatementError as error:
            if error.unknown:
                raise
            return False
        return bool(rows)

    def outcomes(self, deployment_id: str) -> list[Outcome]:
        """Return the outcomes that were written for a deployment."""
        rows = self.session.query(
            "SELECT OPERATION_ID, STATUS, QUERY_ID, SECONDS, MESSAGE FROM "
            f"{self.place.table('OUTCOMES')} WHERE DEPLOYMENT_ID = ? ORDER BY FINISHED_AT",
            (deployment_id,),
        )
        return [
            Outcome(
                row["OPERATION_ID"], row["STATUS"], row["QUERY_ID"], row["SECONDS"], row["MESSAGE"]
            )
            for row in rows
        ]


class Recorder:
    """Collects outcomes and writes them in batches, from a session of its own.

    A batch that cannot be written does not stop a deployment: the journal's reader looks at
    the account anyway. It is written with the next one.
    """

    def __init__(self, journal: Journal, deployment_id: str, batch: int = 200) -> None:
        self._journal = journal
        self._deployment_id = deployment_id
        self._batch = batch
        self._waiting: list[Outcome] = []
        self._guard = threading.Lock()

    def add(self, outcome: Outcome) -> None:
        """Take one outcome; may write a batch."""
        with self._guard:
            self._waiting.append(outcome)
            if len(self._waiting) < self._batch:
                return
        self.flush()

    def flush(self) -> bool:
        """Write what waits; False when the journal could not be reached."""
        with self._guard:
            batch, self._waiting = self._waiting, []
        try:
            for start in range(0, len(batch), self._batch):
                self._journal.record(self._deployment_id, batch[start : start + self._batch])
        except (StatementError, DeployError):
            with self._guard:
                self._waiting = batch + self._waiting
            return False
        return True


def pack(document: dict[str, Any]) -> str:
    """Return a document as text for one column, compressed when it is large."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    if len(text) <= _PACK_ABOVE:
        return text
    return _PACKED + base64.b64encode(zlib.compress(text.encode())).decode()


def unpack(text: str | None) -> dict[str, Any] | None:
    """Return the document that `pack` wrote; None for an empty column."""
    if not text:
        return None
    if text.startswith(_PACKED):
        text = zlib.decompress(base64.b64decode(text.removeprefix(_PACKED))).decode()
    document: dict[str, Any] = json.loads(text)
    return document


def _deployment(row: dict[str, Any]) -> Deployment:
    return Deployment(
        id=row["ID"],
        project=row["PROJECT"],
        stack=row["STACK"],
        fence=int(row["FENCE"]),
        action=row["ACTION"],
        status=row["STATUS"],
        actor=row["ACTOR"],
        program=row["PROGRAM"],
        started_at=row["STARTED_AT"],
        finished_at=row["FINISHED_AT"],
        plan=unpack(row["PLAN"]) or {},
        definition=unpack(row["DEFINITION"]) or {},
        applied=unpack(row["APPLIED"]),
    )
