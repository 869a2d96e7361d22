"""Turn reads of one source into calls of the accessor, with all that comes of it.

Shared by the transforms that rewrite reads: spans, names, the accessor's import, and the
rebindings and imports that nothing uses afterwards.
"""

import ast
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from hushflake.lint_plugin.analysis import Access, Binding, scopes_meant

from .importing import Accessor
from .order import Order, runs_at_import
from .patch import Patch, Record, Same
from .removing import block_of, has_remark, import_changes, remove_statements
from .reshape_error import ReshapeError
from .spans import reshaped_read
from .transform import Job
from .unused import runs_text, unused_bindings

# What may use a local name from within a string, or all of them.
_READ_NAMES = ("exec", "eval", "compile", "locals", "vars")


class Read(NamedTuple):
    """A read to rewrite: the access, the accessor's function, and whether its default goes."""

    access: Access
    function: str
    drop_default: bool = False


def record(access: Access, action: str, reason: str) -> Record:
    """Return what the report tells of an access."""
    return Record(access.span.start, access.form, access.key, action, reason)


def rewrite_reads(
    job: Job, patch: Patch, reads: Sequence[Read], order: Order, rebindings: Sequence[Access] = ()
) -> set[int]:
    """Put the rewriting of `reads` into `patch`; return the imported names (by id) that go.

    Args:
        job: The source.
        patch: Gets splices, expectations and records.
        reads: In source order, an outer read before those inside it.
        order: Of the source.
        rebindings: The `env = os.environ` whose uses may all go.
    """
    if reads:
        return _Rewriting(job, patch, reads, order).run(rebindings)
    patch.records += [record(access, "left", "rebinding") for access in rebindings]
    return set()


class _Rewriting:
    def __init__(self, job: Job, patch: Patch, reads: Sequence[Read], order: Order) -> None:
        self.job = job
        self.patch = patch
        self.reads = reads
        self.ranges = [job.source.range(read.access.node) for read in reads]
        limit, barrier = order.bounds([read.access for read in reads])
        self.accessor = Accessor(job, job.policy.settings.accessor, limit, barrier)
        self.names: dict[int, str] = {}

    def run(self, rebindings: Sequence[Access]) -> set[int]:
        self._choose_names()
        done = self._rewrite()
        consumed = {id(read.access.place.node) for read in done}
        spent: list[Access] = []
        # One may be the last use of another: `env = os.environ`, `other = env`.
        while more := [
            access
            for access in rebindings
            if access not in spent and _is_spent(self.job, access, consumed)
        ]:
            spent += more
            consumed |= {id(access.place.node) for access in more}
        for access in rebindings:
            told = ("rewritten", "") if access in spent else ("left", "rebinding")
            self.patch.records.append(record(access, *told))
        gone = spent_imports(
            self.job, [*(read.access for read in done), *spent], consumed, self.accessor.used
        )
        changes = import_changes(self.job, gone)
        self.accessor.write(self.patch, changes)
        statements = [
            node for access in spent if isinstance(node := access.place.statement().node, ast.stmt)
        ]
        remove_statements(self.job, self.patch, [*changes.whole, *statements])
        changes.shorten(self.job, self.patch)
        return {id(binding.alias) for binding in gone if self._is_gone(binding)}

    def _is_gone(self, binding: Binding) -> bool:
        """Say whether an import that nothing needs goes: one with a remark stays, for one."""
        statement = id(binding.place.node)
        return statement in self.patch.removed or statement in self.patch.expected

    def _choose_names(self) -> None:
        by_function: dict[str, list[Read]] = {}
        for read in self.reads:
            by_function.setdefault(read.function, []).append(read)
        for function, reads in by_function.items():
            name = self.accessor.local_name(function, [read.access.place for read in reads])
            self.names.update({id(read): name for read in reads})

    def _rewrite(self) -> list[Read]:
        """Splice each outermost read; return the reads that were rewritten."""
        done: list[Read] = []
        position = 0
        while position < len(self.reads):
            start, end = self.ranges[position]
            try:
                text, inner = self._text(position)
            except ReshapeError as error:
                self.patch.records.append(record(self.reads[position].access, "left", str(error)))
                position += 1
                continue
            self.patch.splice(start, end, apart(self.job.source.utf8, start, text))
            done += inner
            while position < len(self.reads) and self.ranges[position][0] < end:
                position += 1
        for read in done:
            self.patch.records.append(record(read.access, "rewritten", ""))
            self.patch.expected[id(read.access.node)] = _Expected(
                read, self.names[id(read)], self._new_key(read.access)
            )
        self.accessor.used = {self.names[id(read)] for read in done}
        self.job.through.update(module_names(read.access for read in done))
        return done

    def _text(self, position: int) -> tuple[str, list[Read]]:
        """Return the new text of a read, reads inside it included, and all these reads."""
        start, end = self.ranges[position]
        source, read = self.job.source, self.reads[position]
        pieces, at, inner, done = [], start, position + 1, [read]
        while inner < len(self.reads) and self.ranges[inner][0] < end:
            begin, stop = self.ranges[inner]
            text, more = self._text(inner)
            if not (read.drop_default and _is_inside(read.access.default, begin, source)):
                done += more
            pieces += [source.text(at, begin), text]
            at = stop
            while inner < len(self.reads) and self.ranges[inner][0] < stop:
                inner += 1
        pieces.append(source.text(at, end))
        text = reshaped_read(
            "".join(pieces),
            self.names[id(read)],
            key=self._new_key(read.access),
            drop_default=read.drop_default,
        )
        return text, done

    def _new_key(self, access: Access) -> str | None:
        """Return the new spelling of the key, or None if it stays."""
        if access.key is None or access.form == "accessor":
            return None
        renamed = self.job.keys.renamed(access.key)
        return renamed if renamed != access.key else None


def spent_imports(
    job: Job, gone: Sequence[Access], consumed: set[int], used: Collection[str]
) -> list[Binding]:
    """Return the imports that nothing needs any more when some accesses go.

    Args:
        job: The source.
        gone: The accesses.
        consumed: Name nodes (by id) that go with them.
        used: Names that the rewritten source uses.
    """
    seen: set[tuple[int, str]] = set()
    bindings: list[Binding] = []
    for access in gone:
        node = access.place.node
        if not isinstance(node, ast.Name) or node.id in used:
            continue
        for scope in scopes_meant(access.place, node.id):
            if (id(scope), node.id) not in seen:
                seen.add((id(scope), node.id))
                bindings += unused_bindings(job, node.id, scope, consumed)
    return bindings


def module_names(done: Iterable[Access]) -> Iterator[str]:
    """Yield the names of the module that accesses go through when their functions are called.

    What a module reads when it is imported, no other file can have replaced before.
    """
    for access in done:
        if runs_at_import(access):
            continue
        node = access.place.node
        scopes = scopes_meant(access.place, node.id) if isinstance(node, ast.Name) else []
        if isinstance(node, ast.Name) and any(scope.kind == "module" for scope in scopes):
            yield node.id


def _is_inside(node: ast.expr | None, offset: int, source: object) -> bool:
    if node is None:
        return False
    start, end = source.range(node)  # type: ignore[attr-defined]
    return bool(start <= offset < end)


def _is_spent(job: Job, access: Access, consumed: set[int]) -> bool:
    """Say whether `name = os.environ` stands plainly in a function and its uses all go."""
    statement, scope = access.place.statement(), access.place.scope
    above = statement.parent.node if statement.parent else None
    if not isinstance(above, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    if not isinstance(statement.node, ast.Assign) or len(statement.node.targets) != 1:
        return False
    target = statement.node.targets[0]
    if not isinstance(target, ast.Name) or scope.kind != "function":
        return False
    if has_remark(job.source, statement.node) or runs_text(job.index, _READ_NAMES):
        return False
    uses = [
        place.node
        for place in job.index.occurrences.get(target.id, [])
        if place.node is not target and scope in scopes_meant(place, target.id)
    ]
    in_one_block = statement.node in block_of(job, statement.node)
    return in_one_block and bool(uses) and all(id(use) in consumed for use in uses)


def apart(utf8: bytes, start: int, text: str) -> bytes:
    """Return `text` with a space where it would run into the word before it: `if"A" in …`."""
    before = utf8[start - 1 : start] if start else b""
    runs_together = before.isalnum() or before == b"_" or before >= b"\x80"
    return (b" " if runs_together else b"") + text.encode("utf-8")


class _Expected:
    """What must stand in the place of a read: the call of the accessor with the same parts."""

    def __init__(self, read: Read, name: str, key: str | None) -> None:
        self.read = read
        self.name = name
        self.key = key

    def __call__(self, new: ast.AST, same: Same) -> bool:
        old = self.read.access.node
        if isinstance(old, ast.Compare) and isinstance(old.ops[0], ast.NotIn):
            if not isinstance(new, ast.UnaryOp) or not isinstance(new.op, ast.Not):
                return False
            new = new.operand
        if not isinstance(new, ast.Call) or not isinstance(new.func, ast.Name):
            return False
        if new.func.id != self.name:
            return False
        args, keywords = self._arguments(old)
        return (
            len(args) == len(new.args)
            and len(keywords) == len(new.keywords)
            and all(self._same(a, b, same) for a, b in zip(args, new.args, strict=True))
            and all(
                a.arg == b.arg and self._same(a.value, b.value, same)
                for a, b in zip(keywords, new.keywords, strict=True)
            )
        )

    def _arguments(self, old: ast.AST) -> tuple[list[ast.expr], list[ast.keyword]]:
        if isinstance(old, ast.Call):
            kept = [arg for arg in old.args if not self._goes(arg)]
            return kept, [keyword for keyword in old.keywords if not self._goes(keyword.value)]
        if isinstance(old, ast.Subscript):
            return [old.slice], []
        return ([old.left] if isinstance(old, ast.Compare) else []), []

    def _goes(self, argument: ast.expr) -> bool:
        return self.read.drop_default and argument is self.read.access.default

    def _same(self, old: ast.expr, new: ast.expr, same: Same) -> bool:
        if self.key is not None and old is self.read.access.key_node:
            return isinstance(new, ast.Constant) and new.value == self.key
        return same(old, new)
