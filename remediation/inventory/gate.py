"""`inventory --check`: do code, declaration, templates and workflows name the same keys?"""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from hushflake.config.declared.aliases import today
from hushflake.config.declared.key import DeclaredKey
from hushflake.lint_plugin.declared.keys import TABLE, Verdict
from hushflake.lint_plugin.settings import Settings

from ..errors import RemediationError
from .declared import Declared, declared_of, is_declaring, is_template_place
from .differences import of_read
from .gate_documents import outdated
from .gate_words import is_slip, taken, written_in
from .model import Inventory, Key, Named, Read

# Code of a problem -> what it is.
PROBLEMS = {
    "undeclared": "code reads a key that is not declared",
    "unused": "a declared key is read nowhere",
    "deprecated": "a deprecated key, or a deprecated name of a key, is still in use",
    "ended": "a deprecated name of a key is in use after its last day",
    "outdated": "a document of the declared keys is not as `hushflake config codegen` writes it",
    "default-differs": "the default in the code is not the declared one",
    "defaults-differ": "the code gives a key several defaults",
    "type-differs": "the code takes the key for another type than the declared one",
    "required-differs": "an optional key is read as a required one, or the other way round",
    "template-missing": "a required key is in no template of a .env file",
    "template-unknown": "a template, or an ESC definition, names a key that is not declared",
    "misspelt": "a workflow or a container names a key that is nearly a declared one",
}


class Problem(NamedTuple):
    """A disagreement and its place. It never holds a value of a secret."""

    code: str
    key: str
    path: str
    line: int
    column: int
    message: str


class Checked(NamedTuple):
    """What came of a check.

    Attributes:
        declared: What declares the keys.
        problems: In order of their places.
        notes: What could not be judged.
    """

    declared: Declared
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]


def check(inventory: Inventory, settings: Settings, paths: Sequence[Path]) -> Checked:
    """Compare an inventory with the declared keys.

    Args:
        inventory: Of `paths`.
        settings: Those that hold for them.
        paths: What was looked at: only of a whole repository can be said what is not read.

    Raises:
        RemediationError: Nothing declares a key.
    """
    declared = declared_of(inventory, settings)
    if declared.origin == "nothing":
        raise RemediationError(
            f"no keys are declared: there is no {TABLE}, no Pulumi ESC definition and no "
            ".env.example; `hushflake inventory --format keys` writes the table for pyproject.toml"
        )
    gate = _Gate(inventory, settings, declared)
    found = [*gate.reads(), *gate.computed(), *gate.mentions(), *gate.missing()]
    notes = list(gate.notes())
    if _is_whole(settings, paths):
        found += gate.unused()
        found += (
            Problem("outdated", "", path, 1, 1, f"{path} {words}")
            for path, words in outdated(inventory, settings)
        )
    else:
        notes.append("only a part of the repository was looked at: unused keys are not reported")
    found.sort(key=lambda one: (one.path, one.line, one.column, one.code, one.key))
    return Checked(declared, tuple(dict.fromkeys(found)), tuple(notes))


def _is_whole(settings: Settings, paths: Iterable[Path]) -> bool:
    root = os.path.realpath(settings.root)
    return any(os.path.realpath(path) == root for path in paths)


class _Gate:
    def __init__(self, inventory: Inventory, settings: Settings, declared: Declared) -> None:
        self.inventory = inventory
        self.settings = settings
        self.declared = declared
        self.keys = [key for key in inventory.keys if not key.kept]
        self.computed_reads = [
            read for read in inventory.dynamic if not (read.in_test or read.reason or read.followed)
        ]

    def reads(self) -> Iterator[Problem]:
        """What the code does with its keys, outside of tests."""
        for key in self.keys:
            reads = [read for read in key.reads if not read.in_test]
            declaration, alias = self.declared.keys.find(key.name)
            if reads and (declaration is None or alias or declaration.deprecated):
                for read in reads:
                    yield self._objection(key.name, read)
            if declaration is None:
                continue
            # A template says nothing of types and defaults.
            for read in reads if self.declared.origin == "table" else ():
                for code, message in of_read(declaration, key, read):
                    yield Problem(code, key.name, read.path, read.line, read.column, message)
            if key.conflicting:
                yield self._conflict(key)

    def computed(self) -> Iterator[Problem]:
        """Computed keys of which a part is written out."""
        for each in self.computed_reads:
            if each.pattern and self.declared.keys.find(each.pattern).declaration is None:
                yield self._objection(each.pattern, each)

    def _objection(self, key: str, read: Read) -> Problem:
        code = _use_of(self.declared.keys.find(key))
        message = self.declared.keys.objection(key, self.declared.title)
        return Problem(code, key, read.path, read.line, read.column, message)

    def _conflict(self, key: Key) -> Problem:
        given = [
            read
            for read in key.reads
            if read.default is not None and read.default.identity and not read.in_test
        ]
        told = "; ".join(f"{read.default.text} at {read.place}" for read in given if read.default)
        first = given[0]
        message = f"{key.name!r} has several defaults: {told}"
        return Problem("defaults-differ", key.name, first.path, first.line, first.column, message)

    def mentions(self) -> Iterator[Problem]:
        """What templates, workflows and containers call the keys."""
        for key in self.keys:
            found = self.declared.keys.find(key.name)
            for named in key.named:
                if named.how == "taken" and is_declaring(named):
                    continue
                if found.alias or (found.declaration and found.declaration.deprecated):
                    if named.kind != ".env file" or is_template_place(named):
                        yield self._named(_use_of(found), key, named, self._told(key.name))
                elif found.declaration is None:
                    yield from self._unknown(key, named)

    def _unknown(self, key: Key, named: Named) -> Iterator[Problem]:
        if is_declaring(named):
            yield self._named("template-unknown", key, named, self._told(key.name))
        elif named.kind != ".env file" and not key.reads:
            near = self.declared.keys.near(key.name)
            if near and is_slip(key.name, near):
                message = f"{key.name!r} is not declared: is {near!r} meant?"
                yield self._named("misspelt", key, named, message)

    def _told(self, key: str) -> str:
        return self.declared.keys.objection(key, self.declared.title)

    def _named(self, code: str, key: Key, named: Named, message: str) -> Problem:
        return Problem(code, key.name, named.path, named.line, 1, message)

    def missing(self) -> Iterator[Problem]:
        """Required keys that no template names, where there are templates."""
        named = {
            key.name
            for key in self.inventory.keys
            if any(is_template_place(each) and each.how != "taken" for each in key.named)
        }
        if not named or self.declared.origin != "table":
            return
        for declaration in self._rows():
            # A template is for people who develop.
            is_asked = declaration.is_asked_in("development") and declaration.default is None
            if is_asked and declaration.name not in named:
                message = f"{declaration.name!r} is required, and in no template of a .env file"
                yield self._at("template-missing", declaration.name, message)

    def unused(self) -> Iterator[Problem]:
        """Declared keys that nothing reads."""
        read_names = {key.name for key in self.inventory.keys if key.reads}
        used = {
            row.name
            for name in read_names
            if (row := self.declared.keys.find(name).declaration) is not None
        }
        used |= {
            row.name
            for read in self.inventory.dynamic
            if read.pattern and (row := self.declared.keys.find(read.pattern).declaration)
        }
        left = [row for row in self._rows() if row.name not in used and not row.deprecated]
        # A name in a list of names may be what a computed read asks for.
        if left and any(not read.pattern for read in self.inventory.dynamic):
            written = written_in(self.inventory.python_files, [row.name for row in left])
            left = [row for row in left if row.name not in written and not row.is_pattern]
        attributes = taken(self.settings, self.inventory.python_files)
        for row in (row for row in left if row.name not in attributes):
            yield self._at("unused", row.name, f"{row.name!r} is declared, and read nowhere")

    def _rows(self) -> Iterable[DeclaredKey]:
        return self.declared.keys.declarations.values()

    def _at(self, code: str, key: str, message: str) -> Problem:
        path, line, column = self.declared.place(key)
        return Problem(code, key, path, line, column, message)

    def notes(self) -> Iterator[str]:
        """What cannot be judged."""
        for each in self.computed_reads:
            if not each.pattern:
                yield f"{each.place}: the key is worked out at run time, and cannot be checked"
        named = {key.name for key in self.inventory.keys}
        for row in self._rows():
            for alias in row.deprecated_aliases:
                if alias.has_ended(today()) and alias.name not in named:
                    yield f"{alias.name}: ended as a name of {row.name}: remove its declaration"


def _use_of(found: Verdict) -> str:
    """Return the code of the use of a name that should not be in use."""
    if found.declaration is None:
        return "undeclared"
    return "ended" if found.alias and found.alias.has_ended(today()) else "deprecated"
