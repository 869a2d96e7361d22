"""HashiCorp Vault and OpenBao: one secret, of a KV engine or of one that makes it (extra `vault`).

`vault:MOUNT/PATH[@VERSION]`, as `vault:secret/shop/prod`. Which part of that is the mount, and
which engine it is, the server is asked once. A KV secret (version 1 or 2) has keys; of an engine
that makes credentials (`vault:database/creds/shop`) what it made is kept until its lease ends.
API: https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2
"""

import re
import time
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ...errors import ConfigError, ConfigSourceError
from ..base import Hidden, Loaded
from . import base
from ._vault import PLACE, Connection, NotFoundError

if TYPE_CHECKING:
    from ...settings import Settings

USAGE = "vault:MOUNT/PATH"
EXTRA = "vault"
NEEDS = "VAULT_ADDR and VAULT_TOKEN (or a login) in its environment"
_PART = re.compile(r"[A-Za-z0-9_.~-]+(?:/[A-Za-z0-9_.~-]+)+")


class _Mount(NamedTuple):
    """Where a secret lies. `engine`: `kv1`, `kv2` or the type of another one."""

    point: str
    path: str
    engine: str


class _Lease(NamedTuple):
    """What an engine made, and the monotonic times between which it is good."""

    id: str
    values: Hidden
    since: float
    until: float
    renewable: bool

    def __repr__(self) -> str:
        return f"_Lease(renewable={self.renewable})"


class VaultStore:
    """One secret: its fields are the keys."""

    remote = True
    place_variables = PLACE

    def __init__(self, name: str, settings: "Settings") -> None:
        path, version = base.versioned(name)
        if not _PART.fullmatch(path) or ".." in path.split("/"):
            raise ConfigError(f"stores: {name[:200]!r}: write {USAGE}, perhaps with @VERSION")
        if version is not None and not version.isdigit():
            raise ConfigError(f"stores: {name[:200]!r}: a version of Vault is a number")
        self.name = f"vault:{name}"
        self.timeout = settings.total_timeout
        self._path = path
        self._version = int(version) if version is not None else None
        self._connection = Connection(self.name, settings)
        self._mount: _Mount | None = None
        self._lease: _Lease | None = None

    def load(self) -> Loaded:
        """The fields of the secret. A field that is no text is its JSON text."""
        self._connection.begin()
        mount = self._mounted()
        if mount.engine == "kv2":
            return self._read_version(mount)
        if self._version is not None:
            raise ConfigError(f"{self.name}: {mount.engine} keeps no versions; leave out @")
        if mount.engine == "kv1":
            found = self._connection.read(
                lambda vault: vault.secrets.kv.v1.read_secret(mount.path, mount_point=mount.point)
            )
            return self._loaded(self._data(found))
        self._lease = lease = self._leased()
        left = lease.until - time.monotonic()
        return self._loaded(lease.values, expires_in=max(left, 0.0) if left < 1e9 else None)

    def _read_version(self, mount: _Mount) -> Loaded:
        found = self._data(self._connection.read(lambda vault: self._version_of(vault, mount)))
        data, metadata = found.get("data"), found.get("metadata")
        if not isinstance(data, dict) or not isinstance(metadata, dict):
            raise ConfigSourceError(f"{self.name}: the answer holds no fields")
        return self._loaded(data, version=str(metadata.get("version", "")))

    def _version_of(self, vault: Any, mount: _Mount, *, newest: bool = False) -> Any:
        return vault.secrets.kv.v2.read_secret_version(
            mount.path,
            version=None if newest else self._version,
            mount_point=mount.point,
            raise_on_deleted_version=True,
        )

    def _loaded(
        self, data: Mapping[str, Any], *, version: str = "", expires_in: float | None = None
    ) -> Loaded:
        values = Hidden({str(key): base.field_text(value) for key, value in data.items()})
        facts = {"vault.path": self._path} | ({"vault.version": version} if version else {})
        return Loaded(values, frozenset(values), {}, facts, expires_in)

    def _leased(self) -> _Lease:
        """What the engine made before, with its lease renewed; else what it makes now."""
        held, now = self._lease, time.monotonic()
        if held is not None and now < (held.since + held.until) / 2:
            return held
        if held is not None and held.renewable and now < held.until:
            try:
                answer = self._connection.write(lambda vault: vault.sys.renew_lease(held.id))
                life = float(answer["lease_duration"])
            except (ConfigSourceError, KeyError, TypeError, ValueError):
                life = 0.0
            # Near the end of its longest life a lease is given shorter and shorter renewals.
            if life >= (held.until - held.since) / 2:
                return held._replace(since=now, until=now + life)
        answer = self._connection.write(lambda vault: vault.read(self._path))
        if answer is None:
            raise NotFoundError(f"{self.name}: there is no such secret")
        data = self._data(answer)
        values = Hidden({str(key): base.field_text(value) for key, value in data.items()})
        life = float(answer.get("lease_duration") or 0) or float("inf")
        renewable = answer.get("renewable") is True and bool(answer.get("lease_id"))
        return _Lease(str(answer.get("lease_id", "")), values, now, now + life, renewable)

    def held(self, *, create: bool) -> Mapping[str, str]:
        """The fields of the newest version; none where there is no secret yet."""
        return Hidden({key: base.field_text(value) for key, value in self._held()[0].items()})

    def write(self, values: Mapping[str, str], _plain: Collection[str]) -> str:
        """Save the keys on top of those that are there.

        Version 2 of KV refuses it if a version of somebody else came between; version 1 cannot.
        """
        if self._version is not None:
            raise ConfigError(f"{self.name}: a pinned version cannot be changed; leave out @")
        mount = self._mounted()
        if mount.engine not in ("kv1", "kv2"):
            raise ConfigError(f"{self.name}: {mount.engine} makes its values; none can be kept")
        data, version = self._held()
        whole = {**data, **values}
        if mount.engine == "kv1":
            self._connection.write(
                lambda vault: vault.secrets.kv.v1.create_or_update_secret(
                    mount.path, whole, mount_point=mount.point
                )
            )
            revision = ""
        else:
            saved = self._connection.write(
                lambda vault: vault.secrets.kv.v2.create_or_update_secret(
                    mount.path, whole, cas=version, mount_point=mount.point
                )
            )
            revision = str(self._data(saved)["version"])
        wrong = base.differing(self.load().values, values)
        if wrong:
            where = f" in version {revision}" if revision else ""
            raise ConfigSourceError(
                f"{self.name}: {', '.join(wrong)} came back changed; they stay saved{where}"
            )
        return revision

    def _held(self) -> tuple[dict[str, Any], int]:
        """The fields of the newest version, and its number; 0 where there is none."""
        mount = self._mounted()
        if mount.engine == "kv1":
            try:
                return dict(self.load().values), 0
            except NotFoundError:
                return {}, 0
        if mount.engine != "kv2":
            return dict(self.load().values), 0
        found = self._data(self._connection.read(lambda vault: self._newest(vault, mount)))
        return found.get("data") or {}, int(found["metadata"]["version"])

    def _newest(self, vault: Any, mount: _Mount) -> Any:
        """The newest version, also where it is deleted, or where there is none."""
        try:
            return self._version_of(vault, mount, newest=True)
        except Exception as error:
            if type(error).__name__ != "InvalidPath":
                raise
            # Of a deleted version the answer still says which one it is.
            body = getattr(error, "json", None)
            found = body.get("data") if isinstance(body, dict) else None
            if isinstance(found, dict) and isinstance(found.get("metadata"), dict):
                return {"data": {"data": None, "metadata": found["metadata"]}}
            return {"data": {"data": None, "metadata": {"version": 0}}}

    def _mounted(self) -> _Mount:
        """Where the secret lies; the server is asked once, as `vault kv get` does every time."""
        if self._mount is None:
            first, _, rest = self._path.partition("/")
            usual = _Mount(first, rest, "kv2")
            try:
                answer = self._connection.read(
                    lambda vault: vault.read(f"sys/internal/ui/mounts/{self._path}")
                )
            except ConfigSourceError as error:
                if error.out_of_reach:
                    raise
                # Who may not ask that, may perhaps read. Nothing is remembered.
                return usual
            self._mount = self._described(answer) or usual
        return self._mount

    def _described(self, answer: Any) -> _Mount | None:
        data = self._data(answer) if answer is not None else {}
        point, kind, options = data.get("path"), data.get("type"), data.get("options")
        if not isinstance(point, str) or not self._path.startswith(point) or not kind:
            return None
        engine = str(kind)[:50]
        if engine in ("kv", "generic"):
            version = options.get("version") if isinstance(options, dict) else None
            engine = "kv2" if version == "2" else "kv1"
        return _Mount(point.rstrip("/"), self._path[len(point) :], engine)

    def _data(self, answer: Any) -> dict[str, Any]:
        """The data of an answer; hvac returns a response of HTTP for a redirect."""
        if isinstance(answer, dict) and isinstance(answer.get("data"), dict):
            data: dict[str, Any] = answer["data"]
            return data
        raise ConfigSourceError(
            f"{self.name}: VAULT_ADDR answers with a redirect, or with no secret; name the "
            "address of the server itself"
        )


OPEN = VaultStore
