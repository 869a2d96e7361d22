"""A semantic view with all of its clauses: planned, applied, described as declared, dropped."""

from desk import Desk, lines

BASE = lines(
    "- {kind: schema, name: S}",
    "- {kind: table, name: S.C, columns: [{name: ID, type: integer}, {name: NAME, type: text}]}",
    "- {kind: table, name: S.O, columns: [{name: ID, type: integer}, {name: C_ID, type: integer}]}",
)
VIEW = lines(
    "- kind: semantic_view",
    "  name: S.SALES",
    "  comment: Sales",
    # Not in the order of their names, in which DESCRIBE reports them.
    "  tables:",
    "    - {name: orders, on: {table: O}, primary_key: id, synonyms: [deals, sales]}",
    "    - {name: buyers, on: {table: C}, primary_key: id, comment: Who buys}",
    "  relationships: [{name: placed_by, table: orders, columns: c_id, to: buyers}]",
    "  facts:",
    "    - {name: odd, table: orders, expression: orders.id % 2 = 1, filter: true}",
    "    - {name: half, table: orders, expression: orders.id / 2, private: true}",
    "  dimensions: [{name: buyer, table: buyers, expression: buyers.name}]",
    "  metrics:",
    "    - {name: total, table: orders, expression: SUM(orders.half)}",
    "    - {name: count, table: orders, expression: COUNT(*), comment: Of orders}",
    "    - {name: mean, expression: orders.total / orders.count}",
    "  instructions: Round",
    "  question_instructions: Refuse the weather",
    "  verified_queries:",
    "    - {name: most, question: Who?, verified_at: 2026-11-02, verified_by: STEWARD = ada,",
    "       onboarding: true, sql: SELECT * FROM SEMANTIC_VIEW(SALES METRICS count)}",
    '    - {name: every, question: "It\'s how many?", sql: SELECT COUNT(*) AS N FROM O}',
)


def test_a_semantic_view_is_kept_as_it_is_declared(desk: Desk) -> None:
    desk.deploy(BASE + VIEW)
    desk.execute(
        "INSERT INTO DB.S.O VALUES (1, 1), (2, 1), (3, 2)", "INSERT INTO DB.S.C VALUES (1, 'Ada')"
    )
    found = desk.query(
        "SELECT * FROM SEMANTIC_VIEW(DB.S.SALES DIMENSIONS buyer METRICS mean WHERE odd) ORDER BY 1"
    )
    assert [tuple(row.values()) for row in found] == [("Ada", 0.5), (None, 1.5)]
    for old, new, field in (
        ("Who?", "Who else?", "verified queries"),
        ("STEWARD = ada", "STEWARD = ben", "verifiers"),
        (", private: true", "", "facts"),
        ("instructions: Round", "instructions: Cut", "instructions"),
    ):
        desk.declare(BASE + VIEW.replace(old, new, 1))
        (operation,) = desk.plan().plan.operations
        assert operation.reason == f"{field} changes: grants are kept"
    # What somebody changes by hand is drift.
    desk.declare(BASE + VIEW.replace("Who?", "By hand?"))
    desk.execute(*desk.sql())
    desk.declare(BASE + VIEW)
    (pending,) = desk.pending()
    assert pending.endswith("[drift]")
    desk.deploy(BASE + VIEW)
    (kept,) = (
        row["property_value"]
        for row in desk.query("DESCRIBE SEMANTIC VIEW DB.S.SALES")
        if (row["object_name"], row["property"]) == ("MOST", "QUESTION")
    )
    assert kept == "Who?"
    desk.deploy(BASE)
    assert desk.query("SHOW SEMANTIC VIEWS IN SCHEMA DB.S") == []
