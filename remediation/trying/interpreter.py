"""The interpreter that runs an application, and whether it has hushflake."""

import os
import sys
from pathlib import Path

from ..dependency.requirement import Requirement
from ..errors import RemediationError
from .process import LIMIT, run

_FOLDERS = (".venv", "venv")


def chosen(top: Path, named: Path | None) -> Path:
    """Return the interpreter: the one that is named, the project's, or the one that runs us.

    Raises:
        RemediationError: The one that is named cannot be run.
    """
    if named is not None:
        path = named.absolute()
        if not os.access(path, os.X_OK) or path.is_dir():
            raise RemediationError(f"--python {named}: is not a program; name an interpreter")
        return path
    for folder in _FOLDERS:
        path = top / folder / "bin" / "python"
        if os.access(path, os.X_OK):
            return path
    return Path(sys.executable)


def nearest(top: Path, path: str, named: Path | None) -> Path:
    """Return the interpreter of a file: the one of the nearest environment above it, or `chosen`.

    A service with a folder of its own often has an environment of its own.

    Raises:
        RemediationError: The one that is named cannot be run.
    """
    folder = (top / path).parent
    while named is None and folder != top and folder.is_relative_to(top):
        for name in _FOLDERS:
            python = folder / name / "bin" / "python"
            if os.access(python, os.X_OK):
                return python
        folder = folder.parent
    return chosen(top, named)


def require_hushflake(python: Path, requirement: Requirement) -> None:
    """Stop where the rewritten code could not be imported for want of hushflake.

    Raises:
        RemediationError: It is not installed there, or the interpreter does not run.
    """
    try:
        code = run([str(python), "-c", "import hushflake.config"], Path("/"), LIMIT)
    except OSError as error:
        raise RemediationError(
            f"{python}: does not run ({error.strerror}); name another interpreter with --python"
        ) from None
    if code != 0:
        raise RemediationError(
            f"{python}: cannot import hushflake.config, as rewritten code does; install it there "
            f"first, `{python} -m pip install {requirement.argument}`, or name another "
            "interpreter with --python"
        )
