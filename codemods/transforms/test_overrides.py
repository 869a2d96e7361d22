"""Override what accessors answer in tests, instead of setting the environment.

Only where it makes no difference: each key is read by accessors alone, and what the test takes
back is taken back. https://docs.pytest.org/en/stable/how-to/monkeypatch.html
"""

import ast
import copy
from collections.abc import Mapping, Sequence

from hushflake.lint_plugin.analysis import Binding, Place, accesses, scopes_meant
from hushflake.lint_plugin.analysis.overriding import Override, literal, may_override, overrides
from hushflake.lint_plugin.credentials.display import holds_credential
from hushflake.lint_plugin.settings import Policy

from ..importing import Accessor
from ..key_uses import LIBRARY
from ..order import Order
from ..override_forms import BLOCK, Form, Forms
from ..patch import Patch, Record, Same
from ..removing import import_changes, remove_statements
from ..transform import Job, Transform
from ..unused import unused_bindings


class TestOverrides(Transform):
    """`monkeypatch.setenv` and `patch.dict(os.environ, …)` become overrides of accessors."""

    __test__ = False
    summary = "tests override what accessors answer instead of setting the environment"
    opt_in = True
    order = 60

    def may_apply(self, data: bytes, _policy: Policy) -> bool:
        return may_override(data)

    def patch(self, job: Job) -> Patch:
        """Rewrite what makes no difference, and record why the rest is left."""
        patch = Patch()
        if not job.policy.is_test(job.relative):
            return patch
        every = list(overrides(job.index, accesses(job.index)))
        judge = Forms(job.index, every)
        forms = {id(one): _judged(job, one, judge) for one in every}
        _leave_blocks(job, every, forms)
        _Rewriting(job, patch).run(every, forms)
        return patch


def _judged(job: Job, override: Override, forms: Forms) -> Form | str:
    keys = [literal(key) for key, _ in override.items]
    if job.policy.is_bootstrap(job.relative):
        return "bootstrap"
    for key in keys:
        if key is not None and job.policy.keeps(key):
            return "platform-key"
        if key is not None and holds_credential(key):
            return "credential-key"
    form = forms.of(override)
    if isinstance(form, str):
        return form
    reasons = [job.key_uses.reason(key, job.relative) for key in keys if key is not None]
    if job.keys.changes_any:
        reasons.append("override-elsewhere")
    if form.function == BLOCK and job.key_uses.writes:
        reasons.append("override-restores")
    if b"#" in job.source.utf8[slice(*job.source.range(form.node))]:
        reasons.append("comment")
    return next(filter(None, reasons), form)


def _leave_blocks(job: Job, every: Sequence[Override], forms: dict[int, Form | str]) -> None:
    """Leave the blocks that put back something which is left in them."""
    left = {id(one.node) for one in every if isinstance(forms[id(one)], str)}
    for one in every if left else ():
        form = forms[id(one)]
        if isinstance(form, Form) and form.function == BLOCK:
            place = job.index.place(one.node)
            block = place.statement().node if place else one.node
            if any(id(node) in left for node in ast.walk(block)):
                forms[id(one)] = "override-restores"


class _Rewriting:
    """Puts the forms into a patch, with the import of what they call, less what nothing uses."""

    def __init__(self, job: Job, patch: Patch) -> None:
        self.job = job
        self.patch = patch
        # Overrides are of the library itself, whatever module the application reads by.
        self.library = copy.copy(job)
        self.library.policy = Policy(job.policy.settings._replace(accessor=LIBRARY))

    def run(self, every: Sequence[Override], forms: Mapping[int, Form | str]) -> None:
        chosen: list[tuple[Override, Form]] = []
        for one in every:
            form = forms[id(one)]
            if isinstance(form, Form):
                chosen.append((one, form))
            self._record(one, form if isinstance(form, str) else "")
        if not chosen:
            return
        names = self._named([form for _, form in chosen])
        consumed: dict[int, Place] = {}
        for _, form in chosen:
            self._replace(form, names[form.function], consumed)
        changes = import_changes(self.job, self._spent(consumed))
        self.accessor.write(self.patch, changes)
        remove_statements(self.job, self.patch, changes.whole)
        changes.shorten(self.job, self.patch)

    def _record(self, override: Override, reason: str) -> None:
        offset = self.job.source.range(override.node)[0]
        action = "left" if reason else "rewritten"
        self.patch.records.append(Record(offset, override.form, override.key, action, reason))

    def _named(self, forms: Sequence[Form]) -> dict[str, str]:
        order = Order(self.job, [])
        starts = [self.job.source.range(form.node)[0] for form in forms]
        self.accessor = Accessor(self.library, LIBRARY, order.statement(min(starts)), -1)
        places: dict[str, list[Place]] = {}
        for form in forms:
            place = self.job.index.place(form.node)
            places.setdefault(form.function, []).extend([place] if place else [])
        names = {
            function: self.accessor.local_name(function, at) for function, at in places.items()
        }
        self.accessor.used = set(names.values())
        return names

    def _replace(self, form: Form, name: str, consumed: dict[int, Place]) -> None:
        source = self.job.source
        text = self._text(form, name)
        start, end = source.range(form.node)
        self.patch.splice(start, end, text.encode("utf-8"))
        self.patch.expected[id(form.node)] = _Expected(text)
        kept = {id(node) for item in form.items for part in item if part for node in ast.walk(part)}
        gone = [
            node
            for node in ast.walk(form.node)
            if isinstance(node, ast.Name) and id(node) not in kept
        ]
        self.job.index.record({node.id for node in gone})
        places = ((id(node), self.job.index.place(node)) for node in gone)
        consumed.update((node, place) for node, place in places if place is not None)

    def _text(self, form: Form, name: str) -> str:
        if form.function == BLOCK:
            pairs = ", ".join(f"{self._of(key)}: {self._of(value)}" for key, value in form.items)
            # Threads see the environment, too.
            return f"{name}({{{pairs}}}, all_threads=True)"
        (key, value), *_ = form.items
        if form.function == "remove_config_override":
            return f"{name}({self._of(key)})"
        text = self._of(value)
        return f"{name}({self._of(key)}, {f'str({text})' if form.as_text else text})"

    def _of(self, node: ast.expr | None) -> str:
        if node is None:
            return "None"
        if not hasattr(node, "lineno"):
            # The name of a keyword, which is a key now.
            return f'"{literal(node)}"'
        return self.job.source.text(*self.job.source.range(node))

    def _spent(self, consumed: Mapping[int, Place]) -> list[Binding]:
        """Return the imports that nothing uses any more."""
        seen: set[tuple[int, str]] = set()
        found: list[Binding] = []
        for place in consumed.values():
            name = getattr(place.node, "id", "")
            for scope in scopes_meant(place, name):
                if (id(scope), name) not in seen:
                    seen.add((id(scope), name))
                    found += unused_bindings(self.job, name, scope, set(consumed))
        return found


class _Expected:
    """What must stand in the place of an override: a call, or a statement that is one."""

    def __init__(self, text: str) -> None:
        self.wanted = ast.dump(ast.parse(text, mode="eval").body)

    def __call__(self, new: ast.AST, _same: Same) -> bool:
        call = new.value if isinstance(new, ast.Expr) else new
        return ast.dump(call) == self.wanted
