"""Functions that DuckDB lacks or that mean something else in Snowflake, as macros."""

import re
from typing import TYPE_CHECKING

from .functions import install_functions
from .macros import MACROS
from .zone_macros import ANY_MACROS, ZONE_MACROS

if TYPE_CHECKING:
    import duckdb

_MACROS = r"""
CREATE OR REPLACE MACRO hush.fit(value, size) AS
    CASE WHEN length(value) > size THEN hush_too_long(value) ELSE value END;
CREATE OR REPLACE MACRO hush.required(v) AS coalesce(v, error('NULL result in a non-nullable column'));
CREATE OR REPLACE MACRO hush.div(a, b) AS
    CASE WHEN b = 0 THEN hush_fail('Division by zero') ELSE a / b END;
CREATE OR REPLACE MACRO hush.quotient(n, d) AS
    CAST(n // d + CASE WHEN abs(n % d) >= abs(d) - abs(n % d) THEN sign(n) * sign(d) ELSE 0 END AS DECIMAL(38, 0));
CREATE OR REPLACE MACRO hush.divide(a, up, b, unit) AS list_transform(
    [{'n': a, 'd': b}],
    lambda x: CASE WHEN x.d = 0 THEN hush_fail('Division by zero')
        WHEN abs(x.n) <= 170141183460469231731687303715884105727 // CAST(up AS HUGEINT)
        THEN hush.quotient(x.n * CAST(up AS HUGEINT), x.d) * unit
        ELSE CAST(hush_wide_quotient(CAST(x.n AS VARCHAR), CAST(up AS VARCHAR), CAST(x.d AS VARCHAR))
            AS DECIMAL(38, 0)) * unit END)[1];
CREATE OR REPLACE MACRO hush.modulo(a, b, unit) AS
    CASE WHEN b = 0 THEN hush_fail('Division by zero') ELSE CAST(a % b AS DECIMAL(38, 0)) * unit END;
CREATE OR REPLACE MACRO hush.within(ok, name, x) AS
    CASE WHEN ok THEN x ELSE hush_fail('Invalid floating point operation: ' || name || '(' || hush_float_text(x) || ')') END;
CREATE OR REPLACE MACRO hush.sqrt(x) AS sqrt(hush.within(x >= 0 OR x IS NULL, 'sqrt', x));
CREATE OR REPLACE MACRO hush.ln(x) AS ln(hush.within(x > 0 OR x IS NULL, 'ln', x));
CREATE OR REPLACE MACRO hush.acos(x) AS acos(hush.within(abs(x) <= 1 OR x IS NULL, 'acos', x));
CREATE OR REPLACE MACRO hush.asin(x) AS asin(hush.within(abs(x) <= 1 OR x IS NULL, 'asin', x));
CREATE OR REPLACE MACRO hush.acosh(x) AS acosh(hush.within(x >= 1 OR x IS NULL, 'acosh', x));
CREATE OR REPLACE MACRO hush.atanh(x) AS atanh(hush.within(abs(x) < 1 OR x IS NULL, 'atanh', x));
CREATE OR REPLACE MACRO hush.log(b, x) AS
    ln(hush.within(x > 0 OR x IS NULL, 'log', x)) / ln(hush.within((b > 0 AND b <> 1) OR b IS NULL, 'log', b));
CREATE OR REPLACE MACRO hush.power(x, y) AS
    CASE WHEN isnan(pow(x, y)) AND NOT isnan(x) AND NOT isnan(y)
         THEN hush_fail('Invalid floating point operation: pow(' || hush_float_text(x) || ',' || hush_float_text(y) || ')')
         ELSE pow(x, y) END;
CREATE OR REPLACE MACRO hush.mod(a, b) AS
    CASE WHEN b = 0 THEN hush_fail('Division by zero') ELSE a % b END;
CREATE OR REPLACE MACRO hush.l1_distance(a, b) AS
    CAST(list_sum(list_transform(list_zip(a, b), lambda pair: abs(pair[1] - pair[2]))) AS DOUBLE);
CREATE OR REPLACE MACRO hush.to_text(v) AS list_transform([v], lambda x:
    CASE typeof(x)
         WHEN 'JSON' THEN hush.variant_text(CAST(x AS JSON))
         WHEN 'TIMESTAMP' THEN hush.ntz_text(TRY_CAST(CAST(x AS VARCHAR) AS TIMESTAMP))
         WHEN 'TIMESTAMP WITH TIME ZONE' THEN hush.ltz_text(CAST(x AS TIMESTAMP WITH TIME ZONE))
         WHEN 'INTERVAL' THEN hush.tz_text(CAST(x AS INTERVAL))
         WHEN 'TIME' THEN left(CAST(x AS VARCHAR), 8)
         WHEN 'DOUBLE' THEN hush_float_text(TRY_CAST(CAST(x AS VARCHAR) AS DOUBLE))
         WHEN 'FLOAT' THEN hush_float_text(TRY_CAST(CAST(x AS VARCHAR) AS DOUBLE))
         WHEN 'BLOB' THEN hex(TRY_CAST(CAST(x AS VARCHAR) AS BLOB))
         ELSE CAST(x AS VARCHAR) END)[1];
CREATE OR REPLACE MACRO hush.hash_part(v) AS list_transform([v], lambda x:
    CASE WHEN x IS NULL THEN chr(2)
         WHEN starts_with(typeof(x), 'DECIMAL') THEN hush_plain_number(CAST(x AS VARCHAR))
         ELSE CAST(hush.to_text(x) AS VARCHAR) END)[1];
"""


# What earlier versions made in a stack's file: dropped at the next start, and never called.
_RETIRED = frozenset(
    re.findall(
        r"\w+",
        """
    array_append array_cat array_compact array_contains array_distinct array_except
    array_intersection array_position array_prepend array_size array_slice array_sort
    array_to_string arrays_overlap as_array as_object div_decimal flatten object_keys
    json_text any_utc local_text offset_text shown text_utc tz_spelt variant_type without_nulls zoned_text
    """,
    )
)


def macro_names() -> frozenset[str]:
    """Return the names of the macros in the schema `hush`, those of earlier versions included."""
    return _RETIRED | frozenset(
        re.findall(
            r"CREATE OR REPLACE MACRO hush\.(\w+)", ZONE_MACROS + MACROS + ANY_MACROS + _MACROS
        )
    )


def install(database: "duckdb.DuckDBPyConnection") -> None:
    """Make the macros known to every connection to `database`."""
    # Before the macros, which call them.
    install_functions(database)
    # Made anew at each start (some 20 ms): what a file holds under these names is not believed.
    database.begin()
    for name in sorted(_RETIRED):
        database.execute(f"DROP MACRO IF EXISTS hush.{name}")
    for macro in (ZONE_MACROS + MACROS + ANY_MACROS + _MACROS).split(";\n"):
        if macro.strip():
            database.execute(macro)
    database.commit()
