"""The stack setting `vectors`: what answers `ORDER BY VECTOR_*(…) LIMIT k`."""

from importlib.util import find_spec

from ..errors import LocalStackUsageError

MODES = ("exact", "index", "off")


def require_mode(name: str) -> None:
    """Fail when a mode is none, or cannot be had.

    Raises:
        LocalStackUsageError: Says what would be right.
    """
    if name not in MODES:
        raise LocalStackUsageError(f"vectors {name!r}: known are {', '.join(MODES)}")
    if name == "index" and find_spec("usearch") is None:
        raise LocalStackUsageError(
            "vectors 'index' needs the package usearch: pip install 'hushflake[index]'"
        )
