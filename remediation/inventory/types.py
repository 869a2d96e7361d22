"""What the code around a read makes of its text."""

import ast

from hushflake.lint_plugin.analysis import Place

BOOLEAN_WORDS = frozenset({"true", "false", "1", "0", "yes", "no", "on", "off", "y", "n", "t", "f"})
# Function or class -> type. By the last name: `json.loads`, `pathlib.Path`, `os.path.join`.
_CALLS = {
    "int": "int",
    "float": "float",
    "bool": "flag",
    "str": "str",
    "Path": "path",
    "PurePath": "path",
    "expanduser": "path",
    "loads": "json",
    "literal_eval": "literal",
    "strtobool": "bool",
    "str2bool": "bool",
    "str_to_bool": "bool",
    "Decimal": "decimal",
    "urlparse": "url",
    "urlsplit": "url",
}
# Methods that leave a text a text.
_TEXT_METHODS = frozenset(
    {"strip", "rstrip", "lstrip", "lower", "upper", "casefold", "replace", "removeprefix"}
)


def type_of(place: Place | None, default: ast.expr | None = None) -> str:
    """Return what the code makes of the text that is read at `place`, "" when nothing tells.

    Seen are the expression around the read and the type of its default, not what happens to a
    variable later. `flag` is a text that is only asked whether it is empty.
    """
    found = _from_use(place) if place is not None else ""
    if found:
        return found
    if isinstance(default, ast.Constant):
        kind = type(default.value).__name__
        return kind if kind in {"int", "float", "bool"} else ""
    return ""


_EXITS = frozenset({"exit", "_exit", "abort", "fail"})


def is_caught(place: Place | None) -> bool:
    """Say whether an error at a place is caught, and does not end what stands around it."""
    child, above = place, place.parent if place is not None else None
    while child is not None and above is not None:
        if isinstance(above.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            return False
        if isinstance(above.node, ast.Try) and child.node in above.node.body:
            handlers = above.node.handlers
            if handlers and not all(ends_it(handler.body[-1]) for handler in handlers):
                return True
        child, above = above, above.parent
    return False


def ends_it(statement: ast.stmt) -> bool:
    """Say whether a statement ends a function, or the program, with an error."""
    match statement:
        case ast.Raise():
            return True
        case ast.Expr(value=ast.Call(func=function)):
            return getattr(function, "attr", getattr(function, "id", "")) in _EXITS
    return False


# Function or class that a reader is told to convert with -> type.
_CASTS = {
    **{name: name for name in ("int", "float", "bool", "list", "url")},
    **dict.fromkeys(("tuple", "set", "Csv", "CommaSeparatedStrings"), "list"),
    **dict.fromkeys(("dict", "json", "loads"), "json"),
    **dict.fromkeys(("Path", "PurePath", "path"), "path"),
    **dict.fromkeys(("URL", "DatabaseURL", "dj_database_url"), "url"),
    **dict.fromkeys(("strtobool", "str2bool", "to_bool", "boolean"), "bool"),
    "Decimal": "decimal",
}
_HIDING = frozenset({"Secret", "SecretStr", "SecretBytes"})


def type_of_cast(node: ast.AST | None) -> tuple[str, bool]:
    """Return the type that a function or class converts to, and whether it hides the value."""
    made = node.func if isinstance(node, ast.Call) else node
    name = getattr(made, "attr", getattr(made, "id", ""))
    return _CASTS.get(name, ""), name in _HIDING


def _from_use(place: Place) -> str:
    node: ast.AST = place.node
    above = place.parent
    while above is not None:
        outer = above.node
        if isinstance(outer, ast.Call):
            return _of_call(outer, node)
        if isinstance(outer, ast.Attribute):
            if outer.attr in {"split", "splitlines", "rsplit"}:
                return "list"
            call = above.parent
            if outer.attr not in _TEXT_METHODS or call is None:
                return ""
            node, above = call.node, call.parent
            continue
        if isinstance(outer, ast.Compare):
            return "bool" if _compares_with_boolean(outer, node) else ""
        if isinstance(outer, ast.BoolOp) and isinstance(outer.op, ast.Or):
            # `read or default` has the type that is made of it.
            node, above = outer, above.parent
            continue
        return _of_statement(outer, node)
    return ""


def _of_call(call: ast.Call, node: ast.AST) -> str:
    if node not in call.args:
        return ""
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return _CALLS.get(name, "")


def _of_statement(outer: ast.AST, node: ast.AST) -> str:
    if isinstance(outer, ast.UnaryOp) and isinstance(outer.op, ast.Not):
        return "flag"
    if isinstance(outer, ast.If | ast.While | ast.IfExp | ast.Assert) and outer.test is node:
        return "flag"
    return ""


def _compares_with_boolean(compare: ast.Compare, node: ast.AST) -> bool:
    others = [part for part in (compare.left, *compare.comparators) if part is not node]
    texts: list[object] = []
    for other in others:
        if isinstance(other, ast.List | ast.Tuple | ast.Set):
            texts += [getattr(item, "value", None) for item in other.elts]
        else:
            texts.append(getattr(other, "value", None))
    return bool(texts) and all(isinstance(t, str) and t.lower() in BOOLEAN_WORDS for t in texts)
