"""What differs on a stack: its `overrides:` put over the definitions, with their positions."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from .context import Context
from .errors import SchemaError
from .folder import Project
from .nodes import Node, compose, position, single
from .settings import shown
from .stack import Stack
from .values import Plain


class Overrides:
    """The `overrides:` of a stack as nodes, by the object that they are for."""

    def __init__(self, by_name: dict[str, Node], keys: dict[str, Node], path: str) -> None:
        self._by_name = by_name
        self._keys = keys
        self._path = path
        self._used: set[str] = set()

    @classmethod
    def read(cls, project: Project, stack: Stack) -> "Overrides":
        path = project.stacks / f"{stack.name}.yaml"
        if not stack.overrides:
            return cls({}, {}, "")
        if not path.exists():  # a stack made by hand, in code
            text = yaml.safe_dump({"overrides": _plain_copy(stack.overrides)})
            root = compose(text, "overrides")[0]
        else:
            root = single(path, shown(path, project), project.root)
        for key, value in root.value:
            if key.value == "overrides" and isinstance(value, yaml.MappingNode):
                scalars = ((k, v) for k, v in value.value if isinstance(k, yaml.ScalarNode))
                names = {_override_name(k.value): (k, v) for k, v in scalars}
                return cls(
                    {name: pair[1] for name, pair in names.items()},
                    {name: pair[0] for name, pair in names.items()},
                    shown(path, project),
                )
        return cls({}, {}, "")

    def apply(self, node: Node, kind: str, name: str, context: Context) -> Node:
        """The definition with the stack's fields put over its own."""
        if not self._by_name:
            return node
        for wanted in (_override_name(f"{kind} {name}"), _override_name(name)):
            override = self._by_name.get(wanted)
            if override is not None:
                self._used.add(wanted)
                _mark_foreign(override, self._path, context)
                node = _merge(node, override)
        return node

    def unused(self) -> Iterator[SchemaError]:
        for name, key in self._keys.items():
            if name not in self._used:
                message = f"the override {key.value!r} is for nothing in this project"
                yield SchemaError(
                    message, "name an entity or object as it is declared", position(key, self._path)
                )


def _plain_copy(value: Any) -> Plain:
    if isinstance(value, Mapping):
        return {str(key): _plain_copy(item) for key, item in value.items()}
    return value  # type: ignore[no-any-return]


def _override_name(text: str) -> str:
    kind, _, name = text.strip().rpartition(" ")
    return f"{kind.strip().lower()} {name.upper()}".strip()


def _mark_foreign(node: Node, path: str, context: Context) -> None:
    context.foreign[id(node)] = path
    for item in node.value if not isinstance(node, yaml.ScalarNode) else ():
        for child in item if isinstance(item, tuple) else (item,):
            _mark_foreign(child, path, context)


def _merge(base: Node, override: Node) -> Node:
    if not isinstance(base, yaml.MappingNode) or not isinstance(override, yaml.MappingNode):
        return override
    wanted = {key.value: (key, value) for key, value in override.value}
    pairs = [
        (key, _merge(value, wanted.pop(key.value)[1]) if key.value in wanted else value)
        for key, value in base.value
    ]
    return yaml.MappingNode(base.tag, [*pairs, *wanted.values()], base.start_mark, base.end_mark)
