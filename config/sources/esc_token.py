"""Which access token opens ESC. Only the process environment and the user's keyring decide.

The first that is there:

1. `PULUMI_ACCESS_TOKEN`.
2. `HUSHFLAKE_ESC_TOKEN_FILE`: a file that holds one, read again each time.
3. `HUSHFLAKE_OIDC`: an identity token of the platform, exchanged for one that is renewed.
4. The keyring, where `keyring` names a service: its entry `PULUMI_ACCESS_TOKEN`.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ConfigSourceError

if TYPE_CHECKING:
    from ..esc.exchange import Exchange
    from ..esc.http import Timeouts
    from ..settings import Settings

TOKEN = "PULUMI_ACCESS_TOKEN"  # noqa: S105 - the name of the variable
TOKEN_FILE = "HUSHFLAKE_ESC_TOKEN_FILE"  # noqa: S105 - the name of the variable
OIDC = "HUSHFLAKE_OIDC"
SCOPE = "HUSHFLAKE_OIDC_SCOPE"
INSTEAD = (
    f"set {TOKEN} to an access token, {TOKEN_FILE} to a file that holds one, or {OIDC} to the "
    "platform's identity token (github, file:PATH or env:NAME)"
)


class EscToken:
    """The access token of one source, looked for again at each call: files and grants change."""

    def __init__(self, settings: "Settings", url: str, timeouts: "Timeouts") -> None:
        self._settings = settings
        self._url = url
        self._timeouts = timeouts
        self._exchange: Exchange | None = None

    def __call__(self) -> str:
        """The token.

        Raises:
            ConfigSourceError: There is none.
        """
        found = os.environ.get(TOKEN) or self._from_file() or self._exchanged()
        found = found or self._from_keyring()
        if not found:
            raise ConfigSourceError(f"Pulumi ESC, {self._settings.esc}: {INSTEAD}")
        return found

    def renewed(self) -> bool:
        """Whether, after a refusal, another token can be had: one that was exchanged."""
        if self._exchange is None:
            return False
        self._exchange.forget()
        return True

    def _from_file(self) -> str:
        path = os.environ.get(TOKEN_FILE)
        if not path:
            return ""
        from ..censor.redact import register
        from ..esc.identity import read_token

        token = read_token(Path(path), TOKEN_FILE)
        register(token)
        return token

    def _exchanged(self) -> str:
        origin = os.environ.get(OIDC)
        if not origin:
            return ""
        if self._exchange is None:
            from ..esc.environment import Environment
            from ..esc.exchange import Exchange
            from ..esc.identity import identity

            organization = Environment.parse(self._settings.esc or "").organization
            given = identity(origin, organization, self._timeouts)
            scope = os.environ.get(SCOPE, "")
            self._exchange = Exchange(self._url, organization, scope, given, self._timeouts)
        return self._exchange.token()

    def _from_keyring(self) -> str:
        if not self._settings.keyring:
            return ""
        from .keyring import read

        return read(self._settings.keyring, TOKEN, INSTEAD) or ""
