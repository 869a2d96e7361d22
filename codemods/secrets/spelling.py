"""What stands in the place of a secret: a read of the configuration, or a fake in a test.

And what that must come to: the new expression is evaluated with the secret in the place of the
read, and has to give the very text that stood there.
"""

import ast
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from ..patch import Expectation, Same
from .model import Spot
from .pieces import Piece, pieces, with_doubled_braces


class Words:
    """What functions are called in one source: the accessor's, and `urllib.parse.quote`."""

    def __init__(self, require: str, quoting: str = "") -> None:
        self.require = require
        self.quoting = quoting


def call(words: Words, key: str, spot: Spot, mark: str) -> str:
    """Return the expression that gives what the secret is in its place.

    Args:
        words: What functions are called.
        key: The key.
        spot: The place.
        mark: The quote to use.
    """
    text = f"{words.require}({literal(key, mark)})"
    if spot.encoding:
        argument = "" if spot.encoding == "utf-8" else literal(spot.encoding, mark)
        return f"{text}.encode({argument})"
    if spot.safe is not None:
        return f"{words.quoting}({text}, safe={literal(spot.safe, mark)})"
    return text


def literal(text: str, mark: str) -> str:
    """Return a string literal in quotes of a kind.

    Raises:
        ValueError: It would need an escape, which no field of an f-string takes before 3.12.
    """
    if mark in text or "\\" in text or not text.isprintable():
        raise ValueError("f-string")
    return f"{mark}{text}{mark}"


def with_reads(text: str, spots: Sequence[Spot], keys: Sequence[str], words: Words) -> str:
    """Return a string literal with reads in the place of parts of it.

    Args:
        text: The literal as it is spelt, all of its pieces.
        spots: The parts, in order; `start` and `end` are character offsets in `text` here.
        keys: Their keys.
        words: What functions are called.

    Raises:
        ValueError: It cannot be spelt.
    """
    done, at = "", 0
    for piece in pieces(text):
        inside = [
            (spot, key)
            for spot, key in zip(spots, keys, strict=True)
            if piece.body <= spot.start and spot.end <= piece.body_end
        ]
        done += text[at : piece.start]
        at = piece.end
        if not inside:
            done += text[piece.start : piece.end]
        elif piece.is_bytes:
            done += _sum(text, piece, inside, words)
        else:
            done += _f_string(text, piece, inside, words)
    return done + text[at:]


def _f_string(text: str, piece: Piece, inside: Sequence[tuple[Spot, str]], words: Words) -> str:
    letters = text[piece.start : piece.body - len(piece.quote)]
    prefix = letters if "f" in piece.prefix else "f" + letters.replace("u", "").replace("U", "")
    body, at = "", piece.body
    for spot, key in inside:
        body += with_doubled_braces(piece, text[at : spot.start])
        body += "{" + call(words, key, spot, piece.other_quote) + "}"
        at = spot.end
    body += with_doubled_braces(piece, text[at : piece.body_end])
    return f"{prefix}{piece.quote}{body}{piece.quote}"


def _sum(text: str, piece: Piece, inside: Sequence[tuple[Spot, str]], words: Words) -> str:
    opening, at = text[piece.start : piece.body], piece.body
    addends: list[str] = []
    for spot, key in inside:
        if spot.start > at:
            addends.append(f"{opening}{text[at : spot.start]}{piece.quote}")
        addends.append(call(words, key, spot, piece.quote[0]))
        at = spot.end
    if at < piece.body_end:
        addends.append(f"{opening}{text[at : piece.body_end]}{piece.quote}")
    return f"({' + '.join(addends)})"


class Gives:
    """Expects an expression that gives what the old one gave, with the secrets in the store."""

    def __init__(self, old: ast.expr, values: Mapping[str, str], words: Words) -> None:
        self.old = flat(old)
        self.values = values
        self.words = words

    def __call__(self, new: ast.AST, _same: Same) -> bool:
        return isinstance(new, ast.expr) and self.old == flat(new, self.values, self.words)


class Reads:
    """Expects a call of the accessor with the key of an old read alone."""

    def __init__(self, key: ast.expr, renamed: str, words: Words) -> None:
        self.key = key
        self.renamed = renamed
        self.words = words

    def __call__(self, new: ast.AST, same: Same) -> bool:
        match new:
            case ast.Call(func=ast.Name(id=name), args=[key], keywords=[]):
                is_key = (
                    isinstance(key, ast.Constant) and key.value == self.renamed
                    if self.renamed
                    else same(self.key, key)
                )
                return name == self.words.require and is_key
        return False


def becomes(value: object) -> Expectation:
    """Expect a literal."""

    def is_it(new: ast.AST, _same: Same) -> bool:
        return isinstance(new, ast.Constant) and new.value == value

    return is_it


def flat(
    node: ast.expr, values: Mapping[str, str] | None = None, words: Words | None = None
) -> list[str | bytes]:
    """Return what an expression of text comes to: text, and the dumps of all that is not."""
    found: list[str | bytes] = []
    for item in _flat(node, values or {}, words):
        if (
            found
            and type(found[-1]) is type(item)
            and not _is_dump(item)
            and not _is_dump(found[-1])
        ):
            found[-1] = found[-1] + item  # type: ignore[operator]
        elif item or _is_dump(item):
            found.append(item)
    return found


class _Dump(str):
    """A part that is no text."""


def _is_dump(item: object) -> bool:
    return isinstance(item, _Dump)


def _flat(node: ast.AST, values: Mapping[str, str], words: Words | None) -> list[str | bytes]:
    known = _known(node, values, words) if words is not None else None
    if known is not None:
        return [known]
    match node:
        case ast.Constant(value=str() | bytes() as text):
            return [text]
        case ast.JoinedStr(values=parts):
            return [item for part in parts for item in _flat(part, values, words)]
        case ast.FormattedValue(value=inner, conversion=-1, format_spec=None):
            known = _known(inner, values, words) if words is not None else None
            return [_Dump(ast.dump(node))] if known is None else [known]
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            return [*_flat(left, values, words), *_flat(right, values, words)]
    return [_Dump(ast.dump(node))]


def _known(node: ast.AST, values: Mapping[str, str], words: Words | None) -> str | bytes | None:
    """Return what a read comes to when the store holds the values, None for anything else."""
    if words is None:
        return None
    match node:
        case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(key))], keywords=[]):
            return values.get(key) if name == words.require else None
        case ast.Call(func=ast.Attribute(value=inner, attr="encode"), args=args, keywords=[]):
            text = _known(inner, values, words)
            names = [arg.value for arg in args if isinstance(arg, ast.Constant)]
            encoding = str(names[0]) if names else "utf-8"
            return text.encode(encoding) if isinstance(text, str) else None
        case ast.Call(
            func=ast.Name(id=name),
            args=[inner],
            keywords=[ast.keyword(arg="safe", value=ast.Constant(value=str(safe)))],
        ):
            text = _known(inner, values, words)
            is_quoting = name == words.quoting and isinstance(text, str)
            return quote(str(text), safe=safe) if is_quoting else None
    return None
