"""JSON read and written by the library's own decoder and encoder: the same texts, only sooner."""

import itertools
import random
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest
import snowflake.connector

from hushflake.local.language import stored_rows, variants
from hushflake.local.language.arrow import stored
from hushflake.local.language.errors import SqlError
from hushflake.local.language.json_reader import parse_json
from hushflake.local.language.results import Column
from hushflake.local.language.types import NUMBER, TEXT

TEXTS = [
    "1",
    "-0",
    "0.0",
    "-0.0",
    "1.0",
    "1.50",
    "2.5",
    "0.00001",
    "0.0001",
    "1e5",
    "1E-5",
    "100000000000000000000",
    "123456789012345",
    "1234567890123456",
    "0.123456789012345",
    "0.1234567890123456",
    "12345678901234567890123456789012345678",
    "1" * 39,
    "-" + "1" * 39,
    "1" * 60,
    "9007199254740993.5",
    "true",
    "null",
    "NaN",
    "Infinity",
    "-Infinity",
    '""',
    '"x"',
    '"a\\nb"',
    '"\\u0001F1"',
    '"\\u00e9"',
    '"é"',
    '"1.0"',
    '"1e5"',
    '"Inf"',
    '"a:1.0,"',
    "[]",
    "{}",
    "[1, 2.0, 3.50]",
    "[1.5,2]",
    '{"b": 1, "a": 2}',
    '{"b":{"d":1,"c":[{"z":1,"y":2}]},"a":1.25}',
    '{"a":1,"a":2}',
    '{"a":{"b":1,"b":1}}',
    '{"a":"\\"","a":1}',
    '{"a":"b","c":"b"}',
    ' {"a" : 1 } ',
    '{"a":1}x',
    "[1,]",
    "[1,,2]",
    "{a:1}",
    "'x'",
    "",
    " ",
    "[",
    "nul",
    '{"\\u0001U":1}',
    '{"k":"\\u0001Ux"}',
    '{"x":12.30,"y":"12.30"}',
]


def made(count: int) -> list[str]:
    """Return texts of random documents, with and without spaces."""
    draw = random.Random(7)

    def value(depth: int) -> str:
        kind = draw.randrange(8 if depth else 6)
        if kind < 3:
            return f"{draw.randrange(-(10**6), 10**6)}" + draw.choice(
                ["", ".5", ".250", ".0", "e3"]
            )
        if kind < 6:
            return draw.choice(['"a"', '"b c"', '"\\t"', "null", "true", '"1.5"', '"\\u0001S"'])
        items = [value(depth - 1) for _ in range(draw.randrange(4))]
        space = draw.choice(["", " "])
        if kind == 6:
            return "[" + f",{space}".join(items) + "]"
        pairs = (f'"{draw.choice("abcde")}":{space}{item}' for item in items)
        return "{" + ",".join(pairs) + "}"

    return [value(3) for _ in range(count)]


def told(text: str) -> str:
    """Return what the reader that looks at each value makes of a text."""
    try:
        return variants._write(parse_json(text), variants._scalar)
    except SqlError as error:
        return error.message


def test_the_short_way_writes_what_the_long_one_does() -> None:
    ways = {"normalized": 0, "whole": 0}
    wrong = []
    for text in itertools.chain(TEXTS, made(2_000)):
        short = variants.normalized(text)
        ways["whole" if short is None else "normalized"] += 1
        if short is not None and short != told(text):
            wrong.append((text, short, told(text)))
        try:
            value = parse_json(text)
        except SqlError:
            continue
        for found, scalar in (
            (variants.encode, variants._scalar),
            (variants.document, variants._printed),
        ):
            if found(value) != variants._write(value, scalar):
                wrong.append((text, found(value), variants._write(value, scalar)))
    assert not wrong
    # Both ways are taken, or this compares nothing.
    assert min(ways.values()) > 200


def test_a_decimal_keeps_all_of_its_digits() -> None:
    digits = "0." + "123456789" * 4
    assert variants.number(digits + "00") == Decimal(digits)
    assert variants.number("12.000") == 12


@pytest.mark.parametrize("least", [10**9, 0])
def test_rows_are_the_same_in_memory_and_in_a_file(
    monkeypatch: pytest.MonkeyPatch, least: int
) -> None:
    monkeypatch.setattr(stored_rows, "HELD", least)
    columns = [Column("N", NUMBER), Column("T", TEXT)]
    rows: list[Sequence[Any]] = [[number, f"text {number}"] for number in range(30)]
    found = stored_rows.StoredRows(columns, rows[:10], None)
    for start in (10, 20):
        found.add(stored(columns, rows[start : start + 10]))
    assert found.in_file == (least == 0)
    assert [list(row) for row in found] == rows
    assert list(found[25]) == rows[25]
    assert [part.rows for part in found.parts] == [10, 10]
    assert found.ranges[0] == (0, 29)
    if found._file is not None:
        found._file.close()


def test_a_cast_of_what_is_no_plain_number(sql: Callable[..., Any]) -> None:
    values = "1e3", "true", "1234567890123.4567", '"7"', "1.5"
    found = sql(
        "SELECT "
        + ", ".join(
            f"PARSE_JSON('{value}')::{kind}" for value in values for kind in ("FLOAT", "INT")
        )
    )
    floats, whole = [1e3, 1.0, 1234567890123.4567, 7.0, 1.5], [1000, 1, 1234567890123, 7, 2]
    assert found == [tuple(itertools.chain(*zip(floats, whole, strict=True)))]
    with pytest.raises(snowflake.connector.Error, match=r'variant value \[1,"a"\] to FIXED'):
        sql("SELECT PARSE_JSON('[1, \"a\"]')::INT")
    assert sql("SELECT PARSE_JSON('null')::INT, PARSE_JSON('[1,,2]')[1]::INT") == [(None, None)]
