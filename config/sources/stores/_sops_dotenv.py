"""SOPS in .env files: one line per key, the metadata in lines that begin with `sops_`.

What is encrypted of a line is all behind the `=`, with its quotes; what that is worth is read as in
any .env file.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...errors import ConfigSourceError
from ._sops import Leaf

_METADATA = "sops_"
_AGE = re.compile(r"age__list_([0-9]{1,3})__map_(enc|recipient)")


def parse(text: str, store: str) -> tuple[list[Leaf], dict[str, Any]]:
    """The leaves of the document, and its metadata."""
    leaves: list[Leaf] = []
    metadata: dict[str, Any] = {}
    age: dict[int, dict[str, str]] = {}
    for key, raw in _lines(text, store):
        value = raw.replace("\\n", "\n")
        if not key.startswith(_METADATA):
            leaves.append(Leaf((key,), value, value.encode(), value))
            continue
        name = key.removeprefix(_METADATA)
        entry = _AGE.fullmatch(name)
        if entry is not None:
            age.setdefault(int(entry[1]), {})[entry[2]] = value
        else:
            metadata[name.partition("__list_")[0]] = value
    if age:
        metadata["age"] = [age[number] for number in sorted(age)]
    return leaves, metadata


def _lines(text: str, store: str) -> Iterator[tuple[str, str]]:
    seen = set()
    for number, line in enumerate(text.split("\n"), start=1):
        if not line or line.startswith("#"):
            continue
        key, equal, value = line.partition("=")
        if not equal or key in seen:
            raise ConfigSourceError(f"{store}:{number}: no line NAME=value, or a name stands twice")
        seen.add(key)
        yield key, value


def edited(text: str, values: Mapping[str, str], metadata: Mapping[str, str], store: str) -> str:
    """The text with other values, and other metadata."""
    values = {name: value.replace("\n", "\\n") for name, value in values.items()}
    new = {**values, **{f"{_METADATA}{name}": value for name, value in metadata.items()}}
    done, begun = [], False
    for line in text.split("\n"):
        key = line.partition("=")[0]
        if key.startswith(_METADATA) and not begun:
            begun = True
            known = {known for known, _ in _lines(text, store)}
            done += [f"{name}={value}" for name, value in values.items() if name not in known]
        done.append(f"{key}={new[key]}" if key in new and not line.startswith("#") else line)
    return "\n".join(done)
