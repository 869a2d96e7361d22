"""The types of expressions: of calls by their names, of others by those of their parts.

Every expression whose type is certain carries it in `meta["type"]`: `inference` puts it there.
"""

from collections.abc import Callable

from sqlglot import exp

from ..language.errors import SqlError
from ..language.types import (
    ARRAY,
    BINARY,
    BOOLEAN,
    DATE,
    FLOAT,
    NUMBER,
    OBJECT,
    TEXT,
    TIME,
    TIMESTAMP_LTZ,
    TIMESTAMP_NTZ,
    TIMESTAMP_TZ,
    VARIANT,
    DataType,
)
from .number_types import added, combined, divided, multiplied
from .spelt_types import snowflake_type

KEY = "type"
_CALLS = {
    **dict.fromkeys(("PARSE_JSON", "TRY_PARSE_JSON", "TO_VARIANT", "GET", "GET_PATH", "GET_IGNORE_CASE",
                     "ARRAY_MAX", "ARRAY_MIN", "STRIP_NULL_VALUE"), VARIANT),
    **dict.fromkeys(("TO_DATE", "TRY_TO_DATE", "DATE"), DATE),
    **dict.fromkeys(("TO_TIME", "TRY_TO_TIME", "TIME"), TIME),
    **dict.fromkeys(("TO_TIMESTAMP", "TRY_TO_TIMESTAMP", "TO_TIMESTAMP_NTZ", "TRY_TO_TIMESTAMP_NTZ"), TIMESTAMP_NTZ),
    **dict.fromkeys(("TO_TIMESTAMP_LTZ", "TRY_TO_TIMESTAMP_LTZ"), TIMESTAMP_LTZ),
    **dict.fromkeys(("TO_TIMESTAMP_TZ", "TRY_TO_TIMESTAMP_TZ"), TIMESTAMP_TZ),
    **dict.fromkeys(("GETDATE", "SYSTIMESTAMP", "TIMESTAMP_LTZ_FROM_PARTS", "AS_TIMESTAMP_LTZ"), TIMESTAMP_LTZ),
    **dict.fromkeys(("TIMESTAMP_TZ_FROM_PARTS", "AS_TIMESTAMP_TZ"), TIMESTAMP_TZ),
    **dict.fromkeys(("SYSDATE", "AS_TIMESTAMP_NTZ"), TIMESTAMP_NTZ),
    **dict.fromkeys(("AS_DATE",), DATE),
    **dict.fromkeys(("TO_CHAR", "TO_VARCHAR"), TEXT),
    **dict.fromkeys(("TO_DOUBLE", "TRY_TO_DOUBLE"), FLOAT),
    **dict.fromkeys(("TO_BOOLEAN", "TRY_TO_BOOLEAN"), BOOLEAN),
    **dict.fromkeys(("TO_BINARY", "TRY_TO_BINARY"), BINARY),
    **dict.fromkeys(
        ("ARRAY_CONSTRUCT", "ARRAY_AGG", "ARRAY_CAT", "ARRAY_APPEND", "ARRAY_PREPEND", "ARRAY_DISTINCT", "ARRAY_COMPACT",
         "ARRAY_SLICE", "ARRAY_SORT", "ARRAY_INTERSECTION", "ARRAY_EXCEPT", "ARRAY_UNIQUE_AGG", "SPLIT",
         "STRTOK_TO_ARRAY", "TO_ARRAY", "OBJECT_KEYS", "AS_ARRAY", "ARRAY_CONSTRUCT_COMPACT", "ARRAY_FLATTEN",
         "ARRAY_GENERATE_RANGE", "ARRAY_INSERT", "ARRAY_REMOVE", "ARRAY_REMOVE_AT", "ARRAY_REVERSE", "ARRAYS_ZIP"),
        ARRAY,
    ),
    **dict.fromkeys(
        ("OBJECT_CONSTRUCT", "OBJECT_CONSTRUCT_KEEP_NULL", "OBJECT_AGG", "OBJECTAGG", "TO_OBJECT", "AS_OBJECT",
         "ARRAYS_TO_OBJECT", "OBJECT_DELETE", "OBJECT_INSERT", "OBJECT_PICK"), OBJECT
    ),
}  # fmt: skip
_DOTTED_CALLS = dict.fromkeys(
    ("SNOWFLAKE.CORTEX.SPLIT_TEXT_RECURSIVE_CHARACTER", "SNOWFLAKE.CORTEX.SPLIT_TEXT_MARKDOWN_HEADER"),
    ARRAY,
)  # fmt: skip
_NODES: dict[type, DataType] = {
    exp.HexString: BINARY,
    exp.JSONExtract: VARIANT,
    exp.Bracket: VARIANT,
    exp.Array: ARRAY,
    exp.Struct: OBJECT,
    exp.ArrayFilter: ARRAY,
    exp.Transform: ARRAY,
    exp.TsOrDsToDate: DATE,
    exp.CurrentDate: DATE,
    exp.CurrentTime: TIME,
    exp.Localtime: TIME,
    exp.TimeFromParts: TIME,
    exp.TimestampFromParts: TIMESTAMP_NTZ,
    exp.DateFromParts: DATE,
    exp.LastDay: DATE,
    exp.TsOrDsToTimestamp: TIMESTAMP_NTZ,
    exp.Concat: TEXT,
    exp.DPipe: TEXT,
    exp.Upper: TEXT,
    exp.Lower: TEXT,
    exp.Trim: TEXT,
    exp.ToChar: TEXT,
    exp.Count: NUMBER,
    exp.Length: NUMBER,
}
_SAME_AS_FIRST = (
    exp.Paren, exp.Max, exp.Min, exp.AnyValue, exp.DateAdd, exp.AddMonths, exp.TimeSlice, exp.TimestampTrunc, exp.DateTrunc, exp.Lag, exp.Lead,
    exp.FirstValue, exp.LastValue, exp.Window, exp.Filter, exp.WithinGroup, exp.Nullif, exp.Neg, exp.Distinct,
    exp.DateSub, exp.ArgMax, exp.ArgMin, exp.NthValue, exp.Mode, exp.IgnoreNulls, exp.RespectNulls, exp.Order, exp.Ordered,
)  # fmt: skip


def type_of(node: exp.Expr) -> DataType | None:
    """Return the type of an expression that is no column, None when it is not certain."""
    if isinstance(node, exp.Cast):
        try:
            return snowflake_type(node.to)
        except SqlError:
            return None
    if isinstance(node, exp.Literal):
        if node.is_string:
            return TEXT
        return number_kind(str(node.this))
    if isinstance(node, exp.Boolean | exp.Predicate):
        return BOOLEAN
    if isinstance(node, exp.Anonymous):
        name = str(node.this).upper()
        if name == "AI_EMBED" and _tells_errors(node):
            return OBJECT
        return _number_call(node) if name in _NUMBER_CALLS else _CALLS.get(name)
    if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Anonymous):
        path = f"{node.this}.{node.expression.this}"
        return _DOTTED_CALLS.get(path.replace('"', "").upper())
    return _of_parts(node)


def _of_date(node: exp.Expr, kind: DataType | None) -> DataType | None:
    if isinstance(node, exp.DateAdd) and kind == DATE:
        unit = str(node.args["unit"].name).upper() if node.args.get("unit") else "DAY"
        return DATE if unit in {"DAY", "WEEK", "MONTH", "QUARTER", "YEAR"} else TIMESTAMP_NTZ
    return kind


def _of_parts(node: exp.Expr) -> DataType | None:
    """Return the type that follows from the types of an expression's parts."""
    if isinstance(node, exp.Coalesce | exp.Greatest | exp.Least):
        return _of_equals(node)
    if isinstance(node, exp.Neg):
        return _numeric(node.this)
    if isinstance(node, exp.CurrentTimestamp):
        return TIMESTAMP_NTZ if node.args.get("sysdate") else TIMESTAMP_LTZ
    if isinstance(node, exp.ConvertTimezone):
        return TIMESTAMP_NTZ if node.args.get("source_tz") is not None else TIMESTAMP_TZ
    if isinstance(node, exp.Add | exp.Sub) and isinstance(node.expression, exp.Interval):
        kind = node.this.meta.get(KEY)
        return kind if kind is not None and kind.base.startswith("TIMESTAMP") else None
    if isinstance(node, _SAME_AS_FIRST):
        first = node.this
        kind = first.meta.get(KEY) if isinstance(first, exp.Expr) else None
        return _of_date(node, kind)
    if isinstance(node, exp.If | exp.Case | exp.Nvl2):
        return _of_branches(node)
    if type(node) in _ARITHMETIC or isinstance(node, exp.Sum | exp.Avg | exp.Median):
        return _of_numbers(node)
    return _NODES.get(type(node))


def branches(node: exp.Expr) -> list[exp.Expr]:
    """Return the expressions of which a conditional one gives one."""
    if isinstance(node, exp.Coalesce):
        return [node.this, *node.expressions]
    values = [node.args.get("true"), node.args.get("false"), node.args.get("default")]
    values += [branch.args.get("true") for branch in node.args.get("ifs") or []]
    return [value for value in values if value is not None]


_SEMI = {"VARIANT", "OBJECT", "ARRAY"}


def _of_branches(node: exp.Expr) -> DataType | None:
    kinds = {value.meta.get(KEY) for value in branches(node) if not isinstance(value, exp.Null)}
    if len(kinds) == 1:
        return kinds.pop()
    zoned = _zoned(kinds)
    if zoned is not None:
        return zoned
    # Beside a VARIANT everything becomes one.
    return VARIANT if any(kind is not None and kind.base in _SEMI for kind in kinds) else None


_ARITHMETIC: dict[type, Callable[[DataType, DataType], DataType]] = {
    exp.Add: added, exp.Sub: added, exp.Mul: multiplied, exp.Div: divided, exp.Mod: combined,
}  # fmt: skip


def _of_numbers(node: exp.Expr) -> DataType | None:
    """Return the type of arithmetic on numbers, None when an operand is none for certain."""
    first = node.this
    if isinstance(first, exp.Distinct) and len(first.expressions) == 1:
        first = first.expressions[0]
    kinds = [first.meta.get(KEY)]
    if type(node) in _ARITHMETIC:
        kinds = [_numeric(first), _numeric(node.expression)]
    if any(kind is None or kind.base not in {"NUMBER", "FLOAT"} for kind in kinds):
        return None
    if any(kind is not None and kind.base == "FLOAT" for kind in kinds):
        return FLOAT
    left, right = kinds[0], kinds[-1]
    assert left is not None
    assert right is not None
    if isinstance(node, exp.Sum):
        return DataType("NUMBER", 38, left.scale)
    if isinstance(node, exp.Avg):
        return DataType("NUMBER", 38, divided(left, NUMBER).scale)
    if isinstance(node, exp.Median):
        return DataType("NUMBER", 38, min(37, (left.scale or 0) + 3))
    return _ARITHMETIC[type(node)](left, right)


def _numeric(node: exp.Expr) -> DataType | None:
    """Return the type of an operand; a text counts as a number, a constant as that which it spells.

    https://docs.snowflake.com/en/sql-reference/data-type-conversion
    """
    if isinstance(node, exp.Literal) and node.is_string:
        return number_kind(str(node.this).strip().lstrip("+-"))
    kind: DataType | None = node.meta.get(KEY)
    if kind is not None and kind.base == "VARCHAR":
        return DataType("NUMBER", 18, 5)
    return kind


def _of_equals(node: exp.Expr) -> DataType | None:
    """Return the type of one of several expressions: a VARIANT when one of them is."""
    kinds = [each.meta.get(KEY) for each in [node.this, *node.expressions]]
    return VARIANT if VARIANT in kinds else (kinds[0] if len(set(kinds)) == 1 else _zoned({*kinds}))


def _zoned(kinds: set[DataType | None]) -> DataType | None:
    """Return the timestamp with a zone that values become beside one, None when there is none."""
    bases = {kind.base for kind in kinds if kind is not None}
    if bases & _SEMI:
        return None
    if "TIMESTAMP_TZ" in bases:
        return TIMESTAMP_TZ
    return TIMESTAMP_LTZ if "TIMESTAMP_LTZ" in bases else None


_NUMBER_CALLS = {
    f"{prefix}{name}" for prefix in ("TO_", "TRY_TO_") for name in ("DECIMAL", "NUMBER", "NUMERIC")
}


def _tells_errors(node: exp.Anonymous) -> bool:
    """Tell whether an AI function is called with `return_error_details => TRUE`."""
    last = node.expressions[-1] if len(node.expressions) == 3 else None
    return isinstance(last, exp.Boolean) and bool(last.this)


def _number_call(node: exp.Anonymous) -> DataType | None:
    """Return the type of TO_NUMBER: its last numbers are precision and scale."""
    given = [
        int(str(each.this))
        for each in node.expressions[1:]
        if isinstance(each, exp.Literal) and not each.is_string
    ]
    if len(given) > 2:
        return None
    return DataType("NUMBER", given[0] if given else 38, given[1] if len(given) > 1 else 0)


def number_kind(text: str) -> DataType | None:
    """Return the type of a constant number, None for a float."""
    whole, _, fraction = text.partition(".")
    if "e" in text.lower() or not (whole + fraction).isdigit():
        return None
    digits = len(whole.lstrip("0")) + len(fraction)
    return DataType("NUMBER", max(1, min(38, digits)), min(37, len(fraction)))


def kind_of(node: exp.Expr | None) -> DataType | None:
    """Return the type that an expression is known to have."""
    return node.meta.get(KEY) if node is not None else None
