"""A keyring in a JSON file: one that a second process, and a test, can look into."""

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend


class FileKeyring(KeyringBackend):
    """Keeps `service/name` -> password in the file that `TEST_KEYRING_FILE` names."""

    priority = 1  # type: ignore[assignment]

    def _all(self) -> dict[str, str]:
        path = Path(os.environ["TEST_KEYRING_FILE"])
        return json.loads(path.read_text()) if path.exists() else {}

    def get_password(self, service: str, username: str) -> str | None:
        return self._all().get(f"{service}/{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        kept = {**self._all(), f"{service}/{username}": password}
        Path(os.environ["TEST_KEYRING_FILE"]).write_text(json.dumps(kept))

    def delete_password(self, service: str, username: str) -> None:
        raise NotImplementedError
