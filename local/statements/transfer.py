"""PUT and GET: the client moves the files; the answer says where to and how.

https://docs.snowflake.com/en/sql-reference/sql/put
https://docs.snowflake.com/en/sql-reference/sql/get
"""

import re
from collections.abc import Mapping
from typing import Any

from ..language.errors import SqlError, compilation
from ..language.lexer import literal, unquote
from ..language.parser import Parser
from ..language.results import OTHER, Binding, Column, Result
from ..language.types import NUMBER, TEXT
from ..sessions.call import Call
from ..sql.staged.doors import Doors
from ..sql.staged.location import Location, Place, find_location, resolve

STARTS = ("PUT", "GET")
# Read by hand: in the text of a URI `//` begins a comment for everything else.
_FILE = re.compile(
    r"\s*(?:'(?P<quoted>(?:[^'\\]|''|\\.)*)'|(?P<bare>file://[^\s;]+))", re.IGNORECASE
)
_OPTION = re.compile(r"\s*,?\s*(\w+)\s*=\s*('(?:[^']|'')*'|\w+)")
_BIND = re.compile(r"(?<=\s)\?(?=\s|$)")
_SPACE = re.compile(r"\s*")
_COMPRESSIONS = (
    "AUTO_DETECT", "GZIP", "BZ2", "BROTLI", "ZSTD", "DEFLATE", "RAW_DEFLATE", "NONE",
)  # fmt: skip
_MOST_PARALLEL = 99
# What the client is told to move in one piece: more than any file may have.
_THRESHOLD = 1 << 53


def run(call: Call) -> Result:
    """Run PUT or GET, as far as the server does."""
    begin = call.parser.here
    text = _bound(call.sql[begin.end :].rstrip().removesuffix(";"), call.bindings)
    return _put(call, text) if begin.upper == "PUT" else _get(call, text)


def _bound(text: str, bindings: Mapping[str, Binding]) -> str:
    """Return the statement with bound texts put in: a `?` in a file's name is a wildcard."""
    count = 0

    def value(found: re.Match[str]) -> str:
        nonlocal count
        count += 1
        bound = bindings.get(str(count))
        if bound is None or not isinstance(bound.value, str):
            return found.group()
        return literal(bound.value)

    return _BIND.sub(value, text)


def _put(call: Call, text: str) -> Result:
    uri, place = _file(text, 0)
    location, place = find_location(text, _SPACE.match(text, place).end())  # type: ignore[union-attr]
    options = _options(
        text, place, {"PARALLEL", "AUTO_COMPRESS", "SOURCE_COMPRESSION", "OVERWRITE"}
    )
    compression = options.get("SOURCE_COMPRESSION", "AUTO_DETECT").upper()
    if compression not in _COMPRESSIONS:
        raise _invalid("SOURCE_COMPRESSION", compression)
    held = resolve(call.session, location, "WRITE")
    overwrite = _flag(options, "OVERWRITE", default=False)
    answer = {
        "src_locations": [uri],
        "autoCompress": _flag(options, "AUTO_COMPRESS", default=True),
        "sourceCompression": compression.lower(),
        "overwrite": overwrite,
        "stageInfo": _doors(call).upload(call.session, held, overwrite=overwrite),
    }
    return _result("UPLOAD", answer, _parallel(options, 4))


def _get(call: Call, text: str) -> Result:
    location, place = find_location(text, _SPACE.match(text).end())  # type: ignore[union-attr]
    uri, place = _file(text, place)
    options = _options(text, place, {"PARALLEL", "PATTERN"})
    held = resolve(call.session, location, "READ")
    files = held.files(options.get("PATTERN"))
    if not files:
        raise SqlError(
            f"Remote file '{location}' was not found. There are no files in this place of the "
            "stage: LIST shows them.",
            253_006,
            "02000",
        )
    answer = {
        "src_locations": [file.path for file in files],
        "localLocation": uri,
        "stageInfo": _doors(call).download(call.session, _whole(held)),
    }
    return _result("DOWNLOAD", answer, _parallel(options, 10))


def _whole(place: Place) -> Place:
    """Return the stage of a place: the paths of its files begin there."""
    location = Location(place.location.kind, place.location.name, "")
    return Place(place.session, location, place.area, place.owner, "")


def _doors(call: Call) -> Doors:
    return call.session.engine.part(Doors)


def _result(command: str, answer: dict[str, Any], parallel: int) -> Result:
    extra = {
        "command": command,
        "operation": "Node",
        "kind": None,
        "parallel": parallel,
        "threshold": _THRESHOLD,
        "clientShowEncryptionParameter": False,
        "encryptionMaterial": None,
        **answer,
    }
    names = _UPLOADED if command == "UPLOAD" else _DOWNLOADED
    columns = [Column(name, NUMBER if name.endswith("size") else TEXT) for name in names]
    return Result(columns, [], OTHER, extra=extra)


_UPLOADED = (
    "source", "target", "source_size", "target_size", "source_compression", "target_compression", "status", "message",
)  # fmt: skip
_DOWNLOADED = ("file", "size", "status", "message")


def _file(text: str, place: int) -> tuple[str, int]:
    """Return the local path of a `file://` URI, and where it ends."""
    found = _FILE.match(text, place)
    if found is None:
        raise compilation("PUT and GET need a file URI: file:///path/to/a/file", 1011, "22023")
    if found["quoted"] is not None:
        uri = unquote(Parser(text[found.start("quoted") - 1 : found.end("quoted") + 1]).here)
    else:
        uri = found["bare"]
    if uri[:7].lower() != "file://":
        raise compilation(f"'{uri[:60]}' is no file URI: file:///path/to/a/file", 1011, "22023")
    return uri[7:], found.end()


def _options(text: str, place: int, known: set[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    while text[place:].strip():
        option = _OPTION.match(text, place)
        if option is None or option[1].upper() not in known:
            word = option[1].upper() if option else text[place:].strip().split()[0][:40]
            raise compilation(f"invalid property '{word}' of PUT or GET", 1420, "22023")
        value = option[2]
        found[option[1].upper()] = unquote(Parser(value).here) if value[0] == "'" else value
        place = option.end()
    return found


def _flag(options: dict[str, str], name: str, *, default: bool) -> bool:
    value = options.get(name, str(default)).upper()
    if value not in {"TRUE", "FALSE"}:
        raise _invalid(name, value)
    return value == "TRUE"


def _parallel(options: dict[str, str], default: int) -> int:
    value = options.get("PARALLEL", str(default))
    if not value.isdigit() or not 1 <= int(value) <= _MOST_PARALLEL:
        raise _invalid("PARALLEL", value)
    return int(value)


def _invalid(name: str, value: str) -> SqlError:
    return compilation(f"invalid value [{value[:40]}] for parameter '{name}'", 1008, "22023")
