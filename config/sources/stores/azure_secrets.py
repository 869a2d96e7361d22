"""Azure Key Vault (extra `azure`): one secret, or all whose names begin alike.

`azure-secrets:VAULT/NAME[@VERSION]` is one secret of the vault https://VAULT.vault.azure.net;
without `VAULT/` it is the vault at `AZURE_KEYVAULT_URL`. A JSON object in it holds the keys,
another text is found under the name. `azure-secrets:VAULT/shop-*` is every secret whose name begins
so, one request for 25 names and one for each. Credentials are what `DefaultAzureCredential` finds
(`AZURE_*`, an attached identity, `az login`), the cloud that of `AZURE_AUTHORITY_HOST`. API:
https://learn.microsoft.com/rest/api/keyvault/secrets
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

USAGE = "azure-secrets:VAULT/NAME"
EXTRA = "azure"
NEEDS = "an identity of Azure that may get the secret"
URL = "AZURE_KEYVAULT_URL"
_MOST = 200  # secrets below one name, each of which is a request
# Where a cloud's users log in -> the domain of its vaults, for which a token is asked.
_CLOUDS = {
    "login.chinacloudapi.cn": "vault.azure.cn",
    "login.partner.microsoftonline.cn": "vault.azure.cn",
    "login.microsoftonline.us": "vault.usgovcloudapi.net",
}
_PUBLIC = "vault.azure.net"
_ADVICE = {
    400: "it refuses the request",
    401: "it does not accept the credentials",
    403: "the credentials may not do that, or the secret is disabled; to read takes the permission "
    "`get`, or the role Key Vault Secrets User",
    404: "there is no such secret or version in this vault",
    409: "a deleted secret of this name is still kept; recover or purge it",
    429: "too many requests; it asks to wait",
}
_NO_TOKEN = "ClientAuthenticationError"  # noqa: S105 - the name of an error
_NO_ANSWER = {"ServiceRequestError", "ServiceResponseError", "ServiceRequestTimeoutError",
              "ServiceResponseTimeoutError"}  # fmt: skip


class _ForVaults:
    """Credentials that give tokens for vaults, whatever a server's challenge asks for."""

    def __init__(self, credentials: Any, scope: str) -> None:
        self._credentials = credentials
        self._scope = scope

    def get_token(self, *_scopes: str, **options: Any) -> Any:
        """A token for vaults."""
        return self._credentials.get_token(self._scope, **options)


class AzureSecretsStore(DocumentStore):
    """Secrets of one vault."""

    SCHEME: ClassVar[str] = "azure-secrets"
    USAGE: ClassVar[str] = USAGE
    NAME: ClassVar[re.Pattern[str]] = re.compile(
        r"(?:[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]/)?[A-Za-z0-9-]{1,127}"
    )
    LARGEST: ClassVar[int] = 25_600
    WHERE: ClassVar[str] = "azure.secret"

    place_variables = (URL, "AZURE_AUTHORITY_HOST", "AZURE_TENANT_ID")

    def __init__(self, name: str, settings: "Settings") -> None:
        super().__init__(name, settings)
        self._vault, _, self._secret = self.id.rpartition("/")

    def connected(self) -> Any:
        """A client of the vault."""
        secrets = base.client("azure.keyvault.secrets", "azure", self.SCHEME)
        identity = base.client("azure.identity", "azure", self.SCHEME)
        transport = base.client("azure.core.pipeline.transport", "azure", self.SCHEME)
        requests = base.client("requests", "azure", self.SCHEME)
        domain = _domain()
        url = f"https://{self._vault}.{domain}" if self._vault else _address(self.name)
        return secrets.SecretClient(
            url,
            _ForVaults(identity.DefaultAzureCredential(), f"https://{domain}/.default"),
            # Tokens are for vaults alone, see above; an address of one's own is in no domain.
            verify_challenge_resource=False,
            permit_redirects=False,
            retry_total=0,  # see `_patience`
            transport=transport.RequestsTransport(
                session=bound(requests.Session(), self.name),
                connection_timeout=self.settings.connect_timeout,
                read_timeout=self.settings.read_timeout,
            ),
        )

    def read(self, client: Any, version: str | None) -> Document:
        """One version."""
        return self._got(client, self._secret, version)

    def _got(self, client: Any, name: str, version: str | None) -> Document:
        found = client.get_secret(name, version)
        return Document(found.value or "", str(found.properties.version), found=found)

    def versions(self, client: Any) -> frozenset[str]:
        """All versions of the secret."""
        listed = client.list_properties_of_secret_versions(self._secret)
        try:
            return frozenset(str(each.version) for each in listed)
        except Exception as error:
            if _status(error) != 404:
                raise
            return frozenset()

    def save(self, client: Any, text: str, before: Document, *, secret: bool) -> Document:
        """Save a version, with the tags of the one before."""
        tags = before.found.properties.tags if before.found is not None else None
        saved = client.set_secret(
            self._secret, text, content_type="application/json", tags=tags or None
        )
        return Document(text, str(saved.properties.version))

    def between(self, client: Any, before: Document, saved: Document, known: frozenset[str]) -> str:
        """A vault has no condition for a write; whoever wrote meanwhile has left a version."""
        others = self.versions(client) - known - {before.version, saved.version}
        return ", ".join(sorted(others))

    def create(self, client: Any) -> None:
        """Make it, with no keys."""
        client.set_secret(self._secret, "{}", content_type="application/json")

    def below(self, client: Any) -> dict[str, str]:
        """The texts of all that are enabled, or their keys."""
        names = self.patient(
            lambda: [
                each.name
                for each in client.list_properties_of_secrets()
                if each.name.startswith(self._secret) and each.enabled is not False
            ]
        )
        if len(names) > _MOST:
            raise ConfigSourceError(f"{self.name}: more than {_MOST} secrets; name fewer")
        values: dict[str, str] = {}
        for name in sorted(names):
            found = self.patient(partial(self._got, client, name, None))
            values |= self.keys_of(name.removeprefix(self._secret) or name, found.text or "")
        return values

    def failure(self, error: Exception) -> ConfigSourceError:
        """What went wrong, in our words: an answer may hold a value."""
        status, kind = _status(error), type(error).__name__
        if kind == "CredentialUnavailableError" or (
            kind == "ClientAuthenticationError" and not status
        ):
            return ConfigSourceError(
                f"{self.name}: no Azure credentials: set AZURE_TENANT_ID, AZURE_CLIENT_ID and "
                "AZURE_CLIENT_SECRET, run where an identity is attached, or log in with `az login`"
            )
        away = kind in _NO_ANSWER or status == 429 or status >= 500
        said = _ADVICE.get(status, f"it cannot be asked ({status or kind})")
        found = MissingSecretError if status == 404 else ConfigSourceError
        return found(f"{self.name}: {said}", out_of_reach=away)

    def wait(self, error: Exception) -> float | None:
        """Whether a repeat may help, and when."""
        status = _status(error)
        if status == 429 or status >= 500:
            return retry_after(getattr(getattr(error, "response", None), "headers", None))
        return 0.0 if type(error).__name__ in _NO_ANSWER else None


def _status(error: Exception) -> int:
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) else 0


def _domain() -> str:
    """The domain of the vaults of the cloud that the user logs in to."""
    host = os.environ.get("AZURE_AUTHORITY_HOST", "")
    return _CLOUDS.get(host.removeprefix("https://").rstrip("/"), _PUBLIC)


def _address(store: str) -> str:
    url = os.environ.get(URL, "")
    if not url:
        raise ConfigError(f"{store}: set {URL} to the address of the vault, or write {USAGE}")
    if urlsplit(url).scheme != "https" or "@" in url:
        raise ConfigError(f"{URL}: must be an https address; another would show the token")
    return url


OPEN = AzureSecretsStore
