"""Jupyter notebooks: the code cells as one module, and what they have printed."""

from typing import TYPE_CHECKING

from .base import Ground, Kind, Secrets, Shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..analysis.source import Source
    from ..credentials.names import Names
    from ..finding import Finding, Result, Skipped
    from ..module import Module
    from ..notebooks.layout import Layout, NotebookModule
    from ..notebooks.scan import Fault
    from ..settings import Policy


class Notebook(Kind):
    name = "notebook"
    suffixes = (".ipynb",)
    rewrites = True

    def searched(self, data: bytes) -> bytes:
        # A name after the escape of a newline would begin with its `n`.
        return data.replace(b"\\n", b"\n")

    def check(self, ground: Ground, data: bytes, path: str) -> "Result":
        from ..finding import Result
        from ..notebooks.layout import Layout, NotebookModule
        from ..notebooks.scan import Fault, scan

        found = scan(data)
        if isinstance(found, Fault):
            return _not_a_notebook(ground, data, path, found)
        layout = Layout(found)
        module = NotebookModule(path, layout, ground.policy, ground.names)
        findings = tuple(_placed(module, ground, data))
        module.release()
        return Result(findings, _remark(layout, path))

    def secrets(self, data: bytes, path: str, policy: "Policy", names: "Names") -> Secrets | None:
        from ..notebooks.layout import NotebookModule
        from ..notebooks.leaks import leaks
        from ..spans import merged, secret_spans

        module = _module(data, path, policy, names)
        if module is None:
            return None
        if not isinstance(module, NotebookModule):
            return Secrets(module.source, secret_spans(module))
        layout = module.layout
        mark = len(data) - len(layout.file.utf8)
        spans = [tuple(map(layout.in_file, span)) for span in secret_spans(module)]
        spans += [(leak.start, leak.end) for leak in leaks(module)]
        return Secrets(layout.file, merged((start - mark, end - mark) for start, end in spans))

    def shown(self, data: bytes, path: str, policy: "Policy", names: "Names") -> Shown | None:
        from ..notebooks.layout import NotebookModule
        from ..spans import hidden_spans

        module = _module(data, path, policy, names)
        if not isinstance(module, NotebookModule):
            return super().shown(data, path, policy, names)
        lines = {
            (piece.cell.number, number): piece.line + number - 1
            for piece in module.layout.pieces
            for number in range(1, piece.lines + 1)
        }
        return Shown(Secrets(module.source_as_shown, hidden_spans(module)), lines)


def _module(data: bytes, path: str, policy: "Policy", names: "Names") -> "Module | None":
    """Return the module of a notebook, that of the text of a broken one, or None."""
    from ..notebooks.layout import Layout, NotebookModule
    from ..notebooks.scan import Fault, scan

    found = scan(data)
    if not isinstance(found, Fault):
        return NotebookModule(path, Layout(found), policy, names)
    if found.kind == "encoding":
        return None
    return _broken(data, path, policy, names, found)


def _broken(data: bytes, path: str, policy: "Policy", names: "Names", fault: "Fault") -> "Module":
    from ..analysis.source import ParseFailure
    from ..module import Module

    module = Module(path, data.removeprefix(b"\xef\xbb\xbf"), policy, names)
    module.parsed = ParseFailure(fault.kind, fault.message)
    return module


def _not_a_notebook(ground: Ground, data: bytes, path: str, fault: "Fault") -> "Result":
    """Return what comes of a file that is none: its text is searched if it is text."""
    from ..finding import Result, Skipped

    if fault.kind == "encoding":
        return Result((), Skipped(path, 1, 1, fault.kind, fault.message))
    module = _broken(data, path, ground.policy, ground.names, fault)
    line, column = module.source.position(min(fault.offset, len(module.utf8)))
    skipped = Skipped(path, line, column, fault.kind, fault.message)
    return Result(tuple(ground.check_module(module)), skipped)


def _placed(module: "NotebookModule", ground: Ground, data: bytes) -> "Iterator[Finding]":
    """Yield findings of the module with their places in cells and in the file."""
    layout, text = module.layout, module.source_as_shown
    printed: dict[tuple[int, str], tuple[int, int]] | None = None
    for finding in ground.check_module(module):
        piece = layout.piece_of(finding.line)
        start = layout.in_file(_offset(text, finding.line, finding.column))
        end = layout.in_file(_offset(text, finding.end_line, finding.end_column))
        line, end_line = finding.line - piece.line + 1, finding.end_line - piece.line + 1
        if finding.code == "HSF403":
            from ..notebooks.leaks import leaks

            if printed is None:
                found = [(leak.output.start, leak.name, leak) for leak in leaks(module)]
                printed = {(at, name): leak[2:] for at, name, leak in reversed(found)}
            start, end = printed.get((piece.start, finding.target), (start, end))
            value = ground.fingerprint(_unescaped(data[start:end]))
            finding = finding._replace(fingerprint=value)
        places = (*layout.place_in_file(start), *layout.place_in_file(end))
        yield finding._replace(
            line=line,
            end_line=end_line,
            cell=piece.cell.number,
            file_line=places[0],
            file_column=places[1],
            file_end_line=places[2],
            file_end_column=places[3],
        )


def _unescaped(text: bytes) -> bytes:
    """Return what a part of a string of JSON stands for."""
    import json

    if b"\\" not in text:
        return text
    try:
        value: str = json.loads(b'"' + text + b'"')
    except ValueError:
        return text
    return value.encode("utf-8", "surrogatepass")


def _offset(source: "Source", line: int, column: int) -> int:
    start = source.line_starts[min(line, len(source.line_starts)) - 1]
    end = source.line_starts[line] if line < len(source.line_starts) else len(source.utf8)
    before = source.utf8[start:end].decode("utf-8", "replace")[: column - 1]
    return start + len(before.encode("utf-8"))


def _remark(layout: "Layout", path: str) -> "Skipped | None":
    """Return what a reader should know of a notebook that was not looked at as a whole."""
    from ..finding import Skipped

    notebook = layout.notebook
    if not layout.is_python:
        told = notebook.language if notebook.language.isalnum() else "another language"
        message = f"is a notebook in {told[:20]}; its text alone was searched"
        return Skipped(path, 1, 1, "other-language", message)
    failures = layout.__dict__.get("parsed", (None, {}))[1]
    for number, failure in failures.items():
        if not number:
            return Skipped(path, 1, 1, failure.kind, failure.message)
        piece = next(piece for piece in layout.pieces if piece.cell.number == number)
        more = f"; nor do {len(failures) - 1} other cells" if len(failures) > 1 else ""
        line, column = layout.place_in_file(layout.in_file(piece.start))
        message = f"cell {number}:{failure.line}:{failure.column} {failure.message}{more}"
        return Skipped(path, line, column, failure.kind, message)
    return None
