"""The keyring of the operating system, under one service name."""

from collections.abc import Collection, Mapping

from hushflake.config.project.section import KEYRING
from hushflake.config.sources.keyring import read

from ...errors import RemediationFailureError
from .base import TargetOptions, UnusableTargetError, advised

SCHEME = "keyring"
USAGE = "keyring:NAME"
EXTRA = "keyring"
READING = EXTRA
NEEDS = "the values in its environment: this keyring belongs to this machine and user"
PERMISSION = KEYRING


class KeyringTarget:
    """A service name in the keyring. It cannot be listed: programs must declare the keys."""

    def __init__(self, name: str, options: TargetOptions) -> None:
        self.service = name
        self.options = options
        _refuse_no_backend(name)

    def refused(self, _keys: Collection[str]) -> dict[str, str]:
        return {}

    def read(self, keys: Collection[str]) -> dict[str, str]:
        found = {key: read(self.service, key) for key in keys}
        return {key: value for key, value in found.items() if value is not None}

    def write(self, values: Mapping[str, str]) -> str:
        # Reading has told already if the package is missing.
        import keyring
        import keyring.errors

        for key, value in values.items():
            try:
                keyring.set_password(self.service, key, value)
            except keyring.errors.KeyringError as error:
                raise RemediationFailureError(
                    f"keyring {self.service}: cannot keep {key} ({type(error).__name__}); "
                    "unlock it, or choose another keyring, and run the same command again"
                ) from None
        return ""

    def advice(self, keys: Collection[str]) -> str:
        return advised(self.arguments(keys), PERMISSION, self.service)

    def arguments(self, keys: Collection[str]) -> dict[str, object]:
        # A keyring cannot be listed: without the names of its keys it is never asked.
        return {"keyring": self.service, "keyring_keys": sorted(keys)}


def _refuse_no_backend(service: str) -> None:
    """Say at once that nothing can be kept here, before anything is planned.

    Raises:
        UnusableTargetError: The package finds no backend that keeps passwords.
    """
    try:
        import keyring
        from keyring.backends import fail, null
    except ModuleNotFoundError:
        return  # reading says which package is missing
    found = keyring.get_keyring()
    if isinstance(found, fail.Keyring | null.Keyring):
        raise UnusableTargetError(
            f"keyring {service}: this machine has no keyring that keeps passwords, so nothing was "
            "changed. A desktop session provides one (GNOME Keyring or KWallet through the Secret "
            "Service, macOS Keychain, Windows Credential Locker); on a server install a backend, "
            "such as keyrings.cryptfile (`python -m keyring --list-backends` shows what is "
            "there)"
        )


OPEN = KeyringTarget
