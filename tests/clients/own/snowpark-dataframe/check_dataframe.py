"""Snowpark: what users do with a DataFrame, and what it leaves behind."""

import datetime as dt
import decimal
import json
import os

import pandas as pd
import pytest
from snowflake.snowpark import Row, Session, Window
from snowflake.snowpark import functions as f
from snowflake.snowpark.types import IntegerType, StringType, StructField, StructType


@pytest.fixture(scope="module")
def session():
    known = {**json.loads(os.environ["STACK_CONNECTION"]), "schema": "PUBLIC"}
    opened = Session.builder.configs(known).create()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def people(session):
    rows = [(1, "Ada", 36, "math"), (2, "Grace", 85, "navy"), (3, "Alan", 41, "math")]
    frame = session.create_dataframe(rows, ["id", "name", "age", "field"])
    frame.write.save_as_table("people", mode="overwrite")
    return session.table("people")


def check_sql(session):
    assert session.sql("select 1 as a").collect() == [Row(A=1)]


def check_sql_with_parameters(session):
    assert session.sql("select ? + 1 as a", params=[41]).collect() == [Row(A=42)]


def check_context(session):
    assert session.get_current_database() == '"CLIENTS"'
    assert session.get_current_schema() == '"PUBLIC"'
    assert session.get_current_warehouse() == '"CLIENTS_WH"'
    assert session.get_current_role() == '"ACCOUNTADMIN"'
    assert session.get_current_account()
    assert session.get_current_user()


def check_create_dataframe_with_a_schema(session):
    kinds = StructType([StructField("a", IntegerType()), StructField("b", StringType())])
    frame = session.create_dataframe([(1, "x"), (2, None)], kinds)
    assert frame.collect() == [Row(A=1, B="x"), Row(A=2, B=None)]


def check_create_dataframe_of_types(session):
    values = {
        "number": 5,
        "price": decimal.Decimal("1.25"),
        "day": dt.date(2024, 2, 29),
        "at": dt.datetime.fromisoformat("2024-02-29 12:30"),
        "flag": True,
        "list": [1, 2],
        "map": {"a": 1},
    }
    frame = session.create_dataframe([list(values.values())], list(values))
    (row,) = frame.collect()
    assert row[:5] == tuple(values.values())[:5]
    assert json.loads(row[5]) == [1, 2]
    assert json.loads(row[6]) == {"a": 1}


def check_create_dataframe_of_many_values(session):
    frame = session.create_dataframe([(n, n * n) for n in range(600)], ["a", "b"])
    assert frame.agg(f.sum("b")).collect()[0][0] == sum(n * n for n in range(600))


def check_create_dataframe_from_pandas(session):
    frame = session.create_dataframe(pd.DataFrame({"A": [1, 2], "B": ["x", "y"]}))
    assert frame.sort("A").collect() == [Row(A=1, B="x"), Row(A=2, B="y")]


def check_range(session):
    assert [row[0] for row in session.range(1, 10, 3).collect()] == [1, 4, 7]


def check_generator(session):
    assert session.generator(f.seq1(0), rowcount=3).count() == 3


def check_filter_and_select(people):
    found = people.filter(f.col("age") > 40).select("name").sort("name").collect()
    assert found == [Row(NAME="Alan"), Row(NAME="Grace")]


def check_columns(people):
    frame = people.with_column("next", f.col("age") + 1).with_column_renamed("name", "who")
    assert frame.drop("field").columns == ["ID", "WHO", "AGE", "NEXT"]


def check_schema(people):
    assert [field.name for field in people.schema.fields] == ["ID", "NAME", "AGE", "FIELD"]


def check_group_by(people):
    found = people.group_by("field").agg(f.avg("age").alias("a"), f.count("*").alias("n"))
    assert found.sort("field").select("field", "n").collect() == [
        Row(FIELD="math", N=2),
        Row(FIELD="navy", N=1),
    ]


def check_join(session, people):
    fields = session.create_dataframe([("math", "London")], ["field", "city"])
    found = people.join(fields, "field", "left").sort("id").select("name", "city").collect()
    assert found == [
        Row(NAME="Ada", CITY="London"),
        Row(NAME="Grace", CITY=None),
        Row(NAME="Alan", CITY="London"),
    ]


def check_window(people):
    rank = f.row_number().over(Window.partition_by("field").order_by(f.col("age").desc()))
    found = people.select("name", rank.alias("r")).filter(f.col("r") == 1).sort("name").collect()
    assert [row[0] for row in found] == ["Alan", "Grace"]


def check_sets(people):
    old, young = people.filter(f.col("age") > 80), people.filter(f.col("age") < 40)
    assert old.union_all(young).count() == 2
    assert people.except_(old).count() == 2
    assert people.intersect(old).count() == 1


def check_pivot(session):
    frame = session.create_dataframe(
        [("a", "JAN", 1), ("a", "FEB", 2), ("b", "JAN", 3)], ["who", "month", "n"]
    )
    found = frame.pivot("month", ["JAN", "FEB"]).sum("n").sort("who").collect()
    assert [tuple(row) for row in found] == [("a", 1, 2), ("b", 3, None)]


def check_flatten(session):
    frame = session.sql("""select parse_json('{"a": [1, 2]}') as doc""")
    found = frame.flatten(f.col("doc")["a"]).select("value").collect()
    assert sorted(row[0] for row in found) == ["1", "2"]


def check_na_functions(session):
    frame = session.create_dataframe([(1, None), (None, "x")], ["a", "b"])
    assert frame.na.fill({"a": 0}).sort("a").collect()[0]["A"] == 0
    assert frame.na.drop().count() == 0


def check_sample(people):
    assert people.sample(n=2).count() == 2
    assert people.sample(frac=1.0).count() == 3


def check_describe(people):
    found = {row["SUMMARY"]: row for row in people.describe("age").collect()}
    assert float(found["count"]["AGE"]) == 3


def check_save_as_table_modes(session, people):
    people.write.save_as_table("copied", mode="overwrite")
    people.write.save_as_table("copied", mode="append")
    assert session.table("copied").count() == 6
    people.limit(1).write.mode("truncate").save_as_table("copied")
    assert session.table("copied").count() == 1


def check_save_as_a_temporary_table(session, people):
    people.write.save_as_table("passing", table_type="temporary", mode="overwrite")
    assert session.table("passing").count() == 3


def check_views(session, people):
    people.create_or_replace_view("grown")
    assert session.table("grown").count() == 3
    people.create_or_replace_temp_view("grown_for_now")
    assert session.table("grown_for_now").count() == 3


def check_cache_result(people):
    assert people.filter(f.col("age") > 40).cache_result().count() == 2


def check_to_pandas(people):
    frame = people.sort("id").to_pandas()
    assert frame["NAME"].tolist() == ["Ada", "Grace", "Alan"]


def check_to_pandas_batches(people):
    assert sum(map(len, people.to_pandas_batches())) == 3


def check_to_local_iterator(people):
    assert sum(1 for _ in people.to_local_iterator()) == 3


def check_show(people, capsys):
    people.sort("id").show()
    assert "|1     |Ada" in capsys.readouterr().out


def check_write_pandas(session):
    frame = pd.DataFrame({"A": [1, 2, 3]})
    session.write_pandas(frame, "from_pandas", auto_create_table=True, overwrite=True)
    assert session.table('"from_pandas"').count() == 3


def check_update_delete_merge(session, people):
    people.write.save_as_table("changed", mode="overwrite")
    table = session.table("changed")
    assert table.update({"age": f.lit(37)}, table["name"] == "Ada").rows_updated == 1
    assert table.delete(table["name"] == "Grace").rows_deleted == 1
    source = session.create_dataframe([(3, "Turing"), (9, "Edsger")], ["id", "name"])
    done = table.merge(
        source,
        table["id"] == source["id"],
        [
            f.when_matched().update({"name": source["name"]}),
            f.when_not_matched().insert({"id": source["id"], "name": source["name"]}),
        ],
    )
    assert (done.rows_inserted, done.rows_updated) == (1, 1)
    assert [row["NAME"] for row in table.sort("id").collect()] == ["Ada", "Turing", "Edsger"]


def check_asynchronous(people):
    job = people.collect_nowait()
    assert len(job.result()) == 3
    assert people.select("id").to_pandas(block=False).result().shape == (3, 1)


def check_explain(people, capsys):
    people.explain()
    assert "Query List" in capsys.readouterr().out


def check_query_tag_and_history(session, people):
    session.query_tag = "checked"
    with session.query_history() as history:
        people.count()
    assert len(history.queries) >= 1
    session.query_tag = None


def check_transactions(session, people):
    people.write.save_as_table("kept", mode="overwrite")
    session.sql("begin").collect()
    session.table("kept").delete()
    session.sql("rollback").collect()
    assert session.table("kept").count() == 3


def check_call_a_procedure(session):
    session.sql(
        "create or replace procedure doubled(x int) returns int language sql as "
        "'begin return x * 2; end'"
    ).collect()
    assert session.call("doubled", 21) == 42


def check_files(session, tmp_path):
    (tmp_path / "rows.csv").write_text("1,a\n2,b\n")
    session.sql("create or replace temporary stage incoming").collect()
    assert session.file.put(str(tmp_path / "rows.csv"), "@incoming")[0].status == "UPLOADED"
    kinds = StructType([StructField("a", IntegerType()), StructField("b", StringType())])
    frame = session.read.schema(kinds).csv("@incoming/rows.csv.gz")
    assert frame.sort("a").collect() == [Row(A=1, B="a"), Row(A=2, B="b")]


def check_closing():
    known = {**json.loads(os.environ["STACK_CONNECTION"]), "schema": "PUBLIC"}
    with Session.builder.configs(known).create() as opened:
        opened.sql("create temporary table only_here (a int)").collect()
    with Session.builder.configs(known).create() as opened:
        assert opened.sql("show tables like 'ONLY_HERE'").collect() == []
