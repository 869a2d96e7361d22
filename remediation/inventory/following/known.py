"""What is known of the modules of a run so far, and which files import it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from .imports import Imports, Statement, statements
from .project import Project
from .relevance import may_use
from .spelt import Spelt
from .things import Thing


class Known:
    """The things that modules define at their top: file -> name -> things."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.exports: dict[str, Mapping[str, Sequence[Thing]]] = {}
        # `from . import env` is from the `__init__` of some package.
        self._modules: set[bytes] = {b""}

    def take(self, file: str, exports: Mapping[str, Sequence[Thing]]) -> None:
        """Note what a file defines."""
        self.exports[file] = exports
        self._modules.add(_bytes(self.project.name_of(file)))

    def imports_in(self, file: str, data: bytes) -> list[int]:
        """Return the offsets of the import statements in a source that may name something known."""
        if not self.exports:
            return []
        return [each.offset for each in statements(data, self._modules) if self._is_of(file, each)]

    def _is_of(self, file: str, statement: Statement) -> bool:
        # `import app.settings` binds the package.
        is_plain = not statement.level and not statement.module
        return is_plain or any(
            self.project.file_of(file, module, statement.level) in self.exports
            for module in _modules(statement)
        )


class Importers:
    """Says of a file whether it imports something of some files."""

    def __init__(
        self,
        project: Project,
        exports: Mapping[str, Mapping[str, Sequence[Thing]]],
        imports: Imports,
        data_of: Callable[[str], bytes | None],
    ) -> None:
        """
        Args:
            project: All files.
            exports: File -> name that it newly defines -> what it stands for.
            imports: Of all files.
            data_of: Returns the bytes of a file.
        """
        self.project = project
        self.exports = {
            file: {_bytes(name): things for name, things in names.items()}
            for file, names in exports.items()
        }
        self.imports = imports
        self._data_of = data_of
        self._modules = {b"", *(_bytes(project.name_of(file)) for file in exports)}
        # The source that is looked at, and what of which modules was looked for in it.
        self._spelt: Spelt | None = None
        self._asked: set[tuple[bytes, int]] = set()

    def has(self, file: str) -> bool:
        """Say whether a file imports one of the names, or the module of one, and may use it."""
        self._spelt, self._asked = None, set()
        return any(self._fits(file, each) for each in self.imports.of(file))

    def _fits(self, file: str, statement: Statement) -> bool:
        module, level, names = statement.module, statement.level, statement.names
        if (module or level) and module.rpartition(b".")[2] in self._modules:
            named = self._exports_of(file, module, level)
            if b"*" in names and named and self._uses_any(file, module, level):
                return True
            if named and self._uses(file, {name: named[name] for name in names if name in named}):
                return True
        for name in names:
            if name.rpartition(b".")[2] in self._modules:
                inner = b".".join(filter(None, (module, name)))
                if self._uses_any(file, inner, level):
                    return True
        return False

    def _uses_any(self, file: str, module: bytes, level: int) -> bool:
        """Say whether a file may use something of a module; asked a second time it says no."""
        told = module, level
        if told in self._asked:
            return False
        self._asked.add(told)
        return self._uses(file, self._exports_of(file, module, level))

    def _exports_of(self, file: str, module: bytes, level: int) -> Mapping[bytes, Sequence[Thing]]:
        return self.exports.get(self.project.file_of(file, _text(module), level), {})

    def _uses(self, file: str, names: Mapping[bytes, Iterable[Thing]]) -> bool:
        if not names:
            return False
        if self._spelt is None:
            self._spelt = Spelt(self._data_of(file) or b"")
        spelt = self._spelt
        return any(
            spelt.has(name) and may_use(things, name, spelt) for name, things in names.items()
        )


def _modules(statement: Statement) -> Iterator[str]:
    """Yield the module that an import is from, and those that its names can be."""
    if statement.module or statement.level:
        yield _text(statement.module)
    for name in statement.names:
        yield _text(b".".join(filter(None, (statement.module, name))))


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogatepass")


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogatepass")
