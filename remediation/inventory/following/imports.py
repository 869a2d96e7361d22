"""The import statements of a source, as a search tells them: which module, and which names."""

import re
from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

# A `from` or `import` statement; names in brackets may go on over lines.
_IMPORT = re.compile(
    rb"^[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]*(\([^)]{0,20000}|[^\n#]*)"
    rb"|import[ \t]+([^\n#]*))",
    re.MULTILINE,
)
_NAME = re.compile(rb"(?:^|[,(])\s*+(?:#[^\n]*+\s*+)*+(\*|[.\w]+)")
# The statements of so many files are kept for the next question.
_KEPT = 20_000


class Statement(NamedTuple):
    """An import.

    Attributes:
        offset: Where it stands.
        level: The dots in front of the module.
        module: That it is from, "" for none.
        names: What it names: parts of the module, or whole modules.
    """

    offset: int
    level: int
    module: bytes
    names: tuple[bytes, ...]


def statements(data: bytes, modules: Collection[bytes]) -> Iterator[Statement]:
    """Yield the imports of a source that name one of some modules by the last part of its name."""
    if b"import" not in data:
        return
    for found in _IMPORT.finditer(data):
        module, names, plain = found.groups(b"")
        name = module.lstrip(b".")
        listed = tuple(_NAME.findall(names or plain))
        is_from = bool(module) and name.rpartition(b".")[2] in modules
        if is_from or any(each.rpartition(b".")[2] in modules for each in listed):
            # The statement itself, behind its blanks.
            offset = found.start() + len(found[0]) - len(found[0].lstrip(b" \t"))
            yield Statement(offset, len(module) - len(name), name, listed)


class Imports:
    """The imports of all files, as far as they can be of one another."""

    def __init__(self, modules: Collection[bytes], data_of: Callable[[str], bytes | None]) -> None:
        """
        Args:
            modules: The last parts of the names of all modules.
            data_of: Returns the bytes of a file.
        """
        self._modules = modules
        self._data_of = data_of
        self._kept: dict[str, list[Statement]] = {}

    def of(self, file: str) -> list[Statement]:
        """Return the statements of a file."""
        found = self._kept.get(file)
        if found is None:
            found = list(statements(self._data_of(file) or b"", self._modules))
            if len(self._kept) < _KEPT:
                self._kept[file] = found
        return found
