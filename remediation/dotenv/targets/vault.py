"""HashiCorp Vault and OpenBao: fields of one secret, on top of the version that was read."""

from typing import ClassVar

from ._store import StoreTarget

SCHEME = "vault"


class VaultTarget(StoreTarget):
    """One secret. Address and credentials come from the user's environment."""

    USAGE: ClassVar[str] = "vault:MOUNT/PATH"
    SCHEME: ClassVar[str] = SCHEME


OPEN = VaultTarget
