"""The kit for the first contact: the list of assumptions, its page, its report and its command."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from desk import Desk
from workplace import Workplace

from hushflake.deploy.conformance import kit, report
from hushflake.deploy.conformance.running import run_all
from hushflake.local.server.process import lifecycle

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "assumptions.md"
ASSUMED = kit.assumptions()


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("account")
    endpoint = lifecycle.ensure_running(folder, "local")
    try:
        return run_all(endpoint.connect_arguments(), kit.asked(ASSUMED))
    finally:
        lifecycle.stop(folder, "local")


def test_each_names_code_that_is_there_and_a_page() -> None:
    assert [item.id for item in ASSUMED] == [f"A{n:02}" for n in range(1, len(ASSUMED) + 1)]
    for item in ASSUMED:
        assert item.page.startswith("https://"), item.id
        assert bool(item.open) != bool(item.content), item.id
        for path in item.decides:
            assert (ROOT / path).exists(), f"{item.id}: {path}"


def test_the_page_lists_them() -> None:
    text = report.page(ASSUMED)
    if os.environ.get("HUSHFLAKE_WRITE_CASES"):
        PAGE.write_text(text, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == text


def test_the_local_stack_answers_as_we_assume(outcomes: list[dict[str, Any]]) -> None:
    found = {a.assumption.id: a for a in kit.answers(ASSUMED, outcomes)}
    wrong = {name: a.detail for name, a in found.items() if a.verdict not in ("holds", "open")}
    assert not wrong


@pytest.mark.skipif("HUSHFLAKE_CONFORMANCE" not in os.environ, reason="no report of an account")
def test_the_local_stack_answers_as_an_account_did(outcomes: list[dict[str, Any]]) -> None:
    """HUSHFLAKE_CONFORMANCE names a report: `hushflake conformance --output report.json`."""
    recorded = json.loads(Path(os.environ["HUSHFLAKE_CONFORMANCE"]).read_text("utf-8"))
    ours = {a.assumption.id: a.verdict for a in kit.answers(ASSUMED, outcomes)}
    assert not disagreements(recorded, ours)


def disagreements(recorded: dict[str, Any], ours: dict[str, str]) -> dict[str, str]:
    """What an account and the local stack answer differently, where the account answered."""
    return {
        item["id"]: f"account {item['verdict']}, local stack {ours[item['id']]}: {item['detail']}"
        for item in recorded["assumptions"]
        if item["verdict"] in ("holds", "differs") and item["verdict"] != ours[item["id"]]
    }


def test_an_account_that_differs_is_noticed() -> None:
    recorded = {"assumptions": [{"id": "A07", "verdict": "differs", "detail": "took the default"}]}
    assert "took the default" in disagreements(recorded, {"A07": "holds"})["A07"]


def test_verdicts() -> None:
    first, second, third, fourth = [item for item in ASSUMED if item.content][:4]
    answers = {
        a.assumption.id: a
        for a in kit.answers(
            ASSUMED,
            [
                {"id": f"{first.id}:1", "ok": True, "sql": "S", "difference": None},
                {"id": f"{first.id}:-1", "ok": False, "sql": "DROP", "difference": "left: x"},
                {"id": f"{second.id}:0", "ok": False, "sql": "S", "difference": "refused: x"},
                {"id": f"{third.id}:2", "ok": False, "sql": "S", "difference": "got 2"},
            ],
        )
    }
    assert answers[first.id].verdict == "holds"
    assert answers[second.id].verdict == "refused"
    assert answers[third.id].verdict == "differs"
    assert answers[third.id].detail == "S: got 2"
    assert answers[fourth.id].verdict == "open"


def test_the_command(small: Workplace) -> None:
    found = small.hushflake(
        "conformance", "--only", "A05", "--only", "A17", "--output", "report.json"
    )
    assert "databases that are dropped" in found.err
    assert "A05 holds" in found.out
    saved = json.loads((small.folder / "report.json").read_text())
    assert saved["format"] == "hushflake.conformance/1"
    assert saved["different"] == []
    assert {a["id"] for a in saved["assumptions"] if a["verdict"] == "holds"} == {"A05", "A17"}
    small.hushflake("conformance", "--only", "casts", "--output", "report.md")
    text = (small.folder / "report.md").read_text()
    assert re.match(r"# Conformance of stack local\n\n\d+ statements", text)
    assert not [row for row in small.query("SHOW DATABASES") if row["name"].startswith("CONFORM")]
    assert "unknown" in small.hushflake("conformance", "--only", "A99", code=2).err


def test_what_differs_is_shown_with_the_code_that_depends_on_it(
    small: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    [item] = [item for item in ASSUMED if item.id == "A05"]
    content = {**item.content, "cases": [{"sql": "SELECT 1", "rows": [[2]]}]}
    wrong = kit.Assumption(item.id, item.says, item.decides, item.page, "", content)
    monkeypatch.setattr(kit, "assumptions", lambda: [wrong])
    found = small.hushflake("conformance", "--only", "A05", code=1)
    assert "A05 DIFFERS" in found.out
    assert "expected [[2]], got [[1]]" in found.out
    assert "deploy/lock.py" in found.out
    document = small.hushflake("conformance", "--only", "A05", "--format", "json", code=1).json()
    assert document["assumptions"][0]["verdict"] == "differs"


def test_a_role_with_less_is_told_what_it_may_not_ask(desk: Desk) -> None:
    """An account that lacks something: the preparation is refused, and nothing stays behind."""
    session = desk.session
    session.execute("CREATE ROLE NOBODY_KIT")
    session.execute("GRANT ROLE NOBODY_KIT TO ROLE ACCOUNTADMIN")
    arguments = {**dict(session.arguments), "role": "NOBODY_KIT"}
    outcomes = run_all(arguments, kit.asked(ASSUMED))
    session.execute("DROP ROLE NOBODY_KIT")
    verdicts = {a.verdict for a in kit.answers(ASSUMED, outcomes)}
    assert verdicts == {"refused", "open"}
    assert all("Insufficient privileges" in str(o["difference"]) for o in outcomes)
