"""What only a query for one object tells is read back, from answers as documentation has them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from projects import compile_text

from hushflake.schema.kinds import kind_named
from hushflake.schema.kinds.reading import Answer, Query, Scope
from hushflake.schema.planner import make_plan
from hushflake.schema.state import Desired, State

GOVERNED = """
- {kind: schema, name: S}
- {kind: tag, name: S.PII}
- {kind: tag, name: S.OWNER}
- kind: masking_policy
  name: S.MASK
  arguments: [{name: v, type: string}]
  returns: string
  body: "'*'"
- {kind: row_access_policy, name: S.MINE, arguments: [{name: v, type: string}], body: "TRUE"}
- kind: table
  name: S.T
  columns: [{name: id, type: string}, {name: email, type: string}]
  tags: [{tag: S.OWNER, value: team}, {tag: S.PII, value: email, column: email}]
  masking: [{column: email, policy: S.MASK}]
  row_access: {policy: S.MINE, on: [id]}
- kind: table
  name: S.PLAIN
  columns: [{name: id, type: string}]
"""
TAGS = [
    {"tag_database": "DB", "tag_schema": "S", "tag_name": "OWNER", "tag_value": "team",
     "level": "TABLE", "column_name": "ID"},
    {"tag_database": "DB", "tag_schema": "S", "tag_name": "OWNER", "tag_value": "team",
     "level": "TABLE", "column_name": "EMAIL"},
    {"tag_database": "DB", "tag_schema": "S", "tag_name": "PII", "tag_value": "email",
     "level": "COLUMN", "column_name": "EMAIL"},
    {"tag_database": "DB", "tag_schema": "S", "tag_name": "COST", "tag_value": "x",
     "level": "SCHEMA", "column_name": "ID"},
    {"tag_database": "SNOWFLAKE", "tag_schema": "CORE", "tag_name": "PRIVACY_CATEGORY",
     "tag_value": "IDENTIFIER", "level": "COLUMN", "column_name": "EMAIL"},
]  # fmt: skip
ON_T = {"policy_db": "DB", "policy_schema": "S", "ref_database_name": "DB",
        "ref_schema_name": "S", "ref_entity_name": "T"}  # fmt: skip
MASK = {**ON_T, "policy_name": "MASK", "ref_column_name": "EMAIL", "ref_arg_column_names": None}
MINE = {**ON_T, "policy_name": "MINE", "ref_column_name": None,
        "ref_arg_column_names": '[ "ID" ]'}  # fmt: skip
THROUGH_A_TAG = {**MASK, "ref_column_name": "ID", "tag_name": "PII"}
ON_A_TAG = {**MASK, "ref_entity_domain": "TAG", "ref_column_name": None, "tag_name": None}
SHOWN = [
    {"name": name, "database_name": "DB", "schema_name": "S", "kind": "TABLE", "comment": "",
     "cluster_by": "", "retention_time": "1", "change_tracking": "OFF"}
    for name in ("T", "PLAIN")
]  # fmt: skip
COLUMN = {"table_catalog": "DB", "table_schema": "S", "column_default": None, "comment": None,
          "is_nullable": "YES", "data_type": "TEXT",
          "character_maximum_length": 16777216}  # fmt: skip
COLUMNS = [
    {**COLUMN, "table_name": "T", "column_name": "ID"},
    {**COLUMN, "table_name": "T", "column_name": "EMAIL"},
    {**COLUMN, "table_name": "PLAIN", "column_name": "ID"},
]


def read(
    kind: str, scope: Scope, answers: Mapping[str, Iterable[Mapping[str, Any]] | None]
) -> State:
    """Answers by a piece of the statement; None: the account refuses; others have no rows."""

    def answer(query: Query) -> Answer:
        rows = next((rows for piece, rows in answers.items() if piece in query.sql), ())
        return Answer(query, [], failed=True) if rows is None else Answer(query, list(rows))

    return State.of(kind_named(kind).read([answer(q) for q in kind_named(kind).queries(scope)]))


def account(desired: Desired, found: State, last: State) -> State:
    """Everything as it was applied, but for what was read."""
    return replace(last, resources={**last.resources, **found.resources})


def tables(desired: Desired, tags: Any = TAGS, mask: Any = (MASK,), mine: Any = (MINE,)) -> State:
    return read(
        "table",
        desired.scope(),
        {
            "SHOW TABLES": SHOWN,
            "INFORMATION_SCHEMA.COLUMNS": COLUMNS,
            "TAG_REFERENCES": tags,
            "'DB.S.MASK'": mask,
            "'DB.S.MINE'": mine,
        },
    )


def test_what_is_attached_to_a_table_as_declared(tmp_path: Path) -> None:
    desired = compile_text(tmp_path, GOVERNED)
    asked = [q.sql for q in kind_named("table").queries(desired.scope()) if "REFERENCES" in q.sql]
    assert asked == [
        "SELECT * FROM TABLE(DB.INFORMATION_SCHEMA.TAG_REFERENCES_ALL_COLUMNS('DB.S.T', 'table'))",
        "SELECT * FROM TABLE(DB.INFORMATION_SCHEMA.POLICY_REFERENCES(POLICY_NAME => 'DB.S.MASK'))",
        "SELECT * FROM TABLE(DB.INFORMATION_SCHEMA.POLICY_REFERENCES(POLICY_NAME => 'DB.S.MINE'))",
    ]
    last = desired.state()
    for found in (
        tables(desired),
        tables(desired, mask=(MASK, THROUGH_A_TAG)),
        tables(desired, mask=(MASK, ON_A_TAG)),
        tables(desired, tags=None, mask=None),  # told nothing: what was applied counts
    ):
        assert not make_plan(desired, account(desired, found, last), last).operations
    again = State.from_plain(tables(desired).to_plain())
    assert not make_plan(desired, account(desired, again, last), last).operations


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"tags": TAGS[:2]}, ["set_tag table DB.S.T column EMAIL DB.S.PII"]),
        ({"tags": TAGS[2:]}, ["set_tag table DB.S.T DB.S.OWNER"]),
        (
            {"tags": [*TAGS[:2], {**TAGS[2], "column_name": "ID"}]},
            [
                "set_tag table DB.S.T column EMAIL DB.S.PII",
                "unset_tag table DB.S.T column ID DB.S.PII",
            ],
        ),
        ({"mask": ()}, ["set_masking table DB.S.T column EMAIL"]),
        (
            {"mask": (MASK, {**MASK, "ref_entity_name": "PLAIN", "ref_column_name": "ID"})},
            ["unset_masking table DB.S.PLAIN column ID"],
        ),
        ({"mine": ()}, ["set_row_access table DB.S.T"]),
    ],
)
def test_what_was_attached_or_taken_off_by_hand(
    tmp_path: Path, changed: dict[str, Any], expected: list[str]
) -> None:
    desired = compile_text(tmp_path, GOVERNED)
    last = desired.state()
    plan = make_plan(desired, account(desired, tables(desired, **changed), last), last)
    assert [operation.id for operation in plan.operations] == expected
    assert {operation.cause for operation in plan.operations} == {"drift"}


TASK = """
- {kind: schema, name: S}
- {kind: task, name: S.PLAIN, schedule: 1 HOUR, definition: SELECT 1}
- kind: task
  name: S.TUNED
  schedule: 1 HOUR
  definition: SELECT 1
  timeout_ms: 60000
  auto_retry_attempts: 2
  serverless_size: small
"""


def parameters(**values: str) -> list[dict[str, str]]:
    known = {"USER_TASK_TIMEOUT_MS": "60000", "TASK_AUTO_RETRY_ATTEMPTS": "2",
             "USER_TASK_MANAGED_INITIAL_WAREHOUSE_SIZE": "SMALL"}  # fmt: skip
    rows = [{"key": key, "value": value, "level": "TASK"} for key, value in known.items()]
    inherited = {"key": "SUSPEND_TASK_AFTER_NUM_FAILURES", "value": "10", "level": ""}
    return [row | {"value": values.get(row["key"], row["value"])} for row in [*rows, inherited]]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (parameters(), []),
        (None, []),
        (
            parameters(USER_TASK_TIMEOUT_MS="1000"),
            ["", "USER_TASK_TIMEOUT_MS 1000 -> 60000", ""],
        ),
    ],
)
def test_parameters_of_a_task(
    tmp_path: Path, told: list[dict[str, str]] | None, expected: list[str]
) -> None:
    desired = compile_text(tmp_path, TASK)
    last = desired.state()
    row = {"database_name": "DB", "schema_name": "S", "schedule": "1 HOUR",
           "definition": "SELECT 1", "state": "started"}  # fmt: skip
    answers = {
        "SHOW TASKS": [{**row, "name": "PLAIN"}, {**row, "name": "TUNED"}],
        "SHOW PARAMETERS IN TASK DB.S.TUNED": told,
    }
    found = read("task", desired.scope(), answers)
    plan = make_plan(desired, account(desired, found, last), last)
    assert [op.reason if op.action == "alter" else "" for op in plan.operations] == expected
    assert all(op.name == "DB.S.TUNED" for op in plan.operations)
    assert {op.cause for op in plan.operations if op.action == "alter"} <= {"drift"}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([{"key": "STATEMENT_TIMEOUT_IN_SECONDS", "value": "60", "level": "WAREHOUSE"}], []),
        (None, []),
        (
            [{"key": "STATEMENT_TIMEOUT_IN_SECONDS", "value": "172800", "level": ""}],
            ["STATEMENT_TIMEOUT_IN_SECONDS None -> 60"],
        ),
    ],
)
def test_parameters_of_a_warehouse(
    tmp_path: Path, told: list[dict[str, str]] | None, expected: list[str]
) -> None:
    desired = compile_text(tmp_path, "- {kind: warehouse, name: WH, statement_timeout: 60}\n")
    last = desired.state()
    row = {"name": "WH", "type": "STANDARD", "size": "X-Small", "auto_suspend": "600"}
    answers = {"SHOW WAREHOUSES": [row], "SHOW PARAMETERS IN WAREHOUSE WH": told}
    found = read("warehouse", desired.scope(), answers)
    plan = make_plan(desired, account(desired, found, last), last)
    assert [op.reason for op in plan.operations] == expected


VIEW = """
- {kind: schema, name: S}
- {kind: warehouse, name: WH}
- kind: table
  name: S.T
  change_tracking: true
  columns: [{name: id, type: string}, {name: n, type: integer}]
- {kind: view, name: S.U, query: SELECT id FROM S.T}
- {kind: cortex_search_service, name: S.CSS, on: id, warehouse: WH, query: SELECT id FROM S.T}
- kind: semantic_view
  name: S.V
  comment: About T
  tables:
    - {name: t, on: {table: S.T}, primary_key: [id], synonyms: [things]}
    - {name: u, on: {view: S.U}, primary_key: [id]}
  relationships: [{name: t_u, table: t, columns: [id], to: u}]
  facts:
    - {name: odd, table: t, expression: T.N = 1, filter: true}
    - {name: n, table: t, expression: T.N}
    - {name: big, table: t, expression: T.N > 9, private: true}
  dimensions: [{name: id, table: t, expression: T.ID, comment: The id, search: S.CSS}]
  metrics: [{name: total, table: t, expression: SUM(T.N)}, {name: twice, expression: 2 * T.TOTAL}]
  instructions: Be exact
  verified_queries:
    - name: asked
      question: How much?
      verified_at: 2026-11-02
      onboarding: true
      sql: SELECT * FROM SEMANTIC_VIEW(V METRICS total)
"""


def described(**changed: str) -> list[dict[str, str | None]]:
    facts: dict[tuple[str, str | None, str | None], dict[str, str]] = {
        ("TABLE", "T", None): {"BASE_TABLE_DATABASE_NAME": "DB", "BASE_TABLE_SCHEMA_NAME": "S",
                               "BASE_TABLE_NAME": "T", "PRIMARY_KEY": '["ID"]',
                               "SYNONYMS": '["things"]'},
        ("TABLE", "U", None): {"BASE_TABLE_DATABASE_NAME": "DB", "BASE_TABLE_SCHEMA_NAME": "S",
                               "BASE_TABLE_NAME": "U", "PRIMARY_KEY": '["ID"]'},
        ("RELATIONSHIP", "T_U", "T"): {"TABLE": "T", "REF_TABLE": "U", "FOREIGN_KEY": '["ID"]',
                                       "REF_KEY": '["ID"]'},
        ("FACT", "N", "T"): {"TABLE": "T", "EXPRESSION": "t.n", "DATA_TYPE": "NUMBER(38,0)"},
        ("DIMENSION", "ID", "T"): {"TABLE": "T", "EXPRESSION": "T.ID", "COMMENT": "The id"},
        ("METRIC", "TOTAL", "T"): {"TABLE": "T", "EXPRESSION": "SUM( T.N )"},
        ("DERIVED_METRIC", "TWICE", None): {"EXPRESSION": "2 * T.TOTAL"},
        # Sorted by name, whatever the order of the definition.
        ("FACT", "BIG", "T"): {"EXPRESSION": "T.N > 9", "ACCESS_MODIFIER": "PRIVATE"},
        ("FACT", "ODD", "T"): {"EXPRESSION": "T.N = 1", "LABELS": '["filter"]'},
        ("CUSTOM_INSTRUCTIONS", None, None): {"AI_SQL_GENERATION": "Be exact"},
        ("AI_VERIFIED_QUERY", "ASKED", None): {
            "QUESTION": "How much?", "VERIFIED_AT": "1793577600", "ONBOARDING_QUESTION": "TRUE",
            "SQL": "SELECT * FROM SEMANTIC_VIEW(DB.S.V METRICS TOTAL)"},
    }  # fmt: skip
    rows: list[dict[str, str | None]] = [
        {"object_kind": None, "object_name": None, "parent_entity": None, "property": "COMMENT",
         "property_value": "About T"}
    ]  # fmt: skip
    for (kind, name, parent), told in facts.items():
        for key, value in told.items():
            new = changed.get(f"{kind}_{name}_{key}", value)
            rows.append({"object_kind": kind, "object_name": name, "parent_entity": parent,
                         "property": key, "property_value": new})  # fmt: skip
    return rows


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (described(), None),
        (None, None),
        (described()[:1], None),
        (described(METRIC_TOTAL_EXPRESSION="MAX(T.N)"), "metrics changes: grants are kept"),
        (described(DIMENSION_ID_COMMENT="the ID"), "dimensions changes: grants are kept"),
        (described(TABLE_U_BASE_TABLE_NAME="T"), "tables changes: grants are kept"),
        (described(RELATIONSHIP_T_U_REF_TABLE="T"), "relationships changes: grants are kept"),
        (described(FACT_BIG_ACCESS_MODIFIER="PUBLIC"), "facts changes: grants are kept"),
        (described(FACT_ODD_LABELS="[]"), "facts changes: grants are kept"),
        (
            described(CUSTOM_INSTRUCTIONS_None_AI_SQL_GENERATION="Guess"),
            "instructions changes: grants are kept",
        ),
        *(
            (
                described(**{f"AI_VERIFIED_QUERY_ASKED_{key}": value}),
                "verified queries changes: grants are kept",
            )
            for key, value in {
                "QUESTION": "How many?",
                "VERIFIED_AT": "1793577601",
                "ONBOARDING_QUESTION": "FALSE",
                "SQL": "SELECT 1",
            }.items()
        ),
    ],
)
def test_the_inside_of_a_semantic_view(
    tmp_path: Path, told: list[dict[str, Any]] | None, reason: str | None
) -> None:
    desired = compile_text(tmp_path, VIEW)
    last = desired.state()
    row = {"name": "V", "database_name": "DB", "schema_name": "S", "comment": "About T"}
    found = read("semantic_view", desired.scope(), {"SHOW": [row], "DESCRIBE": told})
    plan = make_plan(desired, account(desired, found, last), last)
    assert [op.reason for op in plan.operations] == ([reason] if reason else [])


def test_the_search_of_a_dimension_is_compared_with_what_was_applied(tmp_path: Path) -> None:
    desired = compile_text(tmp_path / "with", VIEW)
    last = compile_text(tmp_path / "without", VIEW.replace(", search: S.CSS", "")).state()
    row = {"name": "V", "database_name": "DB", "schema_name": "S", "comment": "About T"}
    found = read("semantic_view", desired.scope(), {"SHOW": [row], "DESCRIBE": described()})
    plan = make_plan(desired, account(desired, found, last), last)
    assert [op.reason for op in plan.operations] == ["searches changes: grants are kept"]


def test_foreign_keys_of_several_columns(tmp_path: Path) -> None:
    text = """
- {kind: schema, name: S}
- kind: table
  name: S.A
  columns: [{name: x, type: integer}, {name: '"y z"', type: integer}]
  primary_key: [x, '"y z"']
- {kind: table, name: S.B, columns: [{name: '"p q"', type: integer}, {name: r, type: integer}]}
- {kind: foreign_key, table: S.B, columns: ['"p q"', r], to: S.A}
"""
    desired = compile_text(tmp_path, text)
    row = {"pk_database_name": "DB", "pk_schema_name": "S", "pk_table_name": "A",
           "fk_database_name": "DB", "fk_schema_name": "S", "fk_table_name": "B",
           "fk_name": "SYS_CONSTRAINT_1", "rely": "false"}  # fmt: skip
    rows = [
        {**row, "key_sequence": "2", "pk_column_name": "y z", "fk_column_name": "R"},
        {**row, "key_sequence": "1", "pk_column_name": "X", "fk_column_name": "p q"},
    ]
    found = read("foreign_key", desired.scope(), {"SHOW IMPORTED KEYS IN DATABASE DB": rows})
    (key,) = found.resources
    assert key.name == 'DB.S.B("p q", R)'
    assert found.resources[key].spec == desired.resources[key].spec
