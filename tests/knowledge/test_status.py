"""What status tells, and when it says that a promise is broken."""

import json
from pathlib import Path

import pytest

from hushflake.cli.main import main
from hushflake.knowledge.base import Base
from hushflake.knowledge.embed import coverage, embed_pending
from hushflake.knowledge.latency import Latencies, percentile
from hushflake.knowledge.status import Finding, Status, prometheus, status


def by_name(found: Status, name: str, of: str = "") -> Finding:
    return next(f for f in found.findings if f.name == name and (not of or f.of == of))


def test_a_loaded_stack_keeps_its_promises(base: Base, tmp_path: Path) -> None:
    found = status(base)
    assert found.notes == ()
    assert [finding for finding in found.broken if finding.name != "search_latency_seconds"] == []
    covered = [f for f in found.findings if f.name == "embedding_coverage_percent"]
    assert len(covered) == 8
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


def test_slow_searches_break_the_promise(base: Base) -> None:
    record = Latencies(base.project.local_data, base.stack.name)
    for _ in range(200):
        record.add(0.01)
    assert not by_name(status(base, drift=False), "search_latency_seconds", "p95").broken
    for _ in range(200):
        record.add(0.5)
    slow = by_name(status(base, drift=False), "search_latency_seconds", "p95")
    assert slow.broken
    assert slow.value == 0.5


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
    assert lines[-1].startswith('hushflake_promises_broken{stack="local"} ')


def test_the_commands(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["status", "--no-drift", "--format", "json"])
    document = json.loads(capsys.readouterr().out)
    assert document["format"] == "hushflake.status/1"
    assert code == (1 if document["broken"] else 0)
    assert main(["embed", "--check"]) == 0
    assert "100.0 %" in capsys.readouterr().out
    assert main(["embed", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["embedded"] == 0
