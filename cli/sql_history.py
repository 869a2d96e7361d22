"""What was typed at the prompt of `hushflake sql`, for the arrow keys of the next time.

It is kept in the user's state directory (XDG Base Directory Specification: `$XDG_STATE_HOME`, else
`~/.local/state`), readable for the user alone, and never in a project. One JSON text per line,
because a statement has line breaks. Statements that seem to hold a secret are not kept.
"""

import json
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Final

_KEPT: Final = 1000
_LONGEST: Final = 10_000  # characters of a statement
_SECRET: Final = re.compile(r"passw|secret|token|credential|private_key|identified", re.IGNORECASE)


class History:
    """The statements of earlier prompts."""

    def __init__(self, path: Path | None) -> None:
        """
        Args:
            path: The file; None keeps nothing.
        """
        self._path = path

    def load(self) -> list[str]:
        """Return the latest statements, oldest first."""
        if self._path is None:
            return []
        try:
            lines = self._path.read_text("utf-8", errors="replace").splitlines()
        except OSError:
            return []
        found = []
        for line in lines[-_KEPT:]:
            with suppress(ValueError):
                statement = json.loads(line)
                if isinstance(statement, str):
                    found.append(statement)
        if len(lines) > 2 * _KEPT:
            self._rewrite(found)
        return found

    def add(self, statement: str) -> bool:
        """Keep a statement, unless it may hold a secret; tell whether the prompt should offer it.

        A history that cannot be written is not worth a failed statement.
        """
        if len(statement) > _LONGEST or _SECRET.search(statement):
            return False
        if self._path is not None:
            with suppress(OSError):
                self._write(os.O_APPEND, [statement])
        return True

    def _rewrite(self, statements: list[str]) -> None:
        with suppress(OSError):
            self._write(os.O_TRUNC, statements)

    def _write(self, how: int, statements: list[str]) -> None:
        path = self._path
        if path is None:
            return
        flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | how
        descriptor = os.open(path, flags, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(descriptor, 0o600)
            file.writelines(f"{json.dumps(statement)}\n" for statement in statements)


def history_of(project: Path) -> History:
    """Return the user's history; one that would lie within the project keeps nothing."""
    from hushflake.local.language.errors import LocalStackError
    from hushflake.local.server.process.state_home import state_home

    try:
        path = state_home().resolve() / "sql-history.jsonl"
        is_inside = path.is_relative_to(project.resolve())
    except (LocalStackError, OSError, RuntimeError):
        return History(None)
    return History(None if is_inside else path)
