"""Evaluates a definition: interpolation, imports, secrets and the common functions.

Works on YAML nodes, because traces tell where a value was written and because plain scalars
follow YAML 1.2 here (`yes` is a string), unlike in PyYAML's own constructor.
"""

import base64
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import yaml

INTERPOLATION = re.compile(r"\$\$|\$\{([^}]*)\}")
INTEGER = re.compile(r"[-+]?[0-9]+")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
STEP = re.compile(r"\.?([A-Za-z_][\w-]*)|\[(\d+)\]|\[(\"(?:[^\"\\]|\\.)*\")\]")
Value = dict[str, Any]


class DefinitionError(Exception):
    """A definition that ESC would refuse, with the place."""

    def __init__(self, summary: str, node: yaml.Node) -> None:
        super().__init__(summary)
        self.summary = summary
        self.node = node


def compose(text: str) -> yaml.MappingNode:
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or yaml.Mark("", 0, 0, 0, None, 0)
        raise DefinitionError("invalid YAML", yaml.ScalarNode("", "", mark, mark)) from None
    if node is None:
        mark = yaml.Mark("", 0, 0, 0, None, 0)
        return yaml.MappingNode("tag:yaml.org,2002:map", [], mark, mark)
    if not isinstance(node, yaml.MappingNode):
        raise DefinitionError("a definition is a map", node)
    return node


def scalar(node: yaml.ScalarNode) -> Any:
    text = node.value
    if node.style is not None:
        return text
    if text in {"", "~", "null"}:
        return None
    if text in {"true", "false"}:
        return text == "true"
    if INTEGER.fullmatch(text):
        return int(text)
    return float(text) if FLOAT.fullmatch(text) else text


def items(node: yaml.MappingNode) -> dict[str, yaml.Node]:
    found: dict[str, yaml.Node] = {}
    for key, value in node.value:
        if key.value in found:
            raise DefinitionError(f"duplicate key {key.value}", key)
        found[key.value] = value
    return found


def range_of(name: str, node: yaml.Node) -> dict[str, Any]:
    def position(mark: Any) -> dict[str, int]:
        return {"line": mark.line + 1, "column": mark.column + 1, "byte": mark.index}

    return {
        "environment": name,
        "begin": position(node.start_mark),
        "end": position(node.end_mark),
    }


class Evaluator:
    """One evaluation. `load` gives the text of an imported environment, `decrypt` a secret's."""

    def __init__(
        self,
        name: str,
        text: str,
        load: Callable[[str], str],
        decrypt: Callable[[str], str],
        providers: Mapping[str, Callable[[Any], Value]] = {},
    ) -> None:
        self.name = name
        self.providers = providers
        self.root = compose(text)
        self.load = load
        self.decrypt = decrypt
        self.base: dict[str, Value] = {}
        self.busy: set[int] = set()
        self.done: dict[int, Value] = {}

    def properties(self) -> dict[str, Value]:
        top = items(self.root)
        for entry in getattr(top.get("imports"), "value", []):
            self._import(entry)
        own = top.get("values")
        values = items(own) if isinstance(own, yaml.MappingNode) else {}
        self.own = values
        return merge(self.base, {name: self.value(node) for name, node in values.items()})

    def _import(self, entry: yaml.Node) -> None:
        name, mixed = entry.value, True
        if isinstance(entry, yaml.MappingNode):
            key, options = entry.value[0]
            name = key.value
            mixed = items(options)["merge"].value == "true"
        path = name if "/" in name else f"default/{name}"
        below = Evaluator(path, self.load(path), self.load, self.decrypt, self.providers)
        found = below.properties()
        if mixed:
            self.base = merge(self.base, found)
        self.imported = {**getattr(self, "imported", {}), path: found}

    def value(self, node: yaml.Node) -> Value:
        known = self.done.get(id(node))
        if known is not None:
            return known
        if id(node) in self.busy:
            raise DefinitionError("cyclic reference", node)
        self.busy.add(id(node))
        found = self._value(node)
        found.setdefault("trace", {"def": range_of(self.name, node)})
        self.busy.discard(id(node))
        self.done[id(node)] = found
        return found

    def _value(self, node: yaml.Node) -> Value:
        if isinstance(node, yaml.SequenceNode):
            return {"value": [self.value(inner) for inner in node.value]}
        if isinstance(node, yaml.MappingNode):
            entries = items(node)
            for name, argument in entries.items():
                if name.startswith("fn::"):
                    if len(entries) != 1:
                        raise DefinitionError("a function stands alone", node)
                    return self.call(name, argument)
            return {"value": {name: self.value(inner) for name, inner in entries.items()}}
        assert isinstance(node, yaml.ScalarNode)
        held = scalar(node)
        if isinstance(held, str):
            return self.interpolated(held, node)
        return {} if held is None else {"value": held}

    def interpolated(self, text: str, node: yaml.Node) -> Value:
        whole = INTERPOLATION.fullmatch(text)
        if whole and whole[1] is not None:
            target = self.reference(whole[1], node)
            return {name: fact for name, fact in target.items() if name != "trace"}
        secret = False

        def replaced(match: re.Match[str]) -> str:
            nonlocal secret
            if match[1] is None:
                return "$"
            target = self.reference(match[1], node)
            secret = secret or bool(target.get("secret"))
            return as_text(target)

        result: Value = {"value": INTERPOLATION.sub(replaced, text)}
        return {**result, "secret": True} if secret else result

    def reference(self, path: str, node: yaml.Node) -> Value:
        steps = parse_path(path)
        if not steps:
            raise DefinitionError("an empty reference", node)
        name = str(steps[0])
        if name not in self.own and name not in self.base:
            raise DefinitionError(f"unknown property {name}", node)
        return self.step(self.own.get(name), self.base.get(name), steps[1:])

    def step(self, node: yaml.Node | None, base: Value | None, steps: list[str | int]) -> Value:
        """Follow a reference through nodes, so that a map may refer to its own entries."""
        if node is None:
            assert base is not None
            return walk(base, steps)
        if steps and isinstance(node, yaml.SequenceNode):
            return self.step(node.value[int(steps[0])], None, steps[1:])
        if steps and isinstance(node, yaml.MappingNode):
            entries = items(node)
            if not any(name.startswith("fn::") for name in entries):
                name = str(steps[0])
                below = base["value"] if base and isinstance(base.get("value"), dict) else {}
                if name not in entries and name not in below:
                    raise DefinitionError(f"unknown property {name}", node)
                return self.step(entries.get(name), below.get(name), steps[1:])
        return walk(merge_value(base, self.value(node)), steps)

    def call(self, name: str, argument: yaml.Node) -> Value:
        if name == "fn::secret":
            return self._secret(argument)
        kind, _, short = name.removeprefix("fn::").partition("::")
        if kind in {"open", "rotate"}:
            return self._plugin(kind, short, argument)
        simple = FUNCTIONS.get(name)
        if simple is None:
            raise DefinitionError(f"unknown function {name}", argument)
        given = self.value(argument)
        result: Value = {"value": simple(unwrap(given))}
        return {**result, "secret": True} if has_secret(given) else result

    def _plugin(self, kind: str, short: str, argument: yaml.Node) -> Value:
        """A provider is asked at each opening; a rotator answers with the state it has saved."""
        assert isinstance(argument, yaml.MappingNode)
        fields = items(argument)
        if kind == "rotate":
            return {**self.value(fields["state"]), "secret": True}
        provider = short or fields["provider"].value
        given = argument if short else fields["inputs"]
        if provider not in self.providers:
            raise DefinitionError(f"unknown provider {provider}", argument)
        return self.traced(self.providers[provider](unwrap(self.value(given))), argument)

    def traced(self, value: Value, node: yaml.Node) -> Value:
        held = value.get("value")
        if isinstance(held, dict):
            held = {name: self.traced(inner, node) for name, inner in held.items()}
        return {**value, "value": held, "trace": {"def": range_of(self.name, node)}}

    def expressions(self) -> dict[str, Any]:
        """The expressions of the definition itself, as `Expr` of the description has them."""
        own = items(self.root).get("values")
        values = items(own) if isinstance(own, yaml.MappingNode) else {}
        return {name: self.expression(node) for name, node in values.items()}

    def expression(self, node: yaml.Node) -> dict[str, Any]:
        found: dict[str, Any] = {"range": range_of(self.name, node), "schema": True}
        if isinstance(node, yaml.SequenceNode):
            return {**found, "list": [self.expression(inner) for inner in node.value]}
        if isinstance(node, yaml.MappingNode):
            entries = items(node)
            for name, argument in entries.items():
                if name.startswith("fn::"):
                    builtin = {"name": name, "nameRange": found["range"], "argSchema": True}
                    # What a secret is made of is not shown.
                    hidden = {"range": found["range"]}
                    arg = hidden if name == "fn::secret" else self.expression(argument)
                    return {**found, "builtin": {**builtin, "arg": arg}}
            inner = {name: self.expression(below) for name, below in entries.items()}
            return {**found, "object": inner}
        held = scalar(node)  # type: ignore[arg-type]
        if not isinstance(held, str) or "${" not in held:
            return found if held is None else {**found, "literal": held}
        whole = INTERPOLATION.fullmatch(held)
        if whole and whole[1] is not None:
            return {**found, "symbol": self.accessors(whole[1], node)}
        parts = [
            {"value": self.accessors(match[1], node)}
            for match in INTERPOLATION.finditer(held)
            if match[1] is not None
        ]
        return {**found, "interpolate": parts}

    def accessors(self, path: str, node: yaml.Node) -> list[dict[str, Any]]:
        place = range_of(self.name, node)
        return [
            {"index" if isinstance(step, int) else "key": step, "range": place, "value": place}
            for step in parse_path(path)
        ]

    def _secret(self, argument: yaml.Node) -> Value:
        if isinstance(argument, yaml.MappingNode):
            cipher = items(argument).get("ciphertext")
            if cipher is not None:
                return {"value": self.decrypt(cipher.value), "secret": True}
        if not isinstance(argument, yaml.ScalarNode) or not isinstance(scalar(argument), str):
            raise DefinitionError("secret values must be string literals", argument)
        if "${" in argument.value:
            raise DefinitionError("secret values must be string literals", argument)
        # Not saved yet (an anonymous check): what the parser made of it, `$$` collapsed.
        return {"value": argument.value.replace("$$", "$"), "secret": True}


def as_text(value: Value) -> str:
    held = unwrap(value)
    return held if isinstance(held, str) else json.dumps(held)


FUNCTIONS: Mapping[str, Callable[[Any], Any]] = {
    "fn::fromBase64": lambda given: base64.b64decode(given, validate=True).decode("utf-8"),
    "fn::toBase64": lambda given: base64.b64encode(given.encode()).decode("ascii"),
    "fn::fromJSON": json.loads,
    "fn::toJSON": lambda given: json.dumps(given, separators=(",", ":")),
    "fn::toString": lambda given: given if isinstance(given, str) else json.dumps(given),
    "fn::join": lambda given: given[0].join(given[1]),
    "fn::concat": lambda given: [item for part in given for item in part],
}


def unwrap(value: Any) -> Any:
    """A `Value` without its envelopes."""
    held = value.get("value")
    if isinstance(held, dict):
        return {name: unwrap(inner) for name, inner in held.items()}
    return [unwrap(inner) for inner in held] if isinstance(held, list) else held


def has_secret(value: Value) -> bool:
    held = value.get("value")
    inner = held.values() if isinstance(held, dict) else held if isinstance(held, list) else ()
    return bool(value.get("secret")) or any(has_secret(below) for below in inner)


def parse_path(path: str) -> list[str | int]:
    steps: list[str | int] = []
    for name, index, quoted in STEP.findall(path):
        steps.append(name or (int(index) if index else json.loads(quoted)))
    return steps


def walk(value: Value, steps: list[str | int]) -> Value:
    for step in steps:
        value = value["value"][step]
    return value


def merge_value(base: Value | None, own: Value) -> Value:
    """RFC 7396: maps merge, everything else is replaced."""
    if base is None or not (
        isinstance(base.get("value"), dict) and isinstance(own.get("value"), dict)
    ):
        if base is None:
            return own
        return {**own, "trace": {**own["trace"], "base": base}}
    return {**own, "value": merge(base["value"], own["value"])}


def merge(base: Mapping[str, Value], own: Mapping[str, Value]) -> dict[str, Value]:
    mixed = dict(base)
    for name, value in own.items():
        mixed[name] = merge_value(base.get(name), value)
    return mixed
