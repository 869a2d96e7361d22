"""`hushflake check` without a command line: a request becomes an outcome."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from . import registry
from .aims import NOTHING, Aims
from .errors import BaselineError
from .finding import Finding, Result, Skipped, Spot
from .kinds.table import AllKinds, Kinds
from .outcome import Outcome
from .passed_over import counted, once
from .run import Progress, check_files, read
from .settings import Policy, Settings, load
from .walk import walk

if TYPE_CHECKING:
    from .known.values import Known


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
    # Kinds of files besides those of the settings.
    kinds: tuple[str, ...] = ()
    jobs: int = 0
    use_cache: bool = True
    # A file of known findings; `update_baseline` writes it instead of comparing.
    baseline: str = ""
    update_baseline: bool = False
    # Check what is staged instead of files; findings on lines that the change leaves as they
    # are count only with `whole_files`.
    staged: bool = False
    # Whether findings of credentials carry a fingerprint of the value.
    fingerprints: bool = False
    # Values that are known to be secret, to be looked for in every file.
    known: "Known | None" = None
    whole_files: bool = False


# Fewer files are checked sooner than a cache is read.
_WORTH_A_CACHE = 16


def check(request: Request, progress: Progress | None = None) -> Outcome:
    """Check what is asked for.

    Raises:
        LintError: The settings, a code or a path is wrong.
    """
    if request.staged:
        return _check_staged(request)
    from_stdin = request.stdin is not None
    settings = load([request.stdin_filename] if from_stdin else request.paths)
    codes = _codes(settings, request)
    skipped: list[Skipped] = []
    left: dict[str, int] = {}
    if from_stdin:
        results = _check_stdin(settings, codes, request)
    else:
        kinds = _kinds(settings, request)
        tree = walk(request.paths, ignore=request.respect_gitignore, kinds=kinds)
        skipped = [
            Skipped(problem.path, 1, 1, problem.kind, problem.message, failed=problem.failed)
            for problem in tree.problems
        ]
        paths = [file.path for file in tree.files]
        if settings.exclude:
            policy = Policy(settings)
            paths = [path for path in paths if not policy.is_excluded(settings.relative(path))]
        left = {**tree.left, "excluded": len(tree.files) - len(paths)}
        aims = _aims(settings, request)
        cache = request.use_cache and aims == NOTHING and len(paths) >= _WORTH_A_CACHE
        checked = check_files(
            settings, codes, paths, jobs=request.jobs, cache=cache, aims=aims, progress=progress
        )
        results = list(checked)
    findings = tuple(finding for _, result in results for finding in result.findings)
    skipped.extend(result.skipped for _, result in results if result.skipped)
    outcome = Outcome(
        findings,
        tuple(once(skipped)),
        len(results),
        passed_over=counted(
            {kind: number for kind, number in left.items() if number},
            (each.kind for each in skipped),
        ),
    )
    outcome = _with_baseline(outcome, settings, request, [path for path, _ in results])
    outcome = _with_tests(outcome, settings)
    if request.show_source:
        sources = {request.stdin_filename: request.stdin} if request.stdin is not None else {}
        excerpts = _excerpts(settings, outcome.findings, sources, request.known)
        return outcome._replace(excerpts=excerpts)
    return outcome


def _check_staged(request: Request) -> Outcome:
    from .git.staged import check_staged, top_of

    top = top_of(os.curdir)
    settings = load([top])
    kinds, codes = Kinds(settings.files, request.kinds), _codes(settings, request)
    staged = check_staged(
        settings,
        codes,
        request.paths,
        kinds=kinds,
        jobs=request.jobs,
        aims=_aims(settings, request),
    )
    results, problems = staged.results, staged.problems
    skipped = [*problems, *(result.skipped for _, result in results if result.skipped)]
    findings = tuple(finding for _, result in results for finding in result.findings)
    left = counted(staged.left, (each.kind for each in skipped))
    outcome = Outcome(findings, tuple(once(skipped)), len(results), passed_over=left)
    outcome = _with_baseline(outcome, settings, request, [path for path, _ in results])
    if not request.whole_files:
        news = tuple(each for each in outcome.findings if each not in staged.known)
        outcome = outcome._replace(findings=news)
    outcome = _with_tests(outcome, settings)
    if request.show_source:
        excerpts = _excerpts(settings, outcome.findings, staged.sources, request.known)
        return outcome._replace(excerpts=excerpts)
    return outcome


def _with_tests(outcome: Outcome, settings: Settings) -> Outcome:
    """Say which of the files with findings are tests."""
    policy = Policy(settings)
    paths = {finding.path for finding in outcome.findings}
    tests = frozenset(path for path in paths if policy.is_test(settings.relative(path)))
    return outcome._replace(test_files=tests)


def _with_baseline(
    outcome: Outcome, settings: Settings, request: Request, paths: Sequence[str]
) -> Outcome:
    """Leave out what a baseline holds, or write one."""
    path = request.baseline or settings.named_file("baseline")
    if not path:
        if request.update_baseline:
            raise BaselineError(
                "--update-baseline needs --baseline FILE, or `baseline` in the settings"
            )
        return outcome
    from . import baseline

    checked = frozenset(map(settings.relative, paths))
    if not request.update_baseline:
        told = baseline.compare(outcome.findings, baseline.load(path), settings, checked)
        return outcome._replace(findings=told.new, in_baseline=told.known, stale=told.stale)
    # Entries of files that were not looked at stay, those of files that are gone go.
    old = baseline.load(path) if os.path.exists(path) else {}
    keep = [
        (entry, count)
        for entry, count in old.items()
        if entry.path not in checked and os.path.exists(os.path.join(settings.root, entry.path))
    ]
    total = baseline.save(path, outcome.findings, settings, keep)
    return outcome._replace(findings=(), in_baseline=total)


def _codes(settings: Settings, request: Request) -> frozenset[str]:
    return selected(settings, request.select, request.extend_select, request.ignore)


def selected(
    settings: Settings, select: Sequence[str], extend: Sequence[str], ignore: Sequence[str]
) -> frozenset[str]:
    """Return the codes that the settings and the options of a command leave.

    Raises:
        SettingsError: A code that begins no known one.
    """
    return registry.selection(
        select or settings.select,
        (*settings.extend_select, *extend),
        (*settings.ignore, *ignore),
    )


def _aims(settings: Settings, request: Request) -> Aims:
    """Return what is wanted beside findings."""
    kinds = None if request.known is None else Kinds(settings.files, request.kinds)
    if not request.fingerprints:
        return Aims(b"", request.known, kinds)
    from .credentials.fingerprint import users_key

    return Aims(users_key(), request.known, kinds)


def _kinds(settings: Settings, request: Request) -> Kinds:
    """Return the kinds of files to look at; known values are looked for in all."""
    return Kinds(settings.files, request.kinds) if request.known is None else AllKinds()


def _check_stdin(
    settings: Settings, codes: frozenset[str], request: Request
) -> list[tuple[str, Result]]:
    assert request.stdin is not None  # noqa: S101 (for the type checker)
    from .engine import Checker

    path = request.stdin_filename
    return [
        (
            path,
            Checker(settings, codes, aims=_aims(settings, request)).check_bytes(
                request.stdin, path
            ),
        )
    ]


def _excerpts(
    settings: Settings,
    findings: Iterable[Finding],
    sources: Mapping[str, bytes],
    known: "Known | None" = None,
) -> dict[Spot, tuple[str, int]]:
    """Return the masked line of each finding, and the column in it.

    `sources`: the bytes of the files that do not lie where their path says. `known`: values that
    no line shows, beside those that the secret rules flag.
    """
    by_path: dict[str, list[Finding]] = {}
    for finding in findings:
        by_path.setdefault(finding.path, []).append(finding)
    return dict(
        pair
        for path, group in by_path.items()
        for pair in _excerpts_of(settings, path, _data(path, sources.get(path)), group, known)
    )


def _data(path: str, given: bytes | None) -> bytes:
    if given is not None:
        return given
    content = read(path)
    return b"" if isinstance(content, Skipped) else content.data


def _excerpts_of(
    settings: Settings, path: str, data: bytes, findings: list[Finding], known: "Known | None"
) -> Iterator[tuple[Spot, tuple[str, int]]]:
    from .credentials.names import Names
    from .kinds.table import of_file
    from .masking import Masked
    from .spans import merged

    names = Names(settings.secret_names, settings.public_names)
    try:
        shown = of_file(path, data).shown(data, path, Policy(settings), names)
    except (RecursionError, MemoryError):
        return
    if shown is None:
        return
    source, spans = shown.secrets
    if known is not None:
        found = ((place.start, place.end) for place in known.find(source.utf8))
        spans = merged([*spans, *found])
    masked = Masked(source, spans)
    for finding in findings:
        line = finding.line
        if shown.lines is not None:
            line = shown.lines.get((finding.cell, line), 0)
        # The file may have changed since it was checked.
        if 0 < line <= len(shown.secrets.source.line_starts):
            yield finding.spot, masked.excerpt(line, finding.column)
