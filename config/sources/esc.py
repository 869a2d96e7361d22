"""Pulumi ESC: one environment, opened and read."""

import os
from typing import TYPE_CHECKING

from .base import Loaded
from .esc_token import EscToken

if TYPE_CHECKING:
    from ..esc.client import EscClient
    from ..esc.environment import Environment
    from ..settings import Settings

URL = "PULUMI_BACKEND_URL"
# Where else than in a service Pulumi keeps state: "Managing state & backend options" of its docs.
_STATE_BACKENDS = frozenset({"s3", "gs", "azblob", "file", "postgres"})


class EscSource:
    """An ESC environment; `esc_token` says what opens it."""

    name = "esc"
    remote = True
    place_variables = (URL,)

    def __init__(self, settings: "Settings") -> None:
        self._settings = settings
        self.place = [settings.esc, settings.esc_url]
        self._token: EscToken | None = None

    def client(self) -> "EscClient":
        """A client for the configured address.

        Raises:
            ConfigSourceError: There is no access token.
            ConfigError: The address cannot be used.
        """
        from ..esc.client import DEFAULT_URL, EscClient
        from ..esc.http import Timeouts

        settings = self._settings
        url = _service(os.environ.get(URL)) or settings.esc_url or DEFAULT_URL
        timeouts = Timeouts(settings.connect_timeout, settings.read_timeout, settings.total_timeout)
        if self._token is None:
            self._token = EscToken(settings, url, timeouts)
        client = EscClient(self._token, url=url, timeouts=timeouts)
        self._token()  # a missing one is told before anything is asked
        return client

    def load(self) -> Loaded:
        """All values of the environment, under all their names."""
        from ..esc.environment import Environment
        from ..esc.errors import EscError

        environment = Environment.parse(self._settings.esc or "")
        client = self.client()
        try:
            return _opened(client, environment)
        except EscError as error:
            if error.status != 401 or self._token is None or not self._token.renewed():
                raise
        return _opened(client, environment)


def _opened(client: "EscClient", environment: "Environment") -> Loaded:
    from ..esc.client import SESSION
    from ..esc.lifetimes import expires_in
    from ..esc.names import names
    from ..esc.values import leaves

    session = client.open(environment)
    opened = client.read_whole(environment, session)
    found = names(leaves(opened["properties"]))
    return Loaded(
        {name: leaf.text or "" for name, leaf in found.leaves.items()},
        frozenset(name for name, leaf in found.leaves.items() if leaf.secret),
        found.ambiguous,
        {"esc.environment": str(environment), "esc.session": session},
        expires_in(opened, SESSION),
        found.files,
    )


def _service(url: str | None) -> str | None:
    """The address, unless it is of a bucket or folder: Pulumi's state lives there, ESC never."""
    scheme = (url or "").partition("://")[0].lower()
    return None if scheme in _STATE_BACKENDS else url
