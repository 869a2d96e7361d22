"""Text that is run, and names the environment: `exec("… os.environ …")`, `eval("os.getenv(…)")`."""

import ast
from collections.abc import Iterator

from ..analysis import Index, prefilter
from ..analysis.standing import offsets, standing_at
from .base import Silent, is_builtin, text_of

_WORDS = (b"exec(", b"eval(")
_RUNNERS = ("exec", "eval")


def find(index: Index) -> Iterator[Silent]:
    """Yield the calls of `exec` and `eval` whose text names the environment."""
    for here in standing_at(index, offsets(index.source.utf8, _WORDS)):
        match here.node:
            case ast.Call(func=ast.Name(id=name) as function, args=[text, *_]):
                if prefilter(_text(text)) and is_builtin(index, function, _RUNNERS):
                    yield Silent("exec-text", here.node, f"{name}(…)")


def _text(node: ast.expr) -> bytes:
    """Return what is written out of a text."""
    match node:
        case ast.JoinedStr(values=values):
            parts = [part.value for part in values if isinstance(part, ast.Constant)]
            text = " ".join(map(str, parts))
        case ast.Call(func=ast.Attribute(value=inner, attr="format" | "strip")):
            return _text(inner)
        case ast.Call(func=ast.Name(id="compile") | ast.Attribute(attr="dedent"), args=[inner, *_]):
            return _text(inner)
        case ast.BinOp(op=ast.Mod(), left=inner):
            return _text(inner)
        case _:
            text = text_of(node)
    return text.encode("utf-8", "surrogatepass")
