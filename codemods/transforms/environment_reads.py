"""Read the environment through the accessor instead of `os.getenv` and `os.environ`.

https://docs.python.org/3/library/os.html#os.environ
"""

import ast
from collections.abc import Sequence

from hushflake.lint_plugin.analysis import Access, Binding, accesses, prefilter
from hushflake.lint_plugin.settings import Policy

from ..importing import Accessor
from ..order import Order
from ..patch import Patch, Record, Same
from ..removing import remove_bindings, remove_statement, unused_bindings
from ..spans import ReshapeError, reshaped_read
from ..transform import Job, Transform


class EnvironmentReads(Transform):
    """`os.getenv`, `os.environ` reads and membership tests become calls of the accessor."""

    summary = "os.getenv, os.environ reads and `in os.environ` become calls of the accessor"

    def may_apply(self, data: bytes) -> bool:
        return prefilter(data)

    def patch(self, job: Job) -> Patch:
        """Rewrite what can be, and record why the rest is left."""
        patch = Patch()
        found = [access for access in accesses(job.index) if access.form != "import"]
        order = Order(job, found)
        reads: list[Access] = []
        for access in found:
            reason = access.reason or _reason_of_policy(access, job)
            if not reason and access.is_read:
                reads.append(access)
            elif reason or access.form != "rebinding":
                patch.records.append(_record(access, "left", reason))
        settled = order.settle(reads, _imported_at(job))
        late = [read for read in reads if read not in settled]
        patch.records += [_record(read, "left", "after-store") for read in late]
        if settled:
            _Rewriting(job, patch, settled, order).run(found)
        return patch


def _record(access: Access, action: str, reason: str) -> Record:
    return Record(access.span.start, access.form, access.key, action, reason)


def _imported_at(job: Job) -> int:
    """Return the index of the first statement that imports the accessor, or one beyond all."""
    body = job.source.tree.body
    module = job.policy.settings.accessor
    found = (
        i
        for i, node in enumerate(body)
        if isinstance(node, ast.ImportFrom) and node.module == module
    )
    return next(found, len(body))


def function_of(form: str, policy: Policy) -> str:
    """Return the accessor's function for a form of read; "" if it is switched off."""
    settings = policy.settings
    return {
        "getenv": settings.get_function,
        "environ.get": settings.get_function,
        "subscript": settings.require_function,
        "membership": settings.has_function,
    }[form]


def _reason_of_policy(access: Access, job: Job) -> str:
    if job.policy.is_accessor(job.relative):
        return "accessor"
    if job.policy.is_bootstrap(job.relative):
        return "bootstrap"
    if not access.is_read:
        return ""
    if access.key is not None and job.policy.keeps(access.key):
        return "platform-key"
    if not function_of(access.form, job.policy):
        return "form-disabled"
    if access.key is None and job.keys.changes_any:
        return "computed-key"
    return ""


class _Rewriting:
    """The rewriting of the reads of one source, once it is settled which ones."""

    def __init__(self, job: Job, patch: Patch, reads: list[Access], order: Order) -> None:
        self.job = job
        self.patch = patch
        self.reads = reads
        self.ranges = [job.source.range(read.node) for read in reads]
        limit, barrier = order.bounds(reads)
        self.accessor = Accessor(job, job.policy.settings.accessor, limit, barrier)
        self.names: dict[int, str] = {}

    def run(self, found: Sequence[Access]) -> None:
        self._choose_names()
        done = self._rewrite()
        consumed = {id(read.place.node) for read in done}
        rebound = self._spent_rebindings(found, consumed)
        consumed |= {id(access.place.node) for access in rebound}
        gone = self._spent_imports([*done, *rebound], consumed)
        whole = remove_bindings(self.job, self.patch, gone)
        self.accessor.write(self.patch, whole)
        for statement, block in self._blocks(whole, rebound):
            remove_statement(self.job, self.patch, statement, block)

    def _choose_names(self) -> None:
        by_function: dict[str, list[Access]] = {}
        for read in self.reads:
            by_function.setdefault(function_of(read.form, self.job.policy), []).append(read)
        for function, reads in by_function.items():
            name = self.accessor.local_name(function, [read.place for read in reads])
            self.names.update({id(read): name for read in reads})

    def _rewrite(self) -> list[Access]:
        """Splice each outermost read; return the reads that were rewritten."""
        done: list[Access] = []
        position = 0
        while position < len(self.reads):
            start, end = self.ranges[position]
            try:
                text, inner = self._text(position)
            except ReshapeError as error:
                read = self.reads[position]
                self.patch.records.append(_record(read, "left", str(error)))
                position += 1
                continue
            self.patch.splice(start, end, _apart(self.job.source.utf8, start, text))
            done += inner
            while position < len(self.reads) and self.ranges[position][0] < end:
                position += 1
        for read in done:
            self.patch.records.append(_record(read, "rewritten", ""))
            self.patch.expected[id(read.node)] = _Expected(
                read, self.names[id(read)], self._new_key(read)
            )
        return done

    def _text(self, position: int) -> tuple[str, list[Access]]:
        """Return the new text of a read, reads inside it included, and all these reads."""
        start, end = self.ranges[position]
        source, done = self.job.source, [self.reads[position]]
        pieces, at, inner = [], start, position + 1
        while inner < len(self.reads) and self.ranges[inner][0] < end:
            begin, stop = self.ranges[inner]
            text, more = self._text(inner)
            pieces += [source.text(at, begin), text]
            done += more
            at = stop
            while inner < len(self.reads) and self.ranges[inner][0] < stop:
                inner += 1
        pieces.append(source.text(at, end))
        read = self.reads[position]
        text = reshaped_read("".join(pieces), self.names[id(read)], key=self._new_key(read))
        return text, done

    def _new_key(self, read: Access) -> str | None:
        """Return the new spelling of the key, or None if it stays."""
        if read.key is None:
            return None
        renamed = self.job.keys.renamed(read.key)
        return renamed if renamed != read.key else None

    def _spent_rebindings(self, found: Sequence[Access], consumed: set[int]) -> list[Access]:
        """Return the `env = os.environ` in functions whose name nothing uses any more."""
        spent = []
        for access in found:
            if access.form == "rebinding" and not access.reason:
                is_spent = _is_spent(self.job, access, consumed)
                action = ("rewritten", "") if is_spent else ("left", "rebinding")
                self.patch.records.append(_record(access, *action))
                spent += [access] if is_spent else []
        return spent

    def _spent_imports(self, accesses_: Sequence[Access], consumed: set[int]) -> list[Binding]:
        seen: set[tuple[int, str]] = set()
        gone: list[Binding] = []
        for access in accesses_:
            node = access.place.node
            if not isinstance(node, ast.Name):
                continue
            scope = access.place.scope.find(node.id)
            if scope is not None and (id(scope), node.id) not in seen:
                seen.add((id(scope), node.id))
                gone += unused_bindings(self.job, node.id, scope, consumed)
        return gone

    def _blocks(
        self, whole: Sequence[ast.stmt], rebound: Sequence[Access]
    ) -> list[tuple[ast.stmt, Sequence[ast.stmt]]]:
        """Pair each statement that goes with the block that it stands in."""
        going = list(whole)
        going += [
            node
            for access in rebound
            if isinstance(node := access.place.statement().node, ast.stmt)
        ]
        pairs = []
        for node in going:
            place = self.job.index.place(node)
            above = place.parent.node if place and place.parent else self.job.source.tree
            pairs.append((node, getattr(above, "body", [])))
        return pairs


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
    uses = [
        place.node
        for place in job.index.occurrences.get(target.id, [])
        if place.node is not target and place.scope.find(target.id) is scope
    ]
    return bool(uses) and all(id(use) in consumed for use in uses)


def _apart(utf8: bytes, start: int, text: str) -> bytes:
    """Return `text` with a space where it would run into the word before it: `if"A" in …`."""
    before = utf8[start - 1 : start]
    runs_together = before.isalnum() or before == b"_" or before >= b"\x80"
    return (" " if runs_together and start else "").encode() + text.encode("utf-8")


class _Expected:
    """What must stand in the place of a read: the call of the accessor with the same parts."""

    def __init__(self, read: Access, name: str, key: str | None) -> None:
        self.read = read
        self.name = name
        self.key = key

    def __call__(self, new: ast.AST, same: Same) -> bool:
        old = self.read.node
        if isinstance(old, ast.Compare) and isinstance(old.ops[0], ast.NotIn):
            if not isinstance(new, ast.UnaryOp) or not isinstance(new.op, ast.Not):
                return False
            new = new.operand
        if not isinstance(new, ast.Call) or not isinstance(new.func, ast.Name):
            return False
        if new.func.id != self.name:
            return False
        args: list[ast.expr] = []
        keywords: list[ast.keyword] = []
        if isinstance(old, ast.Call):
            args, keywords = old.args, old.keywords
        elif isinstance(old, ast.Subscript):
            args = [old.slice]
        elif isinstance(old, ast.Compare):
            args = [old.left]
        return (
            len(args) == len(new.args)
            and len(keywords) == len(new.keywords)
            and all(self._same(a, b, same) for a, b in zip(args, new.args, strict=True))
            and all(
                a.arg == b.arg and self._same(a.value, b.value, same)
                for a, b in zip(keywords, new.keywords, strict=True)
            )
        )

    def _same(self, old: ast.expr, new: ast.expr, same: Same) -> bool:
        if self.key is not None and old is self.read.key_node:
            return isinstance(new, ast.Constant) and new.value == self.key
        return same(old, new)
