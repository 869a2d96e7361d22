"""`hushflake check` without a command line: a request becomes an outcome."""

import os
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from . import registry
from .analysis.source import ParseFailure, decode
from .engine import Checker, Result
from .finding import Finding, Skipped
from .outcome import Outcome
from .run import Progress, check_files, read
from .settings import Settings, load
from .walk import walk


class Request(NamedTuple):
    """What the user asks of a run; empty means as the settings have it."""

    paths: tuple[str, ...] = (".",)
    # Source given instead of files, and the name that it goes by.
    stdin: bytes | None = None
    stdin_filename: str = "<stdin>"
    select: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    # Whether a reporter shows source, and so needs excerpts.
    show_source: bool = False
    respect_gitignore: bool = True
    jobs: int = 0


def check(request: Request, progress: Progress | None = None) -> Outcome:
    """Check what is asked for.

    Raises:
        LintError: The settings, a code or a path is wrong.
    """
    from_stdin = request.stdin is not None
    settings = load([request.stdin_filename] if from_stdin else request.paths)
    codes = _codes(settings, request)
    if from_stdin:
        results, skipped = _check_stdin(settings, codes, request), []
    else:
        tree = walk(request.paths, ignore=request.respect_gitignore)
        skipped = [
            Skipped(path, 1, 1, "unreadable", message, failed=not os.path.islink(path))
            for path, message in tree.problems
        ]
        paths = [file.path for file in tree.files]
        results = list(check_files(settings, codes, paths, jobs=request.jobs, progress=progress))
    findings = tuple(finding for _, result in results for finding in result.findings)
    skipped.extend(result.skipped for _, result in results if result.skipped)
    excerpts = _excerpts(settings, findings, request.stdin) if request.show_source else {}
    return Outcome(findings, tuple(skipped), len(results), excerpts)


def _codes(settings: Settings, request: Request) -> frozenset[str]:
    return registry.selection(
        request.select or settings.select,
        (*settings.extend_select, *request.extend_select),
        (*settings.ignore, *request.ignore),
    )


def _check_stdin(
    settings: Settings, codes: frozenset[str], request: Request
) -> list[tuple[str, Result]]:
    assert request.stdin is not None  # noqa: S101 (for the type checker)
    path = request.stdin_filename
    return [(path, Checker(settings, codes).check_bytes(request.stdin, path))]


def _excerpts(
    settings: Settings, findings: Iterable[Finding], stdin: bytes | None
) -> dict[tuple[str, int, int], tuple[str, int]]:
    """Return the masked line of each finding, and the column in it."""
    by_path: dict[str, list[Finding]] = {}
    for finding in findings:
        by_path.setdefault(finding.path, []).append(finding)
    return dict(
        pair
        for path, group in by_path.items()
        for pair in _excerpts_of(settings, path, read(path) if stdin is None else stdin, group)
    )


def _excerpts_of(
    settings: Settings, path: str, data: bytes | Skipped, findings: list[Finding]
) -> Iterator[tuple[tuple[str, int, int], tuple[str, int]]]:
    from .credentials.names import Names
    from .masking import Masked, secret_spans
    from .module import Module
    from .settings import Policy

    decoded = decode(data) if isinstance(data, bytes) else None
    if decoded is None or isinstance(decoded, ParseFailure):
        return
    names = Names(settings.secret_names, settings.public_names)
    module = Module(path, decoded.utf8, Policy(settings), names)
    masked = Masked(module.source, secret_spans(module))
    for finding in findings:
        # The file may have changed since it was checked.
        if finding.line <= len(module.source.line_starts):
            place = (path, finding.line, finding.column)
            column = masked.column(finding.line, finding.column)
            yield place, (masked.line(finding.line), column)
