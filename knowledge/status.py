"""Whether a stack meets its targets: coverage, lag, failures, latency, drift.

Each file-local function `_check_…` looks at one thing and gives findings; all of them are asked,
and one that cannot look says so instead of hiding the others.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from hushflake.deploy.errors import DeployError
from hushflake.deploy.history import read_history
from hushflake.deploy.planning import Planner
from hushflake.schema.chunks import cut_stream, left_stream, with_chunks
from hushflake.schema.names import literal
from hushflake.sync.lag import looked

from .base import TAG, Base
from .coverage import Coverage, readable_coverage
from .errors import NotSyncedError
from .latency import Latencies, account_latencies, percentile
from .search import Search
from .sync_lag import sync_lags

LAG_SECONDS: Final = 300.0
LATENCY_SECONDS: Final = 0.2
COVERAGE_PERCENT: Final = 100.0
_FAILURE_HOURS: Final = 24
# Of fewer searches the 95th percentile is the slowest one, often the first of a session.
_FEWEST_SEARCHES: Final = 20
_PROBE: Final = "who knows about lease pricing"


@dataclass(frozen=True)
class Finding:
    """One measured thing.

    Attributes:
        name: What, as a Prometheus name without its prefix.
        value: The figure; None when it could not be had, `text` says why.
        text: The figure for a reader.
        of: What it belongs to: entity, task; "" for the stack.
        limit: The target, for a reader; "" when there is none.
        broken: The target is missed.
        judged: False when there are too few measurements to compare with a target.
    """

    name: str
    value: float | None
    text: str
    of: str = ""
    limit: str = ""
    broken: bool = False
    judged: bool = True


@dataclass(frozen=True)
class Status:
    """Everything that was looked at."""

    stack: str
    at: datetime
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = field(default=())

    @property
    def broken(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.broken)


def status(base: Base, *, probe: int = 0, drift: bool = True) -> Status:
    """Look at everything that has a target.

    Args:
        base: An open knowledge base.
        probe: Searches to run now, for the latency; 0: the latest 200 are looked at.
        drift: Compare the account with what was applied last, too; takes a second.

    Raises:
        UnreadableError: Nothing is applied yet, or the role may read none of the entities.
    """
    checks: list[Callable[[Base], Iterator[Finding]]] = [
        _check_embedding,
        _check_streams,
        _check_tasks,
        _check_sync,
        lambda opened: _check_latency(opened, probe),
        _check_deployment,
    ]
    if drift:
        checks.append(_check_drift)
    findings: list[Finding] = []
    notes: list[str] = []
    for check in checks:
        try:
            findings += check(base)
        except DeployError as error:
            notes.append(str(error).splitlines()[0])
    return Status(base.stack.name, datetime.now(UTC), tuple(findings), tuple(notes))


def _check_embedding(base: Base) -> Iterator[Finding]:
    found, left_out = readable_coverage(base)
    for name in left_out:
        text = "not applied yet, or the role may not read it"
        yield Finding("embedding_coverage_percent", None, text, name)
    for item in found:
        yield Finding(
            "embedding_coverage_percent",
            item.percent,
            f"{item.percent:.1f} % ({item.rows} rows)",
            item.entity,
            f"{COVERAGE_PERCENT:.0f} %",
            item.percent < COVERAGE_PERCENT,
        )
    for item in found:
        yield Finding(
            "embedding_failures",
            float(item.failed),
            item.failure or "none",
            item.entity,
            "0",
            item.failed > 0,
        )
    for item in found:
        yield _lag(item)


def _lag(item: Coverage) -> Finding:
    """How long the row that waits longest has waited for its vector."""
    waited = _age(item.waiting_since)
    return Finding(
        "embedding_lag_seconds",
        waited,
        f"{item.waiting} rows wait, one for {waited:.0f} s" if item.waiting else "nothing waits",
        item.entity,
        f"{LAG_SECONDS:.0f} s",
        waited > LAG_SECONDS,
    )


def _age(moment: datetime | None) -> float:
    """Seconds since a moment; 0 without one."""
    if moment is None:
        return 0.0
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (datetime.now(UTC) - zoned).total_seconds())


def _check_streams(base: Base) -> Iterator[Finding]:
    every = list(with_chunks(base.entities.values()))
    names = {entity.stream.sql for entity in every if entity.stream is not None}
    parents = [entity.parent for entity in every if entity.parent is not None]
    names |= {of(parent).sql for parent in parents for of in (cut_stream, left_stream)}
    rows = base.session.query(f"SHOW STREAMS IN DATABASE {base.stack.database}")
    for row in rows:
        name = f"{row['database_name']}.{row['schema_name']}.{row['name']}"
        stale = str(row.get("stale", "false")).lower() == "true"
        if name in names and stale:
            yield Finding("stream_stale", 1.0, "stale: it lost its offset", name, "not stale", True)


def _check_tasks(base: Base) -> Iterator[Finding]:
    since = (datetime.now(UTC) - timedelta(hours=_FAILURE_HOURS)).isoformat()
    rows = base.session.query(
        "SELECT NAME, COUNT(*) AS FAILURES, MAX(ERROR_MESSAGE) AS MESSAGE\n"
        f"FROM TABLE({base.stack.database}.INFORMATION_SCHEMA.TASK_HISTORY(\n"
        f"  SCHEDULED_TIME_RANGE_START => TO_TIMESTAMP_LTZ({literal(since)}),\n"
        "  RESULT_LIMIT => 10000))\n"
        "WHERE STATE = 'FAILED' GROUP BY NAME ORDER BY NAME"
    )
    total = sum(int(row["FAILURES"]) for row in rows)
    for row in rows:
        text = f"{row['FAILURES']} in {_FAILURE_HOURS} hours: {row['MESSAGE']}"
        yield Finding("task_failures", float(row["FAILURES"]), text, row["NAME"], "0", True)
    if not total:
        yield Finding("task_failures", 0.0, f"none in {_FAILURE_HOURS} hours", limit="0")


def _check_latency(base: Base, probe: int) -> Iterator[Finding]:
    """The account's own figures are judged; where it has none, what was waited for here."""
    record = Latencies(base.project.checked_local_data(), base.stack.name)
    if probe:
        _run(Search(base), probe)
    count = probe or 200
    waited = record.latest(count)
    worked = account_latencies(base.session, base.stack.database, TAG, count)
    name = "search_latency_seconds"
    if worked:
        yield from _percentiles(name, worked, "by the account", promised=True)
        name = "search_round_trip_seconds"
    if waited:
        yield from _percentiles(name, waited, "on this machine", promised=not worked)
    if not (worked or waited):
        yield Finding(name, None, "no search yet", "p95", f"{1000 * LATENCY_SECONDS:.0f} ms")


def _run(search: Search, count: int) -> None:
    search.ask(_PROBE, limit=5)  # embeds the question
    for number in range(count):
        # An answer that is kept would be no search: no two in a row ask for the same.
        search.ask(f"{_PROBE} {number}", limit=5)


def _percentiles(
    name: str, seconds: list[float], where: str, *, promised: bool
) -> Iterator[Finding]:
    enough = len(seconds) >= _FEWEST_SEARCHES
    number = f"{len(seconds)} search{'es' * (len(seconds) != 1)}"
    for percent in (50, 95, 99):
        value = percentile(seconds, percent)
        held = promised and percent == 95
        yield Finding(
            name,
            value,
            f"{1000 * value:.0f} ms over {number}, measured {where}"
            if enough
            else f"{number} measured {where}: too few to judge (--probe {_FEWEST_SEARCHES})",
            f"p{percent}",
            f"{1000 * LATENCY_SECONDS:.0f} ms" if held else "",
            held and enough and value > LATENCY_SECONDS,
            judged=enough,
        )


def _check_sync(base: Base) -> Iterator[Finding]:
    try:
        lags = sync_lags(base)
    except NotSyncedError as error:
        # Whoever does not sync misses no target.
        yield Finding("sync_lag_seconds", None, str(error))
        return
    for item in lags:
        waited = _age(item.since)
        text = f"{item.waiting} rows wait, one for {waited:.0f} s" if item.waiting else "in sync"
        if item.stale:
            text = "its stream is stale or gone"
        elif item.synced_at is not None:
            text += f"; last written {item.synced_at:%Y-%m-%d %H:%M}"
        yield Finding(
            "sync_lag_seconds",
            waited,
            text,
            item.entity,
            f"{LAG_SECONDS:.0f} s",
            item.stale or waited > LAG_SECONDS,
        )
    # Only the machine that runs the sync knows that it looks; another one says nothing of it.
    for entity, moment in sorted(looked(base.project, base.stack.name).items()):
        age = _age(moment)
        yield Finding("sync_looked_seconds", age, f"last in sync {age:.0f} s ago", entity)
    conflicts = sum(item.conflicts for item in lags)
    if lags:
        yield Finding("sync_conflicts", float(conflicts), f"{conflicts} wait for a decision")


def _check_deployment(base: Base) -> Iterator[Finding]:
    planner = Planner(base.project, base.stack)
    latest = next(iter(read_history(planner, base.session, 1)), None)
    if latest is None:
        yield Finding("last_deployment_failed", None, "never deployed", limit="done", broken=True)
        return
    failed = latest.status in ("failed", "died", "interrupted")
    text = f"{latest.action} {latest.status} at {latest.started_at:%Y-%m-%d %H:%M} ({latest.id})"
    yield Finding("last_deployment_failed", float(failed), text, limit="done", broken=failed)


def _check_drift(base: Base) -> Iterator[Finding]:
    planned = Planner(base.project, base.stack).drift(base.session)
    count = len(planned.plan.operations)
    names = ", ".join(op.name for op in planned.plan.operations[:3])
    text = f"{count} change{'s' * (count != 1)} made by hand: {names}" if count else "none"
    yield Finding("drift_changes", float(count), text, limit="0", broken=count > 0)


_HELP: Final = {
    "embedding_coverage_percent": "Rows with text whose vector is up to date, in percent",
    "embedding_failures": "Rows whose text could not be embedded",
    "embedding_lag_seconds": "Age of the oldest change that waits for its vector",
    "search_latency_seconds": "Time of a search, by percentile",
    "search_round_trip_seconds": "Time of a search with the way to the account, by percentile",
    "stream_stale": "Streams that lost their place in the changes of a table (1: stale)",
    "task_failures": "Runs of a task that failed in the last 24 hours",
    "sync_lag_seconds": "Age of the oldest change that waits for the other side of the sync",
    "sync_looked_seconds": "Time since the sync last looked at both sides",
    "sync_conflicts": "Conflicts of the sync that wait for a person",
    "last_deployment_failed": "Whether the last deployment failed (1: failed)",
    "drift_changes": "Changes of deployed objects that were made by hand",
}


def prometheus(found: Status) -> str:
    """Return the findings in the text format of Prometheus.

    Source: prometheus.io, "Exposition formats", text-based format.
    """
    lines = []
    described: set[str] = set()
    for item in found.findings:
        if item.value is None:
            continue
        name = f"hushflake_{item.name}"
        if name not in described:
            described.add(name)
            lines += [f"# HELP {name} {_HELP[item.name]}", f"# TYPE {name} gauge"]
        labels = f'stack="{_escaped(found.stack)}"'
        if item.of:
            labels += f',of="{_escaped(item.of)}"'
        lines.append(f"{name}{{{labels}}} {item.value:g}")
    lines.append("# HELP hushflake_promises_broken Findings of this status beyond their limit")
    lines.append("# TYPE hushflake_promises_broken gauge")
    lines.append(
        f'hushflake_promises_broken{{stack="{_escaped(found.stack)}"}} {len(found.broken)}'
    )
    return "\n".join([*lines, ""])


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


__all__ = ["Finding", "Status", "prometheus", "status"]
