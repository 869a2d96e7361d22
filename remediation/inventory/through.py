"""The reads of a file that go through libraries and functions, made of what `following` finds."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace

from hushflake.lint_plugin.module import Module

from .env_paths import env_paths
from .environment import take_in
from .following.calling import Arrival, must_be_there
from .following.known import Known
from .following.models import Model
from .following.project import Project
from .following.scan import Scan
from .following.text import constant, pattern
from .following.wrapping import Seed
from .making import ENVIRONMENT, Found, How, Maker, What, at_place
from .model import EnvFileReader
from .readers import FileUse, Library, all_libraries
from .types import type_of

_OURS = "hushflake.config"


class Through:
    """What a file reads otherwise than by naming the environment or the accessor.

    Attributes:
        exports: See `reads.FileReads`.
        escaped: Likewise.
    """

    def __init__(self, module: Module, maker: Maker, project: Project, known: Known) -> None:
        self.module = module
        self.maker = maker
        self.libraries = [
            each for each in all_libraries() if any(word in module.utf8 for word in each.WORDS)
        ]
        self.known = known
        self._scan = Scan(module, project, known.exports)
        self.exports = self._scan.exports
        self.escaped = self._scan.escaped

    def follow(self, seeds: Iterable[Seed]) -> Iterator[Found]:
        """Yield the reads. `seeds`: those whose key a caller gives."""
        if self.module.names_environment:
            take_in(self._scan, self.module.accesses)
        for library in self.libraries:
            for top, things in getattr(library, "THINGS", {}).items():
                self._scan.library(top, things)
            yield from self._declared(library)
        offsets = self.known.imports_in(self.module.relative, self.module.utf8)
        if offsets:
            self._scan.imports(offsets)
        # What the accessor does is no affair of those who call it.
        is_accessor = self.module.policy.is_accessor(self.module.relative)
        self._scan.follow(() if is_accessor else seeds)
        if is_accessor:
            self.exports.clear()
        for arrival in self._scan.found:
            yield from self._arrived(arrival)
        for found in self._scan.settings.values():
            yield from self._fields(found.node, found.model)

    @property
    def is_cut(self) -> bool:
        """See `reads.FileReads`. Asked after `follow`."""
        return self._scan.is_cut

    def files(self) -> Iterator[EnvFileReader]:
        """Yield the places that read .env files. Asked after `follow`."""
        for library in self.libraries:
            for use in library.files(self.module):
                yield self._reader(use)
        for found in self._scan.settings.values():
            if found.model.files:
                yield self._of_model(found.node.bases[0], found.model, found.model)
        for call, given, model in self._scan.file_uses:
            paths = env_paths(self.module.index, given, self.module.relative)
            if paths:
                yield self._of_model(call, replace(model, files=paths), model)

    def _of_model(self, node: ast.AST, model: Model, of: Model) -> EnvFileReader:
        use = FileUse(
            model.reader, node, model.files, of.all_keys, any_case=True, rewritten=model.through
        )
        return self._reader(use)

    def _reader(self, use: FileUse) -> EnvFileReader:
        span = self.module.source.span(use.node)
        return EnvFileReader(
            reader=use.reader,
            path=self.module.relative,
            line=span.line,
            column=span.column,
            files=use.files,
            keys=use.keys,
            any_case=use.any_case,
            into_environment=use.into_environment,
            rewritten=use.rewritten,
            in_test=self.module.is_test,
        )

    def _declared(self, library: Library) -> Iterator[Found]:
        for use in library.keys(self.module) if hasattr(library, "keys") else ():
            how = How(
                library.NAME,
                library.FORM,  # type: ignore[attr-defined]
                reason=library.FORM,  # type: ignore[attr-defined]
                sources=(ENVIRONMENT, *use.files),
            )
            kind = use.type or type_of(None, use.default)
            what = What(use.default, use.required, kind, use.secret)
            yield self.maker.read(use.name, use.node, how, what)

    def _arrived(self, arrival: Arrival) -> Iterator[Found]:
        way, place = arrival.way, self.module.index.place(arrival.node)
        origin = way.origin
        how = How(
            origin.reader,
            origin.form,
            origin.via,
            origin.reason,
            sources=origin.sources,
            wrapper=way.name,
        )
        kind = arrival.type
        if kind in ("", "str") and not way.by_object:
            kind = type_of(place)
        kind = "" if kind == "str" else kind
        default = arrival.default
        what = What(
            default.node if default is not None else None,
            must_be_there(arrival),
            kind or type_of(None, default.node if default is not None else None),
            arrival.secret,
            foreign=default is not None and default.file != self.module.relative,
        )
        for text in arrival.texts:
            name = constant(text)
            found = self.maker.read(name or pattern(text) or "*", arrival.node, how, what)
            if way.by_object:
                found = replace(found, read=at_place(found.read, way.steps[-1]))
            yield replace(found, steps=way.steps, presumed=arrival.presumed)

    def _fields(self, node: ast.ClassDef, model: Model) -> Iterator[Found]:
        settings = model.settings
        if settings is None or not (settings.reads or model.files or model.folders):
            return
        shown = tuple(each.shown for each in model.files)
        folders = tuple(f"{folder.rstrip('/')}/" for folder in model.folders)
        how = How(
            reader=model.reader,
            form="settings-class",
            via="config" if model.through else "environment",
            reason="" if model.through else "settings-class",
            sources=(_OURS, *folders)
            if model.through
            else (*((ENVIRONMENT,) if settings.reads else ()), *shown, *folders),
            any_case=not settings.names.case_sensitive,
        )
        for key in model.keys:
            # What it inherits stands in another class, and perhaps in another file.
            is_own = key.node in node.body
            what = What(key.default, key.required, key.type, key.secret, foreign=not is_own)
            yield self.maker.read(key.name, key.node if is_own else node.bases[0], how, what)
