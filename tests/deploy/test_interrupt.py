"""Ctrl-C in a real process: the running statement ends, and the next run goes on."""

import signal
import time

from workplace import Workplace

TABLES = "HUSHFLAKE_LOCAL.FOUNDATIONAL_KNOWLEDGE"


def test_ctrl_c_ends_the_running_statement_and_the_next_run_converges(
    foundation: Workplace,
) -> None:
    with foundation.session() as session:
        process = foundation.start("apply", "--jobs", "1")
        until = time.monotonic() + 60
        # The first table is there: most of the plan is still to be sent.
        while not session.query("SHOW TABLES LIKE 'EMPLOYEES' IN ACCOUNT"):
            assert time.monotonic() < until
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 130, out + err
        assert "Stopped: interrupted." in out
        assert "operations not sent" in out
        assert "Run the command again" in out
        assert "Traceback" not in err

        row = session.query("SELECT ID, STATUS FROM HUSHFLAKE.JOURNAL.DEPLOYMENTS")[0]
        assert row["STATUS"] == "interrupted"
        outcomes = session.query("SELECT STATUS FROM HUSHFLAKE.JOURNAL.OUTCOMES")
        assert {outcome["STATUS"] for outcome in outcomes} == {"done", "skipped"}
        assert session.query("SELECT HOLDER FROM HUSHFLAKE.JOURNAL.LOCK") == [{"HOLDER": None}]
        session.execute(
            f"INSERT INTO {TABLES}.EMPLOYEES (EMPLOYEE_ID, FULL_NAME) VALUES ('e1', 'Maria Lopez')"
        )
    history = foundation.hushflake("history").out
    assert "interrupted" in history
    second = foundation.hushflake("apply").out
    done = sum(outcome["STATUS"] == "done" for outcome in outcomes)
    assert f"{len(outcomes) - done} operations done" in second
    foundation.hushflake("plan", "--exit-code", code=0)
    rows = foundation.query(f"SELECT FULL_NAME FROM {TABLES}.EMPLOYEES")
    assert rows == [{"FULL_NAME": "Maria Lopez"}]
    started = foundation.query(f"SHOW TASKS IN SCHEMA {TABLES}")
    assert {task["state"] for task in started} == {"started"}
