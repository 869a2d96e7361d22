"""What was made over a table reads with the privileges of whom the documentation names.

`owners.yaml` has the things that read a table and the changes after which they are used.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from access_world import World

RULES: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "owners.yaml").read_text())
ROLES = ("D_OWNER", "D_POOR", "D_RICH", "D_READER")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("owners"))
    made.admin(
        "CREATE DATABASE B",
        "CREATE SCHEMA B.S",
        "CREATE DATABASE D",
        "CREATE SCHEMA D.S",
        "CREATE DATABASE MINE",
        "CREATE SCHEMA MINE.S",
        "GRANT USAGE ON WAREHOUSE COMPUTE_WH TO ROLE PUBLIC",
        "CREATE TABLE D.S.SINK (ID INT)",
    )
    made.role("D_HEIRLOOM")
    for role in ROLES:
        made.role(role, "USAGE ON DATABASE B", "USAGE ON DATABASE D", "USAGE ON SCHEMA B.S")
        made.role(role, "USAGE ON SCHEMA D.S", "INSERT ON TABLE D.S.SINK")
    made.role("D_OWNER", "ROLE D_HEIRLOOM", "ALL ON SCHEMA D.S", "EXECUTE TASK ON ACCOUNT")
    made.role("D_READER", "USAGE ON DATABASE MINE", "ALL ON SCHEMA MINE.S")
    made.role("D_RICH", "EXECUTE TASK ON ACCOUNT")
    yield made
    made.close()


def expected(thing: dict[str, Any], change: dict[str, Any]) -> bool:
    """Tell whether the reader's use of a thing succeeds after a change."""
    if not change["reader"] and not thing.get("used_ungranted"):
        return False
    if thing["whose"] == "none":
        return True
    if thing["kind"] == "STREAM" and change.get("stale"):
        return False
    # A stream on the table itself follows it under another name.
    follows = thing["kind"] == "STREAM" and "moves" not in thing and change.get("renamed")
    named = change["table"] or follows
    if not named:
        return False
    return bool(change["owner"] if thing["whose"] == "owner" else change.get("direct"))


def succeeds(world: World, thing: dict[str, Any], change: dict[str, Any], number: int) -> bool:
    """Make a thing over a table of its own, make the change and use the thing."""
    words = {"b": f"B.S.B{number}", "o": f"D.S.O{number}", "m": f"MINE.S.M{number}"}
    on = f"{thing['kind']} {words['o']}{thing.get('signature', '')}"

    def listed(found: str | list[str]) -> list[str]:
        return [sql.format(**words) for sql in ([found] if isinstance(found, str) else found)]

    world.admin(
        "GRANT USAGE ON DATABASE B TO ROLE D_OWNER",
        "GRANT USAGE ON SCHEMA B.S TO ROLE D_OWNER",
        f"CREATE TABLE {words['b']} (ID INT, X VARCHAR)",
        f"INSERT INTO {words['b']} VALUES (1, 'a'), (2, 'b')",
        f"GRANT SELECT, DELETE ON TABLE {words['b']} TO ROLE D_OWNER",
    )
    world.run("D_OWNER", *listed(thing["made"]), f"GRANT {thing['grant']} ON {on} TO ROLE D_READER")
    if "apply" in thing:
        world.run(
            "D_READER",
            f"CREATE TABLE {words['m']} (ID INT, X VARCHAR)",
            f"INSERT INTO {words['m']} VALUES (1, 'a')",
            *listed(thing["apply"]),
        )
    world.admin(*listed(change["do"]))
    if "moves" in change:
        for moved in (on, *listed(thing.get("moves", []))):
            world.admin(f"GRANT OWNERSHIP ON {moved} TO ROLE {change['moves']} COPY CURRENT GRANTS")
    if change.get("ungrant"):
        world.admin(f"REVOKE {thing['grant']} ON {on} FROM ROLE D_READER")
    before = world.admin("SELECT COUNT(*) FROM D.S.SINK")
    if world.verdict("D_READER", *listed(thing["use"])) != "ok":
        return False
    return not thing.get("runs") or world.admin("SELECT COUNT(*) FROM D.S.SINK") > before


@pytest.mark.parametrize("name", RULES["things"])
def test_owners(world: World, name: str) -> None:
    thing = RULES["things"][name]
    wrong = []
    for place, (what, change) in enumerate(RULES["changes"].items()):
        number = 100 * list(RULES["things"]).index(name) + place
        found = succeeds(world, thing, change, number)
        if found != expected(thing, change):
            wrong.append(f"{what}: {'works' if found else 'refused'}")
    assert not wrong, "\n".join(wrong)


def test_the_matrix_is_large_and_says_both() -> None:
    things, changes = RULES["things"].values(), RULES["changes"].values()
    found = [expected(thing, change) for thing in things for change in changes]
    assert len(found) >= 250
    assert 100 < sum(found) < len(found) - 100
    assert all(thing["page"].startswith("https://docs.snowflake.com/en/") for thing in things)
