"""The way to a server of Vault or OpenBao: its address, a token that stays valid, errors.

Everything is the user's: `VAULT_ADDR`, `VAULT_NAMESPACE`, `VAULT_CACERT`, or the same with `BAO_`,
which win, as for the command `bao`. The token is `VAULT_TOKEN`, else what a login with
`VAULT_ROLE_ID` and `VAULT_SECRET_ID` (AppRole) or `VAULT_KUBERNETES_ROLE` gives, else that of
`~/.vault-token`. It is renewed when half of its life is over.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ... import regular
from ...errors import ConfigSourceError
from ..base import StaleSourceError
from . import base
from ._bounded import bound
from ._patience import patiently

if TYPE_CHECKING:
    from ...settings import Settings

PLACE = ("VAULT_ADDR", "BAO_ADDR", "VAULT_NAMESPACE", "BAO_NAMESPACE")
SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount/token"
_MAX_TOKEN = 1 << 16  # bytes of a file that holds one
_ADVICE = {
    "Forbidden": "the token may not do that, or has expired: renew VAULT_TOKEN, or its policy",
    "Unauthorized": "it does not accept the token: renew VAULT_TOKEN",
    "InvalidPath": "there is no such secret, or this version of it is deleted",
    "RateLimitExceeded": "too many requests; it asks to wait",
    "VaultDown": "it is sealed",
    "VaultNotInitialized": "it is not initialized",
    "BadGateway": "the server behind it does not answer",
    "InternalServerError": "it fails",
}
_TRANSIENT = {"RateLimitExceeded", "VaultDown", "BadGateway", "InternalServerError"}
# Of requests, which hvac speaks HTTP with.
_NO_ANSWER = {"ConnectionError", "ConnectTimeout", "ReadTimeout", "Timeout", "ChunkedEncodingError"}

# Of a token: it is not known whether it ends; it is known that nothing is to be done about it.
_NEVER, _ASKED = float("inf"), 1e18


class _Token(NamedTuple):
    """A token, and the monotonic times between which it should be renewed; infinite for none."""

    text: str
    renew_at: float = _NEVER
    until: float = _NEVER
    renewable: bool = False
    given: str = ""  # the one of the environment that it is, "" for that of a login

    def __repr__(self) -> str:
        return f"_Token(renewable={self.renewable})"


class Connection:
    """Calls to one server with a token that is kept alive."""

    def __init__(self, store: str, settings: "Settings") -> None:
        self.store = store
        self._timeout = (settings.connect_timeout, settings.read_timeout)
        self._total = settings.total_timeout
        self._token: _Token | None = None
        self._loads = 0

    def begin(self) -> None:
        """Note that everything is loaded once more."""
        self._loads += 1

    def read(self, call: Callable[[Any], Any]) -> Any:
        """Make a call that is safe to repeat.

        Raises:
            ConfigSourceError: It fails.
        """
        client = self._client()
        try:
            return self._told(lambda: patiently(lambda: call(client), _wait, self._total))
        except RefusedTokenError:
            if self._token is None or self._token.given:
                raise
        # The token of a login was revoked, or ended before its time: there is another to be had.
        self._token = None
        client = self._client()
        return self._told(lambda: patiently(lambda: call(client), _wait, self._total))

    def write(self, call: Callable[[Any], Any]) -> Any:
        """Make a call once.

        Raises:
            ConfigSourceError: It fails.
        """
        client = self._client()
        return self._told(lambda: call(client))

    def _told(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except ConfigSourceError:
            raise
        except Exception as error:
            failed = self.failure(error)
        raise failed

    def failure(self, error: Exception) -> ConfigSourceError:
        """What went wrong, in our words: an answer may hold a value."""
        kind = type(error).__name__
        if kind == "InvalidRequest" and "check-and-set" in str(error):
            return StaleSourceError(
                f"{self.store}: somebody else saved a version in between; nothing was written. "
                "Repeat the command"
            )
        said = _ADVICE.get(kind, f"cannot be asked ({kind})")
        reached = kind not in _TRANSIENT | _NO_ANSWER
        return _KINDS.get(kind, ConfigSourceError)(
            f"{self.store}: {said}", out_of_reach=not reached
        )

    def _client(self) -> Any:
        hvac = base.client("hvac", "vault", "vault")
        address = variable("ADDR")
        if not address:
            raise ConfigSourceError(f"{self.store}: set VAULT_ADDR to the address of the server")
        client = hvac.Client(
            address,
            token="",
            timeout=self._timeout,
            namespace=variable("NAMESPACE") or None,
            verify=variable("CACERT") or None,
            # A redirect would carry the token to a host that nobody named.
            allow_redirects=False,
        )
        bound(client.session, self.store)
        self._token = self._current(client)
        client.token = self._token.text
        return client

    def _current(self, client: Any) -> _Token:
        """The token to use: the one before, renewed where it is time, or another."""
        given, held, now = _given(), self._token, time.monotonic()
        if held is None or held.given != given or now >= held.until:
            return self._begun(client, given)
        client.token = held.text
        if given and self._loads == 2 and held.renew_at == _NEVER:
            # Not at the start, which it would cost a request.
            return self._looked_up(client, given)
        if now < held.renew_at or not held.renewable:
            return held
        try:
            return _leased(client.auth.token.renew_self()["auth"], given)
        except Exception:
            # As long as it lives it is used; afterwards there is a login, or an error.
            return self._begun(client, "") if not given else held

    def _begun(self, client: Any, given: str) -> _Token:
        if given:
            return _Token(given, given=given)
        login = _login()
        if login is None:
            raise ConfigSourceError(
                f"{self.store}: set VAULT_TOKEN to a token, or VAULT_ROLE_ID and VAULT_SECRET_ID, "
                "or VAULT_KUBERNETES_ROLE, to log in"
            )
        answer = self._told(lambda: patiently(lambda: login(client), _wait, self._total))
        auth = answer.get("auth") if isinstance(answer, dict) else None
        if not isinstance(auth, dict) or not isinstance(auth.get("client_token"), str):
            raise ConfigSourceError(f"{self.store}: the answer to the login holds no token")
        return _leased(auth, "")

    @staticmethod
    def _looked_up(client: Any, given: str) -> _Token:
        """The life of a token that the environment gives; a token need not be able to look."""
        try:
            found = client.auth.token.lookup_self()["data"]
            life, renewable = float(found["ttl"]), found.get("renewable") is True
        except Exception:
            life, renewable = 0.0, False
        if life <= 0:  # one of the root, which has no end, or one that may not ask
            return _Token(given, _ASKED, given=given)
        return _Token(given, time.monotonic() + life / 2, float("inf"), renewable, given)


class NotFoundError(ConfigSourceError):
    """There is no such secret."""


class RefusedTokenError(ConfigSourceError):
    """The token may not do that, or is none any more."""


_KINDS = {
    "InvalidPath": NotFoundError,
    "Forbidden": RefusedTokenError,
    "Unauthorized": RefusedTokenError,
}


def variable(name: str) -> str:
    """A variable of the environment, of OpenBao or of Vault."""
    return os.environ.get(f"BAO_{name}") or os.environ.get(f"VAULT_{name}") or ""


def _given() -> str:
    """The token that the environment gives; "" where there is a login to get one."""
    token = variable("TOKEN")
    if token or _login() is not None:
        return token
    return _file(Path(os.path.expanduser("~/.vault-token")))  # noqa: PTH111 - one import less


def _login() -> Callable[[Any], Any] | None:
    mount = os.environ.get("VAULT_AUTH_MOUNT_POINT")
    if role := os.environ.get("VAULT_ROLE_ID"):
        secret = os.environ.get("VAULT_SECRET_ID")
        return lambda client: client.auth.approle.login(
            role, secret, use_token=False, mount_point=mount or "approle"
        )
    if role := os.environ.get("VAULT_KUBERNETES_ROLE"):
        # Kubernetes replaces the file as the token in it grows old.
        token = _file(Path(os.environ.get("VAULT_KUBERNETES_TOKEN_FILE") or SERVICE_ACCOUNT))
        return lambda client: client.auth.kubernetes.login(
            role, token, use_token=False, mount_point=mount or "kubernetes"
        )
    return None


def _file(path: Path) -> str:
    try:
        data, _wrong = regular.read(path, _MAX_TOKEN)
    except OSError:
        return ""
    return data.decode("ascii", "replace").strip()


def _leased(auth: dict[str, Any], given: str) -> _Token:
    life = float(auth.get("lease_duration") or 0)
    now = time.monotonic()
    until = now + life if life > 0 else float("inf")
    renew_at = now + life / 2 if life > 0 else float("inf")
    return _Token(auth["client_token"], renew_at, until, auth.get("renewable") is True, given)


def _wait(error: Exception) -> float | None:
    """Whether a repeat may help: hvac keeps no header, so how long to wait is not known."""
    return 0.0 if type(error).__name__ in _TRANSIENT | _NO_ANSWER else None
