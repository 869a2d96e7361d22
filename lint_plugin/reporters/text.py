"""A line per finding, then what they come to. On a terminal they stand below their file."""

from collections.abc import Iterable, Iterator

from hushflake.terminal.text import Text, styled

from .. import passed_over
from ..finding import ERROR, NOTE, Finding
from ..known import sought
from ..outcome import Outcome


def report(
    outcome: Outcome, *, notes: bool = False, statistics: bool = False, grouped: bool = False
) -> Iterator[str | Text]:
    """Yield the lines of the report.

    Args:
        outcome: What a run came to.
        notes: Whether notes are shown like errors.
        statistics: Whether counts per code stand in place of the findings.
        grouped: Whether the findings of a file stand below its name, for a person.
    """
    shown = [finding for finding in outcome.findings if notes or finding.severity == ERROR]
    if statistics:
        yield from _statistics(outcome)
    elif grouped:
        yield from _by_file(outcome, shown)
    else:
        for finding in shown:
            place = f"{finding.path}:{finding.place}"
            mark = "" if finding.severity == ERROR else " (note)"
            yield f"{place}: {finding.code}{mark} {finding.message}"
            yield from _excerpt(outcome, finding, "    ")
    yield _summary(outcome, hidden=not notes and not statistics)
    if not_looked_at := passed_over.line(outcome.passed_over):
        yield not_looked_at
    if outcome.sought is not None:
        yield from sought.lines(outcome.sought)


def _by_file(outcome: Outcome, findings: Iterable[Finding]) -> Iterator[str | Text]:
    path = None
    for finding in findings:
        if finding.path != path:
            path = finding.path
            yield styled(path, bold=True)
        is_error = finding.severity == ERROR
        place = finding.place.ljust(7)
        code = styled(finding.code, fg="red" if is_error else "yellow", bold=True)
        mark = "" if is_error else styled(" note", fg="yellow")
        yield Text("  ", styled(place, fg="cyan"), " ", code, mark, "  ", finding.message)
        yield from _excerpt(outcome, finding, "    ")
    if path is not None:
        yield ""


def _excerpt(outcome: Outcome, finding: Finding, margin: str) -> Iterator[str | Text]:
    """Yield the masked line and a mark below the column; both are escaped alike."""
    excerpt = outcome.excerpts.get(finding.spot)
    if excerpt:
        from hushflake.terminal.escape import visible
        from hushflake.terminal.width import cells

        source, column = excerpt
        indent = len(source) - len(source.lstrip())
        yield styled(f"{margin}{source[indent:]}", dim=True)
        before = cells(visible(source[indent : column - 1]))
        yield Text(margin, " " * before, styled("^", fg="red"))


def _summary(outcome: Outcome, *, hidden: bool) -> Text:
    (errors, of_tests), (notes, notes_of_tests) = outcome.tally(ERROR), outcome.tally(NOTE)
    known = _count(outcome.in_baseline, "finding")
    stale = f" ({outcome.stale} of its entries match nothing)" if outcome.stale else ""
    if not errors and not notes:
        new = " new" if outcome.in_baseline else ""
        text = f"Found nothing{new} in {_count(outcome.files, 'file')}"
    else:
        counts = [
            _count(number, noun) + _in_tests(number, apart)
            for number, noun, apart in (
                (errors, "error", of_tests),
                (notes, "note", notes_of_tests),
            )
            if number
        ]
        files = len({finding.path for finding in outcome.findings})
        text = f"Found {' and '.join(counts)} in {_count(files, 'file')}"
        fixable = sum(finding.fixable for finding in outcome.findings)
        if fixable:
            text += f", {fixable:,} fixable with hushflake codemod --write"
        if notes and hidden:
            text += f"; --notes shows the note{'s' * (notes != 1)}"
    if outcome.in_baseline or outcome.stale:
        text += f"; {known} in the baseline{stale}"
    return styled(text, bold=True)


def _in_tests(number: int, apart: int) -> str:
    """Say how many findings are in test files: they alarm nobody."""
    if not apart:
        return ""
    if number == apart:
        return " (in a test file)" if number == 1 else " (all in test files)"
    return f" ({apart:,} in test files)"


def _statistics(outcome: Outcome) -> Iterator[str]:
    """Yield how often each code was found: together as many as the summary counts."""
    counts: dict[str, int] = {}
    notes: dict[str, int] = {}
    for finding in outcome.findings:
        counts[finding.code] = counts.get(finding.code, 0) + 1
        notes[finding.code] = notes.get(finding.code, 0) + (finding.severity != ERROR)
    width = len(str(max(counts.values(), default=0)))
    for code, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
        of_notes = f" ({_count(notes[code], 'note')})" if notes[code] else ""
        yield f"{count:>{width}}  {code}  {_title(code)}{of_notes}"


def _title(code: str) -> str:
    from ..registry import title

    return title(code)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
