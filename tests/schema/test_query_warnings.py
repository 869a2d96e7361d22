"""What `validate` says of defaults, lags, privileges and the queries of views."""

import json
from pathlib import Path

import pytest

from hushflake.schema.compile import compile_stack, load_stack, validate_stacks
from hushflake.schema.errors import DefinitionError
from hushflake.schema.project import Project
from hushflake.schema.query_warnings import MAX_CHARACTERS

BASE = """
- {kind: schema, name: S}
- {kind: role, name: R}
- {kind: warehouse, name: W}
- {kind: table, name: S.T, columns: [{name: ID, type: string}, {name: N, type: int}]}
"""


def project(folder: Path, objects: str) -> Project:
    (folder / "objects").mkdir(exist_ok=True)
    (folder / "hushflake.yaml").write_text("project: v\nexternal: [table S.ELSEWHERE]\n")
    (folder / "objects" / "all.yaml").write_text(BASE + objects)
    return Project("v", folder, folder / ".hushflake")


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        (
            (
                "{kind: dynamic_table, name: S.D, warehouse: W, target_lag: 5 fortnights, "
                "query: SELECT 1 AS A}"
            ),
            "'5 fortnights' is not a lag; write for instance 5 minutes",
        ),
        (
            (
                "{kind: dynamic_table, name: S.D, warehouse: W, target_lag: 5 seconds, "
                "query: SELECT 1 AS A}"
            ),
            "5 second is too short; write 60 seconds or more",
        ),
        (
            "{kind: grant, to: R, privileges: [SELEKT], on: {table: S.T}}",
            "SELEKT is no privilege on a table; did you mean SELECT?",
        ),
        (
            "{kind: grant, to: R, privileges: [OPERATE], on: {future: tables, in: S}}",
            "OPERATE is no privilege on a table",
        ),
        (
            "{kind: table, name: S.U, columns: [{name: N, type: int, default: \"'x'\"}]}",
            "the default of N is a text, and the column is NUMBER",
        ),
        (
            "{kind: table, name: S.U, columns: [{name: N, type: string, default: open}]}",
            "the default of N is the name open, not a value; write a text in quotes",
        ),
        (
            "{kind: table, name: S.U, columns: [{name: N, type: int, default: (SELECT 1)}]}",
            "the default of N holds a query",
        ),
        (
            (
                "{kind: table, name: S.U, columns: [{name: N, type: timestamp_ntz, "
                "default: CURENT_TIMESTAMP()}]}"
            ),
            "calls CURENT_TIMESTAMP, which is no function; did you mean CURRENT_TIMESTAMP?",
        ),
        (
            "{kind: grant, to: R, privileges: [EXCUTE TASK], on: account}",
            "EXCUTE TASK is no privilege; did you mean EXECUTE TASK?",
        ),
        (
            "{kind: grant, to: R, privileges: [SELECT], on: account}",
            "SELECT is no privilege on the account",
        ),
        (
            "{kind: grant, to: R, privileges: [CREATE TABEL], on: {schema: S}}",
            "CREATE TABEL is no privilege; did you mean CREATE TABLE?",
        ),
    ],
)
def test_mistakes(tmp_path: Path, definition: str, message: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        validate_stacks(project(tmp_path, f"- {definition}\n"))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "default",
    [
        *(
            "CURRENT_TIMESTAMP",
            "SYSDATE()",
            "S.SEQ.NEXTVAL",
            "NULL",
            "true",
            "-1.5",
            "UUID_STRING()",
        ),
        *(
            "TO_TIMESTAMP_NTZ('2026-01-01')",
            "S.CURENT_TIMESTAMP()",
            "MY_TIMESTAMP()",
            "UUID_STRING()",
        ),
        "CAST(ARRAY_CONSTRUCT() AS ARRAY)",
    ],
)
def test_defaults_that_an_account_takes(tmp_path: Path, default: str) -> None:
    column = f"{{name: N, type: variant, default: {json.dumps(default)}}}"
    validate_stacks(project(tmp_path, f"- {{kind: table, name: S.U, columns: [{column}]}}\n"))


@pytest.mark.parametrize(
    "privilege",
    [
        *("EXECUTE MANAGED TASK", "MANAGE GRANTS", "CREATE DYNAMIC TABLE", "USE AI FUNCTIONS"),
        *("MODIFY SESSION METRIC LEVEL", "CREATE CORTEX SEARCH SERVICE", "FLY TO THE MOON"),
        *("CREATE DATABASE", "MONITOR USAGE", "APPLY ROW ACCESS POLICY", "CREATE NOTEBOOK"),
    ],
)
def test_a_new_privilege_of_the_account_is_taken(tmp_path: Path, privilege: str) -> None:
    grant = f"{{kind: grant, to: R, privileges: [{privilege}], on: account}}"
    validate_stacks(project(tmp_path, f"- {grant}\n"))


WARNED = {
    "SELECT * FROM S.NOPE": "reads V.S.NOPE, which is not declared",
    "SELECT WRONG FROM S.T": "names a column that is not there: Column 'WRONG'",
    "SELECT A FROM (SELECT 1 AS A) WHERE A NOT NOT": "cannot be read: line 1, near 'NOT'",
}
ACCEPTED = (
    "SELECT ID, N AS M, M + 1 AS P FROM S.T",
    "SELECT ID FROM S.ELSEWHERE",
    "SELECT ID FROM OTHER_DB.S.T2",
    "WITH X AS (SELECT N FROM S.T) SELECT N FROM X",
    "SELECT F.VALUE FROM S.T, LATERAL FLATTEN(INPUT => ARRAY_CONSTRUCT(N)) F",
    "SELECT $1 FROM @S.STAGE",
    "SELECT * FROM TABLE(GENERATOR(ROWCOUNT => 3))",
    "SELECT " + "1, " * MAX_CHARACTERS + "1 FROM S.NOPE",
)


def test_queries(tmp_path: Path) -> None:
    queries = [*WARNED, *ACCEPTED]
    objects = [
        f'- {{kind: view, name: S.V{number}, query: "{query}"}}'
        for number, query in enumerate(queries)
    ]
    made = project(tmp_path, "\n".join(objects))
    found = [str(item) for item in validate_stacks(made)["local"].warnings]
    for number, message in enumerate(WARNED.values()):
        assert any(f"view V.S.V{number}: its query {message}" in text for text in found), message
    assert len(found) == len(WARNED), found
    assert all(text.startswith("objects/all.yaml:") for text in found)
    # No other command pays for reading queries.
    assert compile_stack(made, load_stack(made, "local")).warnings == ()


def test_the_shipped_project_has_no_doubtful_query() -> None:
    from hushflake.schema.folder import SHIPPED_ROOT

    shipped = Project("foundation", SHIPPED_ROOT, SHIPPED_ROOT / ".hushflake")
    for desired in validate_stacks(shipped).values():
        assert not [item for item in desired.warnings if "query" in str(item)]
