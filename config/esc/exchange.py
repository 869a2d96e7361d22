"""Exchanges an identity token of the platform for an access token of Pulumi, and renews it.

RFC 8693 as Pulumi publishes it: POST /api/oauth/token, and what its own command line sends
(`ExchangeOidcToken` in pulumi/pulumi). https://www.pulumi.com/docs/reference/cloud-rest-api/oauth-token-exchange/
"""

import json
import time
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlencode

from ..censor.redact import register
from .errors import EscError
from .http import SOURCE, Http, Timeouts

GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
IDENTITY = "urn:ietf:params:oauth:token-type:id_token"
ACCESS = "urn:pulumi:token-type:access_token:"
# By the beginning of the scope; without one it is a token of the organisation.
_KINDS = {"team": "team", "user": "personal", "runner": "runner"}
_EARLY = 60.0  # seconds before its end that a token is renewed, or a fifth of its life


class Grant(NamedTuple):
    """An access token and the monotonic time from which it is to be renewed."""

    token: str
    renew_at: float

    def __repr__(self) -> str:
        return "Grant(token=…)"


def audience(organization: str) -> str:
    """The audience that the identity token must have, and that is asked for."""
    return f"urn:pulumi:org:{organization}"


class Exchange:
    """An access token that is made of an identity token when it is needed."""

    def __init__(
        self,
        url: str,
        organization: str,
        scope: str,
        identity: Callable[[], str],
        timeouts: Timeouts,
    ) -> None:
        self._http = Http(url, lambda: "", timeouts, "hushflake", headers=SOURCE)
        self._organization = organization
        self._scope = scope
        self._identity = identity
        self._grant: Grant | None = None

    def token(self) -> str:
        """An access token that is still good.

        Raises:
            ConfigSourceError: There is no identity token, or Pulumi does not exchange it.
        """
        # No lock: two threads that renew at once only make a token too many.
        grant = self._grant
        if grant is None or time.monotonic() >= grant.renew_at:
            grant = self._grant = self._exchanged()
        return grant.token

    def forget(self) -> None:
        """Take no token from before: one was refused."""
        self._grant = None

    def _exchanged(self) -> Grant:
        begun = time.monotonic()
        identity = self._identity()
        register(identity)
        kind = _KINDS.get(self._scope.partition(":")[0], "organization")
        form = {
            "audience": audience(self._organization),
            "grant_type": GRANT,
            "requested_token_type": ACCESS + kind,
            "scope": self._scope,
            "subject_token_type": IDENTITY,
            "subject_token": identity,
        }
        subject = f"token exchange for {self._organization}"
        try:
            answer = self._http.call(
                subject,
                "POST",
                "/api/oauth/token",
                body=urlencode(form).encode("ascii"),
                headers={"Content-Type": "application/x-www-form-urlencoded"},
                safe=True,  # it only makes another token
            )
        except EscError as error:
            if error.status in {400, 401, 403, 404}:
                raise EscError(subject, self._advice(kind), status=error.status) from None
            raise
        return self._granted(subject, answer.body, begun)

    def _advice(self, kind: str) -> str:
        return (
            "the identity token is not accepted: the organisation must trust its issuer (Settings, "
            f"OIDC issuers), with a policy for tokens of the kind {kind}, and the audience must be "
            f"{audience(self._organization)}"
        )

    @staticmethod
    def _granted(subject: str, body: bytes, begun: float) -> Grant:
        found: Any = None
        try:
            found = json.loads(body.decode("utf-8"))
            token, life = found["access_token"], float(found["expires_in"])
        except (ValueError, RecursionError, KeyError, TypeError):
            token, life = None, 0.0
        if (
            not isinstance(token, str)
            or not token.isascii()
            or not token.isprintable()
            or not token
        ):
            raise EscError(subject, "the answer holds no access token")
        register(token)
        return Grant(token, begun + max(0.0, life - min(_EARLY, life / 5)))
