"""A session of SQLAlchemy's ORM, from the tables to a migration."""

import datetime as dt
import decimal
import json
import os

import pytest
import snowflake.connector
from snowflake.sqlalchemy import URL, VARIANT, MergeInto
from sqlalchemy import (
    Column,
    DateTime,
    ForeignKey,
    Integer,
    MetaData,
    Numeric,
    Sequence,
    String,
    Table,
    cast,
    create_engine,
    func,
    inspect,
    literal,
    select,
    text,
    union_all,
)  # fmt: skip
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "author"
    id: Mapped[int] = mapped_column(Integer, Sequence("author_id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    born: Mapped[dt.date | None]
    books: Mapped[list["Book"]] = relationship(
        back_populates="author", cascade="all, delete-orphan"
    )


class Book(Base):
    __tablename__ = "book"
    id: Mapped[int] = mapped_column(Sequence("book_id"), primary_key=True)
    title: Mapped[str]
    price: Mapped[decimal.Decimal] = mapped_column(Numeric(10, 2))
    sold: Mapped[bool] = mapped_column(default=False)
    added: Mapped[dt.datetime | None] = mapped_column(DateTime, server_default=func.now())
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))
    author: Mapped[Author] = relationship(back_populates="books")


@pytest.fixture(scope="module")
def engine():
    known = json.loads(os.environ["STACK_CONNECTION"])
    protocol = known.pop("protocol")
    # `protocol` is no part of a URL: the dialect takes it as an argument of connect.
    made = create_engine(URL(**known, schema="ORM"), connect_args={"protocol": protocol})
    # The dialect reads its default schema at the first connection.
    with snowflake.connector.connect(**known, protocol=protocol) as connection:
        connection.cursor().execute("create schema if not exists orm")
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def library(engine):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        ada = Author(name="Ada", born=dt.date(1815, 12, 10))
        ada.books = [
            Book(title="Notes", price=decimal.Decimal("12.50")),
            Book(title="Letters", price=decimal.Decimal("7.25"), sold=True),
        ]
        session.add_all([ada, Author(name="Grace")])
        session.commit()
    return engine


@pytest.fixture
def session(library):
    with Session(library) as opened:
        yield opened
        opened.rollback()


def check_create_all_again(library):
    Base.metadata.create_all(library)


def check_relationship(session):
    ada = session.scalars(select(Author).where(Author.name == "Ada")).one()
    assert sorted(book.title for book in ada.books) == ["Letters", "Notes"]
    assert ada.born == dt.date(1815, 12, 10)


def check_types(session):
    book = session.scalars(select(Book).where(Book.title == "Notes")).one()
    assert book.price == decimal.Decimal("12.50")
    assert book.sold is False
    assert isinstance(book.added, dt.datetime)


def check_join_and_group(session):
    found = session.execute(
        select(Author.name, func.count(Book.id), func.sum(Book.price))
        .join(Author.books, isouter=True)
        .group_by(Author.name)
        .order_by(Author.name)
    ).all()
    assert found == [("Ada", 2, decimal.Decimal("19.75")), ("Grace", 0, None)]


def check_decimal_parameter(session):
    wanted = select((Book.price * decimal.Decimal("1.1")).label("x")).where(Book.title == "Notes")
    assert session.scalar(wanted) == decimal.Decimal("13.75")


def check_in_and_like(session):
    assert session.scalar(select(func.count()).where(Author.name.in_(["Ada", "Grace"]))) == 2
    assert session.scalars(select(Book.title).where(Book.title.like("N%"))).all() == ["Notes"]


def check_window(session):
    rank = func.row_number().over(order_by=Book.price.desc())
    found = session.execute(select(Book.title, rank).order_by(Book.price.desc())).all()
    assert [tuple(row) for row in found] == [("Notes", 1), ("Letters", 2)]


def check_cte_and_union(session):
    cheap = select(Book.title).where(Book.price < 10).cte("cheap")
    both = union_all(select(cheap.c.title), select(literal("Other")))
    assert sorted(session.scalars(both)) == ["Letters", "Other"]


def check_update(session):
    session.execute(Book.__table__.update().where(Book.title == "Notes").values(price=20))
    assert session.scalar(select(Book.price).where(Book.title == "Notes")) == 20


def check_rollback(session):
    session.add(Author(name="Nobody"))
    session.flush()
    session.rollback()
    assert session.scalar(select(func.count()).where(Author.name == "Nobody")) == 0


def check_delete_orphans(session):
    ada = session.scalars(select(Author).where(Author.name == "Ada")).one()
    del ada.books[0]
    session.flush()
    assert session.scalar(select(func.count(Book.id))) == 1


def check_savepoint_is_refused_by_the_service(session):
    with pytest.raises(ProgrammingError), session.begin_nested():
        session.execute(select(1))


def check_many_rows(library):
    numbers = Table("numbers", MetaData(), Column("n", Integer), Column("name", String))
    numbers.create(library)
    with library.begin() as connection:
        connection.execute(numbers.insert(), [{"n": n, "name": f"row {n}"} for n in range(500)])
        assert connection.scalar(select(func.sum(numbers.c.n))) == 124_750


def check_variant(library):
    table = Table("documents", MetaData(), Column("id", Integer), Column("doc", VARIANT))
    table.create(library)
    with library.begin() as connection:
        connection.execute(
            table.insert().from_select(
                ["id", "doc"], select(literal(1), func.parse_json('{"a": 5}'))
            )
        )
        assert connection.scalar(text("select doc:a::int from documents")) == 5
        assert connection.scalar(select(table.c.doc)) == {"a": 5}


def check_merge(library):
    metadata = MetaData()
    old = Table("old", metadata, Column("id", Integer), Column("name", String))
    new = Table("new", metadata, Column("id", Integer), Column("name", String))
    metadata.create_all(library)
    with library.begin() as connection:
        connection.execute(old.insert(), [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}])
        connection.execute(new.insert(), [{"id": 2, "name": "B"}, {"id": 3, "name": "c"}])
        merge = MergeInto(target=old, source=new, on=old.c.id == new.c.id)
        merge.when_matched_then_update().values(name=new.c.name)
        merge.when_not_matched_then_insert().values(id=new.c.id, name=new.c.name)
        connection.execute(merge)
        found = connection.execute(select(old.c.id, old.c.name).order_by(old.c.id)).all()
        assert [tuple(row) for row in found] == [(1, "a"), (2, "B"), (3, "c")]


def check_inspector(library):
    seen = inspect(library)
    assert {"author", "book"} <= set(seen.get_table_names())
    assert "orm" in seen.get_schema_names()
    assert seen.get_pk_constraint("author")["constrained_columns"] == ["id"]
    (key,) = seen.get_foreign_keys("book")
    assert (key["referred_table"], key["referred_columns"]) == ("author", ["id"])
    columns = {column["name"]: column for column in seen.get_columns("book")}
    assert str(columns["price"]["type"]) == "DECIMAL(10, 2)"
    assert columns["title"]["nullable"] is False


def check_reflect_a_table(library):
    table = Table("book", MetaData(), autoload_with=library)
    assert list(table.columns.keys()) == ["id", "title", "price", "sold", "added", "author_id"]


def check_reflect_all(library):
    metadata = MetaData()
    metadata.reflect(library)
    assert {"author", "book"} <= set(metadata.tables)


def check_views(library):
    with library.begin() as connection:
        connection.execute(text("create view cheap as select title from book where price < 10"))
    seen = inspect(library)
    assert "cheap" in seen.get_view_names()
    assert [column["name"] for column in seen.get_columns("cheap")] == ["title"]
    assert "price < 10" in seen.get_view_definition("cheap")


def check_comments(library):
    metadata = MetaData()
    Table("noted", metadata, Column("id", Integer, comment="its number"), comment="a table")
    metadata.create_all(library)
    seen = inspect(library)
    assert seen.get_table_comment("noted")["text"] == "a table"
    assert seen.get_columns("noted")[0]["comment"] == "its number"


def check_temporary_table(library):
    table = Table("scratch", MetaData(), Column("id", Integer), prefixes=["TEMPORARY"])
    with library.connect() as connection:
        table.create(connection)
        connection.execute(table.insert(), [{"id": 1}])
        assert connection.scalar(select(func.count()).select_from(table)) == 1
        connection.commit()


def check_error_has_its_number(session):
    with pytest.raises(ProgrammingError) as caught:
        session.execute(text("select * from missing"))
    assert caught.value.orig.errno == 2003


def check_named_parameters(session):
    assert session.scalar(text("select :a || :b"), {"a": "x", "b": "y"}) == "xy"
    assert session.scalar(select(cast(literal("5"), Integer))) == 5


def check_alembic(library):
    from alembic.autogenerate import compare_metadata
    from alembic.ddl.impl import DefaultImpl
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    # As the dialect's documentation asks of an env.py.
    type("SnowflakeImpl", (DefaultImpl,), {"__dialect__": "snowflake"})
    with library.connect() as connection:
        operations = Operations(MigrationContext.configure(connection))
        operations.create_table("moved", Column("id", Integer, primary_key=True))
        operations.add_column("moved", Column("name", String(20)))
        operations.add_column("moved", Column("title", String(20)))
        operations.drop_column("moved", "name")
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": False,
                "include_name": lambda name, kind, _: kind != "table" or name == "moved",
            },
        )
        wanted = MetaData()
        Table("moved", wanted, Column("id", Integer, primary_key=True), Column("title", String(20)))
        assert compare_metadata(context, wanted) == []
        operations.drop_table("moved")


def check_drop_all(library):
    metadata = MetaData()
    metadata.reflect(library)
    metadata.drop_all(library)
    assert inspect(library).get_table_names() == []
