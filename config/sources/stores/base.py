"""What stores have in common: JSON documents of keys, names with a version, writing back."""

import json
import re
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from ...errors import ConfigError, ConfigSourceError
from ..base import Hidden

MAX_BYTES = 1 << 20  # of a document: every store allows less
_VERSION = re.compile(r"[A-Za-z0-9_.:-]{1,128}")


def versioned(name: str) -> tuple[str, str | None]:
    """Split `name@version`.

    Raises:
        ConfigError: The version is none.
    """
    plain, at, version = name.rpartition("@")
    if not at:
        return name, None
    if not plain or not _VERSION.fullmatch(version):
        raise ConfigError(f"stores: {name[:200]!r}: what follows @ is not a version")
    return plain, version


def client(module: str, extra: str, store: str) -> Any:
    """Import the client of a store.

    Raises:
        ConfigSourceError: It is not installed.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError:
        failure = f"{store}: its client is not installed: pip install 'hushflake[{extra}]'"
    raise ConfigSourceError(failure)


def document(text: str, place: str, alone: str) -> Hidden:
    """The keys of a secret: those of a JSON object, else the text itself under the name `alone`.

    Numbers and booleans are the JSON text, as in an environment variable; null is the empty text;
    a list or an object is its JSON text.

    Raises:
        ConfigSourceError: It is larger than a document of keys is, or names a key twice.
    """

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) != len(pairs):
            raise _TwiceError
        return dict(pairs)

    if len(text) > MAX_BYTES:
        raise ConfigSourceError(f"{place}: larger than {MAX_BYTES >> 20} MB")
    found: Any = None
    twice = False
    if text.lstrip().startswith("{"):
        try:
            # Digits stay as they were written.
            found = json.loads(
                text,
                parse_int=_Number,
                parse_float=_Number,
                parse_constant=_refuse,
                object_pairs_hook=unique,
            )
        except _TwiceError:
            twice = True
        except (ValueError, RecursionError):
            found = None
    if twice:
        raise ConfigSourceError(f"{place}: names a key twice; which value is meant cannot be told")
    if not isinstance(found, dict):
        return Hidden({alone: text})
    return Hidden({key: field_text(value) for key, value in found.items()})


class _TwiceError(Exception):
    """A JSON object names a key twice."""


def _refuse(_: str) -> Any:
    raise ValueError


class _Number(str):
    """The digits of a number."""


def field_text(value: Any) -> str:
    """A value of JSON as the text that an environment variable would hold."""
    if isinstance(value, str):
        return str(value)
    if value is None:
        return ""
    return json.dumps(_plain(value), ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, _Number):
        return json.loads(value)
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value


_OTHER = re.compile(r"[^A-Za-z0-9]+")


def derived(values: Mapping[str, str]) -> tuple[Hidden, dict[str, tuple[str, ...]]]:
    """Values under their own names and in the spelling of variables, and the names that clash.

    `db-password` is also DB_PASSWORD. Of a name that two derive, neither is meant.
    """
    names: dict[str, list[str]] = {}
    for name in values:
        names.setdefault(_OTHER.sub("_", name).upper(), []).append(name)
    found, ambiguous = Hidden(values), dict[str, tuple[str, ...]]()
    for key, sources in names.items():
        if key in values:
            continue
        if len(sources) == 1:
            found[key] = values[sources[0]]
        else:
            ambiguous[key] = tuple(sources)
    return found, ambiguous


def merged(text: str | None, values: Mapping[str, str], place: str) -> str:
    """A JSON document with these values in it, everything else as it was.

    Raises:
        ConfigSourceError: What is there is no JSON object, so it would be lost.
    """
    held: Any = {}
    if text is not None and text.strip():
        try:
            held = json.loads(text)
        except (ValueError, RecursionError):
            held = None
    if not isinstance(held, dict):
        raise ConfigSourceError(
            f"{place}: holds a text that is no JSON object; keys can only be added to an object"
        )
    return json.dumps({**held, **values}, ensure_ascii=False)


def differing(held: Mapping[str, str], values: Mapping[str, str]) -> list[str]:
    """The keys that did not come back as they were given."""
    return sorted(key for key, value in values.items() if held.get(key) != value)
