"""SOPS in JSON."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ...errors import ConfigSourceError
from ._sops import Leaf, number

METADATA = "sops"


def parse(text: str, store: str) -> tuple[list[Leaf], dict[str, Any]]:
    """The leaves of the document, and its metadata."""
    document = _document(text, store)
    metadata = document.pop(METADATA, {})
    leaves = [leaf for key, value in document.items() for leaf in _leaves(value, (key,))]
    return leaves, metadata if isinstance(metadata, dict) else {}


def _document(text: str, store: str) -> dict[str, Any]:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) != len(pairs):
            raise ValueError
        return dict(pairs)

    try:
        found = json.loads(text, object_pairs_hook=unique, parse_constant=_refuse)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ConfigSourceError(f"{store}: is no JSON object, or names a key twice")
    return found


def _refuse(_: str) -> Any:
    raise ValueError


def _leaves(value: Any, path: tuple[str | int, ...]) -> Iterator[Leaf]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _leaves(inner, (*path, position))
    elif value is None:
        yield Leaf(path, None, b"", "")
    elif isinstance(value, str):
        yield Leaf(path, value, value.encode(), value)
    elif isinstance(value, bool):
        yield Leaf(path, str(value), str(value).encode(), str(value).lower())
    else:
        # Integers of older versions were floats, which are formatted alike up to 2 ** 53.
        text = number(value) if isinstance(value, float) else str(value)
        yield Leaf(path, text, text.encode(), text)


def edited(text: str, values: Mapping[str, str], metadata: Mapping[str, str], store: str) -> str:
    """The text with other values under keys of the first level, and in the metadata."""
    document = _document(text, store)
    sops = document.pop(METADATA)
    for key in values:
        if isinstance(document.get(key), dict | list):
            raise ConfigSourceError(f"{store}: {key} is an object or a list there")
    whole = {**document, **values, METADATA: {**sops, **metadata}}
    return json.dumps(whole, indent="\t", ensure_ascii=False) + "\n"
