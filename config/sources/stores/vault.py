"""HashiCorp Vault and OpenBao: one secret of a KV engine, version 2 (extra `vault`).

`vault:MOUNT/PATH[@VERSION]`, as `vault:secret/shop/prod`. The client reads `VAULT_ADDR`,
`VAULT_TOKEN`, `VAULT_NAMESPACE` and `VAULT_CACERT`, as the command `vault` does. API:
https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2
"""

import os
import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from ...errors import ConfigError, ConfigSourceError
from ..base import Hidden, Loaded
from . import base

if TYPE_CHECKING:
    from ...settings import Settings

USAGE = "vault:MOUNT/PATH"
_PART = re.compile(r"[A-Za-z0-9_.~-]+(?:/[A-Za-z0-9_.~-]+)+")
_ADVICE = {
    "Forbidden": "the token may not read it, or has expired: renew VAULT_TOKEN",
    "Unauthorized": "it does not accept the token: renew VAULT_TOKEN",
    "InvalidPath": "there is no such secret, or its mount is no KV engine of version 2",
    "RateLimitExceeded": "too many requests; it asks to wait",
    "VaultDown": "it is sealed",
    "VaultNotInitialized": "it is not initialized",
    "BadGateway": "the server behind it does not answer",
    "InternalServerError": "it fails",
}


class VaultStore:
    """One secret: its fields are the keys."""

    remote = True

    def __init__(self, name: str, settings: "Settings") -> None:
        path, version = base.versioned(name)
        if not _PART.fullmatch(path) or ".." in path.split("/"):
            raise ConfigError(f"stores: {name[:200]!r}: write {USAGE}, perhaps with @VERSION")
        if version is not None and not version.isdigit():
            raise ConfigError(f"stores: {name[:200]!r}: a version of Vault is a number")
        self.name = f"vault:{name}"
        self._mount, _, self._path = path.partition("/")
        self._version = int(version) if version is not None else None
        self._timeout = (settings.connect_timeout, settings.read_timeout)

    def load(self) -> Loaded:
        """The fields of the secret. A field that is no text is its JSON text."""
        found = self._asked(self._read)
        data, metadata = found["data"].get("data"), found["data"].get("metadata")
        if not isinstance(data, dict) or not isinstance(metadata, dict):
            raise ConfigSourceError(f"{self.name}: the answer holds no fields")
        values = Hidden({str(key): base.field_text(value) for key, value in data.items()})
        facts = {"vault.path": f"{self._mount}/{self._path}"}
        facts["vault.version"] = str(metadata.get("version", ""))
        return Loaded(values, frozenset(values), {}, facts)

    def held(self, *, create: bool) -> Mapping[str, str]:  # noqa: ARG002 - a write makes it
        """The fields of the newest version; none where there is no secret yet."""
        return Hidden({key: base.field_text(value) for key, value in self._held()[0].items()})

    def write(self, values: Mapping[str, str], _plain: Collection[str]) -> str:
        """Save a new version on top of the one that is there; refused if another came between."""
        if self._version is not None:
            raise ConfigError(f"{self.name}: a pinned version cannot be changed; leave out @")
        data, version = self._held()
        saved = self._asked(
            lambda vault: vault.secrets.kv.v2.create_or_update_secret(
                self._path, {**data, **values}, cas=version, mount_point=self._mount
            )
        )
        revision = str(saved["data"]["version"])
        wrong = base.differing(self.load().values, values)
        if wrong:
            raise ConfigSourceError(
                f"{self.name}: {', '.join(wrong)} came back changed; they stay saved in version "
                f"{revision}"
            )
        return revision

    def _held(self) -> tuple[dict[str, Any], int]:
        """The fields of the newest version, and its number; 0 where there is none."""
        hvac = base.client("hvac", "vault", "vault")
        vault = self._client(hvac)
        try:
            found = self._read(vault)
        except hvac.exceptions.InvalidPath:
            return {}, 0
        except Exception as error:
            failure = self._failure(error)
        else:
            whole = self._whole(found)["data"]
            return whole["data"], int(whole["metadata"]["version"])
        raise failure

    def _read(self, vault: Any) -> Any:
        return vault.secrets.kv.v2.read_secret_version(
            self._path,
            version=self._version,
            mount_point=self._mount,
            raise_on_deleted_version=True,
        )

    def _asked(self, call: Any) -> Any:
        vault = self._client(base.client("hvac", "vault", "vault"))
        try:
            answer = call(vault)
        except Exception as error:
            failure = self._failure(error)
        else:
            return self._whole(answer)
        raise failure

    def _whole(self, answer: Any) -> Any:
        """Return an answer that is a document; hvac returns a response of HTTP for a redirect."""
        if isinstance(answer, dict) and isinstance(answer.get("data"), dict):
            return answer
        raise ConfigSourceError(
            f"{self.name}: VAULT_ADDR answers with a redirect, or with no secret; name the "
            "address of the server itself"
        )

    def _client(self, hvac: Any) -> Any:
        if not os.environ.get("VAULT_ADDR"):
            raise ConfigSourceError(f"{self.name}: set VAULT_ADDR to the address of the server")
        if not os.environ.get("VAULT_TOKEN"):
            raise ConfigSourceError(f"{self.name}: set VAULT_TOKEN to a token")
        # A redirect would carry the token to a host that nobody named.
        return hvac.Client(
            timeout=self._timeout,
            namespace=os.environ.get("VAULT_NAMESPACE"),
            allow_redirects=False,
        )

    def _failure(self, error: Exception) -> ConfigSourceError:
        """What went wrong, in our words: an answer may hold a value."""
        kind = type(error).__name__
        if kind == "InvalidRequest" and "check-and-set" in str(error):
            return base.StaleStoreError(
                f"{self.name}: somebody else saved a version in between; nothing was written. "
                "Repeat the command"
            )
        said = _ADVICE.get(kind, f"cannot be asked ({kind})")
        return ConfigSourceError(f"{self.name}: {said}")


OPEN = VaultStore
