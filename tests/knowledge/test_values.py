"""Values of data files against the types of their fields."""

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest

from hushflake.knowledge.values import cast_of, check_for


@pytest.mark.parametrize(
    ("sql_type", "value", "text"),
    [
        ("VARCHAR(5)", "höhe!", "höhe!"),
        ("VARCHAR(10)", 12, "12"),
        ("VARCHAR(10)", True, "true"),
        ("VARCHAR(10)", date(2026, 1, 31), "2026-01-31"),
        ("NUMBER(14, 2)", "1240000.50", "1240000.5"),
        ("NUMBER(14, 2)", "1e3", "1000"),
        ("NUMBER(38, 0)", "0", "0"),
        ("NUMBER(4, 3)", "1.000", "1"),
        ("FLOAT", "1e-3", "0.001"),
        ("BOOLEAN", "No", "false"),
        ("BOOLEAN", True, "true"),
        ("DATE", "2026-02-28", "2026-02-28"),
        ("DATE", "2026-02-28 00:00:00+02:00", "2026-02-28"),
        ("DATE", datetime(2026, 2, 28, tzinfo=UTC), "2026-02-28"),
        ("TIME", "17:30", "17:30:00"),
        ("TIMESTAMP_LTZ(9)", "2026-01-31T17:30:00", "2026-01-31 17:30:00+00:00"),
        ("TIMESTAMP_LTZ(9)", "2026-01-31T17:30:00+02:00", "2026-01-31 17:30:00+02:00"),
        ("TIMESTAMP_NTZ(9)", "2026-01-31T17:30:00+02:00", "2026-01-31 17:30:00"),
        ("VARIANT", {"a": [1]}, '{"a": [1]}'),
        ("VARIANT", "free text", '"free text"'),
        ("ARRAY", '["a"]', '["a"]'),
        ("BINARY(8)", b"\x01\xff", "01ff"),
        ("VECTOR(FLOAT, 2)", [1, 2.5], "[1.0, 2.5]"),
    ],
)
def test_accepted(sql_type: str, value: Any, text: str) -> None:
    assert check_for(sql_type)(value) == text


@pytest.mark.parametrize(
    ("sql_type", "value", "reason"),
    [
        ("VARCHAR(5)", "abcdef", "has 6 characters; the field holds 5"),
        ("VARCHAR(5)", ["a"], "is a list or mapping; text was expected"),
        ("NUMBER(14, 2)", "twelve", "is 'twelve'; a number was expected"),
        ("NUMBER(14, 2)", "1.234", "has 3 decimals; the field holds 2"),
        ("NUMBER(4, 2)", "123", "is too large: 2 digits before the point fit"),
        ("NUMBER(38, 0)", True, "is true or false; a number was expected"),
        ("NUMBER(38, 0)", "NaN", "is 'NaN'; a number was expected"),
        ("FLOAT", "inf", "is not finite; a number was expected"),
        ("BOOLEAN", "maybe", "is 'maybe'; true or false was expected"),
        ("DATE", "2026-02-30", "is '2026-02-30'; a date such as 2026-01-31 was expected"),
        (
            "DATE",
            "2026-02-28 or so",
            "is '2026-02-28 or so'; a date such as 2026-01-31 was expected",
        ),
        (
            "DATE",
            "2026-02-28T23:30",
            "is '2026-02-28T23:30'; a date such as 2026-01-31 was expected",
        ),
        ("VARIANT", {"a": "\udfff"}, "holds half a character (a lone surrogate)"),
        ("TIME", "25:00", "is '25:00'; a time such as 17:30:00 was expected"),
        (
            "TIMESTAMP_LTZ(9)",
            "yesterday",
            "is 'yesterday'; a timestamp such as 2026-01-31T17:30:00+00:00 was expected",
        ),
        ("ARRAY", '{"a": 1}', "is not a JSON array"),
        ("OBJECT", "[1]", "is not a JSON object"),
        ("ARRAY", "[1", "is not JSON"),
        ("BINARY(8)", "xyz", "is not hexadecimal"),
        ("VECTOR(FLOAT, 2)", [1], "is not a list of 2 numbers"),
        ("VECTOR(FLOAT, 2)", "[1", "is not a list of 2 numbers"),
    ],
)
def test_refused(sql_type: str, value: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(reason)}$"):
        check_for(sql_type)(value)


def test_casts() -> None:
    assert cast_of("C0", "VARCHAR(5)") == "C0"
    assert cast_of("C0", "NUMBER(14, 2)") == "CAST(C0 AS NUMBER(14, 2))"
    assert cast_of("C0", "ARRAY") == "PARSE_JSON(C0)::ARRAY"
    assert cast_of("C0", "VECTOR(FLOAT, 2)") == "PARSE_JSON(C0)::ARRAY::VECTOR(FLOAT, 2)"
