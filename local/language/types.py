"""Snowflake's data types: read, spelt as SHOW and DESCRIBE do, and as DuckDB's."""

from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any

from .errors import SqlError, unsupported
from .parser import Parser

MAX_TEXT = 16_777_216
MAX_BINARY = 8_388_608
MAX_DIMENSION = 4096

_INTEGERS = {"INT", "INTEGER", "BIGINT", "SMALLINT", "TINYINT", "BYTEINT"}
_NUMBERS = {"NUMBER", "DECIMAL", "NUMERIC", "DEC"}
_FLOATS = {"FLOAT", "FLOAT4", "FLOAT8", "DOUBLE", "REAL"}
_TEXTS = {"VARCHAR", "STRING", "TEXT", "NVARCHAR", "NVARCHAR2"}
_CHARS = {"CHAR", "CHARACTER", "NCHAR"}
_BINARIES = {"BINARY", "VARBINARY"}
_TIMESTAMPS = {
    "TIMESTAMP": "TIMESTAMP_NTZ",
    "DATETIME": "TIMESTAMP_NTZ",
    "TIMESTAMP_NTZ": "TIMESTAMP_NTZ",
    "TIMESTAMPNTZ": "TIMESTAMP_NTZ",
    "TIMESTAMP_LTZ": "TIMESTAMP_LTZ",
    "TIMESTAMPLTZ": "TIMESTAMP_LTZ",
    "TIMESTAMP_TZ": "TIMESTAMP_TZ",
    "TIMESTAMPTZ": "TIMESTAMP_TZ",
}
_PLAIN = {"BOOLEAN", "DATE", "VARIANT", "OBJECT", "ARRAY"}


@dataclass(frozen=True, slots=True)
class DataType:
    """A data type in its normal form: synonyms resolved, defaults filled in.

    Attributes:
        base: NUMBER, FLOAT, VARCHAR, BINARY, BOOLEAN, DATE, TIME, TIMESTAMP_NTZ/LTZ/TZ, VARIANT,
            OBJECT, ARRAY or VECTOR.
        precision: Digits of a number, or of the second's fraction of a time.
        scale: Digits behind the point.
        length: Characters of a text, bytes of a binary, elements of a vector.
        element: FLOAT or INT, of a vector.
    """

    base: str
    precision: int | None = None
    scale: int | None = None
    length: int | None = None
    element: str | None = None

    def __str__(self) -> str:
        if self.base == "NUMBER":
            return f"NUMBER({self.precision},{self.scale})"
        if self.base == "VECTOR":
            return f"VECTOR({self.element}, {self.length})"
        if self.base in {"VARCHAR", "BINARY"}:
            return f"{self.base}({self.length})"
        if self.base.startswith("TIME"):
            return f"{self.base}({self.precision})"
        return self.base

    @property
    def duckdb(self) -> str:
        """The type that holds its values."""
        if self.base == "NUMBER":
            assert self.precision is not None
            # 64 bits for the wide integers: ids and counts. A larger value is refused, not wrapped.
            if self.scale == 0 and self.precision > 18:
                return "BIGINT"
            return f"DECIMAL({self.precision},{self.scale})"
        if self.base == "VECTOR":
            return f"{'FLOAT' if self.element == 'FLOAT' else 'INTEGER'}[{self.length}]"
        return _DUCKDB[self.base]

    def to_json(self) -> dict[str, Any]:
        """Return the fields that are set."""
        return {key: value for key, value in asdict(self).items() if value is not None}


_DUCKDB = {
    "FLOAT": "DOUBLE",
    "VARCHAR": "VARCHAR",
    "BINARY": "BLOB",
    "BOOLEAN": "BOOLEAN",
    "DATE": "DATE",
    "TIME": "TIME",
    "TIMESTAMP_NTZ": "TIMESTAMP",
    "TIMESTAMP_LTZ": "TIMESTAMP WITH TIME ZONE",
    # An instant with its offset: `engine.zone_macros`.
    "TIMESTAMP_TZ": "INTERVAL",
    "VARIANT": "JSON",
    "OBJECT": "JSON",
    "ARRAY": "JSON",
}

NUMBER = DataType("NUMBER", 38, 0)
FLOAT = DataType("FLOAT")
TEXT = DataType("VARCHAR", length=MAX_TEXT)
BOOLEAN = DataType("BOOLEAN")
DATE = DataType("DATE")
TIME = DataType("TIME", precision=9)
TIMESTAMP_NTZ = DataType("TIMESTAMP_NTZ", precision=9)
TIMESTAMP_LTZ = DataType("TIMESTAMP_LTZ", precision=9)
TIMESTAMP_TZ = DataType("TIMESTAMP_TZ", precision=9)
BINARY = DataType("BINARY", length=MAX_BINARY)
VARIANT = DataType("VARIANT")
ARRAY = DataType("ARRAY")
OBJECT = DataType("OBJECT")


def read_type(parser: Parser) -> DataType:  # noqa: C901 - one clause a branch
    """Consume a data type.

    Raises:
        SqlError: It is not one, is out of range, or is one that the local stack does not hold.
    """
    token = parser.take()
    word = token.upper
    if token.kind != "word":
        raise parser.unexpected(token)
    if word == "DOUBLE":
        parser.accept("PRECISION")
    if word in {"CHAR", "NCHAR", "CHARACTER"} and parser.accept("VARYING"):
        word = "VARCHAR"
    if word in _INTEGERS:
        return NUMBER
    if word in _NUMBERS:
        return _number(parser)
    if word in _FLOATS:
        return FLOAT
    if word in _TEXTS or word in _CHARS:
        return _sized("VARCHAR", parser, 1 if word in _CHARS else MAX_TEXT, 134_217_728)
    if word in _BINARIES:
        return _sized("BINARY", parser, MAX_BINARY, 67_108_864)
    if word == "TIMESTAMP":
        for suffix, base in (("WITHOUT", "TIMESTAMP_NTZ"), ("WITH", "TIMESTAMP_TZ")):
            if parser.accept(suffix, "TIME", "ZONE"):
                return DataType(base, precision=9)
    if word == "TIME" or word in _TIMESTAMPS:
        return DataType(_TIMESTAMPS.get(word, "TIME"), precision=_precision(parser))
    if word == "VECTOR":
        return _vector(parser)
    if word in _PLAIN:
        if parser.looking_at("("):
            raise unsupported(f"structured type {word}(…)")
        return DataType(word)
    if word in {"GEOGRAPHY", "GEOMETRY", "MAP", "DECFLOAT", "FILE", "UUID", "INTERVAL"}:
        raise unsupported(f"data type {word}")
    raise SqlError(f"SQL compilation error:\nUnsupported data type '{word}'.", 2040, "42601")


@lru_cache(maxsize=512)
def parse_type(text: str) -> DataType:
    """Return the data type that `text` spells."""
    parser = Parser(text)
    found = read_type(parser)
    parser.end()
    return found


def from_json(value: dict[str, Any]) -> DataType:
    """Return what `DataType.to_json` gave."""
    return DataType(**value)


def from_duckdb(name: str) -> DataType:
    """Return the type of a result column that DuckDB calls `name`."""
    upper = name.upper()
    if upper.startswith("DECIMAL("):
        precision, scale = upper[8:-1].split(",")
        return DataType("NUMBER", int(precision), int(scale))
    if upper.endswith("]"):
        element, _, size = upper[:-1].partition("[")
        if size.isdigit() and element in {"FLOAT", "INTEGER"}:
            return DataType(
                "VECTOR", length=int(size), element="FLOAT" if element == "FLOAT" else "INT"
            )
        return ARRAY
    if upper.startswith(("STRUCT", "MAP")):
        return OBJECT
    return _FROM_DUCKDB.get(upper, TEXT)


_FROM_DUCKDB = {
    **dict.fromkeys(
        (
            "BIGINT",
            "INTEGER",
            "SMALLINT",
            "TINYINT",
            "UBIGINT",
            "UINTEGER",
            "USMALLINT",
            "UTINYINT",
        ),
        NUMBER,
    ),
    "HUGEINT": NUMBER,
    "UHUGEINT": NUMBER,
    "DOUBLE": FLOAT,
    "FLOAT": FLOAT,
    "BOOLEAN": BOOLEAN,
    "DATE": DATE,
    "TIME": TIME,
    "TIMESTAMP": TIMESTAMP_NTZ,
    "TIMESTAMP_NS": TIMESTAMP_NTZ,
    "TIMESTAMP_S": TIMESTAMP_NTZ,
    "TIMESTAMP_MS": TIMESTAMP_NTZ,
    "TIMESTAMP WITH TIME ZONE": TIMESTAMP_LTZ,
    "INTERVAL": TIMESTAMP_TZ,
    "BLOB": BINARY,
    "JSON": VARIANT,
    "VARIANT": VARIANT,
}


def widened(old: DataType, new: DataType) -> DataType:
    """Return `new` when a column of type `old` may become it, as ALTER COLUMN allows.

    Raises:
        SqlError: The change is one that Snowflake forbids.
    """
    allowed = old == new
    if old.base == new.base == "VARCHAR":
        allowed = (new.length or 0) >= (old.length or 0)
    elif old.base == new.base == "NUMBER":
        allowed = old.scale == new.scale
    if not allowed:
        raise SqlError(
            f"SQL compilation error: cannot change column type from {old} to {new}"
            + (
                " because reducing the byte-length of a varchar is not supported."
                if old.base == new.base == "VARCHAR"
                else " because changing to this type is not supported."
            ),
            2108,
            "22000",
        )
    return replace(new)


def _number(parser: Parser) -> DataType:
    precision, scale = 38, 0
    if parser.accept("("):
        precision = parser.number()
        if parser.accept(","):
            scale = parser.number()
        parser.expect(")")
    if not 1 <= precision <= 38 or not 0 <= scale <= min(37, precision):
        raise SqlError(
            f"SQL compilation error:\ninvalid precision or scale NUMBER({precision},{scale}).",
            1300,
            "42601",
        )
    return DataType("NUMBER", precision, scale)


def _sized(base: str, parser: Parser, default: int, most: int) -> DataType:
    length = default
    if parser.accept("("):
        length = parser.number()
        parser.expect(")")
    if not 1 <= length <= most:
        raise SqlError(
            f"SQL compilation error:\ninvalid length {length} for type {base}.", 1301, "42601"
        )
    return DataType(base, length=length)


def _precision(parser: Parser) -> int:
    if not parser.accept("("):
        return 9
    digits = parser.number()
    parser.expect(")")
    if not 0 <= digits <= 9:
        raise SqlError(f"SQL compilation error:\ninvalid precision {digits}.", 1300, "42601")
    return digits


def _vector(parser: Parser) -> DataType:
    parser.expect("(")
    element = parser.take().upper
    if element in _INTEGERS:
        element = "INT"
    elif element in _FLOATS:
        element = "FLOAT"
    else:
        raise SqlError(
            "SQL compilation error:\nUnsupported vector element type "
            f"'{element}': FLOAT and INT are the types of an element.",
            2040,
            "42601",
        )
    parser.expect(",")
    dimension = parser.number()
    parser.expect(")")
    if not 1 <= dimension <= MAX_DIMENSION:
        raise SqlError(
            f"SQL compilation error:\nInvalid vector dimension '{dimension:,}': it is between 1 and "
            f"{MAX_DIMENSION}.",
            1301,
            "42601",
        )
    return DataType("VECTOR", length=dimension, element=element)
