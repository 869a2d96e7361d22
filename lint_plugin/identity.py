"""What identifies a finding in services that compare runs: names that survive moved lines."""

import os
from collections.abc import Iterable, Iterator

from .finding import Finding


def relative(path: str) -> str:
    """Return a path as such services want it: from the working folder, with `/`, without `./`.

    A path outside of the working folder stays absolute.
    """
    inside = os.path.relpath(path)
    outside = inside == os.pardir or inside.startswith(os.pardir + os.sep)
    return (os.path.abspath(path) if outside else inside).replace(os.sep, "/")


def identified(findings: Iterable[Finding]) -> Iterator[tuple[Finding, tuple[str, ...]]]:
    """Yield each finding with what it is known by, unique in a run.

    That is its path, code, the function or class around it, and the name at fault, as in a
    baseline; findings that agree in all of them are numbered in order of their places.
    """
    seen: dict[tuple[str, ...], int] = {}
    for finding in findings:
        key = (relative(finding.path), finding.code, finding.scope, finding.target)
        seen[key] = seen.get(key, 0) + 1
        yield finding, (*key, str(seen[key]))
