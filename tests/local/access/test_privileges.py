"""Each statement about each kind, by roles that hold one privilege each: done, or refused.

`privileges.yaml` is the rule; the roles are made here. A refusal tells a role that holds nothing on
the object that there is no such object (2003), and any other that it may not (3001).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from access_world import World

RULES: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "privileges.yaml").read_text())
PATHS = [(kind, path) for kind, rule in RULES["kinds"].items() for path in rule["paths"]]
# The other kinds are tried where time does not matter.
_ALWAYS = {"SECURE VIEW", "STREAM", "FUNCTION", "PROCEDURE", "TASK"}
# 2037 and 2141: a view or a function that may not read.
_REFUSALS = {"2003", "3001", "2037", "2141"}


@dataclass(frozen=True)
class Holder:
    """A role, and how it came to what it holds.

    Attributes:
        name: Of the role, without its prefix.
        held: Privileges on the object.
        reaches: Whether it has a privilege on the database, and one on the schema.
    """

    name: str
    held: frozenset[str]
    reaches: bool = True

    @property
    def role(self) -> str:
        return "R_" + self.name.replace(" ", "_").upper()


def holders(rule: dict[str, Any]) -> list[Holder]:
    """Return the roles that try the statements of a kind."""
    read = frozenset({rule["read"]})
    found = [
        Holder("nothing", frozenset(), reaches=False),
        Holder("parents", frozenset()),
        *(Holder(privilege, frozenset({privilege})) for privilege in rule["privileges"]),
        Holder("all", frozenset(rule["privileges"])),
        Holder("ownership", frozenset({"OWNERSHIP"})),
        Holder("inherited", read),
        Holder("database role", read),
        Holder("revoked", frozenset()),
        Holder("no schema", read, reaches=False),
        Holder("no database", read, reaches=False),
        Holder("other parents", read),
    ]
    if rule.get("future", True):
        found.append(Holder("future", read))
    return found


def expected(holder: Holder, path: dict[str, Any]) -> str:
    """Return what the rule says: `ok`, or the code of the refusal."""
    if not holder.reaches:
        return "2003"
    if "OWNERSHIP" in holder.held:
        return "ok"
    for need in path["needs"]:
        if bool(holder.held) if need == "any" else set(need) <= holder.held:
            return "ok"
    return "3001" if holder.held and not path.get("lists") else "2003"


class Objects:
    """Makes the objects that statements are tried on, each once or for each role anew."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._made: dict[tuple[str, str], str] = {}
        self._count = 0

    def name(self, kind: str, holder: Holder, *, again: bool, before: str | None) -> str:
        """Return the name of an object on which a role holds what its holder says."""
        key = (kind, holder.name)
        if again or key not in self._made:
            self._count += 1
            made = f"O{self._count}"
            self._make(RULES["kinds"][kind], kind, holder, f"A.S.{made}")
            if before is not None:
                owner = holder.role if "OWNERSHIP" in holder.held else "ACCOUNTADMIN"
                self.world.run(owner, before.format(o=f"A.S.{made}"))
            if again:
                return made
            self._made[key] = made
        return self._made[key]

    def _make(self, rule: dict[str, Any], kind: str, holder: Holder, name: str) -> None:
        admin, role, read = self.world.admin, holder.role, rule["read"]
        kind = rule.get("kind", kind)
        on = f"{kind} {name}{rule.get('signature', '')}"
        if holder.name == "future":
            admin(f"GRANT {read} ON FUTURE {rule['plural']} IN SCHEMA A.S TO ROLE {role}")
        admin(*(sql.format(o=name) for sql in rule["create"]))
        if holder.name == "future":
            admin(f"REVOKE {read} ON FUTURE {rule['plural']} IN SCHEMA A.S FROM ROLE {role}")
        elif holder.name == "ownership":
            admin(f"GRANT OWNERSHIP ON {on} TO ROLE {role} REVOKE CURRENT GRANTS")
        elif holder.name == "all":
            admin(f"GRANT ALL ON {on} TO ROLE {role}")
        elif holder.name == "inherited":
            admin(f"GRANT {read} ON {on} TO ROLE R_HEIRLOOM")
        elif holder.name == "database role":
            admin(f"GRANT {read} ON {on} TO DATABASE ROLE A.HELD")
        elif holder.name == "revoked":
            admin(
                f"GRANT {read} ON {on} TO ROLE {role}",
                f"REVOKE {read} ON {on} FROM ROLE {role}",
            )
        else:
            admin(*(f"GRANT {privilege} ON {on} TO ROLE {role}" for privilege in holder.held))


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Objects]:
    world = World(tmp_path_factory.mktemp("privileges"))
    world.admin(
        "CREATE DATABASE MINE",
        "CREATE SCHEMA MINE.S",
        "CREATE DATABASE A",
        "CREATE SCHEMA A.S",
        "GRANT USAGE ON WAREHOUSE COMPUTE_WH TO ROLE PUBLIC",
        "GRANT ALL ON DATABASE MINE TO ROLE PUBLIC",
        "GRANT ALL ON SCHEMA MINE.S TO ROLE PUBLIC",
        "CREATE DATABASE ROLE A.HELD",
    )
    for table in ("BASE", "OPEN", "SINK"):
        world.admin(f"CREATE TABLE A.S.{table} (ID INT, X VARCHAR)")
        world.admin(f"INSERT INTO A.S.{table} VALUES (1, 'a'), (2, 'b')")
    usage = ("USAGE ON DATABASE A", "USAGE ON SCHEMA A.S")
    world.role("R_HEIRLOOM")
    rules = RULES["kinds"].values()
    for holder in {holder.role: holder for rule in rules for holder in holders(rule)}.values():
        world.role(holder.role, "SELECT ON TABLE A.S.OPEN")
        if holder.reaches and holder.name != "other parents":
            world.role(holder.role, *usage)
    world.role("R_NO_SCHEMA", "USAGE ON DATABASE A")
    world.role("R_NO_DATABASE", "USAGE ON SCHEMA A.S")
    world.role("R_OTHER_PARENTS", "MONITOR ON DATABASE A", "CREATE TAG ON SCHEMA A.S")
    world.role("R_INHERITED", "ROLE R_HEIRLOOM")
    world.role("R_DATABASE_ROLE", "DATABASE ROLE A.HELD")
    # An owner may read and make what its objects are made of.
    world.role("R_OWNERSHIP", "ALL ON SCHEMA A.S", "EXECUTE TASK ON ACCOUNT")
    for table in ("BASE", "SINK"):
        world.role("R_OWNERSHIP", f"SELECT, INSERT ON TABLE A.S.{table}")
    yield Objects(world)
    world.close()


@pytest.mark.parametrize(
    ("kind", "name"),
    [pytest.param(*path, marks=[] if path[0] in _ALWAYS else pytest.mark.slow) for path in PATHS],
)
def test_privileges(objects: Objects, kind: str, name: str) -> None:
    rule = RULES["kinds"][kind]
    path = rule["paths"][name]
    wrong = []
    for holder in holders(rule):
        again = bool(path.get("again"))
        last = objects.name(kind, holder, again=again, before=path.get("before"))
        mine = f"MINE.S.{last}_{PATHS.index((kind, name))}"
        words = {"o": f"A.S.{last}", "n": last, "r": holder.role, "mine": mine}
        if "mine" in path:
            objects.world.run(holder.role, path["mine"].format(**words))
        statements = [path["sql"]] if isinstance(path["sql"], str) else path["sql"]
        run = objects.world.lists if path.get("lists") else objects.world.verdict
        found = run(holder.role, *(sql.format(**words) for sql in statements))
        wanted = expected(holder, path)
        if path.get("unknown") and found == "2140":
            found = "2003"
        if wanted != found and not (
            path.get("any_refusal") and wanted != "ok" and found in _REFUSALS
        ):
            wrong.append(f"{holder.name}: {found} instead of {wanted}")
    assert not wrong, "\n".join(wrong)


def test_the_matrix_is_large_and_every_rule_names_its_page() -> None:
    combinations = sum(len(holders(rule)) * len(rule["paths"]) for rule in RULES["kinds"].values())
    assert combinations >= 1_500
    for rule in RULES["kinds"].values():
        for path in rule["paths"].values():
            page = path.get("page", rule.get("page", RULES["page"]))
            assert page.startswith("https://docs.snowflake.com/en/")


@pytest.mark.parametrize("verdict", ["ok", "2003", "3001"])
def test_the_rule_can_say_everything(verdict: str) -> None:
    found = {
        expected(holder, path)
        for rule in RULES["kinds"].values()
        for path in rule["paths"].values()
        for holder in holders(rule)
    }
    assert verdict in found
