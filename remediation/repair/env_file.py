"""The .env file of a repository as a place for secrets, for development on one machine.

Git has to ignore it, or it would be the same leak in another file.
"""

import re
from collections.abc import Collection, Mapping

from ..dotenv.loaders import python_dotenv
from ..dotenv.reading import LARGEST
from ..errors import RemediationError
from ..files import failure, read_regular, write_atomically
from ..git import Repository, literal

NAME = ".env"
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")


class EnvFileTarget:
    """`.env` at the top level of a repository, readable by its owner alone."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.path = repository.top / NAME
        if repository.tracked(literal(NAME)):
            raise RemediationError(
                f"{self.path}: git tracks it, so a secret in it would be committed; run `git rm "
                f"--cached {NAME}` first, or move its values with `hushflake dotenv retire`"
            )
        if self.path.is_symlink():
            raise RemediationError(f"{self.path}: is a symbolic link; choose another target")

    def refused(self, keys: Collection[str]) -> dict[str, str]:
        why = "a .env file takes letters, digits, dots and underscores; rename the key"
        return {key: why for key in keys if not _KEY.fullmatch(key)}

    def read(self, keys: Collection[str]) -> dict[str, str]:
        text = (self.content() or b"").decode("utf-8", "replace")
        held = python_dotenv.parse(text.replace("\r\n", "\n").replace("\r", "\n")).values()
        return {key: value for key in keys if (value := held.get(key)) is not None}

    def content(self) -> bytes | None:
        """Return the bytes of the file, None where there is none.

        Raises:
            RemediationError: It is larger than such a file is.
        """
        try:
            data = read_regular(self.path, LARGEST)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise failure(self.path, "read", error) from None
        if data is None:
            raise RemediationError(f"{self.path}: is too large to be a .env file")
        return data

    def after(self, values: Mapping[str, str]) -> bytes:
        """Return what the file holds once some values are in it."""
        before = self.content() or b""
        start = before + b"\n" * bool(before and not before.endswith(b"\n"))
        return start + b"".join(_line(key, value).encode() for key, value in values.items())

    def write(self, values: Mapping[str, str]) -> str:
        is_new = not self.path.exists()
        write_atomically(self.path, self.after(values), 0o600 if is_new else None)
        return ""

    def advice(self, _keys: Collection[str]) -> str:
        return (
            'To read them from there, set mode = "development" and dotenv = ".env" in '
            "[tool.hushflake.config]; an accessor module of your own says the same in "
            "configure(…). Deployments need another source."
        )

    def arguments(self, _keys: Collection[str]) -> dict[str, object]:
        return {"mode": "development", "dotenv": ".env"}


def unfit(values: Mapping[str, str]) -> dict[str, str]:
    """Return the keys whose values change when a .env file is loaded, and why."""
    return {
        key: "a .env file puts another value in the place of ${…}, or changes its line ends"
        for key, value in values.items()
        if "${" in value or "\r" in value
    }


def _line(key: str, value: str) -> str:
    quoted = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"{key}='{quoted}'\n"
