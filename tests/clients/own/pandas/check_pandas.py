"""What pandas reads and writes, through the connector and through SQLAlchemy."""

import datetime as dt
import json
import os

import numpy as np
import pandas as pd
import pytest
import snowflake.connector
from snowflake.connector.pandas_tools import pd_writer, write_pandas
from snowflake.sqlalchemy import URL
from sqlalchemy import create_engine, text

FRAME = pd.DataFrame(
    {
        "ID": [1, 2, 3],
        "NAME": ["a", "b", None],
        "PRICE": [1.5, np.nan, 3.25],
        "DAY": [dt.date(2024, 1, day) for day in (1, 2, 3)],
        "SOLD": [True, False, True],
    }
)


@pytest.fixture(scope="module")
def connection():
    known = json.loads(os.environ["STACK_CONNECTION"])
    with snowflake.connector.connect(**known, schema="PUBLIC") as opened:
        opened.cursor().execute("create schema frames")
        yield opened


@pytest.fixture(scope="module")
def engine(connection):
    known = json.loads(os.environ["STACK_CONNECTION"])
    protocol = known.pop("protocol")
    made = create_engine(URL(**known, schema="FRAMES"), connect_args={"protocol": protocol})
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def prices(connection):
    connection.cursor().execute(
        "create or replace table prices as select seq4() as id, seq4() / 4 as price, "
        "dateadd(day, seq4(), '2024-01-01'::date) as day, 'n' || seq4() as name "
        "from table(generator(rowcount => 1000))"
    )
    return "prices"


def check_read_sql(engine, connection):
    frame = pd.read_sql(text("select 1 as id, 'a' as name"), engine)
    assert frame.to_dict("records") == [{"id": 1, "name": "a"}]


def check_read_sql_query_with_parameters(engine):
    frame = pd.read_sql_query(text("select :x + 1 as y"), engine, params={"x": 41})
    assert frame["y"].tolist() == [42]


def check_read_sql_types(engine, prices):
    frame = pd.read_sql(text("select id, price, day from prices order by id limit 5"), engine)
    assert frame["id"].tolist() == [0, 1, 2, 3, 4]
    assert [float(price) for price in frame["price"]] == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert frame["day"].tolist()[1] == dt.date(2024, 1, 2)


def check_read_sql_in_chunks(engine, prices):
    chunks = pd.read_sql(text("select * from prices"), engine, chunksize=300)
    assert [len(chunk) for chunk in chunks] == [300, 300, 300, 100]


def check_to_sql(engine):
    FRAME.rename(columns=str.lower).to_sql("plain", engine, index=False, if_exists="replace")
    frame = pd.read_sql(text("select * from plain order by id"), engine)
    assert frame["name"].tolist() == ["a", "b", None]
    assert frame["sold"].tolist() == [True, False, True]


@pytest.mark.parametrize("method", ["multi"])
def check_to_sql_append(engine, method):
    frame = FRAME.rename(columns=str.lower)
    frame.to_sql("grown", engine, index=False, if_exists="replace", method=method)
    frame.to_sql("grown", engine, index=False, if_exists="append", method=method)
    assert pd.read_sql(text("select count(*) as n from grown"), engine)["n"].tolist() == [6]


def check_read_sql_table(engine):
    FRAME.rename(columns=str.lower).to_sql("whole", engine, index=False, if_exists="replace")
    assert sorted(pd.read_sql_table("whole", engine).columns) == [
        "day",
        "id",
        "name",
        "price",
        "sold",
    ]


def check_fetch_pandas_all(connection, prices):
    frame = connection.cursor().execute("select * from prices order by id").fetch_pandas_all()
    assert len(frame) == 1000
    assert frame["ID"].tolist()[:3] == [0, 1, 2]


def check_fetch_pandas_batches(connection, prices):
    batches = connection.cursor().execute("select * from prices").fetch_pandas_batches()
    assert sum(map(len, batches)) == 1000


def check_fetch_arrow_all(connection, prices):
    table = connection.cursor().execute("select id, name from prices order by id").fetch_arrow_all()
    assert table.num_rows == 1000


def check_result_batches(connection, prices):
    cursor = connection.cursor().execute("select * from prices")
    assert sum(len(batch.to_pandas()) for batch in cursor.get_result_batches()) == 1000


def check_write_pandas(connection):
    connection.cursor().execute(
        "create table written (id int, name varchar, price float, day date, sold boolean)"
    )
    done, _, rows, _ = write_pandas(connection, FRAME, "WRITTEN")
    assert (done, rows) == (True, 3)
    found = connection.cursor().execute(
        "select id, name, price, day, sold from written order by id"
    )
    assert found.fetchall()[0] == (1, "a", 1.5, dt.date(2024, 1, 1), True)


def check_write_pandas_creates_the_table(connection):
    done, _, rows, _ = write_pandas(connection, FRAME, "MADE", auto_create_table=True)
    assert (done, rows) == (True, 3)


def check_write_pandas_overwrites(connection):
    for _ in range(2):
        write_pandas(connection, FRAME, "OVER", auto_create_table=True, overwrite=True)
    assert connection.cursor().execute("select count(*) from over").fetchall() == [(3,)]


def check_write_pandas_in_chunks(connection):
    frame = pd.DataFrame({"N": range(100)})
    done, chunks, rows, _ = write_pandas(
        connection, frame, "CHUNKED", auto_create_table=True, chunk_size=30
    )
    assert (done, chunks, rows) == (True, 4, 100)


def check_write_pandas_into_a_temporary_table(connection):
    write_pandas(connection, FRAME, "PASSING", auto_create_table=True, table_type="temporary")
    assert connection.cursor().execute("select count(*) from passing").fetchall() == [(3,)]


def check_to_sql_with_pd_writer(engine):
    FRAME.to_sql("fast", engine, index=False, if_exists="replace", method=pd_writer)
    assert pd.read_sql(text("select count(*) as n from fast"), engine)["n"].tolist() == [3]
