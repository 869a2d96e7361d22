"""Take words out of the settings of a class: `model_config`, `class Config`."""

import ast
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from hushflake.lint_plugin.analysis import Source

from .patch import Expectation, Same


@dataclass
class Dropped:
    """What goes.

    Attributes:
        spans: Offsets to take out.
        statements: Statements that go whole.
        expected: See `Patch.expected`.
    """

    spans: list[tuple[int, int]] = field(default_factory=list)
    statements: list[ast.stmt] = field(default_factory=list)
    expected: dict[int, Expectation] = field(default_factory=dict)


def drop_settings(
    source: Source, node: ast.ClassDef, names: Collection[str]
) -> list[Dropped] | None:
    """Return what goes when a class no longer says some of its settings.

    None where they stand in another shape, or beside a comment.

    Args:
        source: The source.
        node: The class.
        names: Of the settings.
    """
    if any(word.arg in names for word in node.keywords):
        return None
    found: list[Dropped] = []
    for statement in node.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id="model_config")], value=value)
                | ast.AnnAssign(target=ast.Name(id="model_config"), value=value)
            ) if value is not None:
                dropped = _of_value(source, value, names)
                if dropped is None:
                    return None
                found.append(dropped)
            case ast.ClassDef(name="Config", body=body):
                going = [each for each in body if _named(each) in names]
                found.append(Dropped(statements=going))
    return found


def _named(statement: ast.stmt) -> str:
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
    return ""


def _of_value(source: Source, value: ast.expr, names: Collection[str]) -> Dropped | None:
    match value:
        case ast.Call(args=args, keywords=words):
            items: list[ast.AST] = [*args, *words]
            gone = [word for word in words if word.arg in names]
            expected = _call(value, [word for word in words if word not in gone])
            ranges = [source.range(item) for item in items]
            going = [item in gone for item in items]
        case ast.Dict(keys=keys, values=values):
            going = [isinstance(key, ast.Constant) and key.value in names for key in keys]
            ranges = [
                (source.range(key)[0] if key is not None else source.range(each)[0] - 2,
                 source.range(each)[1])
                for key, each in zip(keys, values, strict=True)
            ]  # fmt: skip
            expected = _dict(value, going)
        case _:
            return None
    if not any(going):
        return Dropped()
    spans = list(_spans(source, ranges, going))
    if any(b"#" in source.utf8[start:end] for start, end in spans):
        return None
    return Dropped(spans, expected={id(value): expected})


def _spans(
    source: Source, ranges: Sequence[tuple[int, int]], going: Sequence[bool]
) -> Iterator[tuple[int, int]]:
    """Yield what goes of a row of items: runs of them, each with one comma."""
    at = 0
    while at < len(ranges):
        if not going[at]:
            at += 1
            continue
        first = at
        while at < len(ranges) and going[at]:
            at += 1
        if at < len(ranges):
            yield ranges[first][0], ranges[at][0]
        elif first:
            yield ranges[first - 1][1], ranges[at - 1][1]
        else:
            end = ranges[at - 1][1]
            rest = source.utf8[end:]
            blanks = len(rest) - len(rest.lstrip())
            yield ranges[first][0], end + (blanks + 1 if rest[blanks : blanks + 1] == b"," else 0)


def _call(old: ast.Call, words: Sequence[ast.keyword]) -> Expectation:
    def is_as_intended(new: ast.AST, same: Same) -> bool:
        return (
            isinstance(new, ast.Call)
            and same(old.func, new.func)
            and len(new.args) == len(old.args)
            and all(map(same, old.args, new.args))
            and len(new.keywords) == len(words)
            and all(map(same, words, new.keywords))
        )

    return is_as_intended


def _dict(old: ast.Dict, going: Sequence[bool]) -> Expectation:
    keys = [key for key, goes in zip(old.keys, going, strict=True) if not goes]
    values = [value for value, goes in zip(old.values, going, strict=True) if not goes]

    def is_as_intended(new: ast.AST, same: Same) -> bool:
        if not isinstance(new, ast.Dict) or len(new.keys) != len(keys):
            return False
        pairs = zip(keys, new.keys, strict=True)
        return all(map(same, values, new.values)) and all(
            one is other if one is None or other is None else same(one, other)
            for one, other in pairs
        )

    return is_as_intended
