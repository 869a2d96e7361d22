"""Which library reads the .env files of a code base: told by what it imports."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from hushflake.lint_plugin.reading import read
from hushflake.lint_plugin.settings import Policy, load
from hushflake.lint_plugin.walk import walk

from ..errors import RemediationError
from .loaders import all_loaders, python_dotenv

# Libraries with a reader of their own that is not known here -> the modules that show them.
UNKNOWN = {"django-environ": ("environ",), "dynaconf": ("dynaconf",)}
_IMPORT = re.compile(rb"^[ \t]*(?:from[ \t]+(\w+)|import[ \t]+([\w., \t]+))", re.MULTILINE)
# These are imported for other reasons, too: they count only beside the word.
_NEEDS_WORD = {"flask": b"load_dotenv", "uvicorn": b"env_file", "pydantic_settings": b"env_file"}


class Choice(NamedTuple):
    """The loaders as which .env files are read.

    Attributes:
        names: Without any in the code, python-dotenv: it is the one that tools and shells come
            nearest to.
        unknown: The one library that reads them where its reading is not known here, else "".
    """

    names: Sequence[str]
    unknown: str = ""

    def require_known(self) -> None:
        """Stop where values would be taken as another library reads them.

        Raises:
            RemediationError: Only a library is used whose reading is not known here.
        """
        if self.unknown:
            raise RemediationError(
                f"the code reads its .env files with {self.unknown}, and how that reads a value is "
                f"not known here; choose what comes nearest with --loader "
                f"{' or '.join(all_loaders())}"
            )


def loaders_used(folder: str) -> Choice:
    """Return the loaders that the Python files below a folder use."""
    modules = _modules(folder)
    used = [name for name, loader in all_loaders().items() if modules.intersection(loader.MODULES)]
    if not used:
        unknown = (name for name, names in UNKNOWN.items() if modules.intersection(names))
        return Choice([python_dotenv.NAME], next(unknown, ""))
    # python-dotenv in front: it is the one that can interpolate.
    return Choice(sorted(used, key=lambda name: name != python_dotenv.NAME))


def uses_loader(folder: str) -> bool:
    """Say whether the Python files below a folder import what reads .env files."""
    known = [module for loader in all_loaders().values() for module in loader.MODULES]
    known += [module for modules in UNKNOWN.values() for module in modules]
    return not _modules(folder).isdisjoint(known)


def _modules(folder: str) -> set[str]:
    """Return the modules imported below a folder; some count only beside a word."""
    modules: set[str] = set()
    policy = Policy(load([folder]))
    for file in walk([folder]).files:
        if policy.is_excluded(policy.settings.relative(file.path)):
            continue
        try:
            data = read(file.path)
        except OSError:
            continue  # the codemod and the checks tell of it
        found = set(_imported(data))
        modules |= {name for name in found if name not in _NEEDS_WORD or _NEEDS_WORD[name] in data}
    return modules


def _imported(data: bytes) -> Iterator[str]:
    """Yield the top-level modules that a file imports, as far as a search tells."""
    for single, several in _IMPORT.findall(data):
        for name in several.split(b",") if several else [single]:
            yield name.strip().split(b" ")[0].partition(b".")[0].decode("utf-8", "replace")


def chosen(loader: str, folder: str) -> Choice:
    """Return the loaders that an option names; `auto` looks at the code."""
    return loaders_used(folder) if loader == "auto" else Choice([loader])
