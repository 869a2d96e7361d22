"""Chunks are kept in step row by row: what did not change is not embedded again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hushflake.cli.main import main
from hushflake.knowledge.base import Base, open_base
from hushflake.knowledge.coverage import Coverage, coverage
from hushflake.knowledge.embed import embed_pending
from hushflake.knowledge.errors import KnowledgeMistakeError
from hushflake.knowledge.passage_sql import Passage
from hushflake.knowledge.search import Search
from hushflake.local.server.process import lifecycle
from hushflake.schema.chunks import left_stream
from hushflake.schema.cutting import cut_sql
from hushflake.schema.project import find_project
from hushflake.serve.callers import LOCAL
from hushflake.serve.desk import Desk

ENTITY = """
entity: GUIDES
schema: KB
key: [guide_id, edition]
title: title
fields:
  guide_id: {type: string(64), required: true}
  edition: {type: integer, required: true}
  title: string(200)
  body: text
  notes: text
embedding:
  text: "{title}"
  chunks: {fields: [body, notes], size: 200, overlap: 20, by: markdown}
  batch_rows: 4
search: {warehouse: WH, attributes: [title]}
"""
LONG = "Every parent takes twenty weeks. " * 9
BODY = (
    f"# Handbook\nWelcome.\n## Leave\n{LONG}\n"
    "## Travel\nTake the train.\n### Meals\nSeventy dollars."
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("guides")
    (home / "hushflake.yaml").write_text("project: guides\n")
    for name, text in {
        "entities/guides.yaml": ENTITY,
        "objects/schemas.yaml": "- {kind: schema, name: KB}\n- {kind: warehouse, name: WH}\n",
        "stacks/local.yaml": "connection: local\ndatabase: DB\n",
    }.items():
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).write_text(text)
    assert main(["apply", "--stack", "local", "--project", str(home)]) == 0
    yield home
    lifecycle.stop(home / ".hushflake")


@pytest.fixture
def guides(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Base]:
    monkeypatch.chdir(folder)
    with open_base(find_project(folder), "local") as base:
        table = base.entity("GUIDES").table
        base.session.execute(f"DELETE FROM {table}")
        embed_pending(base, base.chosen())
        base.session.execute(
            f"INSERT INTO {table} (GUIDE_ID, EDITION, TITLE, BODY, NOTES) "
            "SELECT 'g', 1, 'Handbook', ?, 'A remark.' "
            "UNION ALL SELECT 'g', 2, 'Nothing', ' ', NULL",
            (BODY,),
        )
        assert embed_pending(base, base.chosen()) == 2 + 6
        yield base


def chunks(base: Base) -> list[dict[str, Any]]:
    return base.session.query(
        "SELECT CHUNK_NUMBER AS N, CHUNK_FIELD AS FIELD, CHUNK_HEADING AS HEADING, "
        "CHUNK_TEXT AS TEXT, EMBEDDED_AT AS AT, EMBEDDING IS NOT NULL AS HAS_VECTOR "
        "FROM DB.KB.GUIDES_CHUNKS ORDER BY 1"
    )


def change(base: Base, assignment: str, *values: str) -> None:
    table = base.entity("GUIDES").table
    base.session.execute(f"UPDATE {table} SET {assignment} WHERE EDITION = 1", values)


def seen(base: Base) -> Coverage:
    return next(c for c in coverage(base.session, base.chosen()) if c.entity == "GUIDES_CHUNKS")


def test_rows_are_cut_at_headings_and_fields_follow_each_other(guides: Base) -> None:
    rows = chunks(guides)
    assert [(row["N"], row["FIELD"], row["HEADING"]) for row in rows] == [
        (1, "BODY", "Handbook"),
        (2, "BODY", "Handbook > Leave"),
        (3, "BODY", "Handbook > Leave"),
        (4, "BODY", "Handbook > Travel"),
        (5, "BODY", "Handbook > Travel > Meals"),
        (6, "NOTES", "Handbook"),
    ]
    assert rows[4]["TEXT"] == "Seventy dollars."
    assert all(row["HAS_VECTOR"] and len(row["TEXT"]) <= 200 for row in rows)
    assert (seen(guides).rows, seen(guides).current, seen(guides).uncut) == (6, 6, 0)


def test_only_the_chunks_whose_text_changed_are_embedded(guides: Base) -> None:
    before = {row["TEXT"]: row["AT"] for row in chunks(guides)}
    change(guides, "BODY = ?", BODY.replace("## Travel", "## New\nA new part.\n## Travel"))
    assert (seen(guides).rows, seen(guides).uncut) == (7, 1)
    assert embed_pending(guides, guides.chosen()) == 1
    after = chunks(guides)
    assert [row["N"] for row in after] == [1, 2, 3, 4, 5, 6, 7]
    fresh = [row["TEXT"] for row in after if before.get(row["TEXT"]) != row["AT"]]
    assert fresh == ["A new part."]
    change(guides, "BODY = ?", BODY.replace("twenty weeks", "thirty weeks"))
    assert embed_pending(guides, guides.chosen()) == 2
    assert len(chunks(guides)) == 6


def test_a_change_beside_the_texts_costs_nothing(guides: Base) -> None:
    before = chunks(guides)
    change(guides, "UPDATED_AT = CURRENT_TIMESTAMP()")
    assert embed_pending(guides, guides.chosen()) == 0
    assert chunks(guides) == before


def test_rows_take_their_chunks_along(guides: Base) -> None:
    change(guides, "NOTES = NULL")
    embed_pending(guides, guides.chosen())
    assert [row["FIELD"] for row in chunks(guides)] == ["BODY"] * 5
    change(guides, "BODY = NULL")
    assert embed_pending(guides, guides.chosen()) == 0
    assert chunks(guides) == []
    change(guides, "BODY = ?", BODY)
    embed_pending(guides, guides.chosen())
    assert len(chunks(guides)) == 5
    guides.session.execute(f"DELETE FROM {guides.entity('GUIDES').table}")
    assert seen(guides).uncut == 1
    embed_pending(guides, guides.chosen())
    assert chunks(guides) == []
    assert seen(guides).percent == 100.0


def test_a_run_cuts_as_many_rows_as_it_may_and_starts_another(guides: Base) -> None:
    embed_pending(guides, guides.chosen())
    table = guides.entity("GUIDES").table
    rows = ", ".join(f"('many', {n}, 'Guide {n}', 'Part {n}.')" for n in range(10, 20))
    guides.session.execute(f"DELETE FROM {table}")
    guides.session.execute(f"INSERT INTO {table} (GUIDE_ID, EDITION, TITLE, BODY) VALUES {rows}")
    left, sql = left_stream(guides.entity("GUIDES")), cut_sql(guides.entity("GUIDES"))
    cut = []
    for _ in range(5):
        guides.session.execute(sql)
        held = guides.session.query(f"SELECT SYSTEM$STREAM_HAS_DATA('{left}') AS H")[0]["H"]
        cut.append((seen(guides).uncut, held))
    # What was deleted goes at once; the last run that cut something starts one that does not.
    assert cut == [(6, True), (2, True), (0, True), (0, False), (0, False)]
    guides.session.execute(f"DELETE FROM {table}")


@pytest.mark.parametrize("by", ["sql", "services"])
def test_a_hit_is_the_row_once_with_its_best_passage(guides: Base, by: str) -> None:
    search = Search(guides)
    found = search.ask("seventy dollars for meals", by=by, filters={"title": "Handbook"})
    assert [hit.key for hit in found.hits] == ["g|1"]
    assert (found.hits[0].entity, found.hits[0].title) == ("GUIDES", "Handbook")
    assert found.hits[0].passage == Passage(
        5, "body", "Handbook > Travel > Meals", "Seventy dollars."
    )
    assert "dollars" in found.hits[0].snippet
    assert search.ask("seventy dollars", by=by, filters={"title": "Other"}).hits == ()
    # An answer that is kept goes when a chunk changes.
    change(guides, "BODY = ?", BODY.replace("Seventy", "Ninety"))
    embed_pending(guides, guides.chosen())
    again = search.ask("seventy dollars for meals", by="sql", filters={"title": "Handbook"})
    assert again.hits[0].passage is not None
    assert again.hits[0].passage.text == "Ninety dollars."


def test_a_passage_is_read_between_its_neighbours(guides: Base) -> None:
    desk = Desk(guides, LOCAL)
    answer = desk.entity("guides/G|1", passage=4)
    assert [(item.number, item.heading) for item in answer.passages] == [
        (3, "Handbook > Leave"),
        (4, "Handbook > Travel"),
        (5, "Handbook > Travel > Meals"),
    ]
    assert answer.passages_in_all == 6
    assert set(answer.fields) == {"guide_id", "edition", "title"}
    assert [item.number for item in desk.entity("GUIDES/g|1", passage=1).passages] == [1, 2]
    for wrong in (7, 0):
        with pytest.raises(KnowledgeMistakeError, match="no passage"):
            desk.entity("GUIDES/g|1", passage=wrong)
    with pytest.raises(KnowledgeMistakeError, match="1 pages"):
        desk.entity("GUIDES/g|1", page=2)
    assert desk.entity("GUIDES/g|1").fields["body"] == BODY


def test_other_chunks_are_a_planned_rebuild(
    guides: Base, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", "--exit-code"]) == 0
    capsys.readouterr()
    path = folder / "entities/guides.yaml"
    path.write_text(ENTITY.replace("size: 200", "size: 120"))
    try:
        assert main(["plan", "--exit-code"]) == 1
        assert "GUIDES_CHUNK_TASK" in capsys.readouterr().out
        assert main(["apply", "--yes"]) == 0
        assert main(["embed"]) == 0
        assert main(["plan", "--exit-code"]) == 0
        assert max(len(row["TEXT"]) for row in chunks(guides)) <= 120
    finally:
        path.write_text(ENTITY)
