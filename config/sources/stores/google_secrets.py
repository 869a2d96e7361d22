"""Google Secret Manager (extra `google`): one secret, or all whose names begin alike.

`google-secrets:PROJECT/SECRET[@VERSION]` is one secret; a JSON object in it holds the keys, another
text is found under the name. VERSION is a number or an alias. `PROJECT/LOCATION/SECRET` is a
regional one. `google-secrets:PROJECT/shop-*` is every secret whose name begins so, one request for
the list and one for each. Credentials are the application default ones of the user; an address is
taken from `CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER` alone, as for the command `gcloud`.
API: https://cloud.google.com/secret-manager/docs/reference/rest
"""

import os
import re
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from ...errors import ConfigError, ConfigSourceError
from . import base
from ._bounded import bound
from ._document import Document, DocumentStore, MissingSecretError
from ._patience import retry_after

if TYPE_CHECKING:
    from ...settings import Settings

USAGE = "google-secrets:PROJECT/SECRET"
EXTRA = "google"
NEEDS = "application default credentials of Google that may access the secret"
ENDPOINT = "CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER"
_MODULE = "google.cloud.secretmanager_v1"
_MOST = 200  # secrets below one name, each of which is a request
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_ADVICE = {
    400: "it refuses the request: the version may be disabled or destroyed",
    401: "Google does not accept the credentials",
    403: "the credentials may not do that; it takes the role Secret Manager Secret Accessor",
    404: "there is no such secret or version in this project",
    429: "too many requests; it asks to wait",
}
# Of google-auth, and of requests, which it speaks HTTP with.
_NO_CREDENTIALS = "DefaultCredentialsError"
_NO_ANSWER = {"ConnectionError", "ConnectTimeout", "ReadTimeout", "Timeout", "TransportError"}


class GoogleSecretsStore(DocumentStore):
    """Secrets of one project."""

    SCHEME: ClassVar[str] = "google-secrets"
    USAGE: ClassVar[str] = USAGE
    NAME: ClassVar[re.Pattern[str]] = re.compile(
        r"[a-z0-9.:-]{1,100}(?:/[a-z0-9-]{1,50})?/[A-Za-z0-9_-]{1,255}"
    )
    LARGEST: ClassVar[int] = 65_536
    WHERE: ClassVar[str] = "google.secret"

    place_variables = (ENDPOINT, "GOOGLE_CLOUD_UNIVERSE_DOMAIN")

    def __init__(self, name: str, settings: "Settings") -> None:
        super().__init__(name, settings)
        project, *location, self._secret = self.id.split("/")
        self._location = location[0] if location else ""
        self._parent = f"projects/{project}"
        if self._location:
            self._parent += f"/locations/{self._location}"
        self._timeout = settings.connect_timeout + settings.read_timeout

    def connected(self) -> Any:
        """A client over REST: the one over gRPC has threads that no forked process survives."""
        module = base.client(_MODULE, "google", self.SCHEME)
        options = base.client("google.api_core.client_options", "google", self.SCHEME)
        endpoint = _endpoint()
        if not endpoint and self._location:
            endpoint = f"secretmanager.{self._location}.rep.googleapis.com"
        chosen = options.ClientOptions(api_endpoint=endpoint or None)
        client = self.told(
            lambda: module.SecretManagerServiceClient(transport="rest", client_options=chosen)
        )
        bound(client.transport._session, self.name)
        return client

    @property
    def _call(self) -> dict[str, Any]:
        return {"retry": None, "timeout": self._timeout}

    def read(self, client: Any, version: str | None) -> Document:
        """One version, by its number or alias."""
        return self._accessed(client, self._secret, version)

    def _accessed(self, client: Any, secret: str, version: str | None) -> Document:
        name = f"{self._parent}/secrets/{secret}/versions/{version or 'latest'}"
        found = client.access_secret_version(name=name, **self._call)
        try:
            text = found.payload.data.decode("utf-8")
        except UnicodeDecodeError:
            text = None
        if text is None:
            raise ConfigSourceError(f"{self.name}: {secret} is binary, and no text")
        return Document(text, found.name.rpartition("/")[2])

    def save(self, client: Any, text: str, before: Document, *, secret: bool) -> Document:
        """Add a version."""
        saved = client.add_secret_version(
            parent=f"{self._parent}/secrets/{self._secret}",
            payload={"data": text.encode()},
            **self._call,
        )
        return Document(text, saved.name.rpartition("/")[2])

    def between(self, client: Any, before: Document, saved: Document, known: frozenset[str]) -> str:
        """There is no condition for a write, but versions are counted: ours follows that read."""
        expected = int(before.version or 0) + 1
        return "" if int(saved.version) == expected else str(expected)

    def exists(self, client: Any) -> bool:
        """Whether there is the secret, perhaps without a version."""
        try:
            client.get_secret(name=f"{self._parent}/secrets/{self._secret}", **self._call)
        except Exception as error:
            if _code(error) != 404:
                raise
            return False
        return True

    def create(self, client: Any) -> None:
        """Make it, without a version; where it is kept, Google decides."""
        if self.exists(client):
            return
        secret: dict[str, Any] = {} if self._location else {"replication": {"automatic": {}}}
        client.create_secret(
            parent=self._parent, secret_id=self._secret, secret=secret, **self._call
        )

    def below(self, client: Any) -> dict[str, str]:
        """The texts of all, or their keys."""
        listed = self.patient(
            lambda: [
                secret.name.rpartition("/")[2]
                for secret in client.list_secrets(
                    request={"parent": self._parent, "filter": f"name:{self._secret}"}, **self._call
                )
            ]
        )
        # The filter finds the word anywhere in the name.
        names = sorted(name for name in listed if name.startswith(self._secret))
        if len(names) > _MOST:
            raise ConfigSourceError(f"{self.name}: more than {_MOST} secrets; name fewer")
        values: dict[str, str] = {}
        for name in names:
            found = self.patient(partial(self._accessed, client, name, None))
            key = name.removeprefix(self._secret) or name
            values |= self.keys_of(key, found.text or "")
        return values

    def failure(self, error: Exception) -> ConfigSourceError:
        """What went wrong, in our words: an answer may hold a value."""
        code, kind = _code(error), type(error).__name__
        if kind == _NO_CREDENTIALS:
            return ConfigSourceError(
                f"{self.name}: no Google credentials: set GOOGLE_APPLICATION_CREDENTIALS, run "
                "where a service account is attached, or log in with `gcloud auth "
                "application-default login`"
            )
        if kind == "RefreshError":
            return ConfigSourceError(f"{self.name}: Google gives no token for the credentials")
        away = kind in _NO_ANSWER or code == 429 or code >= 500
        said = _ADVICE.get(code, f"Google cannot be asked ({code or kind})")
        found = MissingSecretError if code == 404 else ConfigSourceError
        return found(f"{self.name}: {said}", out_of_reach=away)

    def wait(self, error: Exception) -> float | None:
        """Whether a repeat may help, and when."""
        code = _code(error)
        if code == 429 or code >= 500:
            return retry_after(getattr(getattr(error, "response", None), "headers", None))
        return 0.0 if type(error).__name__ in _NO_ANSWER else None


def _code(error: Exception) -> int:
    code = getattr(error, "code", None)
    return int(code) if isinstance(code, int) else 0


def _endpoint() -> str:
    """The address that the user gives, without the slash at its end."""
    text = os.environ.get(ENDPOINT, "").rstrip("/")
    if not text:
        return ""
    parts = urlsplit(text)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        return text
    raise ConfigError(f"{ENDPOINT}: must be an https address; another would show the token")


OPEN = GoogleSecretsStore
