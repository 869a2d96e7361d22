"""The changed cells of a notebook as texts, where the lines of its file are nothing to read.

That is so where a source is one string, or the file is one line. Lines of a list are read as they
are, and a diff of them applies.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from hushflake.lint_plugin.credentials.names import Names
from hushflake.lint_plugin.masking import Masked
from hushflake.lint_plugin.notebooks.layout import Layout, NotebookModule
from hushflake.lint_plugin.notebooks.scan import Notebook, scan
from hushflake.lint_plugin.settings import Policy, Settings
from hushflake.lint_plugin.spans import everywhere, merged, secret_spans

# A longer line of JSON is not read.
_WIDEST = 1000


class CellChange(NamedTuple):
    """A changed cell: its number, and its lines before and after, as they are and as shown."""

    number: int
    before: list[bytes]
    after: list[bytes]
    shown_before: list[bytes]
    shown_after: list[bytes]


def cell_changes(
    old: bytes, new: bytes, path: str, settings: Settings, *, show_secrets: bool
) -> list[CellChange]:
    """Return the changed cells of a notebook; nothing where a diff of its lines can be read."""
    versions = [found for found in map(scan, (old, new)) if isinstance(found, Notebook)]
    if len(versions) < 2 or _is_readable(*versions):
        return []
    policy = Policy(settings)
    names = Names(settings.secret_names, settings.public_names)
    modules = [NotebookModule(path, Layout(each), policy, names) for each in versions]
    values = {module.utf8[start:end] for module in modules for start, end in secret_spans(module)}
    shown = [_cells(module, values if not show_secrets else set()) for module in modules]
    plain = [_cells(module, set()) for module in modules]
    return [
        CellChange(number, plain[0][number], plain[1][number], shown[0][number], shown[1][number])
        for number in plain[0]
        if plain[0][number] != plain[1].get(number)
    ]


def _is_readable(old: Notebook, new: Notebook) -> bool:
    """Say whether the changed cells are lists of short lines."""
    changed = [
        cell
        for pair in zip(old.cells, new.cells, strict=False)
        for cell in pair
        if pair[0].source != pair[1].source
    ]
    return all(cell.is_list for cell in changed) and all(
        _has_short_lines(notebook) for notebook in (old, new)
    )


def _has_short_lines(notebook: Notebook) -> bool:
    """Say whether the file is laid out in lines: one that holds cells is short."""
    first = notebook.data.find(b"\n", notebook.cells[0].start) if notebook.cells else 0
    return 0 <= first <= notebook.cells[0].start + _WIDEST if notebook.cells else True


def _cells(module: NotebookModule, values: set[bytes]) -> dict[int, list[bytes]]:
    """Return the lines of each cell, without `values`."""
    spans = merged(everywhere(module.utf8, values)) if values else []
    if values:
        spans = merged([*spans, *secret_spans(module)])
    lines = re.split(r"\r\n|\r|\n", Masked(module.source_as_shown, spans).text())
    return {
        piece.cell.number: list(_ended(lines[piece.line - 1 : piece.line - 1 + piece.lines]))
        for piece in module.layout.pieces
    }


def _ended(lines: list[str]) -> Iterator[bytes]:
    # Every line has an end here: whether the last one of a cell has is no matter of reading.
    yield from (f"{line}\n".encode() for line in lines)
