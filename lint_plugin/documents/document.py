"""A configuration file under check: what rules ask of it, each worked out at the first question."""

import ast
import re
from bisect import bisect_right
from functools import cached_property

from ..analysis.source import Source
from ..credentials.candidates import hits
from ..credentials.names import Names, split
from ..documentation import WORDS
from ..entries.model import Entry, MissingReaderError, Reading
from ..settings import Policy

# A larger file is data: its text is searched, its syntax is not read. Bytes.
LARGEST = 1 << 20
# A person's line is not longer; a file of one such line was made by a program.
_LONGEST_LINE = 20_000
# How a program says at the top of a file that it made it, in the words of a person.
_GENERATED = re.compile(
    rb"(?:auto-?\s?generated|@generated|generated (?:by|from|with|file|automatically)"
    rb"|(?:do|must) not (?:be )?(?:edit|modify|change)|created by `)",
    re.IGNORECASE,
)
_TOP = 1500
# What is said in a shell or a header without a word for a secret.
_LOGINS = re.compile(
    rb"(?:-u|--user|-p|-a)[ =\t]?['\"]?\w|\bsshpass\b|authorization", re.IGNORECASE
)
# OpenAPI and JSON Schema describe what others send: their values are examples.
# Folders of message catalogues: what they call a password is the word for one.
_CATALOGUES = re.compile(
    r"(?:^|/)(?:locales?|i18n|l10n|translations?|lang|langs|languages?|messages|locale_data)/"
    r"|(?:^|/)(?:strings|messages|translations?)(?:[._-][\w-]+)?\.(?:json|ya?ml|properties|toml)$",
    re.IGNORECASE,
)
# So many values that end before a place stand in a text around it, before it is told no more.
_MOST_INSIDE = 200
_EXAMPLES = frozenset({"example", "examples"})
_DESCRIBING = WORDS - _EXAMPLES
_SCHEMA_KEYS = ("openapi", "swagger", "$schema")


class Document:
    """A decoded file.

    Attributes:
        path: As the user named it.
        relative: As seen from the root of the settings, with `/`.
        utf8: The text; offsets count its bytes.
        form: What it is written in, as `entries.read` has it; "" for text alone.
        policy: What the repository says about files.
        names: Which names look secret here.
    """

    def __init__(self, path: str, utf8: bytes, form: str, policy: Policy, names: Names) -> None:
        self.path = path
        self.relative = policy.settings.relative(path)
        self.utf8 = utf8
        self.form = form
        self.policy = policy
        self.names = names

    @cached_property
    def text(self) -> str:
        """The text with one character a byte, so that offsets agree. For searching only."""
        return self.utf8.decode("latin-1")

    @cached_property
    def lower(self) -> str:
        """`text` with ASCII letters in lower case."""
        return self.utf8.lower().decode("latin-1")

    @cached_property
    def source(self) -> Source:
        """The text, for lines and columns."""
        return Source(self.utf8, ast.Module([], []))

    @cached_property
    def is_test(self) -> bool:
        """Whether findings of made-up credentials weigh less here."""
        return self.policy.is_test(self.relative)

    @cached_property
    def secret_words(self) -> list[tuple[int, str]]:
        """Where words are that make a name secret-looking."""
        return hits(self.lower, self.names.searched)

    @cached_property
    def is_data(self) -> bool:
        """Whether a program made the file, so that nobody can mend it by hand."""
        if len(self.utf8) > LARGEST:
            return True
        if self.form == "json" and len(self.utf8) > _LONGEST_LINE:
            return self.utf8.count(b"\n") * _LONGEST_LINE < len(self.utf8)
        return _GENERATED.search(self.utf8, 0, _TOP) is not None

    @cached_property
    def reading(self) -> Reading:
        """The entries and comments; none of a file that a program made.

        Raises:
            MissingReaderError: A library that the format needs is not installed.
        """
        if not self.form or self.is_data:
            return Reading([], [])
        from ..entries.read import read

        return read(self.form, self.utf8)

    @property
    def _may_hold_any(self) -> bool:
        return bool(self.secret_words) or _LOGINS.search(self.utf8) is not None

    @cached_property
    def entries(self) -> list[Entry]:
        """The entries, without those of texts that only describe.

        None where nothing in the file can be a secret by its name: most are not parsed at all.
        """
        if not self._may_hold_any or self._is_schema or _CATALOGUES.search(self.relative):
            return []
        return [entry for entry in self.reading.entries if not self.is_description(entry)]

    @cached_property
    def _is_schema(self) -> bool:
        return any(
            entry.key in _SCHEMA_KEYS and not entry.path and _describes(entry)
            for entry in self.reading.entries[:50]
        )

    @cached_property
    def _comment_starts(self) -> list[int]:
        try:
            return [start for start, _ in self.reading.comments]
        except MissingReaderError:
            return []

    @cached_property
    def _starts(self) -> tuple[list[int], list[Entry]]:
        try:
            entries = sorted(self.reading.entries, key=lambda each: (each.start, -each.end))
        except MissingReaderError:
            entries = []
        return [each.start for each in entries], entries

    def entry_at(self, start: int, end: int) -> Entry | None:
        """Return the innermost entry around a place: of a script in a value that of the script."""
        starts, entries = self._starts
        first = bisect_right(starts, start)
        for at in range(first - 1, max(-1, first - _MOST_INSIDE), -1):
            if end <= entries[at].end:
                return entries[at]
        return None

    def is_prose(self, offset: int) -> bool:
        """Say whether a place stands in a comment."""
        at = bisect_right(self._comment_starts, offset) - 1
        return at >= 0 and offset < self.reading.comments[at][1]

    def is_documentation(self, offset: int) -> bool:
        """Say whether a place stands in what a key calls documentation."""
        try:
            entries = self.reading.entries
        except MissingReaderError:
            return False
        return any(
            entry.start <= offset < entry.end and self.is_description(entry) for entry in entries
        )

    def is_description(self, entry: Entry) -> bool:
        """Say whether a value is documentation by its key, or by one above it."""
        names = (entry.key, *entry.path)
        # Terraform's own documentation calls every resource `example`, and people copy it.
        if self.form != "hcl" and not _EXAMPLES.isdisjoint(names):
            return True
        return any(not _DESCRIBING.isdisjoint(split(name)) for name in names)

    def value_of(self, start: int, end: int, entry: Entry | None = None) -> str:
        """Return what stands at a place: of a whole entry its value, which may be decoded."""
        if entry is not None and (entry.start, entry.end) == (start, end):
            return entry.value
        return self.utf8[start:end].decode("utf-8", "replace")

    @property
    def decoded(self) -> list[Entry]:
        """The entries whose value is not written as it is: base64 in a Kubernetes secret."""
        return [each for each in self.entries if each.is_encoded]

    def line_of(self, offset: int) -> int:
        """Return the line of an offset."""
        return self.source.line_of(offset)


def _describes(entry: Entry) -> bool:
    return entry.key != "$schema" or "json-schema.org" in entry.value
