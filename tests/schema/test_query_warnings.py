"""What `validate` says of defaults, lags, privileges and the queries of views."""

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
            "'5 fortnight' is not a lag; write for instance 5 minutes",
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
    ],
)
def test_mistakes(tmp_path: Path, definition: str, message: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        validate_stacks(project(tmp_path, f"- {definition}\n"))
    assert message in str(caught.value)


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
