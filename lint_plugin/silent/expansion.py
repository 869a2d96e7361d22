"""`os.path.expandvars`: https://docs.python.org/3/library/os.path.html#os.path.expandvars."""

import ast
import re
from collections.abc import Iterator

from ..analysis import Index
from ..analysis.standing import offsets, standing_at
from .base import Silent, SilentKey, text_of

_WORDS = (b"expandvars",)
_ORIGINS = frozenset(f"{module}.expandvars" for module in ("os.path", "posixpath", "ntpath"))
# `$NAME` and `${NAME}`; a name of Windows, `%NAME%`, means nothing elsewhere.
_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))", re.ASCII)


def find(index: Index) -> Iterator[Silent]:
    """Yield the calls, and the places that hand the function on."""
    for here in standing_at(index, offsets(index.source.utf8, _WORDS)):
        node, above = here.node, here.around[0] if here.around else None
        if not isinstance(node, ast.Name | ast.Attribute) or index.resolve(node) not in _ORIGINS:
            continue
        if not isinstance(getattr(node, "ctx", None), ast.Load):
            continue
        call = above if isinstance(above, ast.Call) and above.func is node else None
        yield Silent(
            "expandvars",
            node if call is None else call,
            "os.path.expandvars" if call is None else "os.path.expandvars(…)",
            tuple(_keys(call)),
        )


def _keys(call: ast.Call | None) -> Iterator[SilentKey]:
    argument = call.args[0] if call and call.args else None
    for found in _VARIABLE.finditer(text_of(argument)) if argument is not None else ():
        yield SilentKey(found[1] or found[2], argument or ast.Pass())
