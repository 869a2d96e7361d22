"""An open document: its findings, by the settings of the repository around it."""

import io
import tokenize
from typing import NamedTuple

from hushflake.lint_plugin.engine import Checker
from hushflake.lint_plugin.errors import LintError
from hushflake.lint_plugin.finding import Finding
from hushflake.lint_plugin.kinds.table import PYTHON, of_name
from hushflake.lint_plugin.registry import selection
from hushflake.lint_plugin.settings import Settings, load


class Checked(NamedTuple):
    """What a document came to.

    Attributes:
        findings: In order of their places.
        settings: Of the repository around it.
        mistake: What is wrong with those settings; then the defaults counted.
        is_whole: Whether the document could be read to its end.
    """

    findings: tuple[Finding, ...]
    settings: Settings
    mistake: str = ""
    is_whole: bool = True


def check(text: str, path: str) -> Checked:
    """Check a document as the file that it would be when it is saved.

    Args:
        text: What the editor holds.
        path: The file, which need not exist.
    """
    return check_bytes(encoded(text), path)


def check_bytes(data: bytes, path: str) -> Checked:
    """Check the bytes that a file would have."""
    mistake = ""
    try:
        settings = load([path])
        codes = selection(settings.select, settings.extend_select, settings.ignore)
    except LintError as error:
        settings, mistake = Settings(), str(error)
        codes = selection()
    result = Checker(settings, codes).check_bytes(data, path)
    return Checked(result.findings, settings, mistake, result.skipped is None)


def is_of_a_kind(path: str, *, is_python: bool) -> bool:
    """Say whether a document is of a kind of files that is looked at.

    Args:
        path: Its file.
        is_python: Whether the editor takes it for Python.
    """
    return is_python or path.endswith(PYTHON) or of_name(path) is not None


def encoded(text: str) -> bytes:
    """Return the bytes that an editor would save: in the encoding that the first lines declare."""
    data = text.encode("utf-8", "replace")
    try:
        name, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data if name.startswith("utf-8") else text.encode(name, "replace")
    except (SyntaxError, LookupError, UnicodeError):
        return data
