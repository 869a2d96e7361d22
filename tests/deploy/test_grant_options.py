"""Privileges that may be passed on: each for itself, and no more than is declared."""

from collections.abc import Iterator

import pytest
from desk import Desk, lines


@pytest.fixture
def role(desk: Desk) -> Iterator[str]:
    name = f"{desk.name}_R"
    yield name
    desk.execute(f"DROP ROLE IF EXISTS {name}")


def granted(role: str, *grants: str) -> str:
    return lines(
        "- {kind: schema, name: S}",
        "- {kind: table, name: S.T, columns: [{name: A, type: int}]}",
        f"- {{kind: role, name: {role}}}",
        *(f"- {{kind: grant, to: {role}, on: {{table: S.T}}, {grant}}}" for grant in grants),
    )


def shown(desk: Desk, role: str) -> dict[object, object]:
    rows = desk.query(f"SHOW GRANTS TO ROLE {role}")
    return {row["privilege"]: row["grant_option"] for row in rows}


PLAIN, WITH = "privileges: [SELECT]", "privileges: [INSERT], grant_option: true"


def test_a_privilege_beside_one_that_may_be_passed_on_may_not_be(desk: Desk, role: str) -> None:
    desk.deploy(granted(role, PLAIN, WITH))
    assert shown(desk, role) == {"SELECT": "false", "INSERT": "true"}


def test_that_it_may_be_passed_on_comes_and_goes(desk: Desk, role: str) -> None:
    desk.deploy(granted(role, PLAIN))
    desk.deploy(granted(role, f"{PLAIN}, grant_option: true"))
    assert shown(desk, role) == {"SELECT": "true"}
    desk.declare(granted(role, PLAIN))
    assert [sql.split(" ON ")[0] for sql in desk.sql()] == ["REVOKE GRANT OPTION FOR SELECT"]
    desk.deploy(granted(role, PLAIN))
    assert shown(desk, role) == {"SELECT": "false"}


def test_that_it_may_be_passed_on_by_hand_is_drift(desk: Desk, role: str) -> None:
    desk.deploy(granted(role, PLAIN, WITH))
    desk.execute(f"GRANT SELECT ON TABLE DB.S.T TO ROLE {role} WITH GRANT OPTION")
    (operation,) = desk.plan().plan.operations
    assert (operation.action, operation.cause) == ("revoke_option", "drift")
    desk.deploy(granted(role, PLAIN, WITH))
    assert shown(desk, role) == {"SELECT": "false", "INSERT": "true"}
    additive = granted(role, PLAIN, WITH).replace(
        f"name: {role}", f"name: {role}, grants: additive"
    )
    desk.deploy(additive)
    desk.execute(f"GRANT SELECT ON TABLE DB.S.T TO ROLE {role} WITH GRANT OPTION")
    assert desk.pending() == []
