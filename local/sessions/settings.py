"""What a session set: its parameters and its variables."""

import contextlib
from collections.abc import Iterator
from typing import Any

from .parameters import PARAMETERS


class Settings:
    """Parameters and variables of a session.

    Attributes:
        parameters: The session parameters that were set, by name.
        variables: The variables that were set, by name.
    """

    def __init__(self) -> None:
        self.parameters: dict[str, Any] = {}
        self.variables: dict[str, Any] = {}

    def parameter(self, name: str) -> Any:
        """Return a session parameter, or what it is by default."""
        return self.parameters.get(name, PARAMETERS.get(name))

    @contextlib.contextmanager
    def apart(self) -> Iterator[None]:
        """Begin without variables, and undo what is set at the end."""
        before = (self.parameters, self.variables)
        self.parameters, self.variables = dict(self.parameters), {}
        try:
            yield
        finally:
            self.parameters, self.variables = before
