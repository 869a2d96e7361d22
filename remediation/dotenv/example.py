"""`.env.example`: the names of a .env file, without values, for those who come later."""

from collections.abc import Sequence

from .loaders import python_dotenv
from .names import printable_name

NAME = ".env.example"


def with_names(before: bytes | None, keys: Sequence[str]) -> bytes:
    """Return the content of the example with the names that it lacks put at its end.

    Args:
        before: What it holds, None when there is none.
        keys: The names that it has to hold.
    """
    text = (before or b"").decode("utf-8", "replace")
    known = python_dotenv.parse(text.replace("\r\n", "\n").replace("\r", "\n")).values()
    missing = [key for key in dict.fromkeys(keys) if key not in known and printable_name(key)]
    if before is not None and not missing:
        return before
    newline = b"\r\n" if b"\r\n" in (before or b"") else b"\n"
    lines = [f"{key}=".encode() for key in missing]
    if before is None:
        head = b"# Names only. The values are kept elsewhere; ask your team for access."
        lines.insert(0, head)
    start = before or b""
    if start and not start.endswith(b"\n"):
        start += newline
    return start + b"".join(line + newline for line in lines)
