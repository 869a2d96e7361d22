"""Writes the documents of the declared keys, and says which are not as they would be written."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from hushflake.lint_plugin.reading import LARGEST_TEXT, read
from hushflake.lint_plugin.settings import Settings
from hushflake.lint_plugin.toml import parsed

from ..errors import RemediationError
from ..files import failure, write_atomically
from .documents import Document, all_documents
from .documents.base import Style, is_edited, marked
from .table import Table

SECTION = "[tool.hushflake.generated]"
State = Literal["unchanged", "created", "changed"]
_WIDEST, _NARROWEST = 320, 79


class Generated(NamedTuple):
    """A document and its file.

    Attributes:
        document: What it is.
        path: Its file.
        old: The text of the file; None where there is none.
        new: The text that it should have.
        state: What becomes of the file.
        objection: Why it must not be replaced, "" where nothing speaks against it.
    """

    document: Document
    path: Path
    old: str | None
    new: str
    state: State
    objection: str = ""


def generated(settings: Settings, table: Table, wanted: Mapping[str, str]) -> Iterator[Generated]:
    """Yield the documents as they are and as they should be.

    Args:
        settings: Of the repository.
        table: Its keys.
        wanted: Name of a document -> its file, relative to the root.

    Raises:
        RemediationError: There is no such document.
        SettingsError: A file lies outside of the repository.
        RemediationFailureError: A file cannot be read.
    """
    for name, file in wanted.items():
        document = all_documents().get(name)
        if document is None:
            known = ", ".join(all_documents())
            raise RemediationError(f"{SECTION}: unknown document {name!r}; known: {known}")
        path = Path(settings.inner_file(file, "generated"))
        yield _compared(document, path, made(document, table, settings))


def _compared(document: Document, path: Path, new: str) -> Generated:
    old = _text(path)
    if old is None:
        return Generated(document, path, None, new, "created")
    objection = ""
    try:
        begin, end = document.part(old)
    except ValueError as error:
        return Generated(document, path, old, new, "changed", str(error))
    mine = old[begin:end]
    if document.normal(mine) == document.normal(new):
        return Generated(document, path, old, old, "unchanged")
    if is_edited(document, mine):
        objection = "was edited since it was written: change what is declared instead"
    return Generated(document, path, old, old[:begin] + new + old[end:], "changed", objection)


def made(document: Document, table: Table, settings: Settings) -> str:
    """Return the text of a document."""
    return marked(document, document.render(table, style_of(settings)))


def write(one: Generated, *, force: bool) -> None:
    """Write a document.

    Raises:
        RemediationError: The file is somebody else's, or was edited; `force` replaces it.
        RemediationFailureError: It cannot be written.
    """
    if one.objection and not force:
        raise RemediationError(f"{one.path}: {one.objection}; --force replaces it")
    if one.state == "unchanged":
        return
    try:
        one.path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise failure(one.path.parent, "made", error) from None
    write_atomically(one.path, one.new.encode("utf-8"))


def _text(path: Path) -> str | None:
    try:
        return read(str(path), LARGEST_TEXT).decode("utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise RemediationError(f"{path}: is not UTF-8; choose another file") from None
    except OSError as error:
        raise failure(path, "read", error) from None


def style_of(settings: Settings) -> Style:
    """Return how the repository formats its sources, as `pyproject.toml` says of ruff or black."""
    try:
        text = read(str(Path(settings.root, "pyproject.toml")), LARGEST_TEXT).decode("utf-8")
        tools = parsed(text).get("tool", {})
    except (OSError, ValueError, RecursionError):
        return Style()
    for name in ("ruff", "black"):
        table = tools.get(name) if isinstance(tools, dict) else None
        width = table.get("line-length") if isinstance(table, dict) else None
        if isinstance(width, int) and not isinstance(width, bool):
            return Style(min(max(width, _NARROWEST), _WIDEST))
    return Style()
