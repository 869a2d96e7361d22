"""A dbt project from its seeds to its documentation, each command as a user runs it, in order."""

import json
import os
from pathlib import Path

import pytest
import snowflake.connector
import yaml
from dbt.cli.main import dbtRunner

PROJECT = Path(__file__).parent / "project"


@pytest.fixture(scope="module", autouse=True)
def profile():
    connection = json.loads(os.environ["STACK_CONNECTION"])
    target = {**connection, "type": "snowflake", "schema": "SHOP", "threads": 2}
    text = yaml.safe_dump({"shop": {"target": "dev", "outputs": {"dev": target}}})
    (PROJECT / "profiles.yml").write_text(text)


@pytest.fixture(name="rows")
def _rows():
    def run(text):
        # A session of its own: its schema is there only after the first command.
        known = json.loads(os.environ["STACK_CONNECTION"])
        with snowflake.connector.connect(**known, schema="SHOP") as opened:
            return opened.cursor().execute(text).fetchall()

    return run


def dbt(*arguments, fails=False):
    done = dbtRunner().invoke(
        [*arguments, "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
    )
    told = [
        f"{one.node.name}: {one.status}: {one.message}"
        for one in getattr(done.result, "results", [])
        if str(one.status) not in ("success", "pass")
    ]
    assert done.success is not fails, done.exception or told
    return done.result


def check_debug():
    dbt("debug")


def check_seed(rows):
    dbt("seed")
    assert rows("select count(*), sum(amount) from raw_orders")[0][0] == 4


def check_seed_again_in_full():
    dbt("seed", "--full-refresh")


def check_source_freshness():
    dbt("source", "freshness")


def check_run(rows):
    dbt("run")
    assert rows("select orders, revenue::varchar from customers order by customer_id") == [
        (2, "30.50"),
        (1, "5.25"),
        (0, "0.00"),
    ]
    assert rows("select order_id from orders_merged order by 1") == [(1,), (2,), (3,)]


def check_descriptions_are_kept(rows):
    (comment,) = rows(
        "select comment from information_schema.tables where table_name = 'CUSTOMERS'"
    )
    assert comment == ("One row a customer; it's kept small",)
    comments = dict(
        rows(
            "select column_name, comment from information_schema.columns "
            "where table_name = 'CUSTOMERS'"
        )
    )
    assert comments["CUSTOMER_ID"] == "The customer's number"


def check_incremental_run(rows):
    dbt("run", "--vars", "last_day: '2024-01-04'")
    for table in ("orders_merged", "orders_replaced"):
        found = rows(f"select order_id from {table} order by 1")
        assert found == [(1,), (2,), (3,), (4,)], table
    assert rows("select order_id from orders_appended order by 1") == [(1,), (3,)]


def check_incremental_run_in_full(rows):
    dbt("run", "--full-refresh", "--select", "orders_merged")
    assert rows("select count(*) from orders_merged") == [(4,)]


def check_test():
    dbt("test")


def check_a_failing_test_is_seen(rows):
    rows("insert into raw_customers values (4, null, 'Zurich')")
    rows("update customers set revenue = -1 where customer_id = 3")
    dbt("test", "--select", "no_negative_revenue", "--store-failures", fails=True)


def check_snapshot(rows):
    dbt("snapshot")
    assert rows("select count(*) from customers_checked") == [(4,)]


def check_second_snapshot(rows):
    rows("update raw_customers set city = 'Cambridge' where id = 1")
    rows("delete from raw_orders where id = 4")
    dbt("snapshot")
    changed = rows(
        "select city, dbt_valid_to is null from customers_checked where id = 1 order by 2"
    )
    assert changed == [("London", False), ("Cambridge", True)]
    assert rows("select count(*) from orders_by_time where dbt_valid_to is not null") == [(1,)]


def check_docs(rows):
    dbt("docs", "generate")
    catalog = json.loads((PROJECT / "target" / "catalog.json").read_text())
    nodes = catalog["nodes"]
    assert set(nodes["model.shop.customers"]["columns"]) >= {"CUSTOMER_ID", "REVENUE"}
    assert nodes["model.shop.stg_orders"]["metadata"]["type"] == "VIEW"
    assert nodes["model.shop.customers"]["metadata"]["type"] == "BASE TABLE"


def check_run_operation():
    dbt("run-operation", "row_count", "--args", "{name: customers}")


def check_show():
    dbt("show", "--inline", "select * from {{ ref('customers') }} order by 1")


def check_build_in_full():
    dbt("build", "--full-refresh", "--exclude", "raw_customers")


def check_clone():
    dbt("clone", "--state", str(PROJECT / "target"), "--full-refresh")
