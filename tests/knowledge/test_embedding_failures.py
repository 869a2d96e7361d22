"""A row whose text the model refuses is not done: its error is kept, tried again, and told."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from hushflake.cli.main import main
from hushflake.knowledge.base import Base, open_base
from hushflake.knowledge.coverage import coverage
from hushflake.knowledge.embed import embed_pending
from hushflake.knowledge.status import status
from hushflake.local.server.process import lifecycle
from hushflake.schema.project import find_project

ENTITY = """
entity: NOTES
schema: KB
key: [note_id]
fields: {note_id: {type: string(64), required: true}, body: text}
embedding: {text: "{body}"}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("notes")
    (home / "hushflake.yaml").write_text("project: notes\n")
    for name, text in {
        "entities/notes.yaml": ENTITY,
        "objects/schemas.yaml": "- {kind: schema, name: KB}\n",
        "stacks/local.yaml": "connection: local\ndatabase: DB\n",
    }.items():
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).write_text(text)
    assert main(["apply", "--stack", "local", "--project", str(home)]) == 0
    yield home
    lifecycle.stop(home / ".hushflake")


@pytest.fixture
def notes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Base]:
    monkeypatch.chdir(folder)
    endpoint = lifecycle.ensure_running(folder / ".hushflake")
    with open_base(find_project(folder), "local") as base:
        table = base.entity("NOTES").table
        base.session.execute(f"DELETE FROM {table}")
        base.session.execute(
            f"INSERT INTO {table} (NOTE_ID, BODY) VALUES ('a', 'a cat sleeps'), "
            "('b', 'poison here'), ('c', NULL)"
        )
        lifecycle.fail_embedding(endpoint, "poison")
        yield base
    lifecycle.fail_embedding(endpoint, "")


def test_a_failure_is_kept_counted_and_given_up(notes: Base) -> None:
    assert embed_pending(notes, notes.chosen()) == 2
    (seen,) = coverage(notes.session, notes.chosen())
    assert (seen.rows, seen.current, seen.vectors) == (3, 2, 1)
    assert (seen.failed, seen.given_up, seen.waiting, seen.tries) == (1, 1, 0, 3)
    rows = notes.session.query(
        "SELECT NOTE_ID, CONTENT_HASH IS NULL AS OPEN, SEARCH_TOKENS, EMBEDDING_FAILURE:error AS E "
        f"FROM {notes.entity('NOTES').table} ORDER BY 1"
    )
    assert [(row["NOTE_ID"], row["OPEN"], row["E"] is not None) for row in rows] == [
        ("a", False, False),
        ("b", True, True),
        ("c", False, False),
    ]
    assert rows[1]["SEARCH_TOKENS"] == " poison here "
    # What failed three times costs nothing more.
    assert embed_pending(notes, notes.chosen()) == 0
    assert coverage(notes.session, notes.chosen())[0].tries == 3


def test_a_changed_text_is_tried_anew_and_the_old_one_again(notes: Base) -> None:
    table = notes.entity("NOTES").table
    embed_pending(notes, notes.chosen())
    notes.session.execute(f"UPDATE {table} SET BODY = 'a dog barks' WHERE NOTE_ID = 'b'")
    assert embed_pending(notes, notes.chosen()) == 1
    notes.session.execute(f"UPDATE {table} SET BODY = 'poison' WHERE NOTE_ID = 'b'")
    embed_pending(notes, notes.chosen())
    # The text that had a vector before the failure is back: its vector is gone, and made again.
    notes.session.execute(f"UPDATE {table} SET BODY = 'a dog barks' WHERE NOTE_ID = 'b'")
    assert embed_pending(notes, notes.chosen()) == 1
    assert coverage(notes.session, notes.chosen())[0].vectors == 2


def test_the_commands_tell_it(
    notes: Base, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["embed"]) == 3
    told = capsys.readouterr().err
    assert "NOTES: 1 row could not be embedded: The model refused the input." in told
    assert "hushflake embed --retry --entity NOTES" in told
    assert main(["embed", "--check", "--format", "json"]) == 1
    (entity,) = json.loads(capsys.readouterr().out)["entities"]
    assert (entity["failed"], entity["given_up"], entity["percent"]) == (1, 1, 66.667)
    found = {f.name: f for f in status(notes, drift=False).findings if f.of == "NOTES"}
    assert found["embedding_failures"].broken
    assert found["embedding_coverage_percent"].broken
    assert found["embedding_lag_seconds"].text == "nothing waits"
    lifecycle.fail_embedding(lifecycle.ensure_running(folder / ".hushflake"), "")
    assert main(["embed"]) == 3
    assert main(["embed", "--retry"]) == 0
    assert main(["embed", "--check"]) == 0
    assert main(["embed", "--check", "--retry"]) == 2
