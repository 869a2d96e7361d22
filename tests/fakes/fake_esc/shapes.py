"""The shapes of the published OpenAPI description of ESC, restated, and a check against them.

A shape maps a field to (required, check). Where the description and the service differ, the
service is followed and the line says so.
"""

from collections.abc import Callable
from typing import Any

Check = Callable[[Any, str], None]
Shape = dict[str, tuple[bool, Check]]
# What each check of an object checks, for tests that hold it against other descriptions.
SHAPES: "dict[Check, Callable[[], Shape]]" = {}


class ShapeError(AssertionError):
    """An answer of the fake that the real service would not give."""


def of(kind: type | tuple[type, ...]) -> Check:
    def check(value: Any, where: str) -> None:
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise ShapeError(f"{where}: {type(value).__name__}")

    return check


def anything(value: Any, where: str) -> None:
    del value, where


def each(inner: Check) -> Check:
    def check(value: Any, where: str) -> None:
        of(list)(value, where)
        for index, item in enumerate(value):
            inner(item, f"{where}[{index}]")

    return check


def every(inner: Check) -> Check:
    def check(value: Any, where: str) -> None:
        of(dict)(value, where)
        for name, item in value.items():
            inner(item, f"{where}.{name}")

    return check


def shaped(shape: Callable[[], Shape]) -> Check:
    def check(value: Any, where: str) -> None:
        of(dict)(value, where)
        known = shape()
        for name, (required, inner) in known.items():
            if name in value:
                inner(value[name], f"{where}.{name}")
            elif required:
                raise ShapeError(f"{where}: {name} is required")
        for name in value.keys() - known.keys():
            raise ShapeError(f"{where}: {name} is not in the description")

    SHAPES[check] = shape
    return check


def nested_value(value: Any, where: str) -> None:
    """Below a `Value`, maps and lists hold `Value`s again."""
    if isinstance(value, dict):
        every(VALUE)(value, where)
    elif isinstance(value, list):
        each(VALUE)(value, where)


text, number = of(str), of(int)
POS = shaped(lambda: dict.fromkeys(("line", "column", "byte"), (True, number)))
RANGE = shaped(lambda: {"environment": (True, text), "begin": (True, POS), "end": (True, POS)})
TRACE: Check = shaped(lambda: {"def": (False, RANGE), "base": (False, VALUE)})
VALUE: Check = shaped(
    lambda: {
        "value": (False, nested_value),  # described as required; nulls come without it
        "secret": (False, of(bool)),
        "unknown": (False, of(bool)),
        "trace": (True, TRACE),
    }
)
CONTEXT = shaped(lambda: {"properties": (False, every(VALUE)), "schema": (False, anything)})
ENVIRONMENT = shaped(
    lambda: {
        "exprs": (False, every(anything)),
        "properties": (False, every(VALUE)),
        "schema": (False, anything),
        "executionContext": (False, CONTEXT),
    }
)
DIAGNOSTIC = shaped(
    lambda: {"summary": (True, text), "path": (False, text), "range": (False, RANGE)}
)
DIAGNOSTICS = shaped(
    lambda: {
        "diagnostics": (False, each(DIAGNOSTIC)),
        "code": (False, number),
        "message": (False, text),
    }
)
ERROR = shaped(lambda: {"message": (True, text), "code": (True, number)})
OPENED = shaped(lambda: {"id": (True, text), "diagnostics": (False, DIAGNOSTICS)})
ORG_ENVIRONMENT = shaped(
    lambda: {
        "organization": (False, text),
        "project": (True, text),
        "name": (True, text),
        "created": (True, text),
        "modified": (True, text),
    }
)
ORG_ENVIRONMENTS = shaped(
    lambda: {"environments": (False, each(ORG_ENVIRONMENT)), "nextToken": (False, text)}
)
REVISION = shaped(
    lambda: {
        "number": (True, number),
        "creatorLogin": (False, text),
        "created": (False, text),
        "creatorName": (False, text),
        "tags": (False, each(text)),
    }
)
REVISIONS = each(REVISION)
# Not of the SDK's description, but of the REST API's: "TokenExchangeGrantResponse".
GRANT = shaped(
    lambda: {
        **dict.fromkeys(("access_token", "issued_token_type", "token_type"), (True, text)),
        "expires_in": (True, number),
        "scope": (True, text),
        "refresh_token": (False, text),
    }
)
EMPTY = shaped(dict)
