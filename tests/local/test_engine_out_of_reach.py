"""DuckDB's own functions and catalogue cannot be reached, by any name, in any position.

What a translation lets through is read by DuckDB's parser here, not by ours.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from engine_stack import Stack

from hushflake.local.language.errors import SqlError
from hushflake.local.sql.context import Context
from hushflake.local.sql.dialect import parse, write
from hushflake.local.sql.query import translate_query

# Every name of the engine that a statement can reach by calling a function of the same name.
_HARMLESS = """
& * + - / ->> | || ~~~ abs acos acosh any_value approx_count_distinct approx_quantile arg_max
arg_min array_contains array_reverse ascii asin asinh atan atan2 atanh avg bit_count bit_length
bool_and bool_or cbrt ceil chr concat_ws contains corr cos cosh cot count count_star covar_pop
covar_samp cume_dist date_diff date_trunc day dayofmonth dayofweek dayofyear degrees dense_rank
encode ends_with exp factorial first_value floor format from_base64 get_bit greatest hex hour
isinf isnan isodow json_extract json_keys kurtosis lag last_day last_value lead least left length
levenshtein list_concat list_filter list_reduce list_value listagg ln log lower lpad ltrim max md5
median min minute mode month nth_value ntile nullif octet_length overlay percent_rank pi power
quantile quarter radians random rank regexp_extract regexp_extract_all regexp_full_match
regexp_replace regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy
regr_syy repeat replace reverse right round row_number rpad rtrim second sha1 sign sin sinh
skewness split_part sqrt starts_with stddev stddev_pop strftime strlen strpos substring sum tan tanh
timezone to_base64 to_binary to_days to_json to_timestamp translate trim trunc typeof unhex
unicode unnest upper uuid var_pop variance week xor year
"""
HARMLESS = set(re.findall(r"\S+", _HARMLESS))
CALLS = (
    "SELECT {f}()",
    "SELECT {f}('x')",
    "SELECT {f}('a', 'b', 3)",
    "SELECT main.{f}('x')",
    "SELECT {f}('x').y",
    "SELECT system.main.{f}().x",
    "SELECT * FROM {f}()",
    "SELECT * FROM {f}('x')",
    "SELECT * FROM TABLE({f}('x'))",
    "SELECT * FROM T, LATERAL {f}('x') L",
    "SELECT {f}(X) OVER () FROM T",
)
# Wherever a statement may name a relation.
RELATIONS = (
    "SELECT * FROM {r}",
    "SELECT * FROM T JOIN {r} ON TRUE",
    "SELECT * FROM T, {r}",
    "SELECT * FROM T, LATERAL (SELECT * FROM {r}) L",
    "SELECT (SELECT COUNT(*) FROM {r})",
    "SELECT 1 WHERE EXISTS (SELECT 1 FROM {r})",
    "SELECT * FROM T WHERE X IN (SELECT 1 FROM {r})",
    "SELECT * FROM T UNION ALL SELECT 1 FROM {r}",
    "WITH {r} AS (SELECT * FROM {r}) SELECT * FROM {r}",
    "WITH A AS (WITH {r} AS (SELECT * FROM {r}) SELECT * FROM {r}) SELECT * FROM A",
    "WITH A AS (SELECT * FROM {r}), {r} AS (SELECT 1) SELECT * FROM A",
    "SELECT (WITH {r} AS (SELECT 1) SELECT 1) FROM {r}",
    "WITH RECURSIVE {r} AS (SELECT * FROM {r}) SELECT * FROM {r}",
    "INSERT INTO T SELECT 1 FROM {r}",
    "INSERT INTO T WITH {r} AS (SELECT * FROM {r}) SELECT 1 FROM {r}",
    "INSERT OVERWRITE INTO T SELECT 1 FROM {r}",
    "INSERT INTO {r} VALUES (1)",
    "UPDATE T SET X = 1 FROM {r}",
    "UPDATE {r} SET X = 1",
    "DELETE FROM T USING {r}",
    "DELETE FROM {r}",
    "MERGE INTO T USING {r} ON TRUE WHEN MATCHED THEN DELETE",
    "MERGE INTO T USING (SELECT * FROM {r}) Q ON TRUE WHEN MATCHED THEN DELETE",
    "MERGE INTO {r} USING T ON TRUE WHEN MATCHED THEN DELETE",
    "CREATE VIEW V AS SELECT * FROM {r}",
    "CREATE TABLE U AS SELECT * FROM {r}",
    "CREATE TABLE U CLONE {r}",
    "CREATE TABLE U LIKE {r}",
    "CREATE DYNAMIC TABLE U TARGET_LAG = '1 hour' WAREHOUSE = COMPUTE_WH AS SELECT * FROM {r}",
    "CREATE STREAM C ON TABLE {r}",
    "SET A = (SELECT COUNT(*) FROM {r})",
    "EXECUTE IMMEDIATE 'BEGIN LET N INT := (SELECT COUNT(*) FROM {r}); RETURN N; END'",
    "EXECUTE IMMEDIATE 'SELECT * FROM {r}'",
    "TRUNCATE TABLE {r}",
    "DESCRIBE TABLE {r}",
    "DROP TABLE {r}",
    "ALTER TABLE {r} ADD COLUMN Y INT",
)
# What is kept and translated when it is used: how to make it, to use it, and to drop it.
KEPT = (
    (
        "CREATE FUNCTION F1() RETURNS INT AS 'SELECT COUNT(*) FROM {r}'",
        "SELECT F1()",
        "DROP FUNCTION F1()",
    ),
    (
        "CREATE TABLE U (X INT, Y INT DEFAULT (SELECT COUNT(*) FROM {r}))",
        "INSERT INTO U (X) VALUES (1)",
        "DROP TABLE U",
    ),
    (
        "CREATE MASKING POLICY P AS (V INT) RETURNS INT -> (SELECT COUNT(*) FROM {r})",
        "SELECT * FROM M",
        "DROP MASKING POLICY P",
    ),
    (
        (
            "CREATE TASK J WAREHOUSE = COMPUTE_WH SCHEDULE = '1 MINUTE' "
            "AS INSERT INTO T SELECT 1 FROM {r}"
        ),
        "EXECUTE TASK J",
        "DROP TASK J",
    ),
    (
        (
            "CREATE PROCEDURE Q() RETURNS INT LANGUAGE SQL "
            "AS 'BEGIN RETURN (SELECT COUNT(*) FROM {r}); END'"
        ),
        "CALL Q()",
        "DROP PROCEDURE Q()",
    ),
)
# 2037: within a view or a policy.
REFUSED = {904, 1003, 2003, 2037, 2140, 2, 938, 2001, 979}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    made = Stack(tmp_path_factory.mktemp("engine") / "stack.duckdb")
    made.run("CREATE DATABASE D")
    made.run("CREATE TABLE T (X INT)")
    made.run("CREATE TABLE M (X INT)")
    made.run("INSERT INTO M VALUES (1)")
    yield made
    made.close()


def reached(sql: str) -> set[str]:
    """Return the functions and relations that DuckDB's parser finds in a query."""
    (text,) = duckdb.execute("SELECT json_serialize_sql(?)", [sql]).fetchone() or ("{}",)
    found: set[str] = set()
    waiting: list[Any] = [json.loads(text)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            waiting += node.values()
            path = node.get("qualified_name", {}).get("path")
            if node.get("type") == "BASE_TABLE":
                found.add("relation " + ".".join(path))
            elif "function_name" in node:
                found.add(".".join(path or [node["function_name"]]))
    return found


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def test_no_function_of_the_engine_is_called_by_its_name(stack: Stack) -> None:
    names = [
        name
        for (name,) in duckdb.execute(
            "SELECT DISTINCT function_name FROM duckdb_functions()"
        ).fetchall()
    ]
    assert {"read_csv", "glob", "duckdb_tables", "pragma_version", "getvariable"} <= set(names)
    wrong: dict[str, str] = {}
    for name in names:
        for form in CALLS:
            # As it stands only in the first forms: it reads the same in the others.
            plain = name if name.isidentifier() and form in CALLS[:3] else quoted(name)
            for spelt in {quoted(name), plain}:
                sql = form.replace("{f}", spelt)
                try:
                    written = write(translate_query(parse(sql), Context(stack.session)))
                except SqlError:
                    continue
                for found in reached(written):
                    # Our own macros, and the functions in Python that translations call.
                    known = found.lower().startswith(("hush.", "hush_", "relation data."))
                    if not known and found not in HARMLESS:
                        wrong[found] = sql
    assert not wrong


def relations() -> list[str]:
    """Return every relation of the installed DuckDB, by its short and its full name."""
    rows = duckdb.execute(
        "SELECT DISTINCT schema_name, view_name FROM duckdb_views() UNION "
        "SELECT DISTINCT schema_name, table_name FROM duckdb_tables()"
    ).fetchall()
    names = [quoted(name) for _, name in rows]
    names += [f"{quoted(schema)}.{quoted(name)}" for schema, name in rows]
    names += [
        f"{database}.{quoted(schema)}.{quoted(name)}"
        for database in ("system", "memory", "temp", "stack")
        for schema, name in rows
    ]
    own = ["hush.objects", "hush.state", "data.t1", "temp.hush_source"]
    full = [f"stack.{name}" for name in own] + own
    return names + [".".join(quoted(part) for part in name.split(".")) for name in full]


def test_every_relation_of_the_engine_is_unknown(stack: Stack) -> None:
    found = relations()
    assert {'"duckdb_tables"', '"pg_catalog"."pg_tables"', '"hush"."objects"'} <= set(found)
    for name in found:
        refused(stack, f"SELECT * FROM {name}")
        if "." not in name:
            refused(stack, f"WITH {name} AS (SELECT * FROM {name}) SELECT * FROM {name}")


@pytest.mark.parametrize("form", RELATIONS)
@pytest.mark.parametrize(
    "name",
    ['"duckdb_tables"', '"sqlite_master"', "duckdb_functions()", "read_text('/etc/passwd')",
     "'/etc/passwd'", '"/etc/passwd"', '"hush"."objects"', '"data"."t1"', "pragma_version()"],
)  # fmt: skip
def test_no_position_reaches_a_relation_of_the_engine(stack: Stack, form: str, name: str) -> None:
    if "EXECUTE IMMEDIATE" in form:
        name = name.replace("'", "''")
    refused(stack, form.replace("{r}", name))


@pytest.mark.parametrize("name", ['"duckdb_tables"', "duckdb_functions()", '"hush"."objects"'])
@pytest.mark.parametrize(("make", "use", "drop"), KEPT, ids=lambda text: text.split("(")[0][:24])
def test_nothing_kept_reaches_a_relation_of_the_engine(
    stack: Stack, make: str, use: str, drop: str, name: str
) -> None:
    made = succeeds(stack, make.replace("{r}", name))
    if not made:
        return
    if "POLICY" in make:
        stack.run("ALTER TABLE M MODIFY COLUMN X SET MASKING POLICY P")
    try:
        if "TASK" in make:
            stack.run(use)
            (state,) = stack.run(
                "SELECT STATE FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY(RESULT_LIMIT => 1))"
            )
            assert state == ("FAILED",)
        else:
            refused(stack, use)
    finally:
        if "POLICY" in make:
            stack.run("ALTER TABLE M MODIFY COLUMN X UNSET MASKING POLICY")
        stack.run(drop)


def succeeds(stack: Stack, sql: str) -> bool:
    """Tell whether a statement runs; one that does not is refused as it should be."""
    try:
        stack.run(sql)
    except SqlError as error:
        if error.code not in REFUSED:
            raise
        return False
    return True


def refused(stack: Stack, sql: str) -> None:
    with pytest.raises(SqlError) as caught:
        stack.run(sql)
    assert caught.value.code in REFUSED, (sql, caught.value.message)


def test_a_table_expression_is_known_where_it_is_and_nowhere_else(stack: Stack) -> None:
    run = stack.run
    assert run("WITH T AS (SELECT X + 1 AS X FROM T), U AS (SELECT X + 1 AS X FROM T) "
               "SELECT COUNT(*) FROM U") == [(0,)]  # fmt: skip
    assert run("WITH A AS (SELECT 1 AS X), B AS (SELECT X + 1 AS X FROM A) "
               "SELECT A.X, B.X FROM A JOIN B ON A.X < B.X") == [(1, 2)]  # fmt: skip
    # RECURSIVE may be left out.
    assert run("WITH R AS (SELECT 1 AS I UNION ALL SELECT I + 1 FROM R WHERE I < 4) "
               "SELECT SUM(I) FROM R") == [(10,)]  # fmt: skip
    assert run("WITH A AS (SELECT 1 AS X) SELECT (WITH A AS (SELECT 2 AS X) SELECT X FROM A), X "
               "FROM A") == [(2, 1)]  # fmt: skip
    assert run('WITH "duckdb_tables" AS (SELECT 7 AS X) SELECT "duckdb_tables".X '
               'FROM "duckdb_tables"') == [(7,)]  # fmt: skip
    assert run("WITH A (P, Q) AS (SELECT 1, 2) SELECT Z.Q FROM A AS Z") == [(2,)]
    with pytest.raises(SqlError, match="'A' does not exist"):
        run("WITH A AS (SELECT * FROM A) SELECT * FROM A")


def test_a_function_in_sql_reads_tables(stack: Stack) -> None:
    run = stack.run
    run("CREATE TABLE N (X INT, W VARCHAR)")
    run("INSERT INTO N VALUES (1, 'one'), (2, 'two')")
    run("CREATE FUNCTION MOST() RETURNS INT AS 'SELECT MAX(X) FROM N'")
    run("CREATE FUNCTION WORD(A INT) RETURNS VARCHAR AS 'SELECT MAX(W) FROM N WHERE N.X = A'")
    run("CREATE FUNCTION NEXT_WORD(A INT) RETURNS VARCHAR AS 'WORD(A + 1)'")
    run("CREATE FUNCTION COUNTED() RETURNS INT AS "
        "'WITH C AS (SELECT X FROM N) SELECT COUNT(*) FROM C'")  # fmt: skip
    assert run("SELECT MOST(), COUNTED()") == [(2, 2)]
    assert run("SELECT WORD(X), NEXT_WORD(X) FROM N ORDER BY X") == [("one", "two"), ("two", None)]
    assert run("SELECT WORD((SELECT MIN(X) FROM N))") == [("one",)]
    assert run("WITH C AS (SELECT 2 AS X) SELECT WORD((SELECT X FROM C)), COUNTED() FROM C") == [
        ("two", 2)
    ]
    run("CREATE VIEW WORDS AS SELECT X, WORD(X) AS W FROM N")
    assert run("SELECT W FROM WORDS WHERE X = MOST()") == [("two",)]
    run("INSERT INTO N SELECT MOST() + 1, WORD(2)")
    assert run("SELECT MOST(), W FROM N WHERE X = MOST()") == [(3, "two")]
    assert run("UPDATE N SET W = WORD(1) WHERE X = MOST()") == [(1, 0)]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT DATE_PART('x')",
        "SELECT TYPEOF()",
        "SELECT GET(1)",
        "SELECT " + "(" * 5000,
        "SELECT " + "CASE WHEN " * 5000 + "1" + " THEN 1 END" * 5000,
        "SELECT " + "[" * 40_000 + "]" * 40_000,
        "SELECT " + "{'A': " * 5000 + "1" + "}" * 5000,
        "SELECT " + "NOT " * 40_000 + "TRUE",
        "SELECT " + "- " * 40_000 + "1",
    ],
    ids=lambda sql: sql[:20],
)
def test_what_makes_no_sense_is_refused_and_no_defect(stack: Stack, sql: str) -> None:
    refused(stack, sql)


def test_the_zone_of_the_machine_decides_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    made = Stack(tmp_path / "stack.duckdb")
    try:
        zone = made.session.transaction.cursor.execute(
            "SELECT current_setting('TimeZone')"
        ).fetchall()
        assert zone == [("UTC",)]
    finally:
        made.close()
