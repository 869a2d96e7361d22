"""A Markdown file with front matter: read as text, written with everything around kept."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import yaml

from ..columns import plain_number
from ..properties.base import several
from ..properties.date import normal_date
from ..types import FieldMap, Value

_FENCE: Final = "---"
_LONGEST: Final = 100_000  # characters of front matter
_KEY: Final = re.compile(
    r"""(?:"([^"\\]+)"|'([^']+)'|([^\s#'"\[\]{}&*!|>%@`,-][^:]*?))\s*:(?:\s|$)"""
)
_TRUE: Final = frozenset({"true", "yes", "on", "1", "x"})
_SEVERAL: Final = frozenset({"multi_select", "relation"})


class DocumentError(ValueError):
    """A file that cannot be read as what it should be; `str()` says what is wrong."""


class _Loader(yaml.BaseLoader):
    """Every scalar is text: what it means, its field says. No aliases: they grow without bound."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise DocumentError("the front matter holds an alias (*), which is not followed")
        return super().compose_node(parent, index)


@dataclass(frozen=True)
class Document:
    """A file in its parts.

    Attributes:
        head: The lines of the front matter, without its fences.
        body: Everything after it.
        data: What the front matter says: texts and lists of texts.
    """

    head: tuple[str, ...]
    body: str
    data: Mapping[str, Any]

    @classmethod
    def read(cls, text: str) -> "Document":
        """Return the parts of a file.

        Raises:
            DocumentError: The front matter is not YAML, not a mapping, or is not closed.
        """
        text = text.replace("\r\n", "\n").removeprefix("\ufeff")
        lines = text.split("\n")
        if lines[0].rstrip() != _FENCE:
            return cls((), text, {})
        end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() == _FENCE), None)
        if end is None:
            raise DocumentError("the front matter that begins in line 1 is not closed with ---")
        head = tuple(lines[1:end])
        if sum(map(len, head)) > _LONGEST:
            raise DocumentError(f"the front matter is longer than {_LONGEST // 1000} KB")
        try:
            data = yaml.load("\n".join(head), _Loader)  # noqa: S506 - texts only
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = f"line {mark.line + 2}: " if mark is not None else ""
            raise DocumentError(f"{line}the front matter is no YAML") from None
        except RecursionError:
            raise DocumentError("the front matter is nested too deeply") from None
        if data not in (None, "") and not isinstance(data, dict):
            raise DocumentError("the front matter is not a mapping of names to values")
        body = "\n".join(lines[end + 1 :])
        return cls(head, body.removeprefix("\n"), data or {})

    def text(self) -> str:
        """Return the file."""
        if not self.head:
            return self.body
        return "\n".join((_FENCE, *self.head, _FENCE, "", self.body))

    def with_values(self, values: Mapping[str, Value]) -> "Document":
        """Return the file with some entries of its front matter replaced, in their places."""
        head = list(self.head)
        for name, value in values.items():
            start, end = _place(head, name)
            head[start:end] = _entry(name, value)
        return Document.read("\n".join((_FENCE, *head, _FENCE, "", self.body)))

    def with_body(self, body: str) -> "Document":
        """Return the file with another body."""
        return Document(self.head, body if body.endswith("\n") or not body else body + "\n",
                        self.data)  # fmt: skip


def value_of(item: FieldMap, found: Any) -> Value:
    """Return what an entry says, in the space of pages.

    Raises:
        DocumentError: It says nothing that a field of this kind could mean.
    """
    if isinstance(found, dict):
        raise DocumentError(f"{item.property_name}: a mapping is no value of a field")
    if item.kind in _SEVERAL:
        parts = tuple(map(str, found)) if isinstance(found, list) else several(found or None)
        return tuple(sorted({part for part in parts if part})) or None
    text = ", ".join(map(str, found)) if isinstance(found, list) else str(found or "").strip()
    if item.kind == "checkbox":
        return text.lower() in _TRUE
    if not text or text in ("~", "null"):
        return None
    if item.kind == "number":
        try:
            return plain_number(text) if Decimal(text).is_finite() else text
        except InvalidOperation:
            return text
    if item.kind == "date":
        try:
            return "/".join(normal_date(end.strip(), item.time_zone) for end in text.split("/")[:2])
        except ValueError:
            raise DocumentError(
                f"{item.property_name}: {text[:40]!r} is not a date such as 2026-01-31 or "
                "2026-01-31T09:30:00Z"
            ) from None
    return text


def _place(head: list[str], name: str) -> tuple[int, int]:
    """Return the lines of an entry, or of where it is to be."""
    for start, line in enumerate(head):
        match = _KEY.match(line)
        if match and next(filter(None, match.groups())).strip() == name:
            end = start + 1
            while end < len(head) and (not head[end].strip() or head[end][0] in " \t-"):
                end += 1
            return start, end
    return len(head), len(head)


def _entry(name: str, value: Value) -> list[str]:
    if value is None:
        return []
    plain: Any = list(value) if isinstance(value, tuple) else value
    text = yaml.safe_dump({name: plain}, allow_unicode=True, sort_keys=False, width=10_000)
    return text.rstrip("\n").split("\n")
