"""Masking and row access policies hold on every way by which rows leave a table.

`policies.yaml` has the ways and what each gives; two roles try them, one that the policies let see
everything and one that they do not, with objects that either of them owns.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from access_world import World

RULES: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "policies.yaml").read_text())
ROLES = ("P_CLEAR", "P_PLAIN")
# One variant has policies of both kinds; the others are tried where time does not matter.
CASES = [
    pytest.param(variant, path, marks=[] if variant == "both" else pytest.mark.slow)
    for variant in RULES["variants"]
    for path in RULES["paths"]
]
Sees = list[tuple[int, str]]
_ALL: Sees = [(1, "111"), (2, "222"), (3, "333")]
GIVES: dict[str, Callable[[Sees], list[Any]]] = {
    "pairs": list,
    "ssn": lambda sees: [ssn for _, ssn in sees],
    "ids": lambda sees: [key for key, _ in sees],
    "hit": lambda sees: [key for key, ssn in sees if ssn == "222"],
    "missed": lambda sees: [key for key, ssn in sees if ssn != "222"],
    "count": lambda sees: [len(sees)],
    "greatest": lambda sees: [max(ssn for _, ssn in sees)],
    "unseen": lambda sees: [key for key, _ in _ALL if key not in dict(sees)],
    "kept": lambda sees: [key for key, _ in _ALL if dict(sees).get(key) != "222"],
    "three": lambda sees: [key for key, _ in _ALL],
    "everything": lambda sees: _ALL,
    "new": lambda sees: ["new"],
}


def sees(variant: str, role: str) -> Sees:
    """Return ID and SSN of the rows as the policies of a variant leave them to a role."""
    if role != "P_PLAIN":
        return _ALL
    rows = _ALL if variant == "mask" else [row for row in _ALL if row[0] < 3]
    return rows if variant == "rows" else [(key, "***") for key, _ in rows]


@dataclass
class Tables:
    """Makes the protected table, once a variant for what only reads it and anew for the rest."""

    world: World
    count: int = 0

    def __post_init__(self) -> None:
        self._made: dict[str, str] = {}

    def name(self, variant: str, *, again: bool) -> str:
        """Return the name of a table with its policies, in the schema P.S."""
        if not again and variant in self._made:
            return self._made[variant]
        self.count += 1
        table = f"P.S.T{self.count}"
        made = [*RULES["table"], *RULES["variants"][variant]]
        self.world.admin(*(sql.format(t=table) for sql in made))
        writing = f"SELECT, INSERT, UPDATE, DELETE ON TABLE {table}"
        self.world.role("P_COMMON", writing, f"SELECT ON STREAM {table}_MARK")
        if not again:
            self._made[variant] = table
        return table


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tables]:
    world = World(tmp_path_factory.mktemp("policies"))
    world.admin(*RULES["setup"])
    world.role("P_COMMON", "EXECUTE TASK ON ACCOUNT")
    for database in ("MINE", "P"):
        world.role("P_COMMON", f"USAGE ON DATABASE {database}", f"ALL ON SCHEMA {database}.S")
    for role in (*ROLES, "P_ALL"):
        world.role(role, "ROLE P_COMMON")
    yield Tables(world)
    world.close()


def outcome(tables: Tables, variant: str, path: dict[str, Any], owner: str, role: str) -> list[Any]:
    """Go the way of a path and return what the last statement gives, in order."""
    world = tables.world
    table = tables.name(variant, again=any(key in path for key in ("as", "made", "do")))
    last = table.rsplit(".", 1)[1]
    words = {"t": table, "n": last, "o": f"P.S.O_{last}", "r": f"MINE.S.{last}_", "role": role}

    def listed(key: str) -> list[str]:
        found = path.get(key, [])
        return [sql.format(**words) for sql in ([found] if isinstance(found, str) else found)]

    world.run("ACCOUNTADMIN" if path.get("by") == "admin" else owner, *listed("made"))
    if "grant" in path:
        on = f"{path['grant']} {words['o']}{path.get('signature', '')}"
        world.run(owner, f"GRANT {on} TO ROLE {role}")
    world.run(role, *listed("do"))
    rows = world.run("P_ALL" if path.get("as") == "all" else role, *listed("read"))
    return sorted((row if len(row) > 1 else row[0]) for row in rows)


@pytest.mark.parametrize(("variant", "name"), CASES)
def test_policies(tables: Tables, variant: str, name: str) -> None:
    path = RULES["paths"][name]
    wrong = []
    for owner in ROLES if "made" in path else ("P_PLAIN",):
        for role in ROLES:
            counts = owner if path.get("whose") == "owner" else role
            wanted = GIVES[path["gives"]](sees(variant, counts))
            found = outcome(tables, variant, path, owner, role)
            if found != wanted:
                wrong.append(f"{role}, of {owner}: {found} instead of {wanted}")
    assert not wrong, "\n".join(wrong)


def test_the_matrix_is_large() -> None:
    ways = sum(4 if "made" in path else 2 for path in RULES["paths"].values())
    assert ways * len(RULES["variants"]) >= 600
    for path in RULES["paths"].values():
        assert path.get("page", RULES["page"]).startswith("https://docs.snowflake.com/en/")


@pytest.mark.parametrize("gives", GIVES)
def test_what_a_path_gives_depends_on_the_role(gives: str) -> None:
    if gives not in {"three", "everything", "new"}:
        both = {repr(GIVES[gives](sees("both", role))) for role in ROLES}
        assert len(both) == 2
