"""How long the values of an opened environment are good for.

`fn::open` asks a provider each time an environment is opened; what it gives (a login, a token)
ends, at the latest with the session. ESC does not say when, so the shortest of these counts: the
session, a `duration` that the definition asks for, what the provider's documentation says, and a
time of expiry beside a secret. Values of a definition alone do not end.

Shapes: `Expr` and `Value` in pulumi/esc (`expr.go`, `value.go`). Durations and outputs:
https://www.pulumi.com/docs/esc/providers/login/
"""

import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ..fields.durations import duration
from .values import MAX_DEPTH

OPEN = "fn::open"
# Seconds of tokens whose life the definition need not name.
_USUAL = {"gh-login": 3600.0, "oidc": 3600.0}
_DURATIONS = frozenset({"duration", "tokenLifetime"})
_EXPIRIES = frozenset({"expiry", "expiration", "expiresAt", "expires_at"})
_ELSEWHERE = "environments"  # the built-in value through which another environment is read


def expires_in(opened: Mapping[str, Any], session: float) -> float | None:
    """Seconds from now for which the values are good; None where they do not end.

    Args:
        opened: The evaluated environment: `exprs` and `properties`. Of any shape: a part that
            is not as documented says nothing.
        session: Seconds that the session lives.
    """
    calls = list(_calls(opened.get("exprs")))
    if not calls and _is_alone(opened):
        return None
    ends = [session, *_expiries(opened.get("properties"))]
    for name, argument in calls:
        ends += [_USUAL[name]] if name in _USUAL else []
        ends += _asked(argument)
    return min(ends)


def _seconds(text: object) -> float | None:
    """A duration such as `1h30m` in seconds; None for anything else."""
    try:
        return duration(text[:64]).total_seconds() if isinstance(text, str) else None
    except (ValueError, OverflowError):
        return None


def _below(expression: object) -> Iterator[dict[str, Any]]:
    """An expression and all inside of it."""
    waiting = [(expression, 0)]
    while waiting:
        node, depth = waiting.pop()
        if not isinstance(node, dict) or depth > MAX_DEPTH:
            continue
        yield node
        inner = [node.get("base")]
        for name in ("object", "list"):
            found = node.get(name)
            inner += found.values() if isinstance(found, dict) else found or ()
        builtin = node.get("builtin")
        inner.append(builtin.get("arg") if isinstance(builtin, dict) else None)
        waiting += [(one, depth + 1) for one in inner]


def _all(expressions: object) -> Iterator[dict[str, Any]]:
    for expression in expressions.values() if isinstance(expressions, dict) else ():
        yield from _below(expression)


def _calls(expressions: object) -> Iterator[tuple[str, object]]:
    """(provider, argument) of every `fn::open`."""
    for node in _all(expressions):
        builtin = node.get("builtin")
        name = builtin.get("name") if isinstance(builtin, dict) else None
        if not isinstance(builtin, dict) or not isinstance(name, str):
            continue
        if name == OPEN or name.startswith(f"{OPEN}::"):
            argument = builtin.get("arg")
            yield _provider(name, argument), argument


def _provider(name: str, argument: object) -> str:
    """`fn::open::gh-login`, or `fn::open` with `provider: gh-login`."""
    short = name.removeprefix(OPEN).removeprefix("::")
    fields = argument.get("object") if isinstance(argument, dict) else None
    named = fields.get("provider") if isinstance(fields, dict) and not short else None
    return str(named.get("literal", "")) if isinstance(named, dict) else short


def _asked(argument: object) -> Iterator[float]:
    """The lives that an argument names."""
    for node in _below(argument):
        fields = node.get("object")
        for name, value in fields.items() if isinstance(fields, dict) else ():
            life = _seconds(value.get("literal")) if isinstance(value, dict) else None
            if name in _DURATIONS and life is not None:
                yield life


def _is_alone(opened: Mapping[str, Any]) -> bool:
    """Whether all values are of the definition whose expressions are known, and of no import."""
    if not isinstance(opened.get("exprs"), dict):
        return False
    for node in _all(opened["exprs"]):
        parts = [node.get("symbol"), *(part.get("value") for part in _dicts(node, "interpolate"))]
        if any(_begins_elsewhere(part) for part in parts):
            return False
    properties = opened.get("properties")
    return set(properties if isinstance(properties, dict) else ()) <= set(opened["exprs"]) and (
        len(set(_origins(properties))) <= 1
    )


def _dicts(node: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    found = node.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _begins_elsewhere(accessors: object) -> bool:
    first = accessors[0] if isinstance(accessors, list) and accessors else None
    return isinstance(first, dict) and first.get("key") == _ELSEWHERE


def _values(properties: object) -> Iterator[tuple[str, Any, Any]]:
    """(name, value, the map it is in) of every named value."""
    waiting = [(properties, 0)]
    while waiting:
        held, depth = waiting.pop()
        if depth > MAX_DEPTH:
            continue
        if isinstance(held, list):
            waiting += [(one.get("value"), depth + 1) for one in held if isinstance(one, dict)]
        for name, value in held.items() if isinstance(held, dict) else ():
            if isinstance(value, dict):
                yield name, value, held
                waiting.append((value.get("value"), depth + 1))


def _origins(properties: object) -> Iterator[str]:
    """The environments that the values were written in."""
    for _, value, _ in _values(properties):
        trace = value.get("trace")
        written = trace.get("def") if isinstance(trace, dict) else None
        if isinstance(written, dict) and isinstance(written.get("environment"), str):
            yield written["environment"]


def _expiries(properties: object) -> Iterator[float]:
    """Seconds until the times of expiry that stand beside a secret, and are still to come."""
    for name, value, siblings in _values(properties):
        if name not in _EXPIRIES or not isinstance(value.get("value"), str):
            continue
        if any(isinstance(one, dict) and one.get("secret") for one in siblings.values()):
            life = _until(value["value"])
            if life is not None and life > 0:
                yield life


def _until(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text[:64])
        return moment.timestamp() - time.time() if moment.tzinfo else None
    except (ValueError, OverflowError, OSError):
        return None
