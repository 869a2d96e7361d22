"""`hushflake sync` as people use it."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from fake_notion.server import TOKEN
from sync_place import Place, place, write_stack

from hushflake.cli.main import main
from hushflake.sync.account.tables import SCHEMA
from hushflake.sync.lag import looked, note_path
from hushflake.sync.report import CycleReport
from hushflake.sync.watch import watch


@pytest.fixture(scope="module")
def home(applied: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    with place(applied, tmp_path_factory.mktemp("command") / "here") as made:
        yield made


@pytest.fixture(autouse=True)
def inside(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    made: Place = request.getfixturevalue("home")
    monkeypatch.chdir(made.folder)
    monkeypatch.setenv("NOTION_API_KEY", TOKEN)
    monkeypatch.setenv("NOTION_BASE_URL", made.notion.url)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["sync", *arguments])
    found = capsys.readouterr()
    assert TOKEN not in found.out + found.err
    return code, found.out, found.err


def test_from_init_to_a_resolved_conflict(home: Place, capsys: pytest.CaptureFixture[str]) -> None:
    source = home.sources["TEAMS"]
    home.workspace.drop_property(source, "Key")
    code, out, _ = run(capsys, "notion", "--init", "--dry-run")
    assert (code, "would add Key" in out) == (0, True)
    assert run(capsys, "notion", "--init")[0] == 0
    assert "Key" in home.workspace.sources[source].by_name()

    home.sql("INSERT INTO CORE.TEAMS (TEAM_ID, NAME) VALUES ('t1', 'Blue')")
    code, out, _ = run(capsys, "notion", "--dry-run", "--rate", "100")
    assert "would create page t1: name, team_id" in out
    assert not home.workspace.live(source)
    code, out, _ = run(capsys, "notion", "--rate", "100", "--format", "json")
    document = json.loads(out)
    assert (code, document["format"]) == (0, "hushflake.sync/1")
    assert document["entities"][0]["counts"] == {"pages created": 1}
    assert "Both sides are in sync" in run(capsys, "notion", "--rate", "100")[1]
    assert set(looked(home.project, "local")) == {"TEAMS", "ITEMS"}

    (page,) = home.workspace.live(source)
    home.workspace.edit(page.id, Name="Azure")
    home.sql("UPDATE CORE.TEAMS SET NAME = 'Navy'")
    assert "1 edit in conflict" in run(capsys, "notion", "--rate", "100")[1]
    _, out, _ = run(capsys, "conflicts", "list", "--format", "json")
    (conflict,) = json.loads(out)["conflicts"]
    assert (conflict["notion"], conflict["snowflake"]) == ("Azure", "Navy")
    assert conflict["id"][:8] in run(capsys, "conflicts")[1]
    home.sql(
        f"INSERT INTO {SCHEMA}.CONFLICTS (ID, ENTITY, SYNC_ID, FIELD, WINNER, RULE, STATUS, "
        "DETECTED_AT) VALUES ('older', 'TEAMS', 't1', 'NAME', 'notion', 'owner', 'resolved', "
        "'2026-01-01')"
    )
    out = run(capsys, "conflicts", "list", "--all", "--limit", "1")[1]
    assert "There are more than these 1" in out
    assert run(capsys, "conflicts", "resolve", conflict["id"][:8], "--take", "snowflake")[0] == 0
    run(capsys, "notion", "--rate", "100")
    assert home.workspace.values(page.id)["Name"] == "Navy"
    assert "There are no conflicts" in run(capsys, "conflicts")[1]
    assert conflict["id"][:8] in run(capsys, "conflicts", "list", "--all")[1]


def test_mistakes_are_told_with_what_would_be_right(
    home: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, err = run(capsys, "notion", "--entity", "nope")
    assert (code, "these have one: ITEMS, TEAMS" in err) == (2, True)
    code, _, err = run(capsys, "conflicts", "resolve", "nope", "--take", "notion")
    assert (code, "no open conflict 'nope'" in err) == (2, True)
    assert run(capsys, "notion", "--once", "--watch")[0] == 2
    assert run(capsys, "notion", "--webhook", "1")[0] == 2
    monkeypatch.delenv("NOTION_API_KEY")
    code, _, err = run(capsys, "notion")
    assert (code, "NOTION_API_KEY" in err) == (2, True)


def test_what_held_or_failed_has_its_exit_code(
    home: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    source = home.sources["TEAMS"]
    rows = "('m1', 'm'), ('m2', 'm'), ('m3', 'm')"
    home.sql(f"INSERT INTO CORE.TEAMS (TEAM_ID, NAME) VALUES {rows}")
    run(capsys, "notion", "--rate", "100")
    home.sql("DELETE FROM CORE.TEAMS WHERE TEAM_ID LIKE 'm%'")
    code, out, _ = run(capsys, "notion", "--rate", "100")
    assert (code, "3 deletions held back" in out) == (1, True)
    assert run(capsys, "notion", "--rate", "100", "--allow-deletes")[0] == 0
    home.workspace.sources[source].shared = False
    try:
        code, _, err = run(capsys, "notion", "--rate", "100")
        assert (code, "404" in err) == (3, True)
    finally:
        home.workspace.sources[source].shared = True


def test_not_set_up_is_told(home: Place, capsys: pytest.CaptureFixture[str]) -> None:
    home.sql(f"DROP TABLE {SCHEMA}.CYCLES")
    code, _, err = run(capsys, "notion")
    assert (code, "--init" in err) == (2, True)
    assert run(capsys, "notion", "--init")[0] == 0
    assert run(capsys, "notion", "--rate", "100")[0] == 0


def test_watch_runs_until_it_is_stopped_and_a_bell_wakes_it(home: Place) -> None:
    stop, bell = threading.Event(), threading.Event()
    seen: list[CycleReport | Exception] = []

    def told(what: CycleReport | Exception) -> None:
        seen.append(what)
        if len(seen) == 2:
            stop.set()
        bell.set()

    with home.sync("TEAMS") as sync:
        watch(sync, note_path(home.project, "local"), 3600.0, told=told, woken=bell, stop=stop)
    assert len(seen) == 2
    assert all(isinstance(item, CycleReport) and not item.failed for item in seen)


def test_help_needs_no_notion(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--help"], ["notion", "--help"], ["conflicts", "--help"]):
        assert main(["sync", *arguments]) == 0
    assert "Notion" in capsys.readouterr().out


def test_a_folder_is_kept_in_step(home: Place, capsys: pytest.CaptureFixture[str]) -> None:
    notes = home.folder / "notes"
    assert run(capsys, "folder", "notes", "--init")[0] == 0
    home.sql("INSERT INTO CORE.ITEMS (ITEM_ID, NAME, TAGS, CONTENT) "
             "SELECT 'f1', 'Chair', ARRAY_CONSTRUCT('b', 'a'), 'Hello'")  # fmt: skip
    assert "would create page f1" in run(capsys, "folder", "notes", "--dry-run")[1]
    assert not list((notes / "items").iterdir())
    assert run(capsys, "folder", "notes")[0] == 0
    text = (notes / "items" / "f1.md").read_text("utf-8")
    assert "Name: Chair" in text
    assert text.endswith("Hello\n")
    (notes / "items" / "f1.md").write_text(text.replace("Chair", "Table"), "utf-8")
    (notes / "items" / "new.md").write_text("---\nName: New\n---\n\nText\n", "utf-8")
    _, out, _ = run(capsys, "folder", "notes", "--format", "json")
    counts = {item["entity"]: item["counts"] for item in json.loads(out)["entities"]}
    assert counts["ITEMS"] == {"pages updated": 1, "rows created": 1, "rows updated": 1}
    assert home.rows("ITEMS")["f1"]["NAME"] == "Table"
    assert "Both sides are in sync" in run(capsys, "folder", "notes")[1]
    (notes / "items").rename(home.folder / "away")
    code, _, err = run(capsys, "folder", "notes")
    assert (code, "no such folder" in err) == (3, True)
    assert home.rows("ITEMS")["f1"]


def test_a_database_is_created_from_an_entity(
    home: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    parent = home.workspace.add_page(home.sources["TEAMS"], Name="Parent")
    before = dict(home.workspace.sources)
    path = home.folder / "stacks" / "local.yaml"
    kept = path.read_text("utf-8")
    write_stack(home.folder, {"ITEMS": home.sources["ITEMS"]})
    try:
        assert run(capsys, "notion", "--parent", parent)[0] == 2
        code, out, _ = run(capsys, "notion", "--init", "--parent", parent, "--dry-run")
        assert (code, "TEAMS: would create a database" in out) == (0, True)
        assert home.workspace.sources == before
        code, out, _ = run(capsys, "notion", "--init", "--parent", parent)
        (made,) = set(home.workspace.sources) - set(before)
        assert f"settings: {{notion: {{TEAMS: {made}}}}}" in out
        kinds = {p["name"]: p["type"] for p in home.workspace.sources[made].properties.values()}
        assert kinds == {"Name": "title", "Key": "rich_text", "sync_id": "rich_text"}
        write_stack(home.folder, {"ITEMS": home.sources["ITEMS"], "TEAMS": made})
        code, out, _ = run(capsys, "notion", "--init", "--parent", parent)
        assert "by hand: add the property 'Lead' of type relation" in out
    finally:
        path.write_text(kept, "utf-8")
        home.workspace.pages.pop(parent)
