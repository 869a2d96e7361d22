"""Why a piece of source is not rewritten, and a name as an import statement gives it."""

# The name that is imported, and what it is called after `as`.
Name = tuple[str, str | None]


class ReshapeError(Exception):
    """A piece of source that LibCST cannot read, or whose comments would be lost.

    `str()` is the reason code.
    """
