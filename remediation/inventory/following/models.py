"""Classes of pydantic settings as things: what derives from them is one, in every file."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from hushflake.lint_plugin.analysis import Index
from hushflake.lint_plugin.node_names import name_of
from hushflake.lint_plugin.silent.base import SilentKey
from hushflake.lint_plugin.silent.settings_classes import SettingsClass, settings_class
from hushflake.lint_plugin.silent.settings_fields import Field, keys_of, own_fields

from ..env_paths import EnvPath, env_paths
from .project import Project

# How many fields the models in one class may have together, and how deep bases are looked for.
_FIELDS = 1000
_BASES = 20


@dataclass(frozen=True)
class Model:
    """A class of settings.

    Attributes:
        reader: The library.
        through: Whether it reads through the accessor.
        settings: What it says; None for the class that all begins with.
        files: The .env files that it reads, the later ones over the earlier.
        folders: The folders of files with secrets that it reads.
        renames: Whether it reads what it inherits under other names than its bases.
    """

    reader: str
    through: bool = False
    settings: SettingsClass | None = None
    files: tuple[EnvPath, ...] = ()
    folders: tuple[str, ...] = ()
    renames: bool = False

    @property
    def keys(self) -> Iterator[SilentKey]:
        """The keys of its own fields, and of those that it inherits under other names."""
        found = self.settings
        if found is None:
            return iter(())
        return keys_of(found.all_fields if self.renames else found.fields, found.names)

    @property
    def all_keys(self) -> frozenset[str] | None:
        """The names of all its keys; None where some are not known."""
        found = self.settings
        if found is None or found.names.prefix is None or found.names.aliased:
            return None
        names = {key.name for key in keys_of(found.all_fields, found.names)}
        if found.names.delimiter:
            # A model that was not found may have any field.
            names |= {f"{name}{found.names.delimiter}*" for name in names}
        return frozenset(names)


class Settings(NamedTuple):
    """A class of settings in a file: its node, what it is, and what it derives from."""

    node: ast.ClassDef
    model: Model
    bases: tuple[Model, ...]


class Use(NamedTuple):
    """A call of a class of settings that names .env files."""

    call: ast.Call
    given: ast.expr
    model: Model


def derived(
    node: ast.ClassDef, above: Sequence[Model], index: Index, path: str, project: Project
) -> Model:
    """Return the class of settings that derives from others.

    Args:
        node: The class.
        above: What it derives from.
        index: Of its file.
        path: Of the file, relative to the root.
        project: The other files.
    """
    models = Models(index, path, project)
    bases = [base.settings for base in above if base.settings is not None]
    found = settings_class(node, bases, models=models.fields_of)
    mixed = [
        field
        for base in node.bases
        if isinstance(base, ast.Name) and not _is_settings(base, above)
        for field in models.fields_of(base)
    ]
    if mixed:
        own = {field.name for field in found.all_fields}
        found = found._replace(
            fields=(*(field for field in mixed if field.name not in own), *found.fields)
        )
    files = next((base.files for base in above if base.files), ())
    if "env_file" in found.given:
        files = env_paths(index, found.given["env_file"], path)
    folders = next((base.folders for base in above if base.folders), ())
    if "secrets_dir" in found.given:
        folders = tuple(each.shown for each in env_paths(index, found.given["secrets_dir"], path))
    return Model(
        above[0].reader,
        above[0].through,
        found,
        files if "dotenv" in found.sources else (),
        folders,
        any(base.names != found.names for base in bases),
    )


def _is_settings(base: ast.Name, above: Sequence[Model]) -> bool:
    return any(
        each.settings is not None and each.settings.node.name == base.id for each in above
    ) or base.id.endswith("Settings")


class Models:
    """Finds the fields of models by their names. Bounded by the number of fields."""

    def __init__(self, index: Index, path: str, project: Project, left: list[int] | None = None):
        self.index = index
        self.path = path
        self.project = project
        self._left = [_FIELDS] if left is None else left
        self._inside: set[int] = set()

    def fields_of(self, name: ast.expr, depth: int = 0) -> tuple[Field, ...]:
        """Return the fields of the class that a name stands for; none for anything else."""
        if self._left[0] <= 0 or not isinstance(name, ast.Name) or depth > _BASES:
            return ()
        self.index.record([name.id])
        place = self.index.place(name)
        bindings = self.index.bindings(place) if place is not None else []
        if not bindings:
            bindings = self.index.root.bindings.get(name.id, [])
        if len(bindings) != 1:
            return ()
        binding = bindings[0]
        if binding.kind == "definition" and isinstance(binding.place.node, ast.ClassDef):
            return self._of_class(binding.place.node, depth)
        if binding.kind == "import":
            file, member = self.project.imported(self.path, binding)
            module = self.project.module(file) if file and member else None
            if module is not None:
                other = Models(module.index, file, self.project, self._left)
                return other.fields_of(ast.Name(member), depth + 1)
        return ()

    def _of_class(self, node: ast.ClassDef, depth: int) -> tuple[Field, ...]:
        if id(node) in self._inside or _is_enumeration(node):
            return ()
        self._inside.add(id(node))
        try:
            found = {
                field.name: field
                for base in node.bases
                if isinstance(base, ast.Name)
                for field in self.fields_of(base, depth + 1)
            }
            own = list(own_fields(node, lambda name: self.fields_of(name, depth + 1), depth))
            self._left[0] -= len(own)
            found.update({field.name: field for field in own})
            return tuple(found.values())
        finally:
            self._inside.discard(id(node))


def _is_enumeration(node: ast.ClassDef) -> bool:
    return any("Enum" in name_of(base) for base in node.bases)
