"""`os` under no name of its own: `__import__("os")`, `getattr(os, …)`, `vars(os)`, `posix`."""

import ast
from collections.abc import Iterator

from ..analysis import Index
from ..analysis.standing import Standing, offsets, standing_at
from .base import MEMBERS, Silent, SilentKey, is_builtin, text_of

# What the members of `os` have in common, and what begins a literal that is put together.
_MEMBERS = (b"environ", b"tenv")
_PIECES = (b"'env' ", b'"env" ')
_NAME = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_BEHIND = ("posix", "nt")
_SPELLED = {
    "dynamic-import": "__import__('os').{member}",
    "getattr": "getattr(os, '{member}')",
    "module-dict": "os.__dict__['{member}']",
    "sys-modules": "sys.modules['os'].{member}",
    "other-module": "os.{member} of another module",
    "posix": "{member} of posix or nt",
}


def find(index: Index) -> Iterator[Silent]:
    """Yield each place of a source once."""
    seen: set[int] = set()
    for here in standing_at(index, _candidates(index.source.utf8)):
        for found in _at(index, here):
            if id(found.node) not in seen:
                seen.add(id(found.node))
                yield found


def _candidates(data: bytes) -> Iterator[int]:
    """Yield where a member of `os` is named otherwise than as `os.environ`."""
    behind = any(word in data for word in (b"posix", b"import nt", b"from nt "))
    for at in offsets(data, _MEMBERS):
        start = at
        while start and data[start - 1] in _NAME:
            start -= 1
        before = data[max(0, start - 4) : start]
        if before.endswith(b"."):
            plain = before.endswith(b"os.") and (len(before) < 4 or before[0] not in _NAME | {0x2E})
            if not plain:
                yield at
        elif behind or before.endswith((b"'", b'"')):
            yield at
    yield from offsets(data, _PIECES)


def _at(index: Index, here: Standing) -> Iterator[Silent]:
    node = here.node
    match node:
        case ast.Attribute(attr=member, value=value) if member in MEMBERS:
            yield from _silent(_reason_of(index, value), member, here)
        case ast.Call(func=function, args=[module, name, *_]) if is_builtin(
            index, function, ["getattr"]
        ):
            member = text_of(name)
            if member in MEMBERS and _is_os(index, module):
                yield from _silent("getattr", member, here)
        case ast.Subscript(value=table, slice=name):
            yield from _from_dict(index, table, name, here)
        case ast.Call(func=ast.Attribute(value=table, attr="get"), args=[name, *_]):
            yield from _from_dict(index, table, name, here)
        case ast.ImportFrom(module="posix" | "nt", names=names):
            for alias in names:
                if alias.name in MEMBERS:
                    yield Silent("posix", alias, _SPELLED["posix"].format(member=alias.name))


def _silent(reason: str, member: str, here: Standing) -> Iterator[Silent]:
    if reason:
        whole = _whole(here)
        keys = tuple(_keys(whole))
        yield Silent(reason, whole, _SPELLED[reason].format(member=member), keys)


def _whole(here: Standing) -> ast.AST:
    """Return the whole access that a member is a part of: the call or subscript around it."""
    whole = here.node
    for above in here.around:
        match above:
            case ast.Attribute(value=inner) | ast.Subscript(value=inner) if inner is whole:
                whole = above
            case ast.Call(func=inner) if inner is whole:
                return above
            case _:
                break
        if isinstance(above, ast.Subscript):
            break
    return whole


def _keys(whole: ast.AST) -> Iterator[SilentKey]:
    """Yield the key of a read."""
    match whole:
        case ast.Subscript(slice=ast.Constant(value=str(key)) as node, ctx=ast.Load()):
            yield SilentKey(key, node, required=True)
        case ast.Call(args=[ast.Constant(value=str(key)) as node, *rest]) if key not in MEMBERS:
            yield SilentKey(key, node, rest[0] if rest else None)


def _reason_of(index: Index, value: ast.expr) -> str:
    """Return in what silent way an expression is `os`, "" if it is not."""
    match value:
        case ast.Call(func=function, args=[name, *_]) if text_of(name) == "os":
            if is_builtin(index, function, ["__import__"]):
                return "dynamic-import"
            origin = index.resolve(function)
            if origin in ("importlib.import_module", "importlib.__import__"):
                return "dynamic-import"
            return "sys-modules" if origin == "sys.modules.get" else ""
        case ast.Subscript(value=table, slice=name) if text_of(name) == "os":
            return "sys-modules" if index.resolve(table) == "sys.modules" else ""
        case ast.Attribute(attr="os", value=module):
            origin = index.resolve(module)
            return "other-module" if origin is not None else ""
        case ast.Name():
            return _reason_of_name(index, value)
    return ""


def _is_os(index: Index, value: ast.expr) -> bool:
    if isinstance(value, ast.Name | ast.Attribute) and index.resolve(value) == "os":
        return True
    return bool(_reason_of(index, value))


def _from_dict(index: Index, table: ast.expr, name: ast.expr, here: Standing) -> Iterator[Silent]:
    """Yield a member that is taken out of `vars(os)` or `os.__dict__`."""
    member = text_of(name)
    if member not in MEMBERS:
        return
    match table:
        case ast.Attribute(attr="__dict__", value=module):
            is_of_os = _is_os(index, module)
        case ast.Call(func=function, args=[module]) if is_builtin(index, function, ["vars"]):
            is_of_os = _is_os(index, module)
        case _:
            is_of_os = False
    yield from _silent("module-dict" if is_of_os else "", member, here)


def _reason_of_name(index: Index, name: ast.Name) -> str:
    """Return in what silent way a name is `os`: as `posix`, or by what it is bound to."""
    if index.resolve(name) in _BEHIND:
        return "posix"
    place = index.place(name)
    bindings = index.bindings(place) if place else []
    value = bindings[0].value if len(bindings) == 1 else None
    is_made = isinstance(value, ast.Call | ast.Subscript)
    return _reason_of(index, value) if is_made and value is not None else ""
