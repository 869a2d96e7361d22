"""Types, SQL text, names, order: the values that everything else is made of."""

import random
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from projects import compile_text

from hushflake.schema.codec import spec_from_plain, spec_to_plain
from hushflake.schema.errors import SchemaError
from hushflake.schema.kinds import all_kinds, kind_named
from hushflake.schema.planner import make_plan
from hushflake.schema.project import find_project
from hushflake.schema.sql.compare import same_sql
from hushflake.schema.sql.queries import complete_names, names_in, query_of_view
from hushflake.schema.state import State
from hushflake.schema.types import keeps_every_value, normal_type, type_change

CASES = Path(__file__).parent / "cases"


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("string", "VARCHAR(16777216)"),
        ("Text", "VARCHAR(16777216)"),
        ("char", "VARCHAR(1)"),
        ("varchar( 20 )", "VARCHAR(20)"),
        ("int", "NUMBER(38, 0)"),
        ("bigint", "NUMBER(38, 0)"),
        ("decimal(10,2)", "NUMBER(10, 2)"),
        ("number(10)", "NUMBER(10, 0)"),
        ("double precision", "FLOAT"),
        ("timestamp", "TIMESTAMP_NTZ(9)"),
        ("datetime(3)", "TIMESTAMP_NTZ(3)"),
        ("timestamp with time zone", "TIMESTAMP_TZ(9)"),
        ("json", "VARIANT"),
        ("binary", "BINARY(8388608)"),
        ("vector(3)", "VECTOR(FLOAT, 3)"),
        ("VECTOR( int , 4096 )", "VECTOR(INT, 4096)"),
    ],
)
def test_types_have_one_spelling(written: str, normal: str) -> None:
    assert normal_type(written) == normal
    assert normal_type(normal) == normal


@pytest.mark.parametrize(
    "wrong", ["varchar(0)", "number(39)", "number(5,6)", "vector(float)", "int(3)", "", "x y"]
)
def test_wrong_types(wrong: str) -> None:
    with pytest.raises(SchemaError):
        normal_type(wrong)


@pytest.mark.parametrize(
    ("actual", "desired", "change"),
    [
        ("VARCHAR(10)", "VARCHAR(20)", "widen"),
        ("VARCHAR(20)", "VARCHAR(10)", "forbidden"),
        ("NUMBER(10, 2)", "NUMBER(12, 2)", "widen"),
        ("NUMBER(10, 2)", "NUMBER(12, 3)", "forbidden"),
        ("VECTOR(FLOAT, 768)", "VECTOR(FLOAT, 1024)", "forbidden"),
        ("BINARY(10)", "BINARY(20)", "forbidden"),
        ("DATE", "DATE", "same"),
        ("DATE", "VARCHAR(20)", "forbidden"),
    ],
)
def test_what_alter_column_can_do(actual: str, desired: str, change: str) -> None:
    assert type_change(actual, desired) == change


@pytest.mark.parametrize(
    ("actual", "desired", "whole"),
    [
        ("VARCHAR(64)", "VARCHAR(64)", True),
        ("VARCHAR(64)", "VARCHAR(63)", False),
        ("BINARY(8)", "BINARY(16)", True),
        ("NUMBER(10, 2)", "NUMBER(12, 4)", True),
        ("NUMBER(10, 2)", "NUMBER(11, 4)", False),
        ("NUMBER(10, 2)", "NUMBER(12, 1)", False),
        ("NUMBER(15, 2)", "FLOAT", True),
        ("NUMBER(16, 2)", "FLOAT", False),
        ("FLOAT", "NUMBER(38, 0)", False),
        ("NUMBER(38, 37)", "VARCHAR(41)", True),
        ("NUMBER(38, 37)", "VARCHAR(40)", False),
        ("VARCHAR(64)", "NUMBER(38, 0)", False),
        ("BOOLEAN", "VARCHAR(5)", True),
        ("BOOLEAN", "VARCHAR(4)", False),
        ("TIME(3)", "TIME(9)", True),
        ("TIMESTAMP_NTZ(9)", "TIMESTAMP_NTZ(3)", False),
        ("TIMESTAMP_NTZ(9)", "TIMESTAMP_LTZ(9)", False),
        ("DATE", "TIMESTAMP_NTZ(0)", True),
        ("DATE", "VARCHAR(64)", False),
        ("ARRAY", "VARIANT", True),
        ("VARIANT", "ARRAY", False),
        ("VECTOR(FLOAT, 3)", "VECTOR(FLOAT, 3)", False),
    ],
)
def test_whether_a_cast_keeps_every_value(actual: str, desired: str, whole: bool) -> None:
    assert keeps_every_value(actual, desired) is whole


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("select  a\nfrom t;", "SELECT a FROM T", True),
        ("select a -- why\nfrom t", "select a from t", True),
        ("select 'a  b'", "select 'a b'", False),
        ("select 'A'", "select 'a'", False),
        ('select "a"', 'select "A"', False),
        ("a||b", "a || b", True),
        ("a+1", "a+2", False),
    ],
)
def test_sql_is_the_same_when_only_its_spelling_differs(left: str, right: str, same: bool) -> None:
    assert same_sql(left, right) is same


def test_the_query_of_a_view() -> None:
    text = "CREATE OR REPLACE VIEW DB.S.V (A COMMENT 'x AS y') COMMENT='as' AS SELECT 1 AS A;"
    assert query_of_view(text) == "SELECT 1 AS A"
    assert query_of_view("SELECT 1") == "SELECT 1"


def test_names_in_a_query() -> None:
    text = (
        "SELECT t.a, 'FROM X', \"q\" FROM S.T AS t JOIN U ON TRUE -- FROM W\n"
        "WHERE b IN (SELECT c FROM V)"
    )
    assert [name for name, is_source in names_in(text) if is_source] == ["S.T", "U", "V"]


def test_names_are_completed_where_tables_are_named() -> None:
    def full(name: str) -> str | None:
        return f"DB.S.{name}" if name in ("T", "U") else None

    text = "WITH U AS (SELECT T.a, 'FROM T' FROM T) SELECT * FROM U JOIN X ON T = 1"
    expected = "WITH U AS (SELECT T.a, 'FROM T' FROM DB.S.T) SELECT * FROM U JOIN X ON T = 1"
    assert complete_names(text, full) == expected


@pytest.mark.parametrize("case", sorted(path.parent.name for path in CASES.glob("*/after.yaml")))
def test_the_order_of_definitions_does_not_matter(case: str, tmp_path: Path) -> None:
    text = (CASES / case / "after.yaml").read_text(encoding="utf-8")
    items = yaml.load(text, Loader=yaml.BaseLoader)
    plans = []
    for seed in range(3):
        random.Random(seed).shuffle(items)
        desired = compile_text(tmp_path / str(seed), yaml.safe_dump(items))
        plan = make_plan(desired, State())
        done: set[str] = set()
        for operation in plan.operations:
            assert set(operation.depends_on) <= done, operation.id
            done.add(operation.id)
        plans.append(plan)
    assert plans[0] == plans[1] == plans[2]


@pytest.mark.parametrize("case", sorted(path.parent.name for path in CASES.glob("*/after.yaml")))
def test_specs_survive_json(case: str, tmp_path: Path) -> None:
    desired = compile_text(tmp_path, (CASES / case / "after.yaml").read_text(encoding="utf-8"))
    for key, resource in desired.resources.items():
        spec_type = kind_named(key.kind).spec_type
        assert spec_from_plain(spec_type, spec_to_plain(resource.spec)) == resource.spec


def test_a_grant_of_an_earlier_version_keeps_its_option() -> None:
    grant = kind_named("grant").spec_type
    old = {
        "grantee": {"kind": "role", "name": "R"},
        "on_kind": "table",
        "on": "DB.S.T",
        "privileges": ["INSERT", "SELECT"],
    }
    assert spec_from_plain(grant, old).grantable == ()
    passed_on = spec_from_plain(grant, {**old, "grant_option": True})
    assert passed_on.grantable == ("INSERT", "SELECT")
    assert spec_from_plain(grant, spec_to_plain(passed_on)) == passed_on


def test_the_fingerprint_follows_the_account(tmp_path: Path) -> None:
    one = compile_text(tmp_path / "1", "- {kind: schema, name: S}").state("A")
    same = compile_text(tmp_path / "2", "- {kind: schema, name: S}").state("A")
    other = compile_text(tmp_path / "3", "- {kind: schema, name: S, comment: x}").state("A")
    assert one.fingerprint() == same.fingerprint()
    assert (
        len({one.fingerprint(), other.fingerprint(), State("B", one.resources).fingerprint()}) == 3
    )


def test_a_project_is_found_upward(tmp_path: Path) -> None:
    (tmp_path / "hushflake.yaml").write_text("project: up\n", encoding="utf-8")
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    found = find_project(below)
    assert (found.name, found.root, found.is_shipped) == ("up", tmp_path.resolve(), False)
    found.make_local_data()
    assert (tmp_path / ".hushflake" / ".gitignore").read_text(encoding="utf-8") == "*\n"


def test_without_one_the_shipped_project_is_used(tmp_path: Path) -> None:
    found = find_project(tmp_path)
    assert (found.name, found.is_shipped, found.was_named) == ("foundation", True, False)
    assert found.local_data == tmp_path.resolve() / ".hushflake"
    assert find_project(tmp_path, "foundation").was_named


def test_kinds_come_in_the_order_of_creation() -> None:
    kinds = list(all_kinds())
    for before, after in (
        ("role", "grant"),
        ("database", "schema"),
        ("schema", "table"),
        ("table", "view"),
    ):
        assert kinds.index(before) < kinds.index(after)


@given(st.text())
def test_no_text_breaks_the_comparison_of_sql(text: str) -> None:
    assert same_sql(text, text)
    list(names_in(text))
    query_of_view(text)


@given(st.text(alphabet="- {}[]:&*!|>'\"abc\n#,?%@`~\t0", max_size=60))
def test_no_text_breaks_the_loader(text: str) -> None:
    """Whatever a file holds: it compiles, or its mistakes are said with positions."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder, suppress(SchemaError):  # anything else is a defect
        compile_text(Path(folder), text)
