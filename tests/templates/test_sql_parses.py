"""Every statement that we render is parsed by sqlfluff's Snowflake dialect.

The few forms that it does not know are named in `OWN_RULES`, each with a rule of our own made from
the documentation instead: the words and clauses in their order.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlfluff.core import FluffConfig, Linter

from hushflake.deploy.render import render
from hushflake.schema.compile import compile_stack, load_stack
from hushflake.schema.planner import make_plan
from hushflake.schema.project import find_project
from hushflake.schema.state import State

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "schema" / "cases"
LINTER = Linter(config=FluffConfig(overrides={"dialect": "snowflake"}))
NAME = r"[A-Z_$0-9.]+"
TEXT = r"'(?:[^'\\]|''|\\.)*'"
TEXTS = rf"\({TEXT}(, {TEXT})*\)"
COLUMNS = rf"\({NAME}(, {NAME})*\)"
ITEM = rf"{NAME} AS .+"
VECTOR_INDEX = rf"{NAME}( \((query_)?model={TEXT}\))?"
SEARCH_OPTIONS = (
    r"(  REFRESH_MODE = (FULL|INCREMENTAL)\n)?(  INITIALIZE = (ON_CREATE|ON_SCHEDULE)\n)?"
    r"(  FULL_INDEX_BUILD_INTERVAL_DAYS = [0-9]+\n)?(  REQUEST_LOGGING = (TRUE|FALSE)\n)?"
    rf"(  AUTO_SUSPEND = [0-9]+\n)?(  COMMENT = {TEXT}\n)?"
)
OWN_RULES = [
    # CREATE SEMANTIC VIEW: the order of its clauses
    re.compile(
        rf"CREATE( OR REPLACE)? SEMANTIC VIEW( IF NOT EXISTS)? {NAME}\n"
        rf"  TABLES \(\n(    {ITEM}\n)+  \)"
        rf"(\n  RELATIONSHIPS \(\n(    {NAME} AS {NAME} {COLUMNS} REFERENCES {NAME},?\n)+  \))?"
        rf"(\n  FACTS \(\n(    {ITEM}\n)+  \))?"
        rf"(\n  DIMENSIONS \(\n(    {ITEM}\n)+  \))?"
        rf"(\n  METRICS \(\n(    {ITEM}\n)+  \))?"
        rf"(\n  COMMENT = {TEXT})?"
        rf"(\n  AI_SQL_GENERATION {TEXT})?"
        rf"(\n  AI_QUESTION_CATEGORIZATION {TEXT})?"
        r"(\n  COPY GRANTS)?"
    ),
    # CREATE CORTEX SEARCH SERVICE: PRIMARY KEY, REFRESH_MODE, INITIALIZE, AUTO_SUSPEND are newer
    re.compile(
        rf"CREATE( OR REPLACE)? CORTEX SEARCH SERVICE( IF NOT EXISTS)? {NAME}\n  ON {NAME}\n"
        rf"(  PRIMARY KEY {COLUMNS}\n)?(  ATTRIBUTES {NAME}(, {NAME})*\n)?"
        rf"  WAREHOUSE = {NAME}\n  TARGET_LAG = {TEXT}\n  EMBEDDING_MODEL = {TEXT}\n"
        rf"{SEARCH_OPTIONS}AS\nSELECT (.|\n)+"
    ),
    # the form of several indexes: no IF NOT EXISTS, each vector index with its model
    re.compile(
        rf"CREATE( OR REPLACE)? CORTEX SEARCH SERVICE {NAME}\n"
        rf"(  TEXT INDEXES {NAME}(, {NAME})*\n)?"
        rf"  VECTOR INDEXES {VECTOR_INDEX}(, {VECTOR_INDEX})*\n"
        rf"(  PRIMARY KEY {COLUMNS}\n)?(  ATTRIBUTES {NAME}(, {NAME})*\n)?"
        rf"  WAREHOUSE = {NAME}\n  TARGET_LAG = {TEXT}\n{SEARCH_OPTIONS}AS\nSELECT (.|\n)+"
    ),
    re.compile(
        rf"ALTER CORTEX SEARCH SERVICE {NAME} SET"
        r"(\n  (WAREHOUSE|TARGET_LAG|FULL_INDEX_BUILD_INTERVAL_DAYS|REQUEST_LOGGING|AUTO_SUSPEND"
        r"|COMMENT) = \S.*)+"
    ),
    re.compile(rf"DROP CORTEX SEARCH SERVICE IF EXISTS {NAME}"),
    re.compile(
        rf"(CREATE( OR REPLACE)? MCP SERVER( IF NOT EXISTS)? {NAME}\n  FROM SPECIFICATION {TEXT})"
    ),
    # Labels, private facts and verified queries.
    re.compile(
        rf"CREATE( OR REPLACE)? SEMANTIC VIEW( IF NOT EXISTS)? {NAME}\n"
        r"  TABLES \((.|\n)+?\n  \)\n(  RELATIONSHIPS \((.|\n)+?\n  \)\n)?"
        rf"(  (FACTS|DIMENSIONS|METRICS) \(\n"
        rf"(    (PRIVATE )?{NAME}( LABELS = \(FILTER\))? AS .+\n)+  \)\n)+"
        rf"(  (COMMENT =|AI_SQL_GENERATION|AI_QUESTION_CATEGORIZATION) {TEXT}\n)*"
        rf"  AI_VERIFIED_QUERIES \(\n(    {NAME} AS \(\n      QUESTION {TEXT}\n"
        r"(      VERIFIED_AT [0-9]+\n)?(      ONBOARDING_QUESTION TRUE\n)?"
        rf"(      VERIFIED_BY {TEXT}\n)?      SQL {TEXT}\n    \),?\n)+  \)(\n  COPY GRANTS)?"
    ),
    re.compile(rf"DROP (MCP SERVER|SEMANTIC VIEW) IF EXISTS {NAME}"),
    # CREATE MASKING POLICY: sqlfluff knows no vector as an argument
    re.compile(
        rf"CREATE MASKING POLICY( IF NOT EXISTS)? {NAME}\n"
        rf"  AS \({NAME} (VECTOR\(FLOAT, [0-9]+\))\) RETURNS \2 ->\n"
        rf"CASE WHEN IS_ROLE_IN_SESSION\({TEXT}\)( OR IS_ROLE_IN_SESSION\({TEXT}\))*"
        rf" THEN {NAME} ELSE NULL END(\n  COMMENT = {TEXT})?"
    ),
    # DROP MASKING POLICY IF EXISTS: assumption A28
    re.compile(rf"DROP MASKING POLICY IF EXISTS {NAME}"),
    # ALTER TAG … SET MASKING POLICY: several at once, and FORCE
    re.compile(
        rf"ALTER TAG( IF EXISTS)? {NAME} SET MASKING POLICY {NAME}"
        rf"(, MASKING POLICY {NAME})*( FORCE)?"
    ),
    re.compile(
        rf"ALTER TAG( IF EXISTS)? {NAME} UNSET MASKING POLICY {NAME}(, MASKING POLICY {NAME})*"
    ),
    # Integrations and network rules are altered, granted on and dropped in newer forms
    re.compile(rf"ALTER (API|EXTERNAL ACCESS) INTEGRATION {NAME} SET\n  COMMENT = {TEXT}"),
    re.compile(
        rf"CREATE NETWORK RULE( IF NOT EXISTS)? {NAME}\n  TYPE = IPV6\n"
        rf"  VALUE_LIST = {TEXTS}\n  MODE = (INGRESS|INTERNAL_STAGE)(\n  COMMENT = {TEXT})?"
    ),
    re.compile(
        rf"ALTER NETWORK RULE {NAME} (SET\n  VALUE_LIST = {TEXTS}|UNSET (COMMENT|VALUE_LIST))"
    ),
    re.compile(
        rf"ALTER NETWORK POLICY {NAME} SET"
        rf"(\n  (ALLOWED|BLOCKED)_(NETWORK_RULE|IP)_LIST = ({TEXTS}|\(\)))+"
    ),
    re.compile(rf"GRANT (USAGE|OWNERSHIP) ON NETWORK RULE {NAME} TO ROLE {NAME}"),
    re.compile(rf"DROP NETWORK RULE IF EXISTS {NAME}"),
    # ALTER STAGE … SET DIRECTORY
    re.compile(rf"ALTER STAGE {NAME} SET DIRECTORY = \(ENABLE = (TRUE|FALSE)\)"),
]


def statements(text: str) -> Iterator[str]:
    """Statements of a plan.sql: each ends with `;` before an empty line or the end."""
    for part in re.split(r";\n(?:\n|\Z)", text):
        if part.strip():
            yield part.strip()


def problems(sql: str) -> list[str]:
    for vector in re.findall(r"\bVECTOR\([^)]*\)?", re.sub(TEXT, "''", sql)):
        if not re.fullmatch(r"VECTOR\((FLOAT|INT), [1-9][0-9]*\)", vector):
            return [f"not a vector type: {vector}"]
    if any(rule.fullmatch(sql) for rule in OWN_RULES):
        return []
    parsed = LINTER.parse_string(f"{sql};\n")
    return [violation.desc() for violation in parsed.violations]


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir()))
def test_case_parses(case: str) -> None:
    for sql in statements((CASES / case / "plan.sql").read_text(encoding="utf-8")):
        assert problems(sql) == [], sql


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE CORTEX SEARCH SERVICE DB.S.X\n  ON A\n  TARGET_LAG = '1 hour'\nAS\nSELECT 1",
        "CREATE SEMANTIC VIEW S.X\n  DIMENSIONS (\n    A.B AS C\n  )\n  TABLES (\n    A AS B\n  )",
        "ALTER STAGE S SET DIRECTORY = (ENABLED = TRUE)",
        (
            "CREATE CORTEX SEARCH SERVICE S.X\n  TEXT INDEXES A\n  WAREHOUSE = W\n"
            "  TARGET_LAG = '1 hour'\nAS\nSELECT 1"
        ),
        "CREATE WAREHOUSE W WITH AUTO_SUPEND = 60",
        "ALTER TAG S.T SET MASKING POLICY S.P, S.Q FORCE",
        "ALTER NETWORK RULE S.R SET\n  TYPE = IPV4",
        "ALTER NETWORK POLICY P SET\n  ALLOWED_NETWORK_RULES = ('S.R')",
        "CREATE TABLE T (A VECTOR(FLOAT 768))",
    ],
)
def test_wrong_statements_are_seen(sql: str) -> None:
    assert problems(sql)


# Parameters are ours to check: sqlfluff lets a misspelt one of a task pass.
PARAMETERS = {
    "TASK": "WAREHOUSE USER_TASK_MANAGED_INITIAL_WAREHOUSE_SIZE SCHEDULE CONFIG OVERLAP_POLICY "
    "USER_TASK_TIMEOUT_MS SUSPEND_TASK_AFTER_NUM_FAILURES TASK_AUTO_RETRY_ATTEMPTS COMMENT "
    "FINALIZE TARGET_COMPLETION_INTERVAL",
    "WAREHOUSE": "WAREHOUSE_TYPE WAREHOUSE_SIZE GENERATION MAX_CLUSTER_COUNT MIN_CLUSTER_COUNT "
    "SCALING_POLICY AUTO_SUSPEND AUTO_RESUME INITIALLY_SUSPENDED RESOURCE_MONITOR COMMENT "
    "ENABLE_QUERY_ACCELERATION QUERY_ACCELERATION_MAX_SCALE_FACTOR MAX_CONCURRENCY_LEVEL "
    "STATEMENT_QUEUED_TIMEOUT_IN_SECONDS STATEMENT_TIMEOUT_IN_SECONDS",
    "TABLE": "DATA_RETENTION_TIME_IN_DAYS MAX_DATA_EXTENSION_TIME_IN_DAYS CHANGE_TRACKING COMMENT",
    "STREAM": "APPEND_ONLY INSERT_ONLY SHOW_INITIAL_ROWS COMMENT",
    "DYNAMIC TABLE": "TARGET_LAG WAREHOUSE REFRESH_MODE INITIALIZE COMMENT",
    "RESOURCE MONITOR": "CREDIT_QUOTA FREQUENCY START_TIMESTAMP",
    "ALERT": "WAREHOUSE SCHEDULE COMMENT",
}
CREATED = re.compile(
    r"CREATE(?: OR REPLACE)?(?: TRANSIENT)? ([A-Z ]+?)(?: IF NOT EXISTS)? [A-Z_$0-9.]+\n"
)


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir()))
def test_parameters_are_documented_ones(case: str) -> None:
    for sql in statements((CASES / case / "plan.sql").read_text(encoding="utf-8")):
        head = re.split(r"\nAS\n|\nWHEN |\n  THEN\n", sql)[0]
        kind = CREATED.match(sql)
        known = PARAMETERS.get(kind[1]) if kind else None
        if known is not None:
            assert set(re.findall(r"^  ([A-Z_]+) = ", head, re.MULTILINE)) <= {*known.split()}, sql


@pytest.mark.parametrize(
    ("stack", "of_a_kind"),
    [
        ("local", 1),
        *(pytest.param(s, 100, marks=pytest.mark.slow) for s in ("local", "dev", "prod")),
    ],
)
def test_the_shipped_project_parses(stack: str, of_a_kind: int) -> None:
    project = find_project(ROOT, "foundation")
    plan = make_plan(compile_stack(project, load_stack(project, stack)), State())
    parsed: Counter[str] = Counter()
    shapes: set[str] = set()
    for operation in plan.operations:
        for sql in render(operation):
            # Statements that differ in names alone are parsed once.
            shape = re.sub(r"[A-Z_0-9]+(\.[A-Z_0-9]+)+|(ROLE|WAREHOUSE) [A-Z_]+", "N", sql)
            kind = f"{operation.action} {operation.kind}"
            if shape not in shapes and parsed[kind] < of_a_kind:
                shapes.add(shape)
                parsed[kind] += 1
                assert problems(sql) == [], sql
    assert len(parsed) >= 9
