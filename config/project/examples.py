"""Copies the shipped service classes into a project, where they are its own."""

import inspect
from pathlib import Path

from ..errors import ConfigError
from ..fields.examples import SHIPPED
from .scaffold import Change, text_of

_HEAD = '''"""Service classes of this application, copied from the examples of hushflake.

Delete what you do not need. `hushflake config doctor` checks the classes that the code uses.
"""

from typing import Literal

from hushflake.config import Secret, Service
'''


def source() -> str:
    """Return a module with the shipped service classes."""
    classes = (inspect.getsource(each).rstrip("\n") for each in SHIPPED)
    return "\n\n\n".join([_HEAD.rstrip("\n"), *classes]) + "\n"


def copied(root: Path, module: Path, *, force: bool) -> Change:
    """Return what a module with the shipped service classes changes; `scaffold.put` makes it.

    Args:
        root: The repository.
        module: The file, relative to `root` or absolute inside it.
        force: Replace a file that says something else.

    Raises:
        ConfigError: The path is no module of the repository, or a file is in the way.
    """
    root = root.resolve()
    path = (root / module).resolve()
    if path.suffix != ".py" or not path.is_relative_to(root):
        raise ConfigError(f"{module}: is no module of the repository; choose app/services.py")
    old, text = text_of(path, root), source()
    if old is not None and old != text and not force:
        raise ConfigError(f"{path}: exists and says something else; --force replaces it")
    return Change(path, old, text)
