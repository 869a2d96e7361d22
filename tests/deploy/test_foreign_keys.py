"""Foreign keys that an account may hold and nobody declares like that: one name, or one column."""

import pytest
from desk import Desk, lines

PARTS = lines(
    "- {kind: schema, name: S}",
    "- {kind: table, name: S.CITIES, columns: [{name: ID, type: int}], primary_key: [ID]}",
    "- {kind: table, name: S.TOWNS, columns: [{name: ID, type: int}], primary_key: [ID]}",
    "- kind: table",
    "  name: S.PEOPLE",
    "  columns: [{name: HOME, type: int}, {name: WORK, type: int}]",
)


def key(column: str, to: str = "CITIES") -> str:
    return f"- {{kind: foreign_key, table: S.PEOPLE, columns: [{column}], to: S.{to}}}\n"


def names(desk: Desk) -> list[object]:
    return [row["fk_name"] for row in desk.query("SHOW IMPORTED KEYS IN TABLE DB.S.PEOPLE")]


ADD = "ALTER TABLE DB.S.PEOPLE ADD"
BY_HAND = {
    "one name": (
        f"{ADD} CONSTRAINT SAME FOREIGN KEY (HOME) REFERENCES DB.S.CITIES (ID)",
        f"{ADD} CONSTRAINT SAME FOREIGN KEY (WORK) REFERENCES DB.S.CITIES (ID)",
    ),
    "no name, twice the same": (
        f"{ADD} FOREIGN KEY (HOME) REFERENCES DB.S.CITIES (ID)",
        f"{ADD} FOREIGN KEY (HOME) REFERENCES DB.S.CITIES (ID)",
    ),
    "one column, two targets": (
        f"{ADD} FOREIGN KEY (HOME) REFERENCES DB.S.CITIES (ID)",
        f"{ADD} FOREIGN KEY (HOME) REFERENCES DB.S.TOWNS (ID)",
    ),
}


@pytest.mark.parametrize("by_hand", BY_HAND.values(), ids=BY_HAND.keys())
@pytest.mark.parametrize("declared", [("HOME", "WORK"), ("HOME",), ()], ids=len)
def test_foreign_keys_made_by_hand_converge(
    desk: Desk, by_hand: tuple[str, ...], declared: tuple[str, ...]
) -> None:
    desk.deploy(PARTS)
    desk.execute(*by_hand)
    desk.deploy(PARTS + "".join(key(column) for column in declared))


def test_each_key_without_a_name_gets_its_own(desk: Desk) -> None:
    desk.deploy(PARTS)
    desk.execute(*BY_HAND["no name, twice the same"])
    assert len(set(names(desk))) == 2
