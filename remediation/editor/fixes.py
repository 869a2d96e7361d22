"""What a reader can do about a finding: rewrite the read, move the secret, ignore with a reason.

A fix is offered only if it does what it says: the rewriting is the codemod's, which verifies its
result, and a comment is tried before it is offered.
"""

import os
import shlex
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from hushflake.codemods.cycle import before_accessor
from hushflake.codemods.errors import CodemodError
from hushflake.codemods.keys import KeyNames, read_mapping
from hushflake.codemods.rewrite import Rewriter
from hushflake.codemods.transforms.environment_reads import EnvironmentReads
from hushflake.lint_plugin.analysis.source import ParseFailure, parse, try_decode
from hushflake.lint_plugin.finding import Finding
from hushflake.lint_plugin.module import Module
from hushflake.lint_plugin.settings import Policy, Settings
from hushflake.lint_plugin.sites import HARDCODED_SECRETS
from hushflake.lint_plugin.suppress import statement_lines

from .checking import Checked, check, encoded
from .text import Change, Lines, changes

REASON = "say why"
# A request for fixes may be about a whole document; more findings than this are not asked about.
_MOST = 20


class Fix(NamedTuple):
    """A fix.

    Attributes:
        title: What a reader chooses.
        finding: What it mends; None for one of a whole file.
        changes: To the document.
        command: A command for a shell, to be shown; it changes nothing by itself.
        preferred: Whether it is the one to take when there is no other reason.
    """

    title: str
    finding: Finding | None
    changes: tuple[Change, ...] = ()
    command: str = ""
    preferred: bool = False


def fixes(text: str, path: str, checked: Checked, chosen: Iterable[Finding]) -> Iterator[Fix]:
    """Yield the fixes of some findings of a document.

    Args:
        text: The document.
        path: Its file.
        checked: What it came to.
        chosen: Of its findings, those that are asked about.
    """
    asked = list(chosen)[:_MOST]
    for finding in asked:
        if finding.fixable:
            yield from _rewritten(text, path, checked.settings, finding)
        if finding.fix == HARDCODED_SECRETS:
            yield _moved(path, finding, checked.settings)
    if any(finding.fixable for finding in asked):
        yield from all_reads(text, path, checked)
    for finding in asked:
        yield from _ignored(text, path, finding)


def all_reads(text: str, path: str, checked: Checked) -> Iterator[Fix]:
    """Yield the fix that rewrites every read of a document, where there are several."""
    number = sum(finding.fixable for finding in checked.findings)
    if number > 1:
        made = _rewrite(text, path, checked.settings, None)
        if made:
            yield Fix(f"Rewrite all {number} reads of this file", None, made)


def _rewritten(text: str, path: str, settings: Settings, finding: Finding) -> Iterator[Fix]:
    made = _rewrite(text, path, settings, finding)
    if made:
        yield Fix("Read through the accessor", finding, made, preferred=True)


def _rewrite(
    text: str, path: str, settings: Settings, finding: Finding | None
) -> tuple[Change, ...]:
    """Return the changes of the codemod for one read, or for all of them; empty if it makes none.

    Other files are not asked, so a name that they may import from here stays.
    """
    data = encoded(text)
    transform = EnvironmentReads()
    if finding is not None:
        source = parse(data, path)
        if isinstance(source, ParseFailure):
            return ()
        before = Lines(text).line(finding.line - 1)[: finding.column - 1]
        at = source.line_starts[finding.line - 1] + len(before.encode("utf-8", "replace"))
        transform = EnvironmentReads(at)
    try:
        mapping = settings.named_file("key-mapping")
        keys = KeyNames(settings.key_style, read_mapping(mapping) if mapping else {})
        needed = before_accessor(settings.root, settings.accessor)
    except (CodemodError, ValueError):
        return ()
    rewriter = Rewriter([transform], Policy(settings), keys, needed)
    outcome = rewriter.rewrite(data, path)
    if outcome.lost:
        outcome = rewriter._replace(taken=outcome.lost).rewrite(data, path)
    new = try_decode(outcome.new) if outcome.new is not None else None
    if new is None or isinstance(new, ParseFailure):
        return ()
    return tuple(changes(text, new.utf8.decode("utf-8")))


def _moved(path: str, finding: Finding, settings: Settings) -> Fix:
    relative = os.path.relpath(path, settings.root) if settings.root else path
    command = f"hushflake codemod --only hardcoded_secrets --to TARGET -- {shlex.quote(relative)}"
    return Fix("Show the command that moves this secret into a store", finding, (), command)


def _ignored(text: str, path: str, finding: Finding) -> Iterator[Fix]:
    """Yield the comment that keeps a finding quiet, on the line before its statement."""
    if finding.code.startswith("HSF0") or finding.cell:
        return
    decoded = try_decode(encoded(text))
    if isinstance(decoded, ParseFailure):
        return
    from hushflake.lint_plugin.credentials.names import Names

    settings = Settings()
    module = Module(path, decoded.utf8, Policy(settings), Names())
    first, _ = statement_lines(module, finding.line, max(finding.end_line, finding.line))
    lines = Lines(text)
    line = lines.line(first - 1)
    indent = line[: len(line) - len(line.lstrip(" \t\f"))]
    newline = "\r\n" if "\r\n" in text else "\n"
    comment = f"{indent}# hushflake: ignore[{finding.code}] {REASON}{newline}"
    at = lines.offset(first - 1, 0)
    if _is_quiet(text[:at] + comment + text[at:], path, finding):
        change = Change(at, at, comment)
        yield Fix(f"Ignore {finding.code} here, with a reason", finding, (change,))


def _is_quiet(text: str, path: str, finding: Finding) -> bool:
    """Say whether a finding is gone from a text with one more line before it, and none came."""
    again = check(text, path)
    # A comment may break a format that has none, and then nothing is found either.
    return again.is_whole and not any(
        (each.code, each.line, each.column) == (finding.code, finding.line + 1, finding.column)
        or each.code.startswith("HSF0")
        for each in again.findings
    )
