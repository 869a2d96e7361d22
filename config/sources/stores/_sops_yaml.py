"""SOPS in YAML: nodes with their places in the text, so that an edit leaves all else as it was."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...errors import ConfigSourceError
from . import base
from ._sops import Leaf, number

METADATA = "sops"
_DEPTH = 60
# Scalars without quotes, as go-yaml reads them (YAML 1.2 but for octal numbers).
_INT = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NULL = {"", "~", "null", "Null", "NULL"}
_TRUE, _FALSE = {"true", "True", "TRUE"}, {"false", "False", "FALSE"}


def parse(text: str, store: str) -> tuple[list[Leaf], dict[str, Any]]:
    """The leaves of the document, and its metadata."""
    root = _root(text, store)
    leaves: list[Leaf] = []
    metadata: Any = {}
    for key, value in _pairs(root, store):
        if key == METADATA:
            metadata = _plain(value, store, 0)
        else:
            leaves += _leaves(value, (key,), store)
    return leaves, metadata if isinstance(metadata, dict) else {}


def _root(text: str, store: str) -> Any:
    yaml = base.client("yaml", "sops", "sops")
    failure = ""
    try:
        events = list(yaml.parse(text, Loader=yaml.SafeLoader))
        if any(isinstance(event, yaml.AliasEvent) for event in events):
            failure = "has aliases, which grow without bound"
        else:
            root = yaml.compose(text, Loader=yaml.SafeLoader)
            if isinstance(root, yaml.MappingNode):
                return root
            failure = "is no map of keys"
    except (yaml.YAMLError, RecursionError):
        failure = "is no YAML of one document"
    raise ConfigSourceError(f"{store}: {failure}")


def _pairs(node: Any, store: str) -> Iterator[tuple[str, Any]]:
    seen = set()
    for key, value in node.value:
        if not isinstance(key.value, str) or key.value in seen:
            raise ConfigSourceError(f"{store}: a key stands there twice, or is no text")
        seen.add(key.value)
        yield key.value, value


def _leaves(node: Any, path: tuple[str | int, ...], store: str) -> Iterator[Leaf]:
    if len(path) > _DEPTH:
        raise ConfigSourceError(f"{store}: is nested too deeply")
    if node.id == "mapping":
        for key, value in _pairs(node, store):
            yield from _leaves(value, (*path, key), store)
    elif node.id == "sequence":
        for position, value in enumerate(node.value):
            yield from _leaves(value, (*path, position), store)
    else:
        yield _leaf(node, path)


def _leaf(node: Any, path: tuple[str | int, ...]) -> Leaf:
    text = node.value
    if node.style is not None:
        return Leaf(path, text, text.encode(), text)
    if text in _NULL:
        return Leaf(path, None, b"", "")
    if text in _TRUE | _FALSE:
        return Leaf(path, text, b"True" if text in _TRUE else b"False", text.lower())
    if _INT.fullmatch(text):
        # A zero at the front makes it octal there.
        value = int(text, 8 if text.lstrip("+-").startswith("0") else 10)
        return Leaf(path, text, str(value).encode(), str(value))
    if _FLOAT.fullmatch(text):
        return Leaf(path, text, number(float(text)).encode(), text)
    if _TIME.fullmatch(text):
        return Leaf(path, text, f"{text}T00:00:00Z".encode(), text)
    return Leaf(path, text, text.encode(), text)


def _plain(node: Any, store: str, depth: int) -> Any:
    """The metadata, every scalar as its text."""
    if depth > _DEPTH:
        raise ConfigSourceError(f"{store}: is nested too deeply")
    if node.id == "mapping":
        return {key: _plain(value, store, depth + 1) for key, value in _pairs(node, store)}
    if node.id == "sequence":
        return [_plain(value, store, depth + 1) for value in node.value]
    return node.value


def edited(text: str, values: Mapping[str, str], metadata: Mapping[str, str], store: str) -> str:
    """The text with other values under keys of the first level, and in the metadata."""
    root = _root(text, store)
    edits: list[tuple[int, int, str]] = []
    left = dict(values)
    for key, value in root.value:
        if key.value == METADATA:
            new = "".join(f"{json.dumps(name)}: {_scalar(raw)}\n" for name, raw in left.items())
            if new and key.start_mark.column:
                raise ConfigSourceError(f"{store}: is no YAML as `sops` writes it")
            at = key.start_mark.index
            edits.append((at, at, new))
            for name, entry in value.value:
                if name.value in metadata:
                    edits.append(_edit(entry, metadata[name.value]))
        elif key.value in left:
            if value.id != "scalar":
                raise ConfigSourceError(f"{store}: {key.value} is a map or a list there")
            edits.append(_edit(value, left.pop(key.value)))
    for begin, end, new in sorted(edits, reverse=True):
        text = text[:begin] + new + text[end:]
    return text


def _edit(node: Any, raw: str) -> tuple[int, int, str]:
    return node.start_mark.index, node.end_mark.index, _scalar(raw)


def _scalar(raw: str) -> str:
    return json.dumps(raw, ensure_ascii=False)
