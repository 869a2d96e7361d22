"""Works out which texts an expression can be: literals, constants, f-strings, loops over tables."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from hushflake.lint_plugin.analysis import Binding, Index, Place
from hushflake.lint_plugin.analysis.scopes import scopes_meant

from .elements import Row, rows, unpacked
from .project import Project
from .text import LONGEST, MOST, SELF, UNKNOWN, Hole, Text, changed, join
from .things import Argument

_DEEP = 40
# What one question may cost, and all those of a file, in nodes.
_STEPS = 2000
_ALL_STEPS = 200_000
_METHODS = frozenset(
    {"upper", "lower", "casefold", "replace", "strip", "lstrip", "rstrip"}
    | {"removeprefix", "removesuffix"}
)
_FIELDS = re.compile(r"%(?:\(\w*\))?[-+ #0]*\d*(?:\.\d+)?[sdr]|\{[^{}]*\}")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


class Texts:
    """Answers for the expressions of one source, and for the constants that it imports."""

    def __init__(self, index: Index, path: str, project: Project | None = None) -> None:
        """
        Args:
            index: Of the source.
            path: Of the source, relative to the root.
            project: The other files; without them an imported constant is not known.
        """
        self.index = index
        self.path = path
        self.project = project
        self._asked: set[int] = set()
        self._left = _STEPS
        self._all_left = _ALL_STEPS
        # Tables and classes that were looked into, by the identity of their node.
        self._entries: dict[int, dict[object, list[ast.expr]]] = {}
        self._members: dict[int, dict[str, ast.expr]] = {}

    def of(self, node: ast.expr) -> list[Text]:
        """Return the texts that an expression can be; one of them may be `UNKNOWN`."""
        return self._answer(lambda: self.alternatives(node, 0))

    def _answer(self, question: Callable[[], list[Text]]) -> list[Text]:
        """Answer a question within its bound; when too much was asked already, nothing is known."""
        if self._all_left <= 0:
            return [UNKNOWN]
        self._left = _STEPS
        found = question()
        self._all_left -= _STEPS - self._left
        return found

    def argument(self, node: ast.expr) -> Argument:
        """Return an expression of the source as something that is given for a parameter."""
        return Argument(tuple(self.of(node)), node, self.path)

    def constants(self, name: str) -> list[Text]:
        """Return what a name in the body of the module is."""
        self.index.record([name])
        bindings = self.index.root.bindings.get(name, [])
        return self._answer(lambda: self._bound(bindings, None, 0))

    # -- expressions ---------------------------------------------------------------------

    def alternatives(self, node: ast.AST | None, depth: int) -> list[Text]:
        """Return the texts that an expression can be, in a question that is being answered."""
        self._left -= 1
        if depth > _DEEP or self._left < 0:
            return [UNKNOWN]
        found = _few(self._alternatives(node, depth + 1))
        self._left -= len(found) // 8
        return found

    def _alternatives(self, node: ast.AST | None, depth: int) -> list[Text]:
        match node:
            case ast.Constant(value=str(text)):
                return [(text,)]
            case ast.Name():
                return self._name(node, depth)
            case ast.JoinedStr():
                # What stands in it gets its right place, and a new node, with the first visit.
                self._left -= 1 + len(node.values) // 4
                self.index.visit([self.index.source.range(node)[0]])
                return join([self.alternatives(part, depth) for part in node.values])
            case ast.FormattedValue(value=inner, format_spec=None):
                return self.alternatives(inner, depth)
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                return join([self.alternatives(left, depth), self.alternatives(right, depth)])
            case ast.BinOp(op=ast.Mod(), left=ast.Constant(value=str(text)), right=right):
                given = right.elts if isinstance(right, ast.Tuple) else [right]
                return self._formatted(text, given, depth)
            case ast.IfExp(body=one, orelse=other) | ast.BoolOp(values=[one, other]):
                return [*self.alternatives(one, depth), *self.alternatives(other, depth)]
            case ast.NamedExpr(value=inner) | ast.Await(value=inner):
                return self.alternatives(inner, depth)
            case ast.Call():
                return self._call(node, depth)
            case ast.Attribute():
                return self._attribute(node, depth)
            case ast.Subscript(value=table, slice=key):
                return self._entry(table, key, depth)
        return [UNKNOWN]

    def _call(self, call: ast.Call, depth: int) -> list[Text]:
        match call:
            case ast.Call(
                func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format"),
                args=given,
                keywords=[],
            ):
                return self._formatted(text, given, depth)
            case ast.Call(
                func=ast.Attribute(value=ast.Constant(value=str(between)), attr="join"),
                args=[ast.List(elts=parts) | ast.Tuple(elts=parts)],
            ):
                found: list[list[Text]] = []
                for part in parts[:MOST]:
                    found += [[(between,)]] if found else []
                    found.append(self.alternatives(part, depth))
                return join(found)
            case ast.Call(func=ast.Attribute(value=inner, attr=name), args=given, keywords=[]) if (
                name in _METHODS
            ):
                words = [part.value for part in given if isinstance(part, ast.Constant)]
                change = (name, *(word for word in words if isinstance(word, str)))
                if len(change) == len(given) + 1 and _fits(change):
                    self._left -= 4
                    return [changed(text, change) for text in self.alternatives(inner, depth)]
            case ast.Call(func=ast.Name(id="str"), args=[inner], keywords=[]):
                return self.alternatives(inner, depth)
        return [UNKNOWN]

    def _formatted(self, text: str, given: Sequence[ast.expr], depth: int) -> list[Text]:
        """Return a text with values in the place of `%s` or `{}`, one after the other."""
        fields = _FIELDS.findall(text)
        literals = _FIELDS.split(text)
        simple = all(field in ("%s", "{}") for field in fields) and len(fields) == len(given)
        parts: list[list[Text]] = [[(literals[0],)]]
        for at, literal in enumerate(literals[1:]):
            parts += [self.alternatives(given[at], depth) if simple else [UNKNOWN], [(literal,)]]
        return join(parts)

    def _attribute(self, node: ast.Attribute, depth: int) -> list[Text]:
        base = node.value
        if isinstance(base, ast.Attribute) and node.attr == "value":
            # The value of a member of an enumeration.
            return self._attribute(base, depth)
        if not isinstance(base, ast.Name):
            return [UNKNOWN]
        self.index.record([base.id])
        place = self.index.place(base)
        bindings = self.index.bindings(place) if place is not None else []
        if len(bindings) != 1:
            return [UNKNOWN]
        binding = bindings[0]
        if binding.kind == "parameter" and is_self(binding):
            return [(Hole(SELF, node.attr),)]
        if binding.kind == "definition" and isinstance(binding.place.node, ast.ClassDef):
            return self._member(binding.place.node, node.attr, depth)
        if binding.kind == "import" and self.project is not None:
            file, name = self.project.imported(self.path, binding)
            if not name:
                return self._outside(file, node.attr, "", depth)
            return self._outside(file, name, node.attr, depth)
        return [UNKNOWN]

    def _member(self, owner: ast.ClassDef, name: str, depth: int) -> list[Text]:
        members = self._members.get(id(owner))
        if members is None:
            self._left -= len(owner.body) // 16
            members = self._members[id(owner)] = dict(_members(owner))
        found = members.get(name)
        return [UNKNOWN] if found is None else self.alternatives(found, depth)

    def _entry(self, table: ast.expr, key: ast.expr, depth: int) -> list[Text]:
        """Return what stands in a table under a key, or all that stands in it."""
        found = self.table(table, depth)
        if not isinstance(found, ast.Dict):
            return [UNKNOWN]
        wanted = key.value if isinstance(key, ast.Constant) else None
        named = found.values
        if wanted is not None:
            entries = self._entries.get(id(found))
            if entries is None:
                self._left -= len(found.keys) // 16
                entries = self._entries[id(found)] = _entries(found)
            named = entries.get(wanted, [])
        return [text for value in named[:MOST] for text in self.alternatives(value, depth)]

    # -- names ---------------------------------------------------------------------------

    def _name(self, node: ast.Name, depth: int) -> list[Text]:
        self.index.record([node.id])
        place = self.index.place(node)
        if place is None:
            return [UNKNOWN]
        return self._bound(self.index.bindings(place), place, depth)

    def _bound(self, bindings: Sequence[Binding], place: Place | None, depth: int) -> list[Text]:
        if not bindings or len(bindings) > MOST:
            return [UNKNOWN]
        found: list[Text] = []
        for binding in _last(bindings, place):
            if id(binding) in self._asked:
                # `name = name.upper()`: what it was before.
                continue
            self._asked.add(id(binding))
            try:
                found += self._binding(binding, depth)
            finally:
                self._asked.discard(id(binding))
        return found or [UNKNOWN]

    def _binding(self, binding: Binding, depth: int) -> list[Text]:
        if binding.kind == "assign":
            return self.alternatives(binding.value, depth)
        if binding.kind == "parameter" and isinstance(binding.place.node, ast.arg):
            return [(Hole(id(binding.place.scope.node), binding.place.node.arg),)]
        if binding.kind == "import" and self.project is not None:
            file, name = self.project.imported(self.path, binding)
            return self._outside(file, name, "", depth) if name else [UNKNOWN]
        if binding.kind == "target":
            return self._looped(binding, depth)
        return [UNKNOWN]

    def _looped(self, binding: Binding, depth: int) -> list[Text]:
        """Return what the name of a loop, or one of several names that are assigned to, is."""
        found: list[Text] = []
        for target, source in unpacked(binding.place):
            for row in rows(self, source, depth):
                found += self._part(target, row, binding.place.node, depth)
        return found or [UNKNOWN]

    def _part(self, target: ast.AST, row: Row, name: ast.AST, depth: int) -> list[Text]:
        if target is name:
            return self.alternatives(row, depth) if isinstance(row, ast.AST) else [UNKNOWN]
        parts = row if isinstance(row, tuple) else getattr(row, "elts", None)
        targets = getattr(target, "elts", ())
        self._left -= len(targets) // 8
        if parts is None or len(parts) < len(targets):
            return [UNKNOWN]
        return [
            text
            for inner, part in zip(targets, parts, strict=False)
            if inner is name or name in getattr(inner, "elts", ())
            for text in self._part(inner, part, name, depth)
        ]

    def table(self, node: ast.expr, depth: int) -> ast.expr:
        """Return the expression that a name is bound to, once and for all; others as they are."""
        for _ in range(_DEEP):
            if not isinstance(node, ast.Name):
                break
            self.index.record([node.id])
            place = self.index.place(node)
            bindings = self.index.bindings(place) if place is not None else []
            if len(bindings) == 1 and bindings[0].kind == "import":
                return self._table_outside(bindings[0], depth) or node
            if len(bindings) != 1 or bindings[0].value is None:
                break
            node = bindings[0].value
        return node

    def _table_outside(self, binding: Binding, depth: int) -> ast.expr | None:
        file, name = self.project.imported(self.path, binding) if self.project else ("", "")
        module = self.project.module(file) if self.project and file and name else None
        if module is None or depth > _DEEP // 2:
            return None
        module.index.record([name])
        bindings = module.index.root.bindings.get(name, [])
        if len(bindings) != 1 or bindings[0].value is None:
            return None
        return Texts(module.index, file, self.project).table(bindings[0].value, depth + 5)

    # -- other files ---------------------------------------------------------------------

    def _outside(self, file: str, name: str, member: str, depth: int) -> list[Text]:
        """Return what a name in the body of another module is, or a member of a class there."""
        module = self.project.module(file) if self.project is not None and file else None
        if module is None or depth > _DEEP // 2:
            return [UNKNOWN]
        other = Texts(module.index, file, self.project)
        other._left = before = self._left // 2
        try:
            return list(_written(other._named(name, member, depth + 5)))
        finally:
            self._left -= 4 + before - other._left

    def _named(self, name: str, member: str, depth: int) -> list[Text]:
        """Return what a name in the body of the module is, or a member of a class there."""
        self.index.record([name])
        bindings = self.index.root.bindings.get(name, [])
        if not member:
            return self._bound(bindings, None, depth)
        owners = [each.place.node for each in bindings if each.kind == "definition"]
        if len(owners) == 1 and isinstance(owners[0], ast.ClassDef):
            return self._member(owners[0], member, depth)
        return [UNKNOWN]


def is_self(binding: Binding) -> bool:
    """Say whether a parameter is the object, or the class, that a method is called on."""
    function = binding.place.scope.node
    around = binding.place.scope.parent
    if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) or around is None:
        return False
    first = [*function.args.posonlyargs, *function.args.args][:1]
    is_static = any(getattr(each, "id", "") == "staticmethod" for each in function.decorator_list)
    return around.kind == "class" and first == [binding.place.node] and not is_static


def function_around(place: Place | None) -> Place | None:
    """Return the place of the innermost function around a node."""
    above = place.parent if place is not None else None
    while above is not None and not isinstance(above.node, FUNCTIONS):
        above = above.parent
    return above


def _last(bindings: Sequence[Binding], place: Place | None) -> Sequence[Binding]:
    """Return the bindings that a use can mean: after one in the same block no earlier one."""
    if place is None or len(bindings) < 2:
        return bindings
    use = place.statement()
    scopes = scopes_meant(place, getattr(place.node, "id", ""))
    body = getattr(scopes[0].node, "body", ()) if len(scopes) == 1 else ()
    if not isinstance(body, list):
        return bindings
    line = getattr(use.node, "lineno", 0)
    sure = [
        each
        for each in bindings
        if each.place.statement().node in body
        and each.place.statement().node is not use.node
        and getattr(each.place.statement().node, "end_lineno", line) < line
    ]
    if not sure or place.scope is not scopes[0]:
        return bindings
    last = max(sure, key=lambda each: getattr(each.place.statement().node, "lineno", 0))
    after = getattr(last.place.statement().node, "lineno", 0)
    return [each for each in bindings if getattr(each.place.node, "lineno", 0) >= after]


def _members(owner: ast.ClassDef) -> Iterator[tuple[str, ast.expr]]:
    """Yield what the body of a class assigns: the last first, so that of two the first counts."""
    for statement in reversed(owner.body):
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=value)
            ) if value is not None:
                yield name, value


def _entries(table: ast.Dict) -> dict[object, list[ast.expr]]:
    """Return the values of a table by their keys, as far as those are written out."""
    found: dict[object, list[ast.expr]] = {}
    for key, value in zip(table.keys, table.values, strict=True):
        if isinstance(key, ast.Constant):
            found.setdefault(key.value, []).append(value)
    return found


def _written(texts: Iterable[Text]) -> Iterator[Text]:
    """Yield texts of another file: what its callers would give is not known."""
    for text in texts:
        yield tuple(None if isinstance(part, Hole) else part for part in text)


def _few(texts: Sequence[Text]) -> list[Text]:
    found = list(dict.fromkeys(texts))
    return found if len(found) <= MOST else [*found[:MOST], UNKNOWN]


def _fits(change: tuple[str, ...]) -> bool:
    """Say whether a method takes so many arguments, which no one makes a key too long with."""
    count = len(change) - 1
    if any(len(argument) > LONGEST // 5 for argument in change):
        return False
    if change[0] == "replace":
        return count == 2
    if change[0] in ("removeprefix", "removesuffix"):
        return count == 1
    return count <= (1 if change[0].endswith("strip") else 0)
