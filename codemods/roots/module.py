"""The dotted name of a module that is about to be written, as commands ask for it."""

import os
from collections.abc import Sequence
from pathlib import Path

from ..errors import CodemodError
from .accessor import Answer, Problem, name_of
from .uses import Roots

_SHOWN = 5


def found_name(top: Path, module: Path, users: Sequence[str] = ()) -> str:
    """Return the name under which a module of a repository is imported.

    Args:
        top: The repository.
        module: The file, relative to it or absolute. It need not be there yet.
        users: The files that will import it, relative to the top, with `/`.

    Returns:
        "" where it lies outside of the repository or cannot be imported, as whoever writes it says.

    Raises:
        CodemodError: Some of its users could not import it.
    """
    root = Path(os.path.abspath(top))
    path = Path(os.path.abspath(root / module))
    if not path.is_relative_to(root):
        return ""
    relative = path.relative_to(root).as_posix()
    answer = name_of(Roots(str(root)), relative, users)
    if answer.problems:
        raise CodemodError(told(relative, answer, len(users)))
    return answer.name


def told(module: str, answer: Answer, asked: int) -> str:
    """Say which files cannot import a module, why, and what to do instead."""
    head = (
        f"{module}: {len(answer.problems)} of {asked} files that would import {answer.name} cannot:"
    )
    remedy = (
        "Leave the module out: code then reads through the installed hushflake.config. If these "
        "files can import it all the same, give its name with --accessor-name."
    )
    return "\n".join([head, *listed(answer.problems), remedy])


def listed(problems: Sequence[Problem]) -> list[str]:
    """Return a line for each of the first problems, and one for the others."""
    shown = [f"  {one}" for one in problems[:_SHOWN]]
    if len(problems) > _SHOWN:
        shown.append(f"  and {len(problems) - _SHOWN} others")
    return shown
