"""The keyring of the operating system (extra `keyring`).

A keyring cannot be listed, only asked; it is asked for the keys that are declared for it.
"""

from typing import TYPE_CHECKING

from ..errors import ConfigSourceError
from .base import Loaded

if TYPE_CHECKING:
    from ..settings import Settings


class KeyringSource:
    """The declared keys that the keyring holds under one service name."""

    name = "keyring"
    remote = True  # it may open a dialogue, so never in tests
    away = False  # it is on this machine

    def __init__(self, settings: "Settings") -> None:
        self._service = settings.keyring or ""
        self._keys = settings.keyring_keys

    def load(self) -> Loaded:
        """Ask for every declared key."""
        found = {key: read(self._service, key) for key in self._keys}
        values = {key: value for key, value in found.items() if value is not None}
        return Loaded(values, frozenset(values))


# A server has no keyring: it belongs to somebody's desktop session.
_INSTEAD = (
    'on a server, keep these keys in Pulumi ESC or another store (stores=["files:/run/secrets"]), '
    "or let the process environment hold them"
)


def read(service: str, key: str, instead: str = _INSTEAD) -> str | None:
    """The password that the keyring holds for (service, key).

    Raises:
        ConfigSourceError: There is no keyring, or it does not answer. `instead` says what to do.
    """
    try:
        import keyring
        import keyring.errors
    except ModuleNotFoundError:
        raise ConfigSourceError(
            f"keyring: the package is not installed: pip install 'hushflake[keyring]'; or {instead}"
        ) from None
    try:
        return keyring.get_password(service, key)
    except keyring.errors.NoKeyringError:
        failure = f"this machine has no keyring that works; {instead}"
    except Exception as error:  # KeyringError, and what a backend raises of its own
        failure = f"{type(error).__name__} when asked for {key}"
    raise ConfigSourceError(f"keyring: {failure}")
