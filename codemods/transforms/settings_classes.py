"""Derive classes of pydantic-settings from `ConfigSettings`, which reads through the accessor.

A class keeps its fields, prefixes and aliases. `env_file` goes where a source is configured, as
`ConfigSettings` reads no .env file. https://docs.pydantic.dev/latest/concepts/pydantic_settings/
"""

import ast
from collections.abc import Iterator
from typing import NamedTuple

from hushflake.lint_plugin.analysis import Binding, Place, Use
from hushflake.lint_plugin.analysis.prefilter import has_word
from hushflake.lint_plugin.settings import Policy, Settings
from hushflake.lint_plugin.silent.settings_classes import BASES, SettingsClass, classes

from ..dropping import Dropped, drop_settings
from ..importing import Accessor
from ..modules import binds_name
from ..patch import Patch, Record, Same
from ..policy import reason_of_file
from ..removing import import_changes, remove_statements
from ..transform import Job, Transform
from ..unused import unused_bindings

FORM = "settings-class"
_NAME = "ConfigSettings"
_LIBRARY = "hushflake.config.pydantic"
_TOPS = ("pydantic_settings", "pydantic")
# What says where the .env file is, and how to read it.
_OF_FILES = frozenset({"env_file", "env_file_encoding"})


class SettingsClasses(Transform):
    """`class Settings(BaseSettings)` becomes `class Settings(ConfigSettings)`."""

    summary = "classes of pydantic-settings derive from ConfigSettings and read by the accessor"
    opt_in = True
    order = 40

    def may_apply(self, data: bytes, _policy: Policy) -> bool:
        return has_word(data, (b"BaseSettings",))

    def patch(self, job: Job) -> Patch:
        """Rewrite the bases that can be, and record why the others are left."""
        patch = Patch()
        known = {id(found.node): found for found in classes(job.index, BASES)}
        wanted: list[_Base] = []
        for base in _bases(job):
            found = known.get(id(base.node))
            family = [] if found is None else _family(found, list(known.values()))
            reason = _reason(job, base, family)
            dropped = _drop(job, family) if family and not reason else None
            if dropped is None:
                patch.records.append(_record(job, base, "left", reason or "settings-shape"))
            else:
                wanted.append(base._replace(dropped=tuple(dropped)))
        if wanted:
            _rewrite(job, patch, wanted)
        return patch


class _Base(NamedTuple):
    """A base class to replace: the use of its name, and the class that derives from it."""

    use: Use
    node: ast.ClassDef
    place: Place
    dropped: tuple[Dropped, ...] = ()


def _bases(job: Job) -> Iterator[_Base]:
    """Yield where a class derives from `BaseSettings` itself, in source order."""
    found: list[_Base] = []
    for top in _TOPS:
        for use in job.index.uses(top):
            place = job.index.place(use.node)
            above = place.parent.node if place is not None and place.parent is not None else None
            if use.origin in BASES and isinstance(above, ast.ClassDef) and use.node in above.bases:
                found.append(_Base(use, above, use.place))
    yield from sorted(found, key=lambda base: job.source.range(base.use.node))


def _family(found: SettingsClass, every: list[SettingsClass]) -> list[SettingsClass]:
    """Return a class and those of its file that derive from it, in source order."""
    names, family = {found.node.name}, [found]
    for other in every:
        bases = {getattr(base, "id", "") for base in other.node.bases}
        if other is not found and not names.isdisjoint(bases):
            names.add(other.node.name)
            family.append(other)
    return family


def _reason(job: Job, base: _Base, family: list[SettingsClass]) -> str:
    """Return why a class is left, "" if it need not be."""
    reason = reason_of_file(job)
    if reason:
        return reason
    if not base.use.origin.startswith("pydantic_settings."):
        return "settings-v1"
    if family and family[0].customises:
        return "settings-sources"
    if not _module(job):
        return "settings-accessor"
    if _loses_file(job, family):
        return "settings-file"
    return ""


def _module(job: Job) -> str:
    """Return where `ConfigSettings` comes from: the accessor configures what it reads."""
    settings = job.policy.settings
    if settings.accessor == Settings().accessor:
        return _LIBRARY
    return settings.accessor if binds_name(settings.root, settings.accessor, _NAME) else ""


def _loses_file(job: Job, family: list[SettingsClass]) -> bool:
    """Say whether a .env file is read that nothing stands in for."""
    files = [found.given["env_file"] for found in family if "env_file" in found.given]
    named = [file for file in files if not (isinstance(file, ast.Constant) and file.value is None)]
    if not named or job.feeding.sources or job.feeding.forced:
        return False
    # In development mode without a source the accessor reads `.env` itself.
    is_plain = all(isinstance(file, ast.Constant) and file.value == ".env" for file in named)
    return not (is_plain and job.policy.settings.fed_by_files)


def _drop(job: Job, family: list[SettingsClass]) -> list[Dropped] | None:
    """Return what goes of the settings of some classes; None where it stands in another shape."""
    if not (job.feeding.sources or job.feeding.forced):
        return []
    dropped: list[Dropped] = []
    for found in family:
        if not _OF_FILES.isdisjoint(found.given):
            one = drop_settings(job.source, found.node, _OF_FILES)
            if one is None:
                return None
            dropped += one
    return dropped


def _record(job: Job, base: _Base, action: str, reason: str) -> Record:
    return Record(job.source.range(base.use.node)[0], FORM, None, action, reason)


def _rewrite(job: Job, patch: Patch, wanted: list[_Base]) -> None:
    body = job.source.tree.body
    first = min(job.source.range(base.node)[0] for base in wanted)
    limit = max(at for at, node in enumerate(body) if job.source.range(node)[0] <= first)
    accessor = Accessor(job, _module(job), limit, -1)
    name = accessor.local_name(_NAME, [base.place for base in wanted])
    statements: list[ast.stmt] = []
    for base in wanted:
        patch.splice(*job.source.range(base.use.node), name.encode())
        patch.expected[id(base.use.node)] = _Expected(name)
        patch.records.append(_record(job, base, "rewritten", ""))
        for dropped in base.dropped:
            statements += dropped.statements
            for start, end in dropped.spans:
                patch.splice(start, end, b"")
            patch.expected.update(dropped.expected)
    job.index.visit(job.source.range(statement)[0] for statement in statements)
    accessor.used = {name}
    changes = import_changes(job, _unused(job, wanted))
    accessor.write(patch, changes)
    remove_statements(job, patch, [*changes.whole, *statements])
    changes.shorten(job, patch)


def _unused(job: Job, wanted: list[_Base]) -> Iterator[Binding]:
    consumed = {id(base.use.place.node) for base in wanted}
    seen: set[tuple[int, str]] = set()
    for base in wanted:
        node = base.use.place.node
        scope = base.use.place.scope.find(node.id) if isinstance(node, ast.Name) else None
        if isinstance(node, ast.Name) and scope is not None and (id(scope), node.id) not in seen:
            seen.add((id(scope), node.id))
            yield from unused_bindings(job, node.id, scope, consumed)


class _Expected:
    """Expects the name of the new base."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, new: ast.AST, _same: Same) -> bool:
        return isinstance(new, ast.Name) and new.id == self.name
