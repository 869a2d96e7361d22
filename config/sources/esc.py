"""Pulumi ESC: one environment, opened and read."""

import os
from typing import TYPE_CHECKING

from ..errors import ConfigSourceError
from .base import Loaded

if TYPE_CHECKING:
    from ..esc.client import EscClient
    from ..settings import Settings

TOKEN = "PULUMI_ACCESS_TOKEN"  # noqa: S105 - the name of the variable
URL = "PULUMI_BACKEND_URL"
# Where else than in a service Pulumi keeps state: "Managing state & backend options" of its docs.
_STATE_BACKENDS = frozenset({"s3", "gs", "azblob", "file", "postgres"})


class EscSource:
    """An ESC environment. `PULUMI_ACCESS_TOKEN` opens it, else the keyring where one is used."""

    name = "esc"
    remote = True

    def __init__(self, settings: "Settings") -> None:
        self._settings = settings

    def client(self) -> "EscClient":
        """A client for the configured address.

        Raises:
            ConfigSourceError: There is no access token.
            ConfigError: The address cannot be used.
        """
        from ..esc.client import DEFAULT_URL, EscClient
        from ..esc.http import Timeouts

        settings = self._settings
        token = os.environ.get(TOKEN) or self._keyring_token()
        if not token:
            raise ConfigSourceError(f"Pulumi ESC, {settings.esc}: set {TOKEN} to an access token")
        url = _service(os.environ.get(URL)) or settings.esc_url or DEFAULT_URL
        timeouts = Timeouts(settings.connect_timeout, settings.read_timeout, settings.total_timeout)
        return EscClient(token, url=url, timeouts=timeouts)

    def load(self) -> Loaded:
        """All values of the environment, under all their names."""
        from ..esc.environment import Environment
        from ..esc.names import names
        from ..esc.values import leaves

        environment = Environment.parse(self._settings.esc or "")
        client = self.client()
        session = client.open(environment)
        found = names(leaves(client.read(environment, session)))
        return Loaded(
            {name: leaf.text or "" for name, leaf in found.leaves.items()},
            frozenset(name for name, leaf in found.leaves.items() if leaf.secret),
            found.ambiguous,
            {"esc.environment": str(environment), "esc.session": session},
        )

    def _keyring_token(self) -> str | None:
        if not self._settings.keyring:
            return None
        from .keyring import read

        return read(self._settings.keyring, TOKEN)


def _service(url: str | None) -> str | None:
    """The address, unless it is of a bucket or folder: Pulumi's state lives there, ESC never."""
    scheme = (url or "").partition("://")[0].lower()
    return None if scheme in _STATE_BACKENDS else url
