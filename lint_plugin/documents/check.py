"""Run the secret rules over a configuration file, and obey its comments."""

import codecs
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .. import registry
from ..credentials.display import shown
from ..credentials.stock import is_stock
from ..entries.model import MissingReaderError
from ..finding import ERROR, MISSING_EXTRA, NOTE, Finding, Result, Skipped
from ..rule import Report, Rule
from ..settling import settled
from ..spans import Span, merged
from .document import Document

if TYPE_CHECKING:
    from ..credentials.names import Names
    from ..kinds.base import Ground
    from ..settings import Policy

_PRAGMA = re.compile(r"hushflake:\s*(?P<rest>.*)")
_IGNORE = re.compile(r"ignore\[(?P<codes>\s*HSF\d{3}(?:\s*,\s*HSF\d{3})*\s*)\]")


def document_of(
    data: bytes, path: str, form: str, policy: "Policy", names: "Names"
) -> Document | None:
    """Return the bytes of a file as a document, or None if it is not text."""
    utf8 = _decoded(data)
    return None if utf8 is None else Document(path, utf8, form, policy, names)


def _decoded(data: bytes) -> bytes | None:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return data.decode("utf-16").encode("utf-8")
        except UnicodeError:
            return None
    data = data.removeprefix(codecs.BOM_UTF8)
    # A null is in no configuration file; bytes of another encoding are looked at as they are.
    return None if b"\0" in data else data


def check(ground: "Ground", document: Document | None, path: str, instead: str) -> Result:
    """Return what comes of a configuration file.

    Args:
        ground: Settings, and the door that findings go through.
        document: The file; None if it is not text.
        path: What it is called.
        instead: How a value gets into such a file that is not in the repository.
    """
    if document is None:
        return Result((), Skipped(path, 1, 1, "encoding", "is not text"))
    skipped = None
    reports: list[tuple[Rule, Report]] = []
    codes = ground.enabled(path)
    for code in registry.modules():
        each = registry.rule(code)
        if each.secret and code in codes:
            try:
                reports.extend((each, report) for report in each.check_document(document))
            except MissingReaderError:
                skipped = _missing(path)
    findings = list(_findings(ground, document, reports, instead))
    return Result(
        tuple(sorted(findings, key=lambda f: (f.line, f.column, f.code))),
        skipped,
    )


def secrets(document: Document) -> list[Span]:
    """Return the offsets of all that the secret rules flag, selected or not."""
    spans: list[Span] = []
    for code in registry.modules():
        each = registry.rule(code)
        if each.secret:
            try:
                spans.extend((r.start, r.end) for r in each.check_document(document))
            except MissingReaderError:
                continue
    return merged(spans)


def _missing(path: str) -> Skipped:
    message = (
        "its values are not read, its text alone was searched: pip install 'hushflake[files]' "
        "adds what reads it"
    )
    return Skipped(path, 1, 1, MISSING_EXTRA, message)


def _findings(
    ground: "Ground", document: Document, reports: list[tuple[Rule, Report]], instead: str
) -> Iterator[Finding]:
    pragmas = _Pragmas(document)
    for rule, report in settled(reports):
        entry = document.entry_at(report.start, report.end)
        facts = {**report.facts, "instead": instead}
        finding = ground.finding(
            rule,
            report._replace(facts=facts),
            document.source,
            document.path,
            ".".join(map(shown, entry.path)) if entry else "",
            message=rule.document_message or rule.message,
        )
        lines = (finding.line, document.line_of(entry.at) if entry else finding.line)
        if pragmas.hide(rule.code, lines, finding.end_line):
            continue
        value = document.value_of(report.start, report.end, entry)
        is_weak = rule.lenient_in_tests and entry is not None and is_stock(value, entry)
        yield finding._replace(severity=NOTE) if is_weak else finding
    yield from pragmas.remarks(ground.enabled(document.path))


class _Pragmas:
    """The comments `hushflake: ignore[HSF301] reason` of a file, on its line or alone above it."""

    def __init__(self, document: Document) -> None:
        self._document = document
        # Line -> column, codes, and whether the comment is alone on its line.
        self._found: dict[int, tuple[int, tuple[str, ...], bool]] = {}
        self._used: set[int] = set()
        if b"hushflake:" in document.utf8:
            self._read()

    def _read(self) -> None:
        try:
            comments = self._document.reading.comments
        except MissingReaderError:
            return
        source = self._document.source
        for start, end in comments:
            match = _PRAGMA.search(self._document.text[start:end])
            if match is None:
                continue
            ignore = _IGNORE.match(match["rest"])
            codes = tuple(re.findall(r"HSF\d{3}", ignore["codes"])) if ignore else ()
            line, column = source.position(start + match.start())
            before = self._document.utf8[source.line_starts[line - 1] : start]
            self._found[line] = (column, codes, not before.strip())

    def hide(self, code: str, lines: tuple[int, int], end_line: int) -> bool:
        """Say whether a comment keeps a finding quiet, and note that it did."""
        if not self._found:
            return False
        first = min(lines)
        for line in (*range(first, end_line + 1), first - 1):
            _, codes, alone = self._found.get(line, (0, (), False))
            if code in codes and (alone or line >= first):
                self._used.add(line)
                return True
        return False

    def remarks(self, enabled: frozenset[str]) -> Iterator[Finding]:
        """Yield findings about the comments themselves."""
        for line, (column, codes, _) in self._found.items():
            if not codes and registry.BAD_PRAGMA in enabled:
                message = "pragma is not understood: write `# hushflake: ignore[HSF301] reason`"
                yield self._remark(line, column, registry.BAD_PRAGMA, message)
            elif codes and line not in self._used and enabled.issuperset(codes):
                message = f"unused pragma: nothing here is {', '.join(codes)}; remove it"
                if registry.UNUSED_PRAGMA in enabled:
                    yield self._remark(line, column, registry.UNUSED_PRAGMA, message)

    def _remark(self, line: int, column: int, code: str, message: str) -> Finding:
        path = self._document.path
        return Finding(path, line, column, code, message, False, ERROR, line, column + 1)
