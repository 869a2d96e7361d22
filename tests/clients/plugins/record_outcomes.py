"""A plugin of pytest, for any version of it: outcome and last line of each test, into a file."""

import json
import os
import pathlib

OUTCOMES = {}
# A failure of the fixtures outweighs what the test itself did.
RANK = ("passed", "skipped", "failed", "error")
LONGEST = 2000


def _note(name, outcome, text):
    known, said = OUTCOMES.get(name, ("passed", ""))
    if RANK.index(outcome) >= RANK.index(known):
        OUTCOMES[name] = (outcome, text or said)


def _reason(report):
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is not None:
        return crash.message[:LONGEST]
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[-1])[:LONGEST]
    return str(report.longrepr or "")[-LONGEST:]


def pytest_runtest_logreport(report):
    outcome = report.outcome
    if hasattr(report, "wasxfail"):
        outcome = "skipped" if outcome == "skipped" else "failed"
    if outcome == "failed" and report.when != "call":
        outcome = "error"
    _note(report.nodeid, outcome, _reason(report))


def pytest_collectreport(report):
    if report.failed:
        _note(report.nodeid, "error", _reason(report))


def pytest_sessionfinish(session):
    if not hasattr(session.config, "workerinput"):
        pathlib.Path(os.environ["RECORD_TO"]).write_text(json.dumps(OUTCOMES))
