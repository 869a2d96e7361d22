"""Vectors of an earlier embedder are noticed."""

from pathlib import Path

from hushflake.local.cortex.embedder import Embedder
from hushflake.local.cortex.embedder_changes import Since, earlier_vectors, note_embedder
from hushflake.local.engine.engine import Engine
from hushflake.local.server.process.assembly import open_stack
from hushflake.local.sessions.session import Session
from hushflake.local.statements.running.runner import run_one


def session_of(engine: Engine) -> Session:
    role = engine.catalogue.find("ROLE", 0, "ACCOUNTADMIN")
    assert role is not None
    session = Session(engine, engine.catalogue.of_kind("USER")[0], role)
    place = session.place
    place.warehouse, place.database, place.schema = "COMPUTE_WH", "D", "PUBLIC"
    return session


class Other(Embedder):
    """Answers like the packaged model, under a name of its own."""

    @property
    def name(self) -> str:
        return "another-model"


def test_rows_that_were_embedded_before_a_change_are_told_until_they_are_embedded_again(
    tmp_path: Path,
) -> None:
    engine = open_stack(tmp_path / "stack.duckdb")
    session = session_of(engine)
    for sql in (
        "CREATE DATABASE D",
        "CREATE TABLE T (ID INT, E VECTOR(FLOAT, 768), OTHER VECTOR(FLOAT, 3))",
        "INSERT INTO T SELECT COLUMN1, AI_EMBED('e5-base-v2', 'text'), NULL FROM VALUES (1), (2)",
    ):
        run_one(session, sql)
    assert earlier_vectors(engine) == []
    since = note_embedder(engine, Other().name)
    engine.add(Since, since)
    assert earlier_vectors(engine) == [{"table": "D.PUBLIC.T", "column": "E", "rows": 2}]
    run_one(session, "UPDATE T SET E = AI_EMBED('e5-base-v2', 'other') WHERE ID = 1")
    assert [held["rows"] for held in earlier_vectors(engine)] == [1]
    # The same embedder again is no change.
    assert note_embedder(engine, Other().name) == since
    session.close()
    engine.close()
