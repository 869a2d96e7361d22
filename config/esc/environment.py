"""The name of an ESC environment, which a project may choose: it leads nowhere else."""

import re
from typing import NamedTuple

from ..errors import ConfigError

_ORGANIZATION = re.compile(r"[a-zA-Z0-9-_]{1,40}")
_NAME = re.compile(r"(?!\.\.?$)[a-zA-Z0-9-_.]{1,100}")


class Environment(NamedTuple):
    """The name of an ESC environment: organisation, project, name and perhaps a version."""

    organization: str
    project: str
    name: str
    version: str | None = None

    @classmethod
    def parse(cls, text: str) -> "Environment":
        """Read `org/project/env` or `org/project/env@version`."""
        plain, _, version = text.partition("@")
        parts = plain.split("/")
        if (
            len(parts) != 3
            or not _ORGANIZATION.fullmatch(parts[0])
            or not all(_NAME.fullmatch(part) for part in parts[1:])
            or ("@" in text and not _NAME.fullmatch(version))
        ):
            raise ConfigError(
                f"esc: {text[:200]!r}: an ESC environment is named organisation/project/env"
            )
        return cls(parts[0], parts[1], parts[2], version or None)

    def __str__(self) -> str:
        version = f"@{self.version}" if self.version else ""
        return f"{self.organization}/{self.project}/{self.name}{version}"
