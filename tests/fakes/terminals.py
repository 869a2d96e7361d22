"""A stream that says it is a terminal."""

import io
import sys
from typing import Self

import pytest


class Terminal(io.TextIOWrapper):
    """Keeps what was written."""

    def __init__(self, encoding: str = "utf-8") -> None:
        self.bytes = io.BytesIO()
        super().__init__(self.bytes, encoding=encoding, newline="")

    @classmethod
    def put(cls, monkeypatch: pytest.MonkeyPatch, name: str, encoding: str = "utf-8") -> Self:
        """Put one in the place of `sys.stdout` or `sys.stderr`, out of the test itself."""
        made = cls(encoding)
        monkeypatch.setattr(sys, name, made)
        return made

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        raise OSError

    @property
    def shown(self) -> str:
        return self.bytes.getvalue().decode(self.encoding)
