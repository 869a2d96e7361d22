"""Semantic views in the local stack: who may read what, how they are described, what is refused.

What queries give, worked out by hand, is in deploy/conformance/cases/semantic_views.yaml.
"""

from typing import Any

import pytest
import snowflake.connector

from hushflake.local.server.process import lifecycle

from .conftest import Sql

VIEW = """CREATE OR REPLACE SEMANTIC VIEW v
  TABLES (c AS customers PRIMARY KEY (id) COMMENT = 'Who buys', o AS orders PRIMARY KEY (id))
  RELATIONSHIPS (placed_by AS o (customer_id) REFERENCES c)
  FACTS (PRIVATE o.net AS amount / 2, o.large LABELS = (FILTER) AS amount > 50)
  DIMENSIONS (c.name AS name WITH SYNONYMS = ('customer', 'client'))
  METRICS (o.total AS SUM(net) COMMENT = 'Net', share AS o.total / 100)
  COMMENT = 'Sales' AI_SQL_GENERATION 'Round' AI_VERIFIED_QUERIES (
    most AS (QUESTION 'Who?' VERIFIED_AT 1793577600 ONBOARDING_QUESTION TRUE SQL 'SELECT 1'))"""


@pytest.fixture
def made(sql: Sql) -> Sql:
    sql("CREATE TABLE customers (id INT, name VARCHAR(9))")
    sql("INSERT INTO customers VALUES (1, 'Ada'), (2, 'Ben')")
    sql("CREATE TABLE orders (id INT, customer_id INT, amount NUMBER(8, 2))")
    sql("INSERT INTO orders VALUES (1, 1, 40), (2, 1, 60), (3, 2, 80)")
    sql(VIEW)
    return sql


def test_it_is_described_as_documented(made: Sql) -> None:
    database = made("SELECT CURRENT_DATABASE()")[0][0]
    assert made("DESCRIBE SEMANTIC VIEW v") == [
        (None, None, None, "COMMENT", "Sales"),
        ("TABLE", "C", None, "BASE_TABLE_DATABASE_NAME", database),
        ("TABLE", "C", None, "BASE_TABLE_SCHEMA_NAME", "PUBLIC"),
        ("TABLE", "C", None, "BASE_TABLE_NAME", "CUSTOMERS"),
        ("TABLE", "C", None, "PRIMARY_KEY", '["ID"]'),
        ("TABLE", "C", None, "COMMENT", "Who buys"),
        ("DIMENSION", "NAME", "C", "TABLE", "C"),
        ("DIMENSION", "NAME", "C", "EXPRESSION", "name"),
        ("DIMENSION", "NAME", "C", "DATA_TYPE", "VARCHAR(9)"),
        ("DIMENSION", "NAME", "C", "SYNONYMS", '["customer","client"]'),
        ("DIMENSION", "NAME", "C", "ACCESS_MODIFIER", "PUBLIC"),
        ("TABLE", "O", None, "BASE_TABLE_DATABASE_NAME", database),
        ("TABLE", "O", None, "BASE_TABLE_SCHEMA_NAME", "PUBLIC"),
        ("TABLE", "O", None, "BASE_TABLE_NAME", "ORDERS"),
        ("TABLE", "O", None, "PRIMARY_KEY", '["ID"]'),
        ("RELATIONSHIP", "PLACED_BY", "O", "TABLE", "O"),
        ("RELATIONSHIP", "PLACED_BY", "O", "REF_TABLE", "C"),
        ("RELATIONSHIP", "PLACED_BY", "O", "FOREIGN_KEY", '["CUSTOMER_ID"]'),
        ("RELATIONSHIP", "PLACED_BY", "O", "REF_KEY", '["ID"]'),
        ("FACT", "LARGE", "O", "TABLE", "O"),
        ("FACT", "LARGE", "O", "EXPRESSION", "amount > 50"),
        ("FACT", "LARGE", "O", "DATA_TYPE", "BOOLEAN"),
        ("FACT", "LARGE", "O", "ACCESS_MODIFIER", "PUBLIC"),
        ("FACT", "LARGE", "O", "LABELS", '["filter"]'),
        ("FACT", "NET", "O", "TABLE", "O"),
        ("FACT", "NET", "O", "EXPRESSION", "amount / 2"),
        ("FACT", "NET", "O", "DATA_TYPE", "NUMBER(14,8)"),
        ("FACT", "NET", "O", "ACCESS_MODIFIER", "PRIVATE"),
        ("METRIC", "TOTAL", "O", "TABLE", "O"),
        ("METRIC", "TOTAL", "O", "EXPRESSION", "SUM(net)"),
        ("METRIC", "TOTAL", "O", "DATA_TYPE", "NUMBER(38,8)"),
        ("METRIC", "TOTAL", "O", "COMMENT", "Net"),
        ("METRIC", "TOTAL", "O", "ACCESS_MODIFIER", "PUBLIC"),
        ("DERIVED_METRIC", "SHARE", None, "EXPRESSION", "o.total / 100"),
        ("DERIVED_METRIC", "SHARE", None, "DATA_TYPE", "NUMBER(38,12)"),
        ("DERIVED_METRIC", "SHARE", None, "ACCESS_MODIFIER", "PUBLIC"),
        ("CUSTOM_INSTRUCTIONS", None, None, "AI_SQL_GENERATION", "Round"),
        ("AI_VERIFIED_QUERY", "MOST", None, "QUESTION", "Who?"),
        ("AI_VERIFIED_QUERY", "MOST", None, "VERIFIED_AT", "1793577600"),
        ("AI_VERIFIED_QUERY", "MOST", None, "ONBOARDING_QUESTION", "TRUE"),
        ("AI_VERIFIED_QUERY", "MOST", None, "SQL", "SELECT 1"),
    ]


def test_select_on_the_view_is_enough_and_is_needed(
    made: Sql, connection: Any, endpoint: lifecycle.Endpoint
) -> None:
    database = made("SELECT CURRENT_DATABASE()")[0][0]
    made("CREATE OR REPLACE ROLE reader")
    made(f"GRANT USAGE ON DATABASE {database} TO ROLE reader")
    made("GRANT USAGE ON SCHEMA public TO ROLE reader")
    made("GRANT REFERENCES ON SEMANTIC VIEW v TO ROLE reader")
    warehouse = made("SELECT CURRENT_WAREHOUSE()")[0][0]
    made(f"GRANT USAGE ON WAREHOUSE {warehouse} TO ROLE reader")
    made("GRANT ROLE reader TO USER " + made("SELECT CURRENT_USER()")[0][0])
    query = f"SELECT * FROM SEMANTIC_VIEW({database}.PUBLIC.v DIMENSIONS c.name METRICS o.total)"
    with snowflake.connector.connect(**endpoint.connect_arguments(), role="READER") as other:
        cursor = other.cursor()
        cursor.execute(f"USE WAREHOUSE {warehouse}")
        cursor.execute(f"USE SCHEMA {database}.PUBLIC")
        with pytest.raises(snowflake.connector.ProgrammingError, match="SELECT"):
            cursor.execute(query)
        made("GRANT SELECT ON SEMANTIC VIEW v TO ROLE reader")
        made("REVOKE REFERENCES ON SEMANTIC VIEW v FROM ROLE reader")
        assert sorted(cursor.execute(query).fetchall()) == [("Ada", 50), ("Ben", 40)]
        shown = cursor.execute(f"SHOW SEMANTIC FACTS IN {database}.PUBLIC.v").fetchall()
        assert [row[4] for row in shown] == ["LARGE"]  # what is private is the owner's
        with pytest.raises(snowflake.connector.ProgrammingError, match="does not exist"):
            cursor.execute(f"SELECT * FROM {database}.PUBLIC.orders")
        for number in range(1, 4):  # the rows behind a metric have no name that anybody knows
            with pytest.raises(snowflake.connector.ProgrammingError, match="does not exist"):
                cursor.execute(f'{query} AS s, "$rows{number}" AS r')


def test_a_masked_column_stays_masked(made: Sql) -> None:
    made("CREATE MASKING POLICY hide AS (x VARCHAR) RETURNS VARCHAR -> '***'")
    made("ALTER TABLE customers MODIFY COLUMN name SET MASKING POLICY hide")
    assert made("SELECT * FROM SEMANTIC_VIEW(v DIMENSIONS c.name)") == [("***",)]


def test_values_are_bound_in_the_condition(made: Sql) -> None:
    found = made("SELECT * FROM SEMANTIC_VIEW(v METRICS o.total WHERE c.name = ?)", "Ada")
    assert found == [(50,)]


@pytest.mark.parametrize(
    ("clauses", "message"),
    [
        ("METRICS (c.n AS COUNT(no_column))", "C.NO_COLUMN"),
        ("METRICS (c.n AS COUNT(o.amount))", "O.AMOUNT"),
        ("METRICS (c.n AS c.m + 1, c.m AS c.n + 1)", "refers to itself"),
        ("DIMENSIONS (x.n AS name)", "on no table of the view"),
        ("FACTS (c.n AS name)", "needs a dimension or a metric"),
        ("DIMENSIONS (o.n AS SUM(amount))", "aggregates no table"),
    ],
)
def test_a_definition_that_means_nothing_is_refused(made: Sql, clauses: str, message: str) -> None:
    tables = "TABLES (c AS customers PRIMARY KEY (id), o AS orders PRIMARY KEY (id))"
    with pytest.raises(snowflake.connector.ProgrammingError, match=message):
        made(f"CREATE SEMANTIC VIEW w {tables} {clauses}")
    assert made("SHOW SEMANTIC VIEWS LIKE 'w'") == []


@pytest.mark.parametrize(
    ("metric", "message"),
    [
        ("o.n NON ADDITIVE BY (name) AS SUM(amount)", "NON ADDITIVE BY"),
        ("o.n USING (placed_by) AS SUM(amount)", "USING of a metric"),
        ("o.n AS SUM(o.total) OVER (ORDER BY o.total)", "window function metrics"),
    ],
)
def test_what_is_not_run_here_is_kept_and_refused_in_queries(
    made: Sql, metric: str, message: str
) -> None:
    made(VIEW.replace("share AS o.total / 100", metric).replace(" v\n", " w\n"))
    assert ("METRIC", "N", "O", "TABLE", "O") in made("DESCRIBE SEMANTIC VIEW w")
    with pytest.raises(snowflake.connector.ProgrammingError, match=message):
        made("SELECT * FROM SEMANTIC_VIEW(w METRICS o.n)")
    assert made("SELECT * FROM SEMANTIC_VIEW(w METRICS o.total)") == [(90,)]
