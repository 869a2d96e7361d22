"""Find the environment accesses of a source, and say which of them can be rewritten."""

import ast
import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from .feeding import mark_feeding
from .forms import READS, Access
from .index import Index, is_load
from .patches import replaces_reads
from .scopes import Binding, Place, Scope, scopes_meant
from .templates import keeps_source
from .unbound import mark_unbound

_MEMBERS = frozenset({"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"})
_METHODS = {
    "get": ("environ.get", ""),
    "pop": ("pop", "write"),
    "setdefault": ("setdefault", "write"),
    "update": ("update", "write"),
    "clear": ("clear", "write"),
    "copy": ("copy", "whole-mapping"),
    "items": ("iteration", "whole-mapping"),
    "keys": ("iteration", "whole-mapping"),
    "values": ("iteration", "whole-mapping"),
}
_PLAIN = {
    "getenvb": ("environb", "bytes"),
    "environb": ("environb", "bytes"),
    "putenv": ("putenv", "process"),
    "unsetenv": ("putenv", "process"),
}
_STAR_IMPORT = re.compile(rb"import[ \t\f]*\*")


def accesses(index: Index) -> Sequence[Access]:
    """Return each environment access of a source once, in source order, outer before inner."""
    index.record_module("os", _MEMBERS)
    found = [*_imports(index), *_bound(index), *_unbound(index)]
    if any(access.is_read for access in found) and replaces_reads(index):
        for access in found:
            if access.is_read:
                access.reason = access.reason or "patched"
    mark_feeding(index, found)
    mark_unbound(index, found)
    _settle_rebindings(found)

    # An access goes before those inside it, even where both begin at one place.
    def order(access: Access) -> tuple[int, int]:
        start, end = index.source.range(access.node)
        return start, -end

    found.sort(key=order)
    return found


def _imports(index: Index) -> Iterator[Access]:
    """Yield the imports of the environment itself, as in `from os import environ`."""
    for binding in index.imports("os"):
        origin, alias = binding.origin or "", binding.alias
        if alias is not None and origin.removeprefix("os.") in _MEMBERS:
            yield Access(index, "import", "import", alias, alias, binding.place, binding=binding)


def _bound(index: Index) -> Iterator[Access]:
    for place, origin in index.resolved("os"):
        node, full = index.chain(place, origin)
        access = _classify(index, place, node, full.split(".")[1:])
        if access is not None:
            bindings = index.bindings(place)
            access.binding = bindings[0]
            yield access
    for place in index.unresolved():
        if index.is_disputed(place, "os"):
            origins = index.origins(place, "os")
            for origin in sorted(origins)[:1]:
                node, full = index.chain(place, origin)
                access = _classify(index, place, node, full.split(".")[1:])
                if access is not None:
                    access.reason = access.reason or "disputed"
                    yield access


def _unbound(index: Index) -> Iterator[Access]:
    """Yield accesses through names that nothing in the file binds: star imports, mostly."""
    has_star = _STAR_IMPORT.search(index.source.utf8) is not None
    if has_star:
        index.record(_MEMBERS)
    reason = "star-import" if has_star else "unresolved"
    for name in ("os", *sorted(_MEMBERS)) if has_star else ("os",):
        for place in index.occurrences.get(name, ()):
            if index.bindings(place) or not is_load(place):
                continue
            node, full = index.chain(place, "os" if name == "os" else f"os.{name}")
            access = _classify(index, place, node, full.split(".")[1:])
            if access is not None:
                access.reason = access.reason or reason
                yield access


def _classify(index: Index, place: Place, node: ast.expr, parts: list[str]) -> Access | None:
    """Return the access that a chain such as `os.environ.get` is, or None for the rest of `os`."""
    if not parts or parts[0] not in _MEMBERS:
        return None
    member, *methods = parts
    at = index.place(node)
    above = at.parent.node if at and at.parent else None
    if isinstance(getattr(node, "ctx", None), ast.Store | ast.Del) and not methods:
        form = "update" if isinstance(above, ast.AugAssign) else "replace"
        access = Access(index, form, "write", node, node, place)
    elif member in _PLAIN:
        access = Access(index, *_PLAIN[member], node, node, place)
    elif member == "getenv":
        access = _called(index, "getenv", "", node, above, place, methods)
    elif methods:
        form, reason = _METHODS.get(methods[0], ("method", "whole-mapping"))
        access = _called(index, form, reason, node, above, place, methods[1:])
    else:
        access = _mapping(index, node, at, place)
    if not access.reason and _is_kept(place):
        access.reason = "t-string"
    if not access.reason and (index.is_misplaced(place) or _is_echoed(index, place)):
        access.reason = "f-string"
    return access


def _is_kept(place: Place) -> bool:
    """Say whether a name stands in a field of a t-string, which keeps its source."""
    above = place.parent
    while above is not None and not isinstance(above.node, ast.stmt):
        if keeps_source(above.node):
            return True
        above = above.parent
    return False


def _is_echoed(index: Index, place: Place) -> bool:
    """Say whether a name stands in `f"{…=}"`, which prints the source of what it formats."""
    inner, above = place, place.parent
    while above is not None and not isinstance(above.node, ast.stmt):
        values = getattr(above.node, "values", ())
        if isinstance(above.node, ast.JoinedStr) and inner.node in values:
            position = values.index(inner.node)
            before = values[position - 1] if position else None
            text = before.value if isinstance(before, ast.Constant) else ""
            name = index.source.text(*index.source.range(place.node))
            if isinstance(text, str) and text.rstrip().endswith("=") and name in text:
                return True
        inner, above = above, above.parent
    return False


def _called(
    index: Index,
    form: str,
    reason: str,
    node: ast.expr,
    above: ast.AST | None,
    place: Place,
    rest: list[str],
) -> Access:
    """Return the access of a function or method: called, or used as a value."""
    if rest or not isinstance(above, ast.Call) or above.func is not node:
        if isinstance(above, ast.Assign | ast.AnnAssign | ast.NamedExpr) and above.value is node:
            return Access(index, "rebinding", "rebound", node, node, place)
        return Access(
            index, "function" if form == "getenv" else "method", "value", node, node, place
        )
    named = {keyword.arg: keyword.value for keyword in above.keywords}
    arguments = dict(zip(("key", "default"), above.args, strict=False))
    key = arguments.get("key") or named.get("key")
    default = arguments.get("default") or named.get("default")
    if not reason:
        clear = not any(isinstance(argument, ast.Starred) for argument in above.args)
        names = [*arguments, *(keyword.arg for keyword in above.keywords)]
        fits = len(above.args) <= 2 and sorted(map(str, names)) in (["key"], ["default", "key"])
        reason = "" if clear and fits else "arguments"
    if isinstance(key, ast.Starred):
        key = None
    return Access(
        index, form, reason or _key_reason(key), above, node, place, key=key, default=default
    )


def _mapping(index: Index, node: ast.expr, at: Place | None, place: Place) -> Access:
    """Return the access that a use of the mapping itself is."""
    above = at.parent.node if at and at.parent else None
    form, reason, whole, key = "mapping", "whole-mapping", node, None
    if isinstance(above, ast.Subscript) and above.value is node:
        whole, key = above, above.slice
        if isinstance(above.ctx, ast.Load):
            form, reason = "subscript", _key_reason(key)
        else:
            form, reason = ("store" if isinstance(above.ctx, ast.Store) else "delete"), "write"
    elif isinstance(above, ast.Compare) and isinstance(above.ops[-1], ast.In | ast.NotIn):
        if above.comparators[-1] is node:
            whole, form = above, "membership"
            key = above.left if len(above.ops) == 1 else above.comparators[-2]
            reason = _key_reason(key) if len(above.ops) == 1 else "chained"
    elif isinstance(above, ast.For | ast.AsyncFor | ast.Starred) or any(
        generator.iter is node for generator in getattr(above, "generators", ())
    ):
        form = "iteration"
    elif isinstance(above, ast.Assign | ast.AnnAssign | ast.NamedExpr) and above.value is node:
        form, reason = "rebinding", "rebound"
    return Access(index, form, reason, whole, node, place, key=key)


def _key_reason(key: ast.expr | None) -> str:
    """Return why a key cannot be one: a slice, a tuple, bytes or a number raises TypeError."""
    if isinstance(key, ast.Slice | ast.Tuple | ast.Starred):
        return "key-type"
    if isinstance(key, ast.Constant) and not isinstance(key.value, str):
        return "key-type"
    return ""


def _settle_rebindings(found: list[Access]) -> None:
    """Decide for each `env = os.environ` whether all uses of `env` can be rewritten.

    If so, the rebinding has no reason either: nothing needs the name any more. A use may itself
    be a rebinding, `other = env`, if all uses of that name can be rewritten.
    """
    groups: dict[tuple[int, str], list[Access]] = {}
    scopes: dict[tuple[int, str], Scope] = {}
    for access in found:
        node = access.place.node
        is_rebound = access.binding is not None and access.binding.kind == "assign"
        if is_rebound and isinstance(node, ast.Name):
            for scope in scopes_meant(access.place, node.id)[:1]:
                groups.setdefault((id(scope), node.id), []).append(access)
                scopes[id(scope), node.id] = scope
    plain = {key for key, uses in groups.items() if _may_be_plain(uses, scopes[key], key[1])}
    given = {key: scopes[key].bindings[key[1]][0].value for key in groups}
    pending = True
    while pending:
        kept = {
            key
            for key in plain
            if all(_gives_plain(use, given, plain) for use in groups[key] if use.form not in READS)
        }
        pending, plain = kept != plain, kept
    for key, uses in groups.items():
        for use in uses if key not in plain else ():
            use.reason = use.reason or "rebound"
    for key in plain:
        _release(found, scopes[key].bindings[key[1]][0])


def _may_be_plain(uses: Sequence[Access], scope: Scope, name: str) -> bool:
    """Say whether a name is bound once, and all its uses are reads or give it on."""
    index, bindings = uses[0].index, scope.bindings[name]
    counted = sum(
        1 for at in index.occurrences[name] if is_load(at) and scope in scopes_meant(at, name)
    )
    return (
        len(bindings) == 1
        and counted == len(uses)
        and bindings[0].place.scope is scope
        and all(use.form == "rebinding" or not use.reason for use in uses)
        and all(use.form == "rebinding" or use.form in READS for use in uses)
    )


def _gives_plain(
    rebinding: Access,
    given: Mapping[tuple[int, str], ast.expr | None],
    plain: Collection[tuple[int, str]],
) -> bool:
    """Say whether a rebinding makes no name but such whose uses can all be rewritten."""
    made = [key for key, value in given.items() if value is rebinding.node]
    return bool(made) and all(key in plain for key in made)


def _release(found: list[Access], binding: Binding) -> None:
    for access in found:
        if access.form == "rebinding" and access.node is binding.value:
            access.reason = ""
