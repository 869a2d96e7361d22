"""File formats: their options by type, as statements, stages and FILE FORMAT objects give them.

https://docs.snowflake.com/en/sql-reference/sql/create-file-format
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...language.errors import SqlError, compilation
from ...language.lexer import position
from ...language.parser import Parser
from ...sessions.session import Session

Reader = Callable[[Parser], Any]
TYPES = ("CSV", "JSON", "AVRO", "ORC", "PARQUET", "XML")
_COMPRESSIONS = ("AUTO", "GZIP", "BZ2", "BROTLI", "ZSTD", "DEFLATE", "RAW_DEFLATE", "NONE")
_LONGEST_DELIMITER = 20


def _word(*choices: str) -> Reader:
    def read(parser: Parser) -> str:
        token = parser.here
        value = parser.string() if token.kind == "string" else parser.take().text
        if value.upper() not in choices:
            raise SqlError(
                f"SQL compilation error:\ninvalid value '{value[:60]}': one of {', '.join(choices)}.",
                1008,
                "22023",
                *position(parser.sql, token.start),
            )
        return value.upper()

    return read


def _boolean(parser: Parser) -> bool:
    if parser.here.kind == "string":
        return bool(_word("TRUE", "FALSE")(parser) == "TRUE")
    return parser.boolean()


def _text(parser: Parser) -> str:
    """Read a text, or the word NONE or AUTO."""
    if parser.here.kind in {"string", "dollar"}:
        return parser.string()
    return str(_word("NONE", "AUTO")(parser))


def _character(parser: Parser) -> str:
    """Read characters, which may be spelt as octal or hex numbers; NONE is the empty text."""
    token = parser.here
    if token.kind != "string":
        _word("NONE")(parser)
        return ""
    text = parser.string()
    if text.upper() == "NONE":
        return ""
    made = _spelt(text)
    if not made or len(made) > _LONGEST_DELIMITER:
        raise SqlError(
            f"SQL compilation error:\ninvalid value [{token.text[:40]}]: 1 to {_LONGEST_DELIMITER} "
            "characters, or NONE.",
            1008,
            "22023",
            *position(parser.sql, token.start),
        )
    return made


def _spelt(text: str) -> str:
    """Return characters that are spelt `0x5e`, `\\x5e` or `\\136`; other texts as they are."""
    number = re.fullmatch(
        r"0[xX]([0-9a-fA-F]{2}(?:[0-9a-fA-F]{2})*)|((?:\\x[0-9a-fA-F]{2})+)", text
    )
    if number is not None:
        digits = number[1] or number[2].replace("\\x", "")
        return bytes.fromhex(digits).decode("utf-8", "replace")
    octal = re.fullmatch(r"\\([0-7]{3})", text)
    return (
        chr(int(octal[1], 8)) if octal else {"\\t": "\t", "\\n": "\n", "\\r": "\r"}.get(text, text)
    )


def _texts(parser: Parser) -> list[str]:
    if not parser.looking_at("("):
        return [parser.string()]
    found: list[str] = parser.listed(parser.string)
    return found


def _whole(parser: Parser) -> int:
    token = parser.here
    number = parser.number()
    if number < 0:
        raise parser.unexpected(token)
    return number


_TIMES: dict[str, Reader] = {
    "DATE_FORMAT": _text,
    "TIME_FORMAT": _text,
    "TIMESTAMP_FORMAT": _text,
    "BINARY_FORMAT": _word("HEX", "BASE64", "UTF8", "UTF-8"),
}
_COMMON: dict[str, Reader] = {
    "COMPRESSION": _word(*_COMPRESSIONS),
    "TRIM_SPACE": _boolean,
    "NULL_IF": _texts,
    "REPLACE_INVALID_CHARACTERS": _boolean,
}
# https://docs.snowflake.com/en/sql-reference/sql/copy-into-table#format-type-options-formattypeoptions
OPTIONS: Mapping[str, Mapping[str, Reader]] = {
    "CSV": {
        **_COMMON,
        **_TIMES,
        "RECORD_DELIMITER": _character,
        "FIELD_DELIMITER": _character,
        "MULTI_LINE": _boolean,
        "FILE_EXTENSION": _text,
        "PARSE_HEADER": _boolean,
        "SKIP_HEADER": _whole,
        "SKIP_BLANK_LINES": _boolean,
        "ESCAPE": _character,
        "ESCAPE_UNENCLOSED_FIELD": _character,
        "FIELD_OPTIONALLY_ENCLOSED_BY": _character,
        "ERROR_ON_COLUMN_COUNT_MISMATCH": _boolean,
        "EMPTY_FIELD_AS_NULL": _boolean,
        "SKIP_BYTE_ORDER_MARK": _boolean,
        "ENCODING": _text,
    },
    "JSON": {
        **_COMMON,
        **_TIMES,
        "MULTI_LINE": _boolean,
        "FILE_EXTENSION": _text,
        "ENABLE_OCTAL": _boolean,
        "ALLOW_DUPLICATE": _boolean,
        "STRIP_OUTER_ARRAY": _boolean,
        "STRIP_NULL_VALUES": _boolean,
        "IGNORE_UTF8_ERRORS": _boolean,
        "SKIP_BYTE_ORDER_MARK": _boolean,
    },
    "PARQUET": {
        **_COMMON,
        # What packs a file's pages is found in it; GZIP is what clients of pandas say.
        "COMPRESSION": _word("AUTO", "SNAPPY", "LZO", "GZIP", "NONE"),
        "SNAPPY_COMPRESSION": _boolean,
        "BINARY_AS_TEXT": _boolean,
        "USE_LOGICAL_TYPE": _boolean,
        "USE_VECTORIZED_SCANNER": _boolean,
    },
    "AVRO": _COMMON,
    "ORC": {key: value for key, value in _COMMON.items() if key != "COMPRESSION"},
    "XML": {
        "COMPRESSION": _word(*_COMPRESSIONS),
        "IGNORE_UTF8_ERRORS": _boolean,
        "PRESERVE_SPACE": _boolean,
        "STRIP_OUTER_ELEMENT": _boolean,
        "DISABLE_AUTO_CONVERT": _boolean,
        "REPLACE_INVALID_CHARACTERS": _boolean,
        "SKIP_BYTE_ORDER_MARK": _boolean,
    },
}
_DEFAULTS: dict[str, Any] = {
    "COMPRESSION": "AUTO",
    "RECORD_DELIMITER": "\n",
    "FIELD_DELIMITER": ",",
    "MULTI_LINE": True,
    "FILE_EXTENSION": "AUTO",
    "SKIP_HEADER": 0,
    "DATE_FORMAT": "AUTO",
    "TIME_FORMAT": "AUTO",
    "TIMESTAMP_FORMAT": "AUTO",
    "BINARY_FORMAT": "HEX",
    "ESCAPE": "",
    "ESCAPE_UNENCLOSED_FIELD": "\\",
    "FIELD_OPTIONALLY_ENCLOSED_BY": "",
    "NULL_IF": ["\\N"],
    "ERROR_ON_COLUMN_COUNT_MISMATCH": True,
    "EMPTY_FIELD_AS_NULL": True,
    "SKIP_BYTE_ORDER_MARK": True,
    "ENCODING": "UTF8",
    "BINARY_AS_TEXT": True,
}


@dataclass(frozen=True)
class Format:
    """How files are read or written.

    Attributes:
        type: CSV, JSON, PARQUET, …
        options: What was said; the rest has its default.
    """

    type: str = "CSV"
    options: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        """Return the value of an option; False where a Boolean one is not given."""
        return self.options.get(name, _DEFAULTS.get(name, False))

    def gives(self, name: str) -> bool:
        """Tell whether an option was given."""
        return name in self.options


def read_properties(parser: Parser, known_type: str | None = None) -> dict[str, Any]:
    """Consume `TYPE = … OPTION = value …` up to what is no option.

    Args:
        parser: At the first option.
        known_type: Of the format whose options they are, when it has one.

    Raises:
        SqlError: An option is none of the type, or comes twice.
    """
    found: dict[str, Any] = {}
    begin = parser.here
    readers: dict[str, Reader] = {"TYPE": _word(*TYPES)}
    for options in OPTIONS.values():
        readers |= options
    while parser.here.kind == "word" and (parser.ahead().text == "="):
        key = parser.here.upper
        kind = str(found.get("TYPE") or known_type or "")
        reader = OPTIONS[kind].get(key) if kind and key != "TYPE" else readers.get(key)
        if reader is None:
            break
        if key in found:
            raise compilation(f"duplicate property '{key}'", 1421, "22023")
        parser.take()
        parser.take()
        found[key] = reader(parser)
        parser.accept(",")
    kind = str(found.get("TYPE") or known_type or "CSV")
    wrong = [key for key in found if key != "TYPE" and key not in OPTIONS[kind]]
    if wrong:
        raise SqlError(
            f"SQL compilation error:\ninvalid property '{wrong[0]}' for '{kind}'",
            1420,
            "22023",
            *position(parser.sql, begin.start),
        )
    return found


def read_format(parser: Parser) -> dict[str, Any]:
    """Consume the value of FILE_FORMAT: a name, or options in brackets."""
    if parser.here.kind == "string":
        return {"FORMAT_NAME": parser.string()}
    if not parser.looking_at("("):
        return {"FORMAT_NAME": str(parser.name())}
    parser.expect("(")
    if parser.accept("FORMAT_NAME"):
        parser.expect("=")
        text = parser.string() if parser.here.kind == "string" else str(parser.name())
        parser.expect(")")
        return {"FORMAT_NAME": text}
    found = read_properties(parser)
    if not parser.accept(")"):
        raise invalid_property(parser)
    return found


def invalid_property(parser: Parser) -> SqlError:
    """Return the error for an option that is not known where it stands (001420)."""
    if parser.here.kind != "word":
        return parser.unexpected()
    place = position(parser.sql, parser.here.start)
    return SqlError(
        f"SQL compilation error:\ninvalid property '{parser.here.upper}' (line {place[0]} at "
        f"position {place[1]}).",
        1420,
        "22023",
        *place,
    )


def format_of(session: Session, *given: Mapping[str, Any] | None) -> Format:
    """Return the format of the first of `given` that says one.

    Raises:
        SqlError: It names a file format that is not there, or that the role may not use.
    """
    found = next((one for one in given if one), None)
    if found is None:
        return Format()
    name = found.get("FORMAT_NAME")
    if name is not None:
        item = session.names.find("FILE FORMAT", Parser(str(name)).name())
        session.identity.require("USAGE", item, str(name))
        found = item.body.get("properties", {})
    options = {key: value for key, value in found.items() if key != "TYPE"}
    return Format(str(found.get("TYPE", "CSV")), options)
