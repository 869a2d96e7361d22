"""One line a finding, then what they come to."""

from collections.abc import Iterator

from ..finding import ERROR
from ..outcome import Outcome


def report(outcome: Outcome, *, notes: bool = False, statistics: bool = False) -> Iterator[str]:
    """Yield the lines of the report."""
    shown = [finding for finding in outcome.findings if notes or finding.severity == ERROR]
    if statistics:
        yield from _statistics(outcome)
    else:
        for finding in shown:
            place = f"{_shown(finding.path)}:{finding.line}:{finding.column}"
            mark = "" if finding.severity == ERROR else " (note)"
            yield f"{place}: {finding.code}{mark} {finding.message}"
            excerpt = outcome.excerpts.get((finding.path, finding.line, finding.column))
            if excerpt:
                line, column = excerpt
                indent = len(line) - len(line.lstrip())
                yield f"    {line[indent:]}"
                yield "    " + " " * (column - 1 - indent) + "^"
    yield _summary(outcome)
    hidden = len(outcome.findings) - len(shown)
    if hidden and not statistics:
        yield f"{_count(hidden, 'note')} in test files; --notes shows them"
    if outcome.in_baseline or outcome.stale:
        stale = f"; {outcome.stale} of its entries match nothing" if outcome.stale else ""
        yield f"{outcome.in_baseline} in the baseline{stale}"


def _summary(outcome: Outcome) -> str:
    errors = [finding for finding in outcome.findings if finding.severity == ERROR]
    if not errors:
        return f"Found nothing in {_count(outcome.files, 'file')}"
    files = len({finding.path for finding in errors})
    fixable = sum(finding.fixable for finding in errors)
    rest = f", {fixable} fixable with hushflake codemod --write" if fixable else ""
    return f"Found {len(errors)} in {_count(files, 'file')}{rest}"


def _statistics(outcome: Outcome) -> Iterator[str]:
    counts: dict[str, int] = {}
    for finding in outcome.findings:
        counts[finding.code] = counts.get(finding.code, 0) + 1
    width = len(str(max(counts.values(), default=0)))
    for code, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
        title = _title(code)
        yield f"{count:>{width}}  {code}  {title}"


def _title(code: str) -> str:
    from ..registry import title

    return title(code)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _shown(path: str) -> str:
    """Return a path on one line, whatever characters it holds."""
    return (
        path
        if path.isprintable()
        else "".join(
            char if char.isprintable() or "\udc80" <= char <= "\udcff" else ascii(char)[1:-1]
            for char in path
        )
    )
