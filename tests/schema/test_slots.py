"""No text of a definition changes how many statements it is put into.

The slots are those of the annotations: every field of every kind that YAML can set, however deep.
A kind of its own is tried as soon as it has a case in `cases/`, which it must have. The judge is
sqlglot's tokenizer, which is not ours.
"""

import copy
import dataclasses
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
import yaml
from projects import STACK, compile_text
from sqlglot import TokenType
from sqlglot.dialects import Snowflake

from hushflake.deploy.render import render
from hushflake.schema.codec import default_of, hints_of
from hushflake.schema.entity_yaml import EntityYaml, FieldYaml
from hushflake.schema.errors import SchemaError
from hushflake.schema.kinds import all_kinds
from hushflake.schema.kinds.annotations import SqlText, SqlType
from hushflake.schema.names import Identifier, QualifiedName
from hushflake.schema.planner import make_plan
from hushflake.schema.state import State

CASES = Path(__file__).parent / "cases"
ATTACKS = (
    "1); DROP DATABASE D; --",
    "x'; DROP DATABASE D; --",
    'x"; DROP DATABASE D; --',
    "\\'; DROP DATABASE D; --",
    "SELECT 1; DROP DATABASE D",
    "x $$; DROP DATABASE D; $$",
    "S.F(A); DROP DATABASE D; X()",
    "*/; DROP DATABASE D /*",
)
RIGHT = {"expression": "1", "query": "SELECT 1", "statement": "SELECT 1", "body": "1"}
Path_ = tuple[str, ...]


def spec_of(kind: str) -> Any:
    if kind == "entity":
        return EntityYaml
    return all_kinds()[kind].yaml_type or all_kinds()[kind].spec_type


def slots(spec_type: Any, seen: frozenset[Any] = frozenset()) -> Iterator[tuple[Path_, Any]]:
    """The fields of a dataclass, and of those within it, with their annotations."""
    for item in dataclasses.fields(spec_type):
        if not item.metadata.get("yaml", True):
            continue
        hint = hints_of(spec_type)[item.name]
        key = item.metadata.get("key", item.name)
        if spec_type is EntityYaml and item.name == "fields":
            hint = Mapping[Identifier, FieldYaml]
        yield (key,), hint
        for inner in _dataclasses(hint):
            if inner not in seen:
                for path, leaf in slots(inner, seen | {inner}):
                    yield (key, *path), leaf


def _dataclasses(hint: Any) -> Iterator[Any]:
    if get_origin(hint) is Annotated:
        return
    for argument in get_args(hint):
        yield from _dataclasses(argument)
    if dataclasses.is_dataclass(hint) and hint not in (Identifier, QualifiedName):
        yield hint


def put(definition: Any, spec_type: Any, path: Path_, value: Any) -> Any:
    """The definition with a value at a path: parts that are missing are made, and filled."""
    if not isinstance(definition, dict):
        definition = {"type": definition}  # the short form of a field
    key, *rest = path
    hint = hints_of(spec_type)[key]
    if spec_type is EntityYaml and key == "fields":
        hint = Mapping[Identifier, FieldYaml]
    if not rest:
        definition[key] = _shaped(hint, value)
        return definition
    inner = next(_dataclasses(hint))
    there = definition.get(key)
    if _origin(hint) is tuple:
        first = there[0] if isinstance(there, list) and there else _filled(inner)
        definition[key] = [put(first, inner, tuple(rest), value), *(there or [])[1:]]
    elif isinstance(_origin(hint), type) and issubclass(_origin(hint), Mapping):
        there = there or {"a": _filled(inner)}
        name = next(reversed(there))
        definition[key] = {**there, name: put(there[name], inner, tuple(rest), value)}
    else:
        definition[key] = put(there or _filled(inner), inner, tuple(rest), value)
    return definition


def _origin(hint: Any) -> Any:
    if get_origin(hint) in (Union, types.UnionType):
        return _origin(next(item for item in get_args(hint) if item is not type(None)))
    return get_origin(hint)


def _shaped(hint: Any, value: Any) -> Any:
    """The value as this field takes one: alone, in a list, as key and value of a mapping."""
    origin = _origin(hint)
    if origin is tuple:
        return [value]
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {value: value}
    return value


def _filled(spec_type: Any) -> dict[str, Any]:
    hints = hints_of(spec_type)
    return {
        item.name: _benign(hints[item.name])
        for item in dataclasses.fields(spec_type)
        if default_of(item) is dataclasses.MISSING
    }


def _benign(hint: Any) -> Any:
    if get_origin(hint) is Annotated:
        marker = get_args(hint)[1]
        if isinstance(marker, SqlText):
            return RIGHT[marker.sort]
        return "text" if isinstance(marker, SqlType) else _benign(get_args(hint)[0])
    if get_origin(hint) is Literal:
        return get_args(hint)[0]
    if _origin(hint) is tuple:
        return [_benign(get_args(hint)[0])]
    return {int: 1, bool: True}.get(hint, "a")


def projects_of(kind: str) -> Iterator[tuple[list[Any], int]]:
    """Definitions that hold one of the kind, and which of them it is."""
    for path in sorted(CASES.glob("*/*.yaml")):
        # Every scalar as it is written: `on` is a key.
        found = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
        found = found if isinstance(found, list) else [found]
        for index, item in enumerate(found):
            if isinstance(item, dict) and (
                item.get("kind") == kind or (kind == "entity" and "entity" in item)
            ):
                yield found, index


def statements(definitions: list[Any], folder: Path) -> list[str] | None:
    """What is rendered of definitions; None when they are refused."""
    try:
        text = yaml.safe_dump(definitions, allow_unicode=True, sort_keys=False)
        desired = compile_text(folder, text, STACK)
        plan = make_plan(desired, State())
    except SchemaError:
        return None
    return [sql for operation in plan.operations for sql in render(operation)]


def assert_one_statement(sql: str) -> None:
    tokens = Snowflake().tokenize(sql)
    assert tokens, sql
    ends = [token for token in tokens if token.token_type is TokenType.SEMICOLON]
    assert not ends or "BEGIN" in sql, sql


@pytest.mark.parametrize("kind", ["entity", *all_kinds()])
def test_no_slot_of_a_kind_makes_a_second_statement(kind: str, tmp_path: Path) -> None:
    candidates = list(projects_of(kind))
    assert candidates, f"tests/schema/cases has no definition of the kind {kind}"
    definitions, index = next(
        ((d, i) for d, i in candidates if statements(d, tmp_path) is not None), candidates[0]
    )
    assert statements(definitions, tmp_path) is not None
    tried = 0
    for path, hint in [(("name",), str), *slots(spec_of(kind))]:
        if path == ("name",) and "name" not in definitions[index]:
            continue
        for attack in ATTACKS:
            changed = copy.deepcopy(definitions)
            if path == ("name",):
                changed[index]["name"] = attack
            else:
                changed[index] = put(changed[index], spec_of(kind), path, attack)
            found = statements(changed, tmp_path)
            tried += 1
            for sql in found or ():
                assert_one_statement(sql)
            marker = get_args(hint)[1] if get_origin(hint) is Annotated else None
            # Text between $$ is one string, and ends nothing.
            if isinstance(marker, SqlText) and marker.sort != "body" and "$$" not in attack:
                assert found is None, f"{kind} {path}: {attack}"
    assert tried >= len(ATTACKS)
