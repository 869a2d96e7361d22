"""Documents on disk: complete or not there."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hushflake.local.server.process.files import replace_file

from .errors import MistakeError

__all__ = ["read_document", "replace_file", "write_document", "write_text"]


def write_document(path: Path, document: Mapping[str, Any]) -> None:
    """Write a JSON document; a reader never sees half of it.

    Raises:
        MistakeError: The folder is missing or not writable.
    """
    write_text(path, json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a text; a reader never sees half of it.

    Raises:
        MistakeError: The folder is missing or not writable.
    """
    try:
        replace_file(path, text.encode(), mode=0o644)
    except OSError as error:
        raise MistakeError(f"{path}: cannot write: {error.strerror}") from None


def read_document(path: Path, what: str, made_by: str) -> dict[str, Any]:
    """Read a JSON object from a file.

    Raises:
        MistakeError: Not a file, or not a JSON object.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MistakeError(f"{path}: no such file; `{made_by}` writes a {what}") from None
    except (OSError, ValueError) as error:
        raise MistakeError(f"{path}: this is not a {what}: {error}") from None
    if not isinstance(document, dict):
        raise MistakeError(f"{path}: this is not a {what}: it must be a JSON object")
    return document
