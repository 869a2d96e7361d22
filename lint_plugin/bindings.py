"""Literals and the names that they are bound to, along the paths to given places of a tree.

Walking a whole tree costs more than parsing it. Only what spans one of the wanted lines is
entered; `credentials.candidates` says which lines these are.
"""

import ast
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeGuard

from .analysis.blocks import children
from .analysis.templates import is_string_of_parts
from .credentials.candidates import SETTERS
from .credentials.names import split
from .credentials.values import SHORTEST_KEY, is_high_entropy
from .credentials.words import CIPHERS
from .node_names import name_of
from .placed import Placed, of_call, of_jwk, of_pairs, of_row

# How a literal gets to a name that an assignment binds.
ASSIGNED = "assigned to"


class Binding(NamedTuple):
    """A string or bytes literal, and the name that gets it.

    Attributes:
        name: The last part of the name: variable, attribute, key, parameter.
        literal: The literal.
        value: Its text.
        how: In what way, for messages.
        beside_user: Whether the name of a user is given with it, so that it is a login.
    """

    name: str
    literal: ast.Constant
    value: str
    how: str
    beside_user: bool = False


# Functions that take a name and a value -> positions of the two among the arguments.
_NAME_AND_VALUE = {
    "get": (0, 1),
    "pop": (0, 1),
    "setdefault": (0, 1),
    "setenv": (0, 1),
    "putenv": (0, 1),
    "set": (0, 1),
    "set_option": (0, 1),
    "set_config": (0, 1),
    "add_header": (0, 1),
    "putheader": (0, 1),
    "getattr": (1, 2),
    "setattr": (1, 2),
}
# Functions through which a literal passes as it is; of `Field` and the like the default.
_WRAPPERS = {
    *("SecretStr", "SecretBytes", "Secret", "str", "bytes", "bytearray", "quote", "quote_plus"),
    *(
        "b64decode",
        "b64encode",
        "fromhex",
        "unhexlify",
        "a2b_hex",
        "urlsafe_b64decode",
        "Field",
        "Option",
        "Argument",
    ),
}
# Those whose `default=` alone is the value; and methods of a literal.
_WITH_DEFAULT = {"field", "CharField", "Column", "mapped_column", "StringField", "attrib", "ib"}
_METHODS = {"encode", "decode", "strip", "lower", "upper"}
_FEW_ADDENDS = 20
# Classes of requests, httpx, aiohttp and their like that take a user and a password.
_USER_AND_PASSWORD = {"HTTPBasicAuth", "HTTPDigestAuth", "HTTPProxyAuth", "BasicAuth", "DigestAuth"}
_USERS = {"user", "username", "login", "usr", "name", "email", "user_name"}
_LAST_OF_USERS = (["user"], ["username"], ["login"])
# What names a user instead of being one: `{"username": "user", "password": "pass"}` are fields.
_NO_USERS = re.compile(
    r"(?:\w+_)?(?:user|login|e-?mail|usr)?[-_]?(?:name|id|field)?", re.IGNORECASE
)
# So many keys of a dictionary do not share a credential.
_SHARED = 3
# Functions that declare an option: the name is a positional string, the value is `default=`.
_DECLARATIONS = {
    *("add_argument", "option", "add_option", "Option", "Optional", "argument", "DEFINE_string"),
}


def bindings(tree: ast.Module, lines: Sequence[int]) -> Iterator[Binding]:
    """Yield the bindings that span one of `lines` (sorted, from 1)."""
    stack: list[ast.AST] = [tree]
    while stack:
        node = stack.pop()
        reader = _READERS.get(type(node))
        if reader is not None:
            yield from reader(node)
        stack.extend(child for child in children(node) if _spans(child, lines))


def literals(tree: ast.Module, lines: Sequence[int]) -> Iterator[ast.Constant]:
    """Yield the string and bytes literals that span one of `lines` (sorted, from 1)."""
    stack: list[ast.AST] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            yield node
        stack.extend(child for child in children(node) if _spans(child, lines))


def text_of(literal: ast.Constant) -> str:
    """Return the text of a string or bytes literal."""
    value = literal.value
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _spans(node: ast.AST, lines: Sequence[int]) -> bool:
    start = getattr(node, "lineno", None)
    if start is None:
        return True
    for decorator in getattr(node, "decorator_list", ()):
        start = min(start, decorator.lineno)
    at = bisect_left(lines, start)
    return at < len(lines) and lines[at] <= node.end_lineno  # type: ignore[attr-defined]


def _bound(name: str, value: ast.AST | None, how: str) -> Iterator[Binding]:
    if name:
        for literal in _literals_in(value):
            yield Binding(name, literal, text_of(literal), how)


def _literals_in(value: ast.AST | None) -> Iterator[ast.Constant]:
    """Yield the literals that an expression can come to."""
    match value:
        case ast.Constant(value=str() | bytes()):
            yield value
        case ast.BoolOp(values=values):
            for inner in values:
                yield from _literals_in(inner)
        case ast.List(elts=values) | ast.Set(elts=values):
            # Beside what is worked out a literal says how.
            constants = [inner for inner in values if isinstance(inner, ast.Constant)]
            yield from filter(_is_text, constants if len(constants) == len(values) else ())
        case ast.IfExp(body=body, orelse=orelse):
            yield from _literals_in(body)
            yield from _literals_in(orelse)
        case ast.NamedExpr(value=inner) | ast.Await(value=inner):
            yield from _literals_in(inner)
        case ast.JoinedStr():
            yield from _pieces_of(value)
        case ast.expr() if is_string_of_parts(value):
            yield from _pieces_of(value)  # type: ignore[arg-type]  # a t-string has the same fields
        case ast.BinOp(op=ast.Add()):
            text = sum_of(value)
            if text is not None:
                yield ast.copy_location(ast.Constant(text), value)
        case ast.Call():
            yield from _literals_in(_wrapped(value))


def _pieces_of(value: ast.JoinedStr) -> Iterator[ast.Constant]:
    """Yield the pieces of an f-string that stand for themselves, or its only one."""
    pieces = [piece for piece in value.values if isinstance(piece, ast.Constant)]
    if len(pieces) == len(value.values) == 1:
        yield ast.copy_location(ast.Constant(pieces[0].value), value)
        return
    for piece in pieces:
        if _is_own(text_of(piece)):
            yield ast.copy_location(ast.Constant(text_of(piece).strip("-_. ")), value)


_WORD_WITH_DIGITS = re.compile(r"(?=[^\d\W]*\d)(?=\d*[^\d\W])[A-Za-z0-9!@#$%^&*]{6,}")


def _is_own(piece: str) -> bool:
    """Say whether a piece of an f-string stands for itself: `f"hunter2-{suffix}"`."""
    piece = piece.strip("-_. ")
    return _WORD_WITH_DIGITS.fullmatch(piece) is not None or is_high_entropy(piece, SHORTEST_KEY)


def _of(places: Iterator[Placed]) -> Iterator[Binding]:
    for place in places:
        has_user = place.user is not None and _is_user("user", place.user)
        for binding in _bound(place.name, place.value, place.how):
            yield binding._replace(beside_user=has_user)


def _is_text(literal: ast.Constant) -> bool:
    return isinstance(literal.value, str | bytes)


def sum_of(value: ast.AST) -> str | None:
    """Return the text of a literal or of literals that are added up, None for anything else."""
    match value:
        case ast.Constant(value=str() | bytes()):
            return text_of(value)
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            # A sum of thousands is deep on its left side, and nobody's password.
            first = None if _depth(left) > _FEW_ADDENDS else sum_of(left)
            second = None if first is None else sum_of(right)
            return None if first is None or second is None else first + second
    return None


def _depth(value: ast.AST) -> int:
    depth = 0
    while isinstance(value, ast.BinOp):
        value, depth = value.left, depth + 1
    return depth


def _wrapped(call: ast.Call) -> ast.AST | None:
    """Return the argument of a call that its result is made of, if it is of a known function."""
    function = name_of(call.func)
    if function in _METHODS and isinstance(call.func, ast.Attribute):
        return call.func.value if isinstance(call.func.value, ast.Constant) else None
    if function in _WRAPPERS or function in _WITH_DEFAULT:
        for keyword in call.keywords:
            if keyword.arg == "default":
                return keyword.value
    return call.args[0] if function in _WRAPPERS and call.args else None


def _assign(node: ast.Assign) -> Iterator[Binding]:
    rows = (ast.Tuple, ast.List)
    for target in node.targets:
        if isinstance(target, rows) and isinstance(node.value, rows):
            for part, value in zip(target.elts, node.value.elts, strict=False):
                yield from _bound(name_of(part), value, ASSIGNED)
        else:
            yield from _bound(name_of(target), node.value, ASSIGNED)
            yield from _of(of_pairs(name_of(target), node.value))


def _annotated(node: ast.AnnAssign) -> Iterator[Binding]:
    yield from _bound(name_of(node.target), node.value, ASSIGNED)


def _augmented(node: ast.AugAssign) -> Iterator[Binding]:
    yield from _bound(name_of(node.target), node.value, ASSIGNED)


def _walrus(node: ast.NamedExpr) -> Iterator[Binding]:
    yield from _bound(name_of(node.target), node.value, ASSIGNED)


def _class(node: ast.ClassDef) -> Iterator[Binding]:
    for keyword in node.keywords:
        if keyword.arg is not None:
            yield from _bound(keyword.arg, keyword.value, "passed as")


def _dict(node: ast.Dict) -> Iterator[Binding]:
    shared = Counter(each.value for each in node.values if isinstance(each, ast.Constant))
    names = [name_of(key) for key in node.keys]
    has_user = any(_is_user(*pair) for pair in zip(names, node.values, strict=True))
    names_user = not _USERS.isdisjoint(names)
    yield from _of(of_jwk(node))
    for name, value in zip(names, node.values, strict=True):
        # Beside a user it is a password, else it may be a round of something.
        of_user = name == "pass" and names_user
        for binding in _bound("password" if of_user else name, value, "the value of"):
            if shared[binding.literal.value] < _SHARED:
                yield binding._replace(beside_user=has_user)


def _row(node: ast.Tuple | ast.List) -> Iterator[Binding]:
    return _of(of_row(node))


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> Iterator[Binding]:
    positional = [*node.args.posonlyargs, *node.args.args]
    with_default = positional[len(positional) - len(node.args.defaults) :]
    pairs = [
        *zip(with_default, node.args.defaults, strict=True),
        *zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True),
    ]
    has_user = any(value and _is_user(parameter.arg, value) for parameter, value in pairs)
    for parameter, value in pairs:
        for binding in _bound(parameter.arg, value, "the default of"):
            yield binding._replace(beside_user=has_user)


def _compare(node: ast.Compare) -> Iterator[Binding]:
    sides = [node.left, *node.comparators]
    for left, operator, right in zip(sides, node.ops, sides[1:], strict=False):
        if isinstance(operator, ast.Eq | ast.NotEq):
            for name, value in ((left, right), (right, left)):
                # Of two literals none is compared with a name.
                if not isinstance(name, ast.Constant):
                    yield from _bound(name_of(name), value, "compared with")


def _call(node: ast.Call) -> Iterator[Binding]:
    has_user = any(_is_user(keyword.arg or "", keyword.value) for keyword in node.keywords)
    for keyword in node.keywords:
        if keyword.arg == "auth" and _is_pair(keyword.value):
            yield from _login(*keyword.value.elts)
        elif keyword.arg is not None:
            for binding in _bound(keyword.arg, keyword.value, "passed as"):
                yield binding._replace(beside_user=has_user)
    function = name_of(node.func)
    if function in _USER_AND_PASSWORD and len(node.args) > 1:
        yield from _login(*node.args[:2])
    elif function in ("new", "Fernet") and node.args:
        yield from _cipher(node)
    elif function.startswith(SETTERS) and len(node.args) == 1:
        yield from _bound(function, node.args[0], "given to")
    yield from _of(of_call(node))
    places = _NAME_AND_VALUE.get(function)
    if places and len(node.args) > places[1] and isinstance(node.args[places[0]], ast.Constant):
        yield from _bound(name_of(node.args[places[0]]), node.args[places[1]], "given for")
    if function in _DECLARATIONS:
        option = next(filter(None, map(_option_name, node.args)), "")
        for keyword in node.keywords:
            if keyword.arg == "default":
                yield from _bound(option, keyword.value, "the default of")


def _cipher(node: ast.Call) -> Iterator[Binding]:
    """Yield the key that `AES.new` or `Fernet` is given."""
    match node.func:
        case ast.Attribute(attr="new", value=maker):
            cipher = name_of(maker).lower()
        case maker:
            cipher = name_of(maker).lower()
    if cipher in CIPHERS or cipher == "fernet":
        for binding in _bound(f"{cipher}_key", node.args[0], "passed as"):
            # A word keeps the digests of one purpose apart from those of another.
            if is_high_entropy(binding.value, SHORTEST_KEY):
                yield binding


def _is_user(name: str, value: ast.AST) -> bool:
    """Say whether a literal is given as the name of a user."""
    match value:
        case ast.Constant(value=str(text)):
            is_name = " " not in text and not _NO_USERS.fullmatch(text)
            return is_name and (name.lower() in _USERS or split(name)[-1:] in _LAST_OF_USERS)
    return False


def _login(user: ast.AST, password: ast.AST) -> Iterator[Binding]:
    for binding in _bound("password", password, "passed as"):
        yield binding._replace(beside_user=_is_user("user", user))


def _is_pair(value: ast.expr) -> TypeGuard[ast.Tuple]:
    return isinstance(value, ast.Tuple) and len(value.elts) == 2


def _option_name(argument: ast.expr) -> str:
    """Return the name of a long option; a short one says nothing."""
    text = name_of(argument) if isinstance(argument, ast.Constant) else ""
    name = text.rpartition("/")[2].lstrip("-")
    return name if len(name) > 1 else ""


_READERS: dict[type, Callable[..., Iterator[Binding]]] = {
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.NamedExpr: _walrus,
    ast.ClassDef: _class,
    ast.Dict: _dict,
    ast.Tuple: _row,
    ast.List: _row,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.Lambda: _function,
    ast.Compare: _compare,
    ast.Call: _call,
}
