"""YAML: a list of mappings. Scalars stay text: `no`, `0123` and `1e3` are what was written."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from ..errors import InputError
from .record import Record

SUFFIXES = (".yaml", ".yml")
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_DEEPEST = 200
_TOO_DEEP = "rows are nested too deeply"
# libyaml is ten times faster; PyYAML is built without it on some systems.
_Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def read(path: Path) -> Iterator[Record]:
    """Yield the rows of a YAML file."""
    text = path.read_text(encoding="utf-8-sig")
    try:
        _require_plain(path, text)
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        if "nesting" in (error.problem or ""):  # PyYAML 6.0.4 and later have a limit of their own
            raise InputError(path, line, _TOO_DEEP) from None
        raise InputError(path, line, f"not YAML: {error.problem}", column) from None
    except yaml.YAMLError as error:
        raise InputError(path, 1, f"not YAML: {error}") from None
    if root is None:
        return
    if not isinstance(root, yaml.SequenceNode):
        raise InputError(path, 1, "rows are a list of mappings: '- customer_id: CUS-1'")
    for node in root.value:
        line = node.start_mark.line + 1
        if isinstance(node, yaml.MappingNode):
            values = {str(key.value): _plain(value) for key, value in node.value}
            twice = len(values) < len(node.value)
            yield Record(line, values, "names a field twice" if twice else None)
        else:
            yield Record(line, {}, "is not a mapping of field to value")


def _require_plain(path: Path, text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        # Aliases share nodes, and a few lines of nested ones expand to gigabytes.
        if isinstance(event, yaml.AliasEvent):
            raise InputError(path, _line_of(event), "data files hold no aliases (*x)")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        # libyaml builds nodes by recursion, and ends the process where the stack does.
        if depth > _DEEPEST:
            raise InputError(path, _line_of(event), _TOO_DEEP)


def _line_of(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _plain(node: Any) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item) for item in node.value]
    return None if not node.style and node.value in _NULL else node.value
