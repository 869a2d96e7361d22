"""Markdown: its blocks of Python, each for itself. Reported only, and off unless asked for."""

from typing import TYPE_CHECKING

from .base import Ground, Kind, Secrets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..analysis.source import Source
    from ..credentials.names import Names
    from ..finding import Finding, Result
    from ..markdown import Block
    from ..module import Module
    from ..settings import Policy


class Markdown(Kind):
    name = "markdown"
    default = False
    suffixes = (".md", ".markdown")

    def check(self, ground: Ground, data: bytes, path: str) -> "Result":
        from ..finding import Result, Skipped
        from ..markdown import blocks
        from ..module import Module

        text = _text(data)
        if text is None:
            return Result((), Skipped(path, 1, 1, "encoding", "is not UTF-8"))
        findings: list[Finding] = []
        for block in blocks(text):
            # A snippet need not be whole: one that does not parse is searched as text.
            module = Module(path, block.source, ground.policy, ground.names)
            findings += _placed(block, ground.check_module(module))
            module.release()
        return Result(tuple(findings))

    def secrets(self, data: bytes, path: str, policy: "Policy", names: "Names") -> Secrets | None:
        import ast

        from ..analysis.source import Source
        from ..markdown import blocks
        from ..module import Module
        from ..spans import merged, secret_spans

        text = _text(data)
        if text is None:
            return None
        source = Source(text, ast.Module([], []))
        spans = []
        for block in blocks(text):
            module = Module(path, block.source, policy, names)
            for span in secret_spans(module):
                start, end = (_offset(source, block, module, at) for at in span)
                spans.append((start, end))
        return Secrets(source, merged(spans))


def _text(data: bytes) -> bytes | None:
    """Return a text in UTF-8 without a mark; None if it is in another encoding."""
    text = data.removeprefix(b"\xef\xbb\xbf")
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text


def _placed(block: "Block", findings: "Iterator[Finding]") -> "Iterator[Finding]":
    for finding in findings:
        first = block.lines[min(finding.line, len(block.lines)) - 1]
        last = block.lines[min(finding.end_line, len(block.lines)) - 1]
        yield finding._replace(
            line=first.number,
            column=finding.column + first.shift,
            end_line=last.number,
            end_column=finding.end_column + last.shift,
            fixable=False,
        )


def _offset(source: "Source", block: "Block", module: "Module", at: int) -> int:
    line = module.line_of(at)
    place = block.lines[min(line, len(block.lines)) - 1]
    start = module.source.line_starts[line - 1]
    return source.line_starts[place.number - 1] + place.shift + at - start
