"""The stack setting `vectors`: what answers `ORDER BY VECTOR_*(…) LIMIT k`."""

from ...language.errors import LocalStackUsageError

MODES = ("exact", "index", "off")


def require_mode(name: str) -> None:
    """Fail when a mode is none.

    Raises:
        LocalStackUsageError: Says what would be right.
    """
    if name not in MODES:
        raise LocalStackUsageError(f"vectors {name!r}: known are {', '.join(MODES)}")
