"""What status tells, and when it says that a promise is broken."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hushflake.cli.main import main
from hushflake.knowledge.base import Base
from hushflake.knowledge.coverage import coverage
from hushflake.knowledge.embed import embed_pending
from hushflake.knowledge.latency import Latencies, percentile, searches_of
from hushflake.knowledge.search import Search
from hushflake.knowledge.status import Finding, Status, prometheus, status
from hushflake.schema.notion import Notion, NotionField
from hushflake.sync.account.store import Store
from hushflake.sync.account.tables import SCHEMA, Tables
from hushflake.sync.mapping import maps_of


def by_name(found: Status, name: str, of: str = "") -> Finding:
    return next(f for f in found.findings if f.name == name and (not of or f.of == of))


def test_a_loaded_stack_keeps_its_promises(base: Base, tmp_path: Path) -> None:
    found = status(base)
    assert found.notes == ()
    assert [finding for finding in found.broken if finding.name != "search_latency_seconds"] == []
    covered = [f for f in found.findings if f.name == "embedding_coverage_percent"]
    assert len(covered) == 8 + 2  # the chunks of two
    assert {finding.value for finding in covered} == {100.0}
    assert by_name(found, "task_failures").value == 0
    assert "apply done" in by_name(found, "last_deployment_failed").text


def test_a_row_without_its_vector_breaks_the_promise_and_embedding_keeps_it(base: Base) -> None:
    table = base.entity("PRODUCTS").table
    base.session.execute(
        f"UPDATE {table} SET SUMMARY = 'something else', "
        "UPDATED_AT = DATEADD('minute', -10, CURRENT_TIMESTAMP()) WHERE PRODUCT_ID = 'PRD-005'"
    )
    found = status(base, drift=False)
    covered = by_name(found, "embedding_coverage_percent", "PRODUCTS")
    assert covered.broken
    assert covered.value == pytest.approx(100 * 22 / 23)
    lag = by_name(found, "embedding_lag_seconds", "PRODUCTS")
    assert lag.broken
    assert 590 < (lag.value or 0) < 900
    assert embed_pending(base, base.chosen(["PRODUCTS"])) == 1
    assert coverage(base.session, base.chosen(["PRODUCTS"]))[0].pending == 0
    assert not by_name(status(base, drift=False), "embedding_lag_seconds", "PRODUCTS").broken


def test_an_unchanged_row_is_never_embedded_again(base: Base) -> None:
    table = base.entity("PRODUCTS").table
    times = f"SELECT PRODUCT_ID, EMBEDDED_AT FROM {table} ORDER BY 1"
    before = base.session.query(times)
    base.session.execute(f"UPDATE {table} SET STATUS = 'retired' WHERE PRODUCT_ID = 'PRD-006'")
    assert embed_pending(base, base.chosen()) == 0
    assert base.session.query(times) == before


def test_a_change_by_hand_is_drift(base: Base) -> None:
    view = f"{base.stack.database}.FOUNDATIONAL_KNOWLEDGE.EXPERTISE_DIRECTORY"
    base.session.execute(f"DROP VIEW {view}")
    drift = by_name(status(base), "drift_changes")
    assert drift.broken
    assert "EXPERTISE_DIRECTORY" in drift.text


def test_slow_searches_break_the_promise(
    base: Base, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    Search(base).ask("who watches the competition", limit=3)
    # Every machine sees the same: what this one noted is of no account.
    elsewhere = replace(base, project=replace(base.project, local_data=tmp_path))
    found = status(elsewhere, drift=False)
    p95 = by_name(found, "search_latency_seconds", "p95")
    assert p95.value is not None
    assert p95.value > 0
    assert "measured by the account" in p95.text
    assert not [f for f in found.findings if f.name == "search_round_trip_seconds"]
    monkeypatch.setattr("hushflake.knowledge.status.LATENCY_SECONDS", 0.0001)
    monkeypatch.setattr("hushflake.knowledge.status._FEWEST_SEARCHES", 10_000)
    few = by_name(status(elsewhere, drift=False), "search_latency_seconds", "p95")
    assert "too few to judge" in few.text
    assert not few.broken
    monkeypatch.setattr("hushflake.knowledge.status._FEWEST_SEARCHES", 1)
    found = status(elsewhere, drift=False)
    assert by_name(found, "search_latency_seconds", "p95").broken
    assert not by_name(found, "search_latency_seconds", "p50").broken


def test_what_this_machine_waited_for_is_told_beside_it(base: Base) -> None:
    record = Latencies(base.project.local_data, base.stack.name)
    for _ in range(200):
        record.add(0.5)
    Search(base).ask("who watches the competition", limit=4)
    waited = by_name(status(base, drift=False), "search_round_trip_seconds", "p95")
    assert waited.value == 0.5
    assert not waited.broken


def test_without_searches_by_sql_what_was_waited_for_is_what_counts(
    base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hushflake.knowledge.status.account_latencies", lambda *_: [])
    record = Latencies(base.project.local_data, base.stack.name)
    for _ in range(200):
        record.add(0.5)
    slow = by_name(status(base, drift=False), "search_latency_seconds", "p95")
    assert (slow.value, slow.broken) == (0.5, True)


def test_a_probe_searches_now(base: Base) -> None:
    found = status(base, probe=3, drift=False)
    p50 = by_name(found, "search_latency_seconds", "p50")
    assert p50.text == "3 searches measured by the account: too few to judge (--probe 20)"
    assert (p50.judged, p50.broken) == (False, False)


def test_the_two_statements_of_a_search_are_put_together() -> None:
    rows = [
        {"SESSION_ID": session, "TOTAL_ELAPSED_TIME": ms, "READS": reads}
        for session, ms, reads in [
            *((1, 30, 1), (1, 10, 0), (2, 100, 0), (1, 5, 1)),  # begins with the end of a search
            *((1, 20, 0), (1, 40, 0), (2, 200, 1), (1, 1, 1), (1, 1, 1)),  # one found nothing
        ]
    ]
    assert searches_of(rows) == pytest.approx([0.015, 0.3, 0.02, 0.041])


@pytest.fixture
def synced(base: Base) -> Iterator[Base]:
    """The base with one entity that is kept in step with Notion."""
    entity = base.entity("COMPETITORS")
    fields = {entity.key[0]: NotionField(property="Key"), entity.title: NotionField(property="N")}
    mapped = replace(entity, notion=Notion(fields=fields, data_source="d" * 32))  # type: ignore[arg-type]  # it has a title
    entities = {**base.desired.entities, entity.name: mapped}
    yield replace(base, desired=replace(base.desired, entities=entities))
    base.session.execute(f"DROP SCHEMA IF EXISTS {base.stack.database}.{SCHEMA}")


def test_a_row_that_the_sync_leaves_behind_breaks_the_promise(synced: Base) -> None:
    assert "--init" in by_name(status(synced, drift=False), "sync_lag_seconds").text
    tables = Tables(synced.session, synced.stack.database)
    tables.create(maps_of(synced.entities.values(), synced.stack))
    found = by_name(status(synced, drift=False), "sync_lag_seconds", "COMPETITORS")
    assert (found.value, found.broken, found.text) == (0.0, False, "in sync")
    table = synced.entity("COMPETITORS").table
    synced.session.execute(
        f"UPDATE {table} SET UPDATED_AT = DATEADD('minute', -10, CURRENT_TIMESTAMP()) "
        "WHERE COMPETITOR_ID = 'COM-002'"
    )
    found = by_name(status(synced, drift=False), "sync_lag_seconds", "COMPETITORS")
    assert found.broken
    assert 590 < (found.value or 0) < 900
    assert found.text.startswith("1 rows wait")
    # Taken from the stream and not dealt with: it still waits.
    store = Store(tables)
    (of,) = maps_of(synced.entities.values(), synced.stack)
    store.drain(of)
    assert by_name(status(synced, drift=False), "sync_lag_seconds", "COMPETITORS").broken
    store.settle("COMPETITORS", ["COM-002"])
    store.finish("COMPETITORS", {})
    found = by_name(status(synced, drift=False), "sync_lag_seconds", "COMPETITORS")
    assert not found.broken
    assert found.text.startswith("in sync; last written 20")
    synced.session.execute(f"DROP STREAM {tables.stream(of)}")
    found = by_name(status(synced, drift=False), "sync_lag_seconds", "COMPETITORS")
    assert (found.broken, found.text) == (True, "its stream is stale or gone")


def test_whoever_does_not_sync_is_told_nothing_of_it(base: Base) -> None:
    plain = {name: replace(e, notion=None) for name, e in base.desired.entities.items()}
    without = replace(base, desired=replace(base.desired, entities=plain))
    assert not [f for f in status(without, drift=False).findings if "sync" in f.name]


def test_the_record_of_latencies_stays_short(tmp_path: Path) -> None:
    record = Latencies(tmp_path, "local")
    for number in range(5000):
        record.add(number / 1000)
    kept = record.latest(10_000)
    assert len(kept) < 3000
    assert kept[-1] == 4.999


def test_percentiles() -> None:
    values = [float(number) for number in range(1, 101)]
    assert [percentile(values, p) for p in (50, 95, 99, 100)] == [50, 95, 99, 100]
    assert percentile([7.0], 95) == 7.0


def test_prometheus_text(base: Base) -> None:
    text = prometheus(status(base, drift=False))
    lines = text.splitlines()
    assert 'hushflake_embedding_coverage_percent{stack="local",of="CUSTOMERS"} 100' in lines
    assert lines.count("# TYPE hushflake_embedding_coverage_percent gauge") == 1
    # Each family is described before its type, as the text format has it.
    kinds = [number for number, line in enumerate(lines) if line.startswith("# TYPE ")]
    assert len(kinds) >= 5
    for number in kinds:
        name = lines[number].split()[2]
        assert lines[number - 1].startswith(f"# HELP {name} ")
    assert lines[-1].startswith('hushflake_promises_broken{stack="local"} ')


def test_the_commands(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["status", "--no-drift", "--format", "json"])
    document = json.loads(capsys.readouterr().out)
    assert document["format"] == "hushflake.status/1"
    assert code == (1 if document["broken"] else 0)
    main(["status", "--no-drift"])
    lines = capsys.readouterr().out.splitlines()
    # What is too long for a cell stands below, and the table stays readable.
    assert [line for line in lines if line.startswith("sync lag: ")]
    assert max(len(line) for line in lines if line.endswith(("target", "100 %", "200 ms"))) < 110
    # The same of all entities is one line.
    assert [line.split() for line in lines if line.startswith("embedding lag")] == [
        ["embedding", "lag", "10", "entities", "nothing", "waits", "300", "s"]
    ]
    assert main(["embed", "--check"]) == 0
    assert "100.0 %" in capsys.readouterr().out
    assert main(["embed", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["embedded"] == 0
