"""How keys are spelt after the rewrite: as they were, in a style, or as a mapping file says."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from hushflake.lint_plugin.reading import LARGEST_TEXT, read
from hushflake.lint_plugin.toml import parsed

from .errors import MappingError

STYLES = ("keep", "snake", "path")


class KeyNames(NamedTuple):
    """Renames keys. Pickles, so that worker processes can have it."""

    style: str = "keep"
    mapping: Mapping[str, str] = {}

    def renamed(self, key: str) -> str:
        """Return the new name of a key: `DB_HOST` is `db_host` in snake, `db/host` in path."""
        if key in self.mapping:
            return self.mapping[key]
        if self.style == "snake":
            return key.lower()
        if self.style == "path":
            return key.lower().replace("_", "/")
        return key

    @property
    def changes_any(self) -> bool:
        """Whether any key may get another name."""
        return self.style != "keep" or bool(self.mapping)


def read_mapping(path: str) -> dict[str, str]:
    """Read a TOML file of `OLD_KEY = "new key"` lines.

    Raises:
        MappingError: It cannot be read, is no such file, or two keys get one name.
    """
    try:
        document = parsed(read(path, LARGEST_TEXT).decode("utf-8"))
    except OSError as error:
        raise MappingError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise MappingError(f"{path}:1:1: must be UTF-8, as TOML is") from None
    except RecursionError:
        raise MappingError(f"{path}:1:1: is nested too deeply") from None
    # A number of thousands of digits is a ValueError of another kind.
    except ValueError as error:
        found = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        line, column = found.groups() if found else ("1", "1")
        raise MappingError(f"{path}:{line}:{column}: is not valid TOML") from None
    seen: dict[str, str] = {}
    for old, new in document.items():
        if not isinstance(new, str) or not new:
            raise MappingError(f'{path}:1:1: {old} must be a string, as in {old} = "new/name"')
        if new in seen:
            raise MappingError(
                f"{path}:1:1: {seen[new]} and {old} both become {new!r}; one name, one key"
            )
        seen[new] = old
    return dict(document)
