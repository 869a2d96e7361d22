"""Masking policies on tags: what they mask, who sets them, and what they hold up.

https://docs.snowflake.com/en/user-guide/tag-based-masking-policies
https://docs.snowflake.com/en/sql-reference/sql/alter-tag
"""

from collections.abc import Iterator

import pytest
from access_world import World

from hushflake.local.language.errors import SqlError

MASKED = [("***", -1)]
PLAIN = [("a", 1)]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("tag_masking"))
    made.admin(
        "GRANT USAGE ON WAREHOUSE COMPUTE_WH TO ROLE PUBLIC",
        "CREATE DATABASE G",
        "CREATE SCHEMA G.S",
        "GRANT USAGE ON DATABASE G TO ROLE PUBLIC",
        "GRANT USAGE ON SCHEMA G.S TO ROLE PUBLIC",
        "CREATE MASKING POLICY G.S.TEXT AS (V VARCHAR(5)) RETURNS VARCHAR -> '***'",
        "CREATE MASKING POLICY G.S.INITIAL AS (V VARCHAR) RETURNS VARCHAR -> '?'",
        "CREATE MASKING POLICY G.S.NUM AS (V NUMBER(9, 2)) RETURNS NUMBER(9, 2) -> -1",
        "CREATE MASKING POLICY G.S.SHORT AS (V VARCHAR, N INT) RETURNS VARCHAR -> "
        "CASE WHEN N = 1 THEN 'one' ELSE V END",
    )
    yield made
    made.close()


@pytest.fixture
def place(world: World) -> Iterator[str]:
    """A schema with a tag that masks texts and numbers, and a table."""
    name = "D.INSIDE"
    world.admin(
        "CREATE DATABASE IF NOT EXISTS D",
        f"CREATE SCHEMA {name}",
        f"CREATE TAG {name}.K",
        f"ALTER TAG {name}.K SET MASKING POLICY G.S.TEXT, MASKING POLICY G.S.NUM",
        f"CREATE TABLE {name}.T (A VARCHAR(9), B INT, C DATE)",
        f"INSERT INTO {name}.T VALUES ('a', 1, '2026-01-01')",
    )
    yield name
    world.admin(f"DROP SCHEMA {name}")


def rows(world: World, place: str, what: str = "T") -> object:
    return world.admin(f"SELECT A, B FROM {place}.{what}")


@pytest.mark.parametrize("on", ["TABLE {0}.T", "SCHEMA {0}", "DATABASE D"])
def test_columns_are_masked_by_what_they_are_in(world: World, place: str, on: str) -> None:
    tag = f"TAG {place}.K"
    world.admin(f"CREATE VIEW {place}.W AS SELECT A, B FROM {place}.T")
    assert rows(world, place) == rows(world, place, "W") == PLAIN
    world.admin(f"ALTER {on.format(place)} SET {tag} = 'x'")
    assert rows(world, place) == rows(world, place, "W") == MASKED
    assert str(world.admin(f"SELECT C FROM {place}.T")[0][0]) == "2026-01-01"
    world.admin(f"CREATE TABLE {place}.LATER AS SELECT 'b' AS A, 2 AS B")
    later = rows(world, place, "LATER")
    assert later == ([("b", 2)] if on.startswith("TABLE") else MASKED)
    world.admin(f"ALTER {on.format(place)} UNSET {tag}")
    assert rows(world, place) == PLAIN


def test_a_policy_on_the_column_wins(world: World, place: str) -> None:
    world.admin(
        f"ALTER TABLE {place}.T SET TAG {place}.K = 'x'",
        f"ALTER TABLE {place}.T MODIFY COLUMN A SET MASKING POLICY G.S.INITIAL",
    )
    assert rows(world, place) == [("?", -1)]


def test_a_view_that_bears_the_tag_is_masked(world: World, place: str) -> None:
    world.admin(
        f"CREATE VIEW {place}.W AS SELECT A, B FROM {place}.T",
        f"ALTER VIEW {place}.W SET TAG {place}.K = 'x'",
    )
    assert rows(world, place) == PLAIN
    assert rows(world, place, "W") == MASKED


def test_one_policy_per_type(world: World, place: str) -> None:
    tag = f"TAG {place}.K"
    set_it = f"ALTER {tag} SET MASKING POLICY"
    world.admin(f"ALTER TABLE {place}.T SET {tag} = 'x'")
    assert world.verdict("ACCOUNTADMIN", f"{set_it} G.S.INITIAL") == "3550"
    assert world.verdict("ACCOUNTADMIN", f"{set_it} G.S.TEXT") == "ok"
    both = f"{set_it} G.S.TEXT, MASKING POLICY G.S.INITIAL FORCE"
    assert world.verdict("ACCOUNTADMIN", both) == "3550"
    world.admin(f"{set_it} G.S.INITIAL FORCE")
    assert rows(world, place) == [("?", -1)]
    unset = f"ALTER {tag} UNSET MASKING POLICY"
    assert world.verdict("ACCOUNTADMIN", f"{unset} G.S.TEXT") == "3548"
    world.admin(f"{unset} G.S.INITIAL, MASKING POLICY G.S.NUM")
    assert rows(world, place) == PLAIN


def test_other_arguments_are_columns_of_their_name(world: World, place: str) -> None:
    world.admin(
        f"CREATE TABLE {place}.U (A VARCHAR, N INT)",
        f"INSERT INTO {place}.U VALUES ('a', 1), ('b', 2)",
        f"CREATE TAG {place}.L",
        f"ALTER TAG {place}.L SET MASKING POLICY G.S.SHORT",
        f"ALTER TABLE {place}.U SET TAG {place}.L = 'x'",
        f"ALTER TABLE {place}.T SET TAG {place}.L = 'x'",
    )
    assert world.admin(f"SELECT A FROM {place}.U ORDER BY 1") == [("b",), ("one",)]
    with pytest.raises(SqlError, match="doesn't have a column for a secondary argument"):
        rows(world, place)


def test_two_tags_make_a_column_unreadable(world: World, place: str) -> None:
    world.admin(
        f"CREATE TAG {place}.L",
        f"ALTER TAG {place}.L SET MASKING POLICY G.S.INITIAL",
        f"ALTER TABLE {place}.T SET TAG {place}.K = 'x', {place}.L = 'y'",
    )
    with pytest.raises(SqlError, match="Column A is mapped to multiple masking policies by tags"):
        rows(world, place)


def test_what_protects_is_not_dropped(world: World, place: str) -> None:
    world.admin(
        f"CREATE MASKING POLICY {place}.OWN AS (V DATE) RETURNS DATE -> NULL",
        f"ALTER TAG {place}.K SET MASKING POLICY {place}.OWN",
        "CREATE SCHEMA D.OTHER",
        "CREATE TABLE D.OTHER.T (C DATE)",
        f"ALTER TABLE D.OTHER.T SET TAG {place}.K = 'x'",
    )
    for sql in (
        f"DROP TAG {place}.K",
        f"CREATE OR REPLACE TAG {place}.K",
        f"DROP MASKING POLICY {place}.OWN",
        f"DROP SCHEMA {place}",
        f"CREATE OR REPLACE SCHEMA {place}",
    ):
        assert world.verdict("ACCOUNTADMIN", sql) == "3535", sql
    world.admin(f"CREATE OR ALTER TAG {place}.K COMMENT = 'still'")
    assert world.verdict("ACCOUNTADMIN", f"DROP TAG {place}.K") == "3535"
    world.admin(
        "DROP SCHEMA D.OTHER",
        f"ALTER TAG {place}.K UNSET MASKING POLICY {place}.OWN",
        f"DROP MASKING POLICY {place}.OWN",
    )


def test_who_sets_them(world: World, place: str) -> None:
    """Owning tag and policies is not enough; with the privilege, neither is needed to be owned."""
    tag, schema = f"{place}.K", f"SCHEMA {place}"
    for role, grants in (
        ("TM_OWNER", (f"OWNERSHIP ON TAG {tag}", f"OWNERSHIP ON {schema}")),
        ("TM_ADMIN", ("APPLY MASKING POLICY ON ACCOUNT", f"APPLY ON TAG {tag}")),
    ):
        world.role(role, "USAGE ON DATABASE D")
        if role == "TM_ADMIN":
            world.role(role, f"USAGE ON {schema}")
        world.role(role, *grants)
    changes = (
        f"ALTER TAG {tag} UNSET MASKING POLICY G.S.NUM",
        f"ALTER TAG {tag} SET MASKING POLICY G.S.NUM",
    )
    for sql in (*changes, f"ALTER {schema} SET TAG {tag} = 'x'"):
        assert world.verdict("TM_OWNER", sql) == "3001", sql
    for sql in changes:
        assert world.verdict("TM_ADMIN", sql) == "ok", sql
    world.admin(f"GRANT OWNERSHIP ON {schema} TO ROLE ACCOUNTADMIN REVOKE CURRENT GRANTS")


def test_policy_references(world: World, place: str) -> None:
    world.admin(
        f"ALTER TABLE {place}.T SET TAG {place}.K = 'x'",
        f"ALTER TABLE {place}.T MODIFY COLUMN A SET MASKING POLICY G.S.INITIAL",
    )
    asked = (
        "SELECT POLICY_NAME, POLICY_KIND, REF_ENTITY_NAME, REF_COLUMN_NAME, TAG_NAME FROM TABLE("
        "D.INFORMATION_SCHEMA.POLICY_REFERENCES(REF_ENTITY_NAME => '{0}', "
        "REF_ENTITY_DOMAIN => '{1}')) ORDER BY 1"
    )
    kind = "MASKING_POLICY"
    assert world.admin(asked.format(f"{place}.K", "TAG")) == [
        ("NUM", kind, "K", None, "K"),
        ("TEXT", kind, "K", None, "K"),
    ]
    assert world.admin(asked.format(f"{place}.T", "table")) == [
        ("INITIAL", kind, "T", "A", None),
        ("NUM", kind, "T", "B", "K"),
    ]
    world.role("TM_NOBODY", f"USAGE ON SCHEMA {place}", "USAGE ON DATABASE D")
    world.role("TM_NOBODY", f"APPLY ON TAG {place}.K")
    assert world.run("TM_NOBODY", asked.format(f"{place}.K", "TAG")) == []
