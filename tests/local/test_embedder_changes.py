"""Vectors of an earlier embedder are noticed."""

from pathlib import Path

from hushflake.deploy.local.embedder import Embedder
from hushflake.deploy.local.embedder_changes import earlier_vectors, note_embedder
from hushflake.deploy.local.engine import Engine
from hushflake.deploy.local.runner import run_one
from hushflake.deploy.local.session import Session


def session_of(engine: Engine) -> Session:
    role = engine.catalogue.find("ROLE", 0, "ACCOUNTADMIN")
    assert role is not None
    session = Session(engine, engine.catalogue.of_kind("USER")[0], role)
    session.warehouse, session.database, session.schema = "COMPUTE_WH", "D", "PUBLIC"
    return session


class Other(Embedder):
    """Answers like the packaged model, under a name of its own."""

    @property
    def name(self) -> str:
        return "another-model"


def test_rows_that_were_embedded_before_a_change_are_told_until_they_are_embedded_again(
    tmp_path: Path,
) -> None:
    engine = Engine(tmp_path / "stack.duckdb")
    session = session_of(engine)
    for sql in (
        "CREATE DATABASE D",
        "CREATE TABLE T (ID INT, E VECTOR(FLOAT, 768), OTHER VECTOR(FLOAT, 3))",
        "INSERT INTO T SELECT COLUMN1, AI_EMBED('e5-base-v2', 'text'), NULL FROM VALUES (1), (2)",
    ):
        run_one(session, sql)
    assert earlier_vectors(engine) == []
    engine.embedder = Other()
    engine.embedder_since = note_embedder(engine)
    assert earlier_vectors(engine) == [{"table": "D.PUBLIC.T", "column": "E", "rows": 2}]
    run_one(session, "UPDATE T SET E = AI_EMBED('e5-base-v2', 'other') WHERE ID = 1")
    assert [held["rows"] for held in earlier_vectors(engine)] == [1]
    # The same embedder again is no change.
    assert note_embedder(engine) == engine.embedder_since
    session.close()
    engine.close()
