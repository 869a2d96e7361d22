"""Task graphs that change their shape: one apply is enough, and what ran runs again."""

from collections.abc import Sequence

from desk import Desk

Graph = Sequence[str]


def root(name: str, more: str = "") -> str:
    return f"name: {name}, schedule: 60 MINUTES{more}"


def child(name: str, *after: str, more: str = "") -> str:
    return f"name: {name}, after: [{', '.join(after)}]{more}"


# What a graph was, and what it becomes; then the way back.
CHANGES: dict[str, tuple[Graph, Graph]] = {
    "ROOT_GOES": ([root("P"), child("C", "P")], [root("C")]),
    "SWAP": ([root("A"), child("B", "A")], [root("B"), child("A", "B")]),
    "RENAMED_ROOT": (
        [root("P"), child("C", "P"), child("D", "C")],
        [root("P2"), child("C", "P2"), child("D", "C")],
    ),
    "MIDDLE_GOES": ([root("A"), child("B", "A"), child("D", "B")], [root("A"), child("D", "A")]),
    "DIAMOND_TO_CHAIN": (
        [root("A"), child("B", "A"), child("D", "A"), child("E", "B", "D")],
        [root("A"), child("B", "A"), child("D", "B"), child("E", "D")],
    ),
    "TWO_ROOTS_MERGE": (
        [root("A"), child("B", "A"), root("X"), child("Y", "X")],
        [root("A"), child("B", "A"), child("X", "B"), child("Y", "X")],
    ),
    "FINALIZER_MOVES": (
        [root("A"), root("B"), "name: F, finalize: A"],
        [root("A"), root("B"), "name: F, finalize: B"],
    ),
    "ROOT_STAYS_SUSPENDED": (
        [root("A", ", state: suspended"), child("B", "A")],
        [root("A", ", state: suspended"), child("B", "A", more=', when: "1 = 1"')],
    ),
}


def declared(side: int, warehouse: str, names: Sequence[str] = tuple(CHANGES)) -> str:
    lines = [f"- {{kind: warehouse, name: {warehouse}, size: xsmall}}"]
    for schema in names:
        lines.append(f"- {{kind: schema, name: {schema}}}")
        lines += [
            f"- {{kind: task, schema: {schema}, warehouse: {warehouse}, definition: SELECT 1, "
            f"{task}}}"
            for task in CHANGES[schema][side]
        ]
    return "\n".join(lines) + "\n"


def states(desk: Desk) -> dict[str, str]:
    rows = desk.query(f"SHOW TASKS IN DATABASE {desk.name}")
    return {f"{row['schema_name']}.{row['name']}": row["state"] for row in rows}


def test_a_graph_of_another_shape_and_back(desk: Desk) -> None:
    warehouse = f"{desk.name}_WH"
    for side in (0, 1, 0):
        desk.deploy(declared(side, warehouse))
        found = states(desk)
        assert len(found) == sum(len(graphs[side]) for graphs in CHANGES.values())
        suspended = [name for name, state in found.items() if state != "started"]
        assert suspended == ["ROOT_STAYS_SUSPENDED.A"]
    desk.execute(f"DROP WAREHOUSE {warehouse}")


def test_a_root_of_others_is_left_as_it_was_found(desk: Desk) -> None:
    """A child of ours was put after it by hand; it is suspended to take that back."""
    warehouse = f"{desk.name}_WH"
    desk.deploy(declared(0, warehouse, ["SWAP"]))
    desk.execute(
        f"CREATE TASK DB.SWAP.THEIRS WAREHOUSE = {warehouse} SCHEDULE = '60 MINUTES' AS SELECT 1",
        "ALTER TASK DB.SWAP.A SUSPEND",
        "ALTER TASK DB.SWAP.B ADD AFTER DB.SWAP.THEIRS",
        "ALTER TASK DB.SWAP.B RESUME",
        "ALTER TASK DB.SWAP.THEIRS RESUME",
        "ALTER TASK DB.SWAP.A RESUME",
    )
    desk.deploy(declared(0, warehouse, ["SWAP"]))
    assert set(states(desk).values()) == {"started"}
    assert len(states(desk)) == 3
    desk.execute(f"DROP WAREHOUSE {warehouse}")


def test_nothing_happens_to_what_comes_back_before_it_is_back(desk: Desk) -> None:
    """Task graphs are suspended, and foreign keys dropped, before everything else: but not before
    the database is there again."""
    warehouse = f"{desk.name}_WH"
    tables = (
        "- {{kind: table, name: SWAP.P, columns: [{{name: ID, type: {0}}}], primary_key: [ID]}}\n"
        "- {{kind: table, name: SWAP.C, columns: [{{name: ID, type: {0}}}]}}\n"
        "- {{kind: foreign_key, table: SWAP.C, columns: [ID], to: SWAP.P}}\n"
    )
    desk.deploy(declared(0, warehouse, ["SWAP"]) + tables.format("int"))
    desk.execute(f"DROP DATABASE {desk.name}")
    desk.deploy(declared(1, warehouse, ["SWAP"]) + tables.format("string(64)"))
    assert set(states(desk).values()) == {"started"}
    desk.execute(f"DROP WAREHOUSE {warehouse}")
