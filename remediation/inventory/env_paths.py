"""Which .env files an expression names: a text, a path beside the source, or one found upward."""

import ast
import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from hushflake.lint_plugin.analysis import Index
from hushflake.lint_plugin.node_names import name_of

# Where a path begins: `file`: at the source that names it; `working`: at the working folder of
# whoever runs it; `upward`: in the folder of the source or above; `somewhere`: not known.
Base = Literal["file", "working", "upward", "somewhere"]
_MOST = 20
_DEEP = 30
_SAME = frozenset(
    {"Path", "PurePath", "PosixPath", "str", "fspath", "abspath", "realpath", "normpath"}
    | {"expanduser", "resolve", "absolute", "as_posix", "expandvars"}
)


@dataclass(frozen=True)
class EnvPath:
    """A .env file as the code names it.

    Attributes:
        base: Where the path begins.
        path: With `/`; of `file` relative to the root of the repository. `*` stands for what is
            worked out when the program runs; "" for nothing known.
    """

    base: Base
    path: str

    def may_be(self, file: str, source: str) -> bool:
        """Say whether a file can be the one that is meant.

        Args:
            file: Relative to the root, with `/`.
            source: The Python file that names it, likewise.
        """
        if not self.path:
            return True
        if self.base == "file":
            return fnmatchcase(file, self.path)
        if self.base == "upward":
            folder = posixpath.dirname(file)
            is_above = not folder or f"{posixpath.dirname(source)}/".startswith(f"{folder}/")
            return is_above and fnmatchcase(posixpath.basename(file), self.path)
        # A working folder can be any of the repository, so that the end of the path decides.
        # An absolute path is where a container has it: only its last part is the repository's.
        tail = posixpath.basename(self.path) if self.path.startswith("/") else self.path
        while tail.startswith("../"):
            tail = tail[3:]
        return fnmatchcase(file, tail) or fnmatchcase(file, f"*/{tail}")

    @property
    def shown(self) -> str:
        """The path for people."""
        return self.path or "worked out at run time"


def env_paths(index: Index, node: ast.expr | None, source: str) -> tuple[EnvPath, ...]:
    """Return the files that an expression names; none for none and a written `None`.

    Args:
        index: Of the source.
        node: A text, a path, or a tuple or list of them.
        source: The Python file, relative to the root, with `/`.
    """
    if node is None or (isinstance(node, ast.Constant) and node.value in (None, "", False)):
        return ()
    found = dict.fromkeys(_Paths(index, source).of(node))
    return tuple(found)[:_MOST]


class _Paths:
    """Works out paths. Bounded: `left` counts the nodes that may still be looked at."""

    def __init__(self, index: Index, source: str) -> None:
        self.index = index
        self.source = source
        self.left = 200
        self.names: set[str] = set()

    def of(self, node: ast.expr, depth: int = 0) -> Iterator[EnvPath]:
        match node:
            case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
                for part in parts[:_MOST]:
                    yield from self.of(part, depth + 1)
            case ast.IfExp(body=body, orelse=orelse):
                yield from (*self.of(body, depth + 1), *self.of(orelse, depth + 1))
            case ast.BoolOp(values=values):
                for part in values[:_MOST]:
                    yield from self.of(part, depth + 1)
            case ast.Starred(value=inner):
                yield from self.of(inner, depth + 1)
            case ast.Constant(value=None):
                return
            case _:
                found = self.one(node, depth)
                yield _normal(found) if found is not None else EnvPath("somewhere", "")

    def one(self, node: ast.expr, depth: int) -> EnvPath | None:
        """Return one path, None for what is not known at all."""
        self.left -= 1
        if depth > _DEEP or self.left < 0:
            return None
        match node:
            case ast.Constant(value=str(text)):
                return EnvPath("working", text)
            case ast.Name(id="__file__"):
                return EnvPath("file", self.source)
            case ast.Name(id=name):
                return self._bound(node, name, depth)
            case ast.JoinedStr(values=values):
                return self._joined([self._text(part, depth) for part in values])
            case ast.BinOp(op=ast.Div(), left=left, right=right):
                return _below(self.one(left, depth + 1), self.one(right, depth + 1))
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                return self._joined([self.one(left, depth + 1), self.one(right, depth + 1)])
            case ast.BinOp(op=ast.Sub(), left=left, right=ast.Constant(value=int(count))):
                # `environ.Path(__file__) - 2` of django-environ.
                return _above(self.one(left, depth + 1), count)
            case ast.Attribute(value=inner, attr="parent"):
                return _above(self.one(inner, depth + 1), 1)
            case ast.Subscript(
                value=ast.Attribute(value=inner, attr="parents"),
                slice=ast.Constant(value=int(count)),
            ):
                return _above(self.one(inner, depth + 1), count + 1)
            case ast.Call():
                return self._call(node, depth)
        return None

    def _call(self, call: ast.Call, depth: int) -> EnvPath | None:
        name, given = name_of(call.func), call.args
        of = call.func.value if isinstance(call.func, ast.Attribute) else None
        match name:
            case "dirname":
                return _above(self._first(given, depth), 1)
            case "join" | "Path" | "PurePath" if len(given) > 1 or name == "join":
                return self._chain([self.one(part, depth + 1) for part in given[:_MOST]])
            case "joinpath" if of is not None:
                parts = [of, *given[:_MOST]]
                return self._chain([self.one(part, depth + 1) for part in parts])
            case "with_name" if of is not None and given:
                return _below(_above(self.one(of, depth + 1), 1), self.one(given[0], depth + 1))
            case "getcwd" | "cwd":
                return EnvPath("working", "")
            case "find_dotenv":
                words = {word.arg: word.value for word in call.keywords}
                named = given[0] if given else words.get("filename")
                known = self.one(named, depth + 1) if named is not None else None
                name = known.path if known is not None else "*.env*" if named else ".env"
                return EnvPath("working" if "usecwd" in words else "upward", name)
            case _ if name in _SAME:
                is_method = of is not None and not given
                inner = of if is_method and of is not None else given[0] if given else None
                return self.one(inner, depth + 1) if inner is not None else EnvPath("working", "")
        if isinstance(call.func, ast.Name) and len(given) == 1:
            # `ROOT_DIR(".env")`, of `environ.Path`.
            known = self._bound(call.func, call.func.id, depth)
            return _below(known, self.one(given[0], depth + 1)) if known else None
        return None

    def _first(self, given: Sequence[ast.expr], depth: int) -> EnvPath | None:
        return self.one(given[0], depth + 1) if given else None

    def _chain(self, parts: Sequence[EnvPath | None]) -> EnvPath | None:
        found = parts[0] if parts else None
        for part in parts[1:]:
            found = _below(found, part)
        return found

    def _text(self, part: ast.expr, depth: int) -> EnvPath | None:
        inner = part.value if isinstance(part, ast.FormattedValue) else part
        return self.one(inner, depth + 1) if isinstance(inner, ast.expr) else None

    def _joined(self, parts: Sequence[EnvPath | None]) -> EnvPath | None:
        """Return the path of texts that are put together: `f"{BASE}/.env.{name}"`."""
        if not parts:
            return None
        first = parts[0]
        text = "".join("*" if part is None else part.path for part in parts)
        text = re.sub(r"\*+", "*", text)
        if first is None:
            # What is in front can be a folder, or a part of the name.
            return EnvPath("somewhere", text.removeprefix("*/")) if text != "*" else None
        return EnvPath(first.base, text)

    def _bound(self, node: ast.Name, name: str, depth: int) -> EnvPath | None:
        if name in self.names:
            return None
        self.names.add(name)
        try:
            self.index.record([name])
            place = self.index.place(node)
            bindings = self.index.bindings(place) if place else []
            values = [each.value for each in bindings]
            if len(values) != 1 or values[0] is None:
                return None
            return self.one(values[0], depth + 1)
        finally:
            self.names.discard(name)


def _below(folder: EnvPath | None, part: EnvPath | None) -> EnvPath | None:
    tail = part.path if part is not None else "*"
    if tail.startswith("/"):
        return EnvPath("working", tail)
    if folder is None:
        return EnvPath("somewhere", tail) if tail != "*" else None
    return EnvPath(folder.base, f"{folder.path}/{tail}" if folder.path else tail)


def _above(path: EnvPath | None, count: int) -> EnvPath | None:
    if path is None or not 0 <= count <= _DEEP:
        return None
    text = path.path
    for _ in range(count):
        text = posixpath.dirname(text) if text and not text.endswith("..") else f"{text}/.."
    return EnvPath(path.base, text.lstrip("/") if not path.path.startswith("/") else text)


def _normal(path: EnvPath) -> EnvPath:
    text = posixpath.normpath(path.path) if path.path else ""
    return EnvPath(path.base, "" if text == "." else text)
