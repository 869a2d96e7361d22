"""One pool of sessions for all of an apply: how often it signs in, and whom a spare resembles."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from desk import Desk
from faults import Proxy, impatient
from workplace import Workplace

from hushflake.deploy import session as module
from hushflake.deploy.deployment import Deployer
from hushflake.deploy.errors import StatementError
from hushflake.deploy.session import Session


@pytest.fixture
def sign_ins(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """The query tag of each session that signs in."""
    found: list[str | None] = []
    really = module.opened

    def counted(arguments: Any, tag: str | None, masker: Any) -> Any:
        found.append(tag)
        return really(arguments, tag, masker)

    monkeypatch.setattr(module, "opened", counted)
    return found


def many_tables(count: int) -> str:
    tables = (
        f"- {{kind: table, name: S.T{n}, columns: [{{name: ID, type: int}}]}}\n"
        for n in range(count)
    )
    return "- {kind: schema, name: S}\n" + "".join(tables)


@pytest.mark.parametrize("jobs", [1, 4])
def test_an_apply_signs_in_once_for_each_statement_in_flight(
    desk: Desk, sign_ins: list[str | None], jobs: int
) -> None:
    """Reading, reading again under the lock, and running draw on the same sessions."""
    desk.declare(many_tables(12))
    stack = desk.folder / "stacks" / "local.yaml"
    stack.write_text(stack.read_text() + f"settings: {{jobs: {jobs}}}\n")
    planner = desk.planner
    with desk.session.fork() as session:
        report = Deployer(planner, session).carry_out(
            planner.plan(session), planner.plan, lambda _: None
        )
    assert report.run.complete
    # The session itself, the lock's, and one for each statement in flight.
    assert 3 <= len(sign_ins) <= jobs + 2


def test_the_whole_command_signs_in_no_more_often(
    small: Workplace, sign_ins: list[str | None]
) -> None:
    small.hushflake("apply", "--jobs", "2")
    assert len(sign_ins) <= 10
    sign_ins.clear()
    small.hushflake("plan")
    assert len(sign_ins) <= 8


def test_a_spare_has_the_tag_the_warehouse_and_the_role_of_its_model(
    desk: Desk, sign_ins: list[str | None]
) -> None:
    desk.session.execute("CREATE WAREHOUSE IF NOT EXISTS SPARE_WH")
    desk.session.execute("CREATE ROLE IF NOT EXISTS SPARE_ROLE")
    desk.session.execute("GRANT USAGE ON WAREHOUSE SPARE_WH TO ROLE SPARE_ROLE")
    desk.session.execute("GRANT ROLE SPARE_ROLE TO USER LOCAL_USER")
    facts = "SELECT CURRENT_WAREHOUSE() AS W, CURRENT_ROLE() AS R"
    with desk.session.fork() as model:
        with model.spares.lend() as spare:
            before = spare.query(facts)
        model.set_tag("later")
        model.use_warehouse("SPARE_WH")
        model.use_role("SPARE_ROLE")
        sign_ins.clear()
        with model.spares.lend() as again:
            assert again is spare
            assert again.query(facts) == [{"W": "SPARE_WH", "R": "SPARE_ROLE"}] != before
            shown = again.query("SHOW PARAMETERS LIKE 'QUERY_TAG' IN SESSION")
            assert [row["value"] for row in shown] == ["later"]
            assert not sign_ins


def test_what_a_spare_has_and_its_model_has_not_is_not_lent_again(
    desk: Desk, sign_ins: list[str | None]
) -> None:
    desk.session.execute("CREATE WAREHOUSE IF NOT EXISTS SPARE_WH")
    with desk.session.fork() as model:
        with model.spares.lend() as spare:
            spare.use_warehouse("SPARE_WH")
        sign_ins.clear()
        with model.spares.lend() as again:
            rows = again.query("SELECT CURRENT_WAREHOUSE() AS W")
            assert rows == model.query("SELECT CURRENT_WAREHOUSE() AS W") != [{"W": "SPARE_WH"}]
        assert again is spare
        assert len(sign_ins) == 1


@pytest.fixture
def cut(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Session, Proxy]]:
    proxy = Proxy(int(desk.session.arguments["port"]), wanted=lambda sql: "TARGET" in sql)
    proxy.on_cut = proxy.heal
    monkeypatch.setattr(module, "_FIRST_PAUSE", 0.01)
    with Session(impatient({**desk.session.arguments, "port": proxy.listening})) as session:
        yield session, proxy
    proxy.close()


def test_a_spare_whose_answer_was_lost_is_replaced(
    cut: tuple[Session, Proxy], sign_ins: list[str | None]
) -> None:
    model, proxy = cut
    with model.spares.lend() as spare:
        first = spare._open()
    proxy.arm(0, "after")
    with pytest.raises(StatementError) as caught, model.spares.lend() as spare:
        spare.execute("CREATE OR REPLACE TEMPORARY TABLE TARGET (A INT)")
    assert caught.value.unknown
    sign_ins.clear()
    with model.spares.lend() as again:
        assert again is spare
        assert again._open() is not first
    assert len(sign_ins) == 1


def test_a_spare_of_somebody_who_was_interrupted_is_nobodys(desk: Desk) -> None:
    with desk.session.fork() as model:
        with pytest.raises(KeyboardInterrupt), model.spares.lend() as lost:
            raise KeyboardInterrupt
        with model.spares.lend() as other:
            assert other is not lost
        lost._open()
    assert lost._connection is None  # closed with its model all the same


def test_no_two_threads_have_the_same_spare(desk: Desk) -> None:
    at_once = threading.Barrier(3)
    seen: list[int] = []
    with desk.session.fork() as model:

        def work() -> None:
            with model.spares.lend() as spare:
                at_once.wait(10)
                seen.append(id(spare))

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(set(seen)) == 3


def test_a_session_that_connects_again_leaves_its_spares_at_work(server: Session) -> None:
    """The journal's connection breaks in the middle of an apply: its workers go on."""
    with server.fork() as session, session.spares.lend() as spare:
        first = session._open()
        at_work = spare._open()
        session._broken = True
        assert session.query("SELECT 1 AS N") == [{"N": 1}]
        assert session._connection is not first
        assert spare.query("SELECT 1 AS N") == [{"N": 1}]
        assert spare._connection is at_work
