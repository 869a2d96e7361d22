"""The protocol over standard input and output: diagnostics as a reader types, and quick fixes.

Nothing of a workspace is run or imported. A document is checked a moment after the last change, in
one thread; a check that a later change has overtaken is not published. What the editor sent is in
no log: errors are named by their kind alone.
"""

import asyncio
import logging
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from lsprotocol import types
from pygls import uris
from pygls.lsp.server import LanguageServer

from hushflake.lint_plugin.explain import rule_url
from hushflake.lint_plugin.finding import ERROR, Finding
from hushflake.terminal.escape import visible

from .checking import Checked, check, check_bytes, is_of_a_kind
from .fixes import Fix, all_reads, fixes
from .notebook import Cell, as_file
from .text import Lines

# After the last change, before a check. Seconds.
PAUSE = 0.2
# Longer documents are checked when they are opened and saved alone. Characters.
LARGEST_TYPED = 500_000
# Longer ones are not checked: as files they would not be either.
LARGEST = 16 << 20
SHOW = "hushflake.showCommand"
FIX_ALL = "source.fixAll.hushflake"


# The cells of code of a notebook are sent together, and checked as one module.
_NOTEBOOKS = types.NotebookDocumentSyncOptions(
    [
        types.NotebookDocumentFilterWithCells(
            cells=[types.NotebookCellLanguage("python")], notebook="jupyter-notebook"
        )
    ]
)


class Document(NamedTuple):
    """An open document."""

    uri: str
    version: int | None
    text: str
    path: str


class Server(LanguageServer):
    """The server; one per editor."""

    def __init__(self) -> None:
        # Full texts: what a line is, pygls and the protocol see differently.
        sync = types.TextDocumentSyncKind.Full
        super().__init__("hushflake", version("hushflake"), sync, _NOTEBOOKS)
        self.pool = ThreadPoolExecutor(1, "check")
        self.waiting: dict[str, asyncio.Task[None]] = {}
        self.checked: dict[str, tuple[int | None, Checked]] = {}
        self.told: set[str] = set()

    def report_server_error(self, error: Exception, source: Any) -> None:  # noqa: ARG002
        """Say what broke, without the message: it may hold a part of a document."""
        message = f"hushflake: internal error ({type(error).__name__})"
        self.tell(message, types.MessageType.Error)

    def tell(self, message: str, kind: types.MessageType = types.MessageType.Info) -> None:
        """Show a message."""
        self.window_show_message(types.ShowMessageParams(kind, visible(message)))

    @property
    def encoding(self) -> str:
        """The units in which the client counts characters."""
        agreed = self.workspace.position_encoding
        return str(getattr(agreed, "value", agreed) or "utf-16")

    @property
    def pushes(self) -> bool:
        """Whether diagnostics are sent unasked; one that asks for them would show them twice."""
        documents = self.client_capabilities.text_document
        return documents is None or documents.diagnostic is None

    def document(self, uri: str) -> Document | None:
        """Return an open document that can be checked."""
        held = self.workspace.text_documents.get(uri)
        if held is None or held.source is None or len(held.source) > LARGEST:
            return None
        path = uris.to_fs_path(uri) if uri.startswith("file:") else None
        if path is None and uri.startswith("untitled:") and held.language_id == "python":
            path = str(Path(self.workspace.root_path or Path.cwd(), "untitled.py"))
        if path is None or not is_of_a_kind(path, is_python=held.language_id == "python"):
            return None
        return Document(uri, held.version, held.source, path)

    async def findings(self, document: Document) -> Checked:
        """Return what a document comes to, as it was checked last if it has not changed."""
        known = self.checked.get(document.uri)
        if known is not None and known[0] == document.version and known[0] is not None:
            return known[1]
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self.pool, check, document.text, document.path)
        self.checked[document.uri] = (document.version, found)
        if found.mistake and found.mistake not in self.told:
            self.told.add(found.mistake)
            self.tell(found.mistake, types.MessageType.Warning)
        return found

    def schedule(self, uri: str, pause: float) -> None:
        """Check a document or a notebook after a pause, in the place of a check that waits."""
        self.forget(uri)
        self.waiting[uri] = asyncio.get_running_loop().create_task(self._publish(uri, pause))

    def forget(self, uri: str) -> None:
        """Do not publish what a check that is underway will find."""
        task = self.waiting.pop(uri, None)
        if task is not None:
            task.cancel()

    async def _publish(self, uri: str, pause: float) -> None:
        await asyncio.sleep(pause)
        document = self.document(uri)
        if document is None:
            await self._publish_notebook(uri)
            return
        found = await self.findings(document)
        items = diagnostics(found.findings, document.text, self.encoding)
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(uri, list(items), document.version)
        )

    async def _publish_notebook(self, uri: str) -> None:
        """Check the cells of a notebook together, and send each its findings."""
        path = uris.to_fs_path(uri) if uri.startswith("file:") else None
        cells = list(self._cells(uri))
        if path is None or sum(len(cell.text) for cell in cells) > LARGEST:
            return
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self.pool, check_bytes, as_file(cells), path)
        for number, cell in enumerate(cells, start=1):
            # Lines and columns count in the cell; those in the file are of no use here.
            own = [each._replace(file_line=0) for each in found.findings if each.cell == number]
            items = diagnostics(own, cell.text, self.encoding)
            self.text_document_publish_diagnostics(
                types.PublishDiagnosticsParams(cell.uri, list(items))
            )

    def _cells(self, uri: str) -> Iterator[Cell]:
        notebook = self.workspace.get_notebook_document(notebook_uri=uri)
        for each in notebook.cells if notebook is not None else ():
            held = self.workspace.text_documents.get(each.document)
            if held is not None and held.source is not None:
                yield Cell(each.document, held.source)


def diagnostics(
    findings: Iterable[Finding], text: str, encoding: str
) -> Iterator[types.Diagnostic]:
    """Yield findings as the protocol has them."""
    lines = Lines(text)
    for finding in findings:
        severity = types.DiagnosticSeverity
        yield types.Diagnostic(
            range_of(finding, lines, encoding),
            f"{visible(finding.message)}",
            severity=severity.Error if finding.severity == ERROR else severity.Information,
            code=finding.code,
            code_description=types.CodeDescription(rule_url(finding.code)),
            source="hushflake",
        )


def range_of(finding: Finding, lines: Lines, encoding: str) -> types.Range:
    """Return where a finding stands."""
    line, column, end_line, end_column = finding.in_file
    return types.Range(
        _position(line, column, lines, encoding),
        _position(max(end_line, line), end_column or column + 1, lines, encoding),
    )


def _position(line: int, column: int, lines: Lines, encoding: str) -> types.Position:
    return types.Position(line - 1, lines.units(line - 1, column - 1, encoding))


def _range(start: int, end: int, lines: Lines, encoding: str) -> types.Range:
    places = [lines.place(offset) for offset in (start, end)]
    return types.Range(*(types.Position(n, lines.units(n, c, encoding)) for n, c in places))


def _overlap(one: types.Range, other: types.Range) -> bool:
    return one.start <= other.end and other.start <= one.end


def action(fix: Fix, document: Document, encoding: str, kind: str) -> types.CodeAction:
    """Return a fix as the protocol has it."""
    lines = Lines(document.text)
    edits: list[Any] = [
        types.TextEdit(_range(change.start, change.end, lines, encoding), change.text)
        for change in fix.changes
    ]
    identity = types.OptionalVersionedTextDocumentIdentifier(document.uri, document.version)
    edit = types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(identity, edits)])
    command = types.Command("Show the command", SHOW, arguments=[fix.command])
    mended = diagnostics([fix.finding], document.text, encoding) if fix.finding else None
    return types.CodeAction(
        fix.title,
        kind=kind,
        diagnostics=list(mended) if mended else None,
        is_preferred=fix.preferred or None,
        edit=edit if edits else None,
        command=command if fix.command else None,
    )


def wanted(kind: str, only: Iterable[str] | None) -> bool:
    """Say whether a client asked for a kind of actions: for itself, or for one that it is of."""
    return only is None or any(kind == each or kind.startswith(f"{each}.") for each in only)


async def actions(server: Server, parameters: types.CodeActionParams) -> list[types.CodeAction]:
    """Return the fixes for a range of a document."""
    document = server.document(parameters.text_document.uri)
    if document is None:
        return []
    found = await server.findings(document)
    loop, only = asyncio.get_running_loop(), parameters.context.only
    made: list[types.CodeAction] = []
    if wanted("quickfix", only):
        lines = Lines(document.text)
        chosen = [
            finding
            for finding in found.findings
            if _overlap(range_of(finding, lines, server.encoding), parameters.range)
        ]

        def mend() -> list[Fix]:
            return list(fixes(document.text, document.path, found, chosen))

        offered = await loop.run_in_executor(server.pool, mend)
        made += [action(fix, document, server.encoding, "quickfix") for fix in offered]
    if only is not None and wanted(FIX_ALL, only):

        def mend_all() -> list[Fix]:
            return list(all_reads(document.text, document.path, found))

        offered = await loop.run_in_executor(server.pool, mend_all)
        made += [action(fix, document, server.encoding, FIX_ALL) for fix in offered]
    return made


def make() -> Server:
    """Return a server that knows its features."""
    server = Server()
    _documents(server)
    _notebooks(server)

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix, FIX_ALL]),
    )
    async def on_actions(parameters: types.CodeActionParams) -> list[types.CodeAction]:
        return await actions(server, parameters)

    @server.feature(
        types.TEXT_DOCUMENT_DIAGNOSTIC,
        types.DiagnosticOptions(False, False, identifier="hushflake"),
    )
    async def on_diagnostic(
        parameters: types.DocumentDiagnosticParams,
    ) -> types.RelatedFullDocumentDiagnosticReport:
        document = server.document(parameters.text_document.uri)
        if document is None:
            return types.RelatedFullDocumentDiagnosticReport([])
        found = await server.findings(document)
        items = diagnostics(found.findings, document.text, server.encoding)
        return types.RelatedFullDocumentDiagnosticReport(list(items))

    @server.command(SHOW)
    def on_show(command: str) -> None:
        server.tell(f"Run this in a terminal, with your store in the place of TARGET: {command}")

    return server


def _documents(server: Server) -> None:
    """Register what happens when documents are opened, changed, saved and closed."""

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    async def on_open(parameters: types.DidOpenTextDocumentParams) -> None:
        if server.pushes:
            server.schedule(parameters.text_document.uri, 0)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    async def on_change(parameters: types.DidChangeTextDocumentParams) -> None:
        document = server.document(parameters.text_document.uri)
        typed = document is not None and len(document.text) <= LARGEST_TYPED
        if document is not None and typed and server.pushes:
            server.schedule(document.uri, PAUSE)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    async def on_save(parameters: types.DidSaveTextDocumentParams) -> None:
        # The settings may have changed meanwhile.
        server.checked.pop(parameters.text_document.uri, None)
        if server.pushes:
            server.schedule(parameters.text_document.uri, 0)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    async def on_close(parameters: types.DidCloseTextDocumentParams) -> None:
        uri = parameters.text_document.uri
        server.forget(uri)
        server.checked.pop(uri, None)
        if server.pushes:
            server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))


def _notebooks(server: Server) -> None:
    """Register what happens when notebooks are opened, changed and closed."""

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_OPEN)
    async def on_open(parameters: types.DidOpenNotebookDocumentParams) -> None:
        server.schedule(parameters.notebook_document.uri, 0)

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_CHANGE)
    async def on_change(parameters: types.DidChangeNotebookDocumentParams) -> None:
        server.schedule(parameters.notebook_document.uri, PAUSE)

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_CLOSE)
    async def on_close(parameters: types.DidCloseNotebookDocumentParams) -> None:
        server.forget(parameters.notebook_document.uri)
        for cell in parameters.cell_text_documents:
            server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(cell.uri, []))


def serve() -> None:
    """Serve an editor until it is done."""
    # pygls logs what it received.
    logger = logging.getLogger("pygls")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    make().start_io()
