"""Several secret rules may report one literal: which of them speaks."""

from bisect import bisect_left
from collections.abc import Iterator

from .rule import Report, Rule


def settled(reports: list[tuple[Rule, Report]]) -> Iterator[tuple[Rule, Report]]:
    """Yield the reports, of several secret rules on one literal only the one of lowest rank."""
    # Apart from each other and in order, so that the neighbours tell of an overlap.
    taken: list[tuple[int, int]] = []
    for rule, report in sorted(reports, key=lambda pair: (pair[0].rank, pair[1].start)):
        if rule.secret:
            at = bisect_left(taken, (report.end,))
            if at and taken[at - 1][1] > report.start:
                continue
            taken.insert(at, (report.start, report.end))
        yield rule, report
