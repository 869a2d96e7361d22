"""The schemes of the stores: the names of the modules of `stores`, none of which is imported."""

import os
import re

from ..errors import ConfigError

_FOLDER = "stores"
_SCHEME = re.compile(r"[a-z][a-z0-9-]{0,30}")


def schemes() -> list[str]:
    """The schemes of all stores."""
    folder = os.path.join(os.path.dirname(__file__), _FOLDER)  # noqa: PTH118, PTH120
    found = {file.partition(".")[0] for file in os.listdir(folder)}  # noqa: PTH208
    return sorted(
        name.replace("_", "-") for name in found if not name.startswith("_") and name != "base"
    )


def split(text: str) -> tuple[str, str]:
    """Return scheme and name.

    Raises:
        ConfigError: It is no `scheme:name` of a store.
    """
    scheme, colon, name = text.partition(":")
    if not colon or not name or not _SCHEME.fullmatch(scheme) or scheme not in schemes():
        raise ConfigError(
            f"stores: {text[:200]!r}: write SCHEME:NAME, where SCHEME is one of "
            f"{', '.join(schemes())}"
        )
    return scheme, name
