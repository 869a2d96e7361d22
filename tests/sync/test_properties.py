"""Every property type, both ways: what is read is what was written, and nothing is cut short."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sync_maps import entity_map, field

from hushflake.schema.notion import COMPUTED, PropertyType
from hushflake.sync.columns import cast_sql, fit, plain_number, spell, value_of
from hushflake.sync.notion.pages import Reader
from hushflake.sync.notion.source import Binding
from hushflake.sync.properties import property_types
from hushflake.sync.properties.text import runs
from hushflake.sync.types import Lookup, Refused, Value

PAGE = "00000001-0000-4000-8000-000000000001"
OTHER = "00000002-0000-4000-8000-000000000002"
USER = "00000003-0000-4000-8000-000000000003"
MINUTE = "2026-03-02T09:00:00.000Z"
LOOKUP = Lookup(
    keys={PAGE: "k1", OTHER: "k2"},
    pages={"TEAMS": {"k1": PAGE, "k2": OTHER}},
    addresses={USER: "ann@example.org"},
    users={"ann@example.org": USER},
)


def test_every_type_of_the_mapping_has_a_class_and_the_other_way_round() -> None:
    assert set(PropertyType.__args__) | {"body"} == set(property_types())  # type: ignore[attr-defined]
    assert {n for n, t in property_types().items() if not t.writable} == COMPUTED


ROUND_TRIPS: list[tuple[str, str, Value, Value]] = [
    # kind, column type, in the row, in the page
    ("title", "VARCHAR(100)", "Chair", "Chair"),
    (
        "rich_text",
        "VARCHAR(16777216)",
        "a" * 5000 + "\U0001f600" * 3000,
        "a" * 5000 + "\U0001f600" * 3000,
    ),
    ("number", "NUMBER(14, 2)", "12.5", "12.5"),
    ("number", "NUMBER(38, 0)", "9007199254740992", "9007199254740992"),
    ("number", "FLOAT", "0.1", "0.1"),
    ("select", "VARCHAR(32)", "new", "new"),
    ("status", "VARCHAR(32)", "done", "done"),
    ("multi_select", "ARRAY", ("a", "b"), ("a", "b")),
    ("multi_select", "VARCHAR(100)", "a, b", ("a", "b")),
    ("date", "DATE", "2026-01-31", "2026-01-31"),
    ("date", "TIMESTAMP_LTZ(9)", "2026-01-31T09:30:00.000Z", "2026-01-31T09:30:00.000Z"),
    ("date", "VARCHAR(60)", "2026-01-31/2026-02-01", "2026-01-31/2026-02-01"),
    ("people", "VARCHAR(100)", "ann@example.org", (USER,)),
    ("people", "ARRAY", ("ann@example.org",), (USER,)),
    ("checkbox", "BOOLEAN", True, True),
    ("url", "VARCHAR(300)", "https://example.org", "https://example.org"),
    ("email", "VARCHAR(300)", "a@example.org", "a@example.org"),
    ("phone_number", "VARCHAR(300)", "+49 30 1", "+49 30 1"),
    ("relation", "VARCHAR(64)", "k1", (PAGE,)),
    ("relation", "ARRAY", ("k1", "k2"), (PAGE, OTHER)),
    ("body", "VARCHAR(16777216)", "# Hello", "# Hello"),
]


@pytest.mark.parametrize(("kind", "sql_type", "row", "page"), ROUND_TRIPS)
def test_a_value_crosses_over_and_back(kind: str, sql_type: str, row: Value, page: Value) -> None:
    item = field("F", sql_type, kind, entity="TEAMS")
    assert item.outward(row, LOOKUP) == page
    assert item.inward(page, LOOKUP) == row
    assert item.outward(None, LOOKUP) in (None, False)
    if kind != "body":
        written = item.converter.write(page)
        json.dumps(written)
        assert item.converter.read(answered(kind, dict(written))) == page


def answered(kind: str, written: dict[str, Any]) -> dict[str, Any]:
    """What Notion answers to a written value."""
    value = written[kind]
    if kind in ("title", "rich_text"):
        value = [{"plain_text": part["text"]["content"]} for part in value]
    return {"id": "x", "type": kind, kind: value}


REFUSED_INWARD: list[tuple[str, str, Value]] = [
    ("rich_text", "VARCHAR(3)", "four"),
    ("number", "NUMBER(4, 1)", "1.25"),
    ("number", "NUMBER(4, 1)", "1234"),
    ("date", "DATE", "2026-01-31T09:30:00.000Z"),
    ("date", "DATE", "2026-01-31/2026-02-01"),
    ("relation", "VARCHAR(64)", (PAGE, OTHER)),
    ("formula", "NUMBER(4, 1)", "text"),
]


@pytest.mark.parametrize(("kind", "sql_type", "page"), REFUSED_INWARD)
def test_what_a_column_cannot_hold_is_refused(kind: str, sql_type: str, page: Value) -> None:
    found = field("F", sql_type, kind, entity="TEAMS").inward(page, LOOKUP)
    assert isinstance(found, Refused)
    assert not found.waits


REFUSED_OUTWARD: list[tuple[str, str, Value]] = [
    ("rich_text", "VARCHAR(16777216)", "a" * 200_001),
    ("number", "NUMBER(38, 10)", "0.12345678901234567891"),
    ("select", "VARCHAR(32)", "a, b"),
    ("multi_select", "ARRAY", tuple(f"o{n:03}" for n in range(101))),
    ("multi_select", "ARRAY", ("a,b",)),
    ("url", "VARCHAR(3000)", "x" * 2001),
    ("email", "VARCHAR(3000)", "x" * 201),
    ("people", "VARCHAR(100)", "bob@example.org"),
    ("date", "VARCHAR(60)", "tomorrow"),
    ("body", "VARCHAR(16777216)", "a" * 500_000),
]


@pytest.mark.parametrize(("kind", "sql_type", "row"), REFUSED_OUTWARD)
def test_what_a_property_cannot_hold_is_refused(kind: str, sql_type: str, row: Value) -> None:
    found = field("F", sql_type, kind).outward(row, LOOKUP)
    assert isinstance(found, Refused)
    assert not found.waits


def test_a_related_page_or_row_that_is_not_there_yet_is_waited_for() -> None:
    item = field("F", "VARCHAR(64)", "relation", entity="TEAMS")
    for found in (item.inward(("nobody",), LOOKUP), item.outward("nobody", LOOKUP)):
        assert isinstance(found, Refused)
        assert found.waits


def test_moments_are_read_in_every_spelling_of_notions() -> None:
    date = property_types()["date"]
    assert date.read({"date": {"start": "2026-01-31T10:30:00.000+01:00"}}) == (
        "2026-01-31T09:30:00.000Z"
    )
    with_zone = {"start": "2026-07-31T10:30:00.000", "time_zone": "Europe/Berlin"}
    assert date.read({"date": with_zone}) == "2026-07-31T08:30:00.000Z"
    assert date.read({"date": {"start": "2026-07-31", "end": "2026-08-01"}}) == (
        "2026-07-31/2026-08-01"
    )


def test_a_moment_without_a_zone_is_on_the_clock_of_its_field() -> None:
    item = field("F", "TIMESTAMP_NTZ(9)", "date", time_zone="Europe/Berlin")
    assert item.outward("2026-07-31T10:30:00.000", LOOKUP) == "2026-07-31T08:30:00.000Z"
    assert item.inward("2026-07-31T08:30:00.000Z", LOOKUP) == "2026-07-31T10:30:00.000"
    assert item.inward("2026-07-31", LOOKUP) == "2026-07-31T00:00:00.000"


COMPUTED_VALUES = [
    ("formula", {"type": "number", "number": 2.50}, "2.5"),
    ("formula", {"type": "string", "string": "x"}, "x"),
    ("formula", {"type": "boolean", "boolean": False}, False),
    ("formula", {"type": "date", "date": {"start": "2026-01-31"}}, "2026-01-31"),
    ("rollup", {"type": "number", "number": 3}, "3"),
    ("rollup", {"type": "array", "array": [{"type": "number", "number": 3}]}, ("3",)),
    ("rollup", {"type": "array",
                "array": [{"type": "title", "title": [{"plain_text": "A"}]}]}, ("A",)),
    ("rollup", {"type": "array",
                "array": [{"type": "title", "title": {"plain_text": "A"}}]}, ("A",)),
    ("files", [{"name": "a.zip", "type": "file", "file": {"url": "https://s3/signed"}},
               {"name": "b", "type": "external", "external": {"url": "https://example.org/b"}}],
     ("a.zip", "https://example.org/b")),
    ("verification", {"state": "verified", "verified_by": None, "date": None}, "verified"),
    ("place", {"lat": 52.5, "lon": 13.4, "name": "Hall", "address": "Road 1"}, "Hall, Road 1"),
    ("place", {"lat": 52.5, "lon": 13.4}, "52.5, 13.4"),
    ("unique_id", {"prefix": "T", "number": 12}, "T-12"),
    ("unique_id", {"prefix": None, "number": 12}, "12"),
    ("created_time", "2026-01-31T09:30:00.000Z", "2026-01-31T09:30:00.000Z"),
    ("created_by", {"object": "user", "id": USER}, USER),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "value", "wanted"), COMPUTED_VALUES)
def test_computed_values_are_read_and_never_written(kind: str, value: Any, wanted: Value) -> None:
    converter = property_types()[kind]
    assert converter.read({"type": kind, kind: value}) == wanted
    assert isinstance(field("F", kind=kind).outward("x", LOOKUP), Refused)


@given(st.text(max_size=200), st.integers(2, 50))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_runs_lose_nothing_and_keep_the_limit(text: str, units: int) -> None:
    pieces = list(runs(text, units))
    assert "".join(pieces) == text
    for piece in pieces:
        assert 0 < len(piece.encode("utf-16-le", "surrogatepass")) // 2 <= units


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_one_number_has_one_spelling(number: Any) -> None:
    assert plain_number(str(number)) == plain_number(plain_number(str(number)))
    assert "E" not in plain_number(str(number))


@pytest.mark.parametrize(
    ("sql_type", "value"),
    [
        ("VARCHAR(10)", "a"),
        ("NUMBER(5, 2)", "1.5"),
        ("BOOLEAN", True),
        ("DATE", "2026-01-31"),
        ("TIMESTAMP_LTZ(9)", "2026-01-31T09:30:00.000Z"),
        ("TIMESTAMP_NTZ(9)", "2026-01-31T09:30:00.000"),
        ("ARRAY", ("a", "b")),
    ],
)
def test_spelling_keeps_a_value(sql_type: str, value: Value) -> None:
    spelled = spell(value, sql_type)
    assert spelled is not None
    if not sql_type.startswith("TIMESTAMP_L"):
        assert value_of(spelled, sql_type) == value
    assert fit(value, sql_type) == value
    assert cast_sql("X", sql_type)


def test_a_rollup_of_many_is_read_whole() -> None:
    asked: list[tuple[str, str]] = []

    class Api:
        def items(self, page: str, identity: str) -> list[dict[str, Any]]:
            asked.append((page, identity))
            return [{"type": "number", "number": number} for number in range(40)]

    of = entity_map([field("F", "ARRAY", "rollup")])
    reader = Reader(of, Binding({}, {"F": "r", "sync_id": "s"}), Api())  # type: ignore[arg-type]
    cut = [{"type": "number", "number": number} for number in range(25)]
    document = {
        "id": PAGE, "created_time": MINUTE, "last_edited_time": MINUTE,
        "properties": {
            "F": {"id": "r", "type": "rollup", "rollup": {"type": "array", "array": cut}},
            "sync_id": {"id": "s", "rich_text": []},
        },
    }  # fmt: skip
    assert len(reader.page(document).values["F"] or ()) == 40  # type: ignore[arg-type]
    assert asked == [(PAGE, "r")]


def test_the_documentation_says_of_every_property_what_becomes_of_it() -> None:
    text = (Path(__file__).parent.parent.parent / "docs" / "sync.md").read_text("utf-8")
    section = text.partition("### Properties")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]+) \| (round trip|read-only|refused) \|", section, re.MULTILINE)
    said = {name: what for names, what in rows for name in re.findall(r"`(\w+)`", names)}
    types = {name: kind for name, kind in property_types().items() if name != "body"}
    wanted = {n: "round trip" if kind.writable else "read-only" for n, kind in types.items()}
    assert said == {**wanted, "button": "refused"}
