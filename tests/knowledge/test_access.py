"""One entity without a grant, or not applied, does not fail an answer over all of them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hushflake.cli.main import main
from hushflake.deploy.errors import StatementError
from hushflake.knowledge.access import left_out_note
from hushflake.knowledge.base import Base
from hushflake.knowledge.errors import UnreadableError
from hushflake.knowledge.reading import changes_since, get_row
from hushflake.knowledge.related import related
from hushflake.knowledge.search import Search

QUESTION = "who knows about lease pricing"
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.fixture
def restricted(base: Base) -> Iterator[Base]:
    """The session of a role that may read everything but EMPLOYEES."""
    table = base.entity("EMPLOYEES").table
    base.session.execute("CREATE OR REPLACE ROLE RESTRICTED")
    base.session.execute("GRANT ROLE KNOWLEDGE_ANALYST TO ROLE RESTRICTED")
    base.session.execute(f"REVOKE SELECT ON TABLE {table.sql} FROM ROLE KNOWLEDGE_ANALYST")
    fork = base.fork()
    fork.use_role("RESTRICTED")
    yield fork
    fork.session.close()
    base.session.execute(f"GRANT SELECT ON TABLE {table.sql} TO ROLE KNOWLEDGE_ANALYST")
    base.session.execute("DROP ROLE RESTRICTED")


def test_a_search_answers_with_the_rest_and_names_what_is_left_out(restricted: Base) -> None:
    search = Search(restricted)
    for _ in range(2):  # the second time it is known
        found = search.ask(QUESTION)
        assert found.hits
        assert "EMPLOYEES" not in {hit.entity for hit in found.hits}
        assert found.left_out == ("EMPLOYEES",)
        assert found.notes == (left_out_note(["EMPLOYEES"]),)
    page = search.ask(QUESTION, limit=2)
    assert search.ask(QUESTION, limit=2, cursor=page.cursor).hits[0] not in page.hits


def test_what_alone_was_asked_for_is_an_error(restricted: Base) -> None:
    with pytest.raises(UnreadableError, match="EMPLOYEES cannot be read on the stack local: "):
        Search(restricted).ask(QUESTION, entities=["EMPLOYEES"])
    with pytest.raises(UnreadableError, match="or your role has no grant on it"):
        get_row(restricted, "EMPLOYEES", "EMP-003")
    with pytest.raises(UnreadableError):
        related(restricted, "EMPLOYEES", "EMP-003")


def test_other_readers_leave_it_out_too(restricted: Base) -> None:
    changes = changes_since(restricted, LONG_AGO, limit=1000)
    assert changes.left_out == ("EMPLOYEES",)
    assert changes.rows
    assert "EMPLOYEES" not in {item.entity for item in changes.rows}
    found = related(restricted, "CUSTOMERS", "CUS-001", depth=2)
    assert found.left_out == ("EMPLOYEES",)
    assert "EMPLOYEES" not in {node.entity for node in found.titles}
    assert len(found.titles) > 1


def test_a_new_grant_is_noticed(base: Base, restricted: Base) -> None:
    search = Search(restricted)
    assert search.ask(QUESTION).left_out
    table = base.entity("EMPLOYEES").table.sql
    base.session.execute(f"GRANT SELECT ON TABLE {table} TO ROLE KNOWLEDGE_ANALYST")
    assert search.ask(QUESTION).left_out  # remembered for a while
    assert search.ask(QUESTION, entities=["EMPLOYEES"]).hits  # but never refused from memory
    assert search.ask(QUESTION).left_out == ()


def test_a_refusal_of_something_else_stays_an_error(base: Base) -> None:
    def work(_entities: object) -> None:
        schema = base.entity("EMPLOYEES").table.sql.rpartition(".")[0]
        base.session.query(f"SELECT * FROM {schema}.NOT_THERE")

    with pytest.raises(StatementError, match="does not exist or not authorized"):
        base.access.over(base.chosen(), work)


def test_nothing_applied_is_said_as_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from hushflake.local.server.process.lifecycle import stop

    monkeypatch.chdir(tmp_path)
    try:
        assert main(["search", "anything"]) == 2
        said = capsys.readouterr().err.splitlines()[-1]
        assert said == (
            "hushflake: nothing is applied on the stack local yet: hushflake apply --stack local"
        )
        assert main(["related", "EMPLOYEES", "EMP-003"]) == 2
        capsys.readouterr()
        for words in (["ask", "anything"], ["load"], ["embed"], ["status"]):
            assert main(words) == 2, words
            assert capsys.readouterr().err.splitlines()[-1] == said, words
    finally:
        stop(tmp_path / ".hushflake")


def test_the_command_line_says_what_is_left_out(
    base: Base, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = base.entity("COMPETITORS").table.sql
    base.session.execute(f"ALTER TABLE {table} RENAME TO {table}_AWAY")
    try:
        assert main(["search", QUESTION, "--format", "json"]) == 0
        told = capsys.readouterr()
        assert json.loads(told.out)["left_out"] == ["COMPETITORS"]
        assert "note: COMPETITORS was left out: not applied yet, or" in told.err
        assert main(["related", "CUSTOMERS", "CUS-001", "--format", "json"]) == 0
        told = capsys.readouterr()
        assert json.loads(told.out)["left_out"] == ["COMPETITORS"]
        assert "COMPETITORS was left out" in told.err
    finally:
        base.session.execute(f"ALTER TABLE {table}_AWAY RENAME TO {table}")
