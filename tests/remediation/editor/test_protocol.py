"""The language server, asked by a real client over its standard input and output."""

import ast
import asyncio
import os
import socket
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls import uris
from pygls.lsp.client import LanguageClient

from hushflake.remediation.editor import server

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
READ = "import os\n\nURL = os.getenv('URL')\n"
PASSWORD = "hunter" + "2-And-More"
SECRET = f"password = '{PASSWORD}'\n"


class Client(LanguageClient):
    """A client that keeps what it is sent."""

    def __init__(self, root: Path) -> None:
        super().__init__("test", "1")
        self.root = root
        self.published: list[types.PublishDiagnosticsParams] = []
        self.messages: list[str] = []

        @self.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def _(parameters: types.PublishDiagnosticsParams) -> None:
            self.published.append(parameters)

        @self.feature(types.WINDOW_SHOW_MESSAGE)
        def _(parameters: types.ShowMessageParams) -> None:
            self.messages.append(parameters.message)

    def uri(self, name: str = "app.py") -> str:
        return str(uris.from_fs_path(str(self.root / name)))

    def open(self, text: str, name: str = "app.py", language: str = "python") -> None:
        item = types.TextDocumentItem(self.uri(name), language, 1, text)
        self.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def change(self, text: str, version: int, name: str = "app.py") -> None:
        document = types.VersionedTextDocumentIdentifier(version, self.uri(name))
        change = types.TextDocumentContentChangeWholeDocument(text)
        self.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))

    async def wait(self, count: int = 1, name: str = "") -> types.PublishDiagnosticsParams:
        """Return the newest diagnostics, of one document if named, when there have been so many."""
        for _ in range(400):
            found = [each for each in self.published if not name or each.uri == self.uri(name)]
            if len(found) >= count:
                return found[-1]
            await asyncio.sleep(0.05)
        raise TimeoutError

    async def fixes(
        self, diagnostic: types.Diagnostic, only: list[str] | None = None, name: str = "app.py"
    ) -> dict[str, types.CodeAction]:
        context = types.CodeActionContext([diagnostic], only=only)
        document = types.TextDocumentIdentifier(self.uri(name))
        asked = types.CodeActionParams(document, diagnostic.range, context)
        found = await self.text_document_code_action_async(asked) or []
        return {each.title: each for each in found if isinstance(each, types.CodeAction)}


Talk = Callable[[Client], Awaitable[None]]


def serve_one(listener: socket.socket) -> None:
    """Serve one connection as the command serves its standard input and output."""
    connection, _ = listener.accept()
    with connection, connection.makefile("rb") as reading, connection.makefile("wb") as writing:
        server.make().start_io(reading, writing)


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Callable[..., Client]]:
    """Run a conversation with a server, in a thread here or in a process as editors start it."""
    listener = socket.create_server(("127.0.0.1", 0))
    threads: list[threading.Thread] = []

    def run(conversation: Talk, *, is_program: bool = False, **capabilities: Any) -> Client:
        client = Client(tmp_path)

        async def whole() -> None:
            if is_program:
                variables = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
                program = ("-P", "-m", "hushflake.cli.start", "lsp", "--stdio")
                await client.start_io(sys.executable, *program, cwd=str(tmp_path), env=variables)
            else:
                threads.append(threading.Thread(target=serve_one, args=(listener,), daemon=True))
                threads[-1].start()
                await client.start_tcp(*listener.getsockname())
            asked = types.InitializeParams(
                types.ClientCapabilities(**capabilities),
                root_uri=uris.from_fs_path(str(tmp_path)),
            )
            client.told = await client.initialize_async(asked)  # type: ignore[attr-defined]
            client.initialized(types.InitializedParams())
            try:
                await conversation(client)
                await client.shutdown_async(None)
                client.exit(None)
            except BaseException:
                if client._server is not None:
                    client._server.kill()
                raise
            finally:
                await client.stop()

        asyncio.run(asyncio.wait_for(whole(), 60))
        return client

    yield run
    listener.close()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()


def applied(text: str, action: types.CodeAction) -> str:
    """Return a text with the edits of an action: positions in UTF-16 units, as agreed."""
    assert action.edit is not None
    [change] = action.edit.document_changes or []
    assert isinstance(change, types.TextDocumentEdit)
    assert change.text_document.version == 1
    lines = text.split("\n")
    starts = [sum(len(line) + 1 for line in lines[:at]) for at in range(len(lines) + 1)]

    def offset(position: types.Position) -> int:
        if position.line >= len(lines):
            return len(text)
        units = lines[position.line].encode("utf-16-le")[: position.character * 2]
        return starts[position.line] + len(units.decode("utf-16-le"))

    for edit in sorted(change.edits, key=lambda edit: edit.range.start, reverse=True):
        assert isinstance(edit, types.TextEdit)
        text = text[: offset(edit.range.start)] + edit.new_text + text[offset(edit.range.end) :]
    return text


def at(line: int, start: int, end: int) -> types.Range:
    return types.Range(types.Position(line, start), types.Position(line, end))


def test_a_document_is_checked_as_it_is_typed(talk: Callable[..., Client]) -> None:
    async def conversation(client: Client) -> None:
        client.open(READ)
        first = await client.wait()
        [found] = first.diagnostics
        assert (found.code, found.source) == ("HSF101", "hushflake")
        assert found.range == at(2, 6, 22)
        assert found.severity == types.DiagnosticSeverity.Error
        assert found.code_description is not None
        assert "HSF101".lower() in found.code_description.href.lower()
        # Never saved: the file on the disk says nothing.
        assert not (client.root / "app.py").exists()
        client.change("x = 1\n", 2)
        second = await client.wait(2)
        assert (second.version, len(second.diagnostics)) == (2, 0)
        document = types.TextDocumentIdentifier(client.uri())
        client.text_document_did_close(types.DidCloseTextDocumentParams(document))
        assert not (await client.wait(3)).diagnostics

    talk(conversation, is_program=True)


def test_the_units_are_those_of_utf_16(talk: Callable[..., Client]) -> None:
    text = "import os\nx = '😀é'; url = os.getenv('URL')\n"

    async def conversation(client: Client) -> None:
        client.open(text)
        [found] = (await client.wait()).diagnostics
        start = len("x = '😀é'; url = ".encode("utf-16-le")) // 2
        assert found.range == at(1, start, start + len("os.getenv('URL')"))
        [fix] = [each for title, each in (await client.fixes(found)).items() if "through" in title]
        new = applied(text, fix)
        assert "x = '😀é'; url = get_config_value('URL')" in new

    talk(conversation)


@pytest.mark.parametrize("unit", ["utf-8", "utf-32"])
def test_other_units_are_agreed_on(talk: Callable[..., Client], unit: str) -> None:
    async def conversation(client: Client) -> None:
        client.open("import os\nx = '😀é'; url = os.getenv('URL')\n")
        [found] = (await client.wait()).diagnostics
        before = "x = '😀é'; url = "
        size = len(before) if unit == "utf-32" else len(before.encode())
        assert found.range.start == types.Position(1, size)

    general = types.GeneralClientCapabilities(position_encodings=[types.PositionEncodingKind(unit)])
    talk(conversation, general=general)


def test_a_read_is_rewritten_alone_and_with_all_others(talk: Callable[..., Client]) -> None:
    text = "import os\n\nA = os.getenv('A')\nB = os.environ['B']\n"

    async def conversation(client: Client) -> None:
        client.open(text)
        first, _ = (await client.wait()).diagnostics
        found = await client.fixes(first)
        one = applied(text, found["Read through the accessor"])
        assert "A = get_config_value('A')\nB = os.environ['B']\n" in one
        assert "from hushflake.config import get_config_value" in one
        assert found["Read through the accessor"].is_preferred
        every = applied(text, found["Rewrite all 2 reads of this file"])
        assert "A = get_config_value('A')\nB = require_config_value('B')\n" in every
        for new in (one, every):
            compile(new, "app.py", "exec")
        [fix] = (await client.fixes(first, ["source.fixAll"])).values()
        assert fix.kind == "source.fixAll.hushflake"
        assert applied(text, fix) == every
        assert await client.fixes(first, ["refactor"]) == {}

    talk(conversation)


IGNORED = {
    "a line": "import os\nA = os.getenv('A')\n",
    "indented": "import os\ndef f():\n    return os.getenv('A')\n",
    "in a call of several lines": "import os\nx = dict(\n    a=1,\n    b=os.getenv('A'),\n)\n",
    "after a long text": "import os\nx = '''\n  long\n''' + os.getenv('A')\n",
    "a joined line": "import os\nx = 1 + \\\n    len(os.getenv('A'))\n",
    "in a header": "import os\nif os.getenv('A'):\n    x = 1\n",
    "in an elif": "import os\nif x:\n    pass\nelif os.getenv('A'):\n    x = 1\n",
    "Windows": "import os\r\nA = os.getenv('A')\r\n",
    "a form feed": "import os\n\x0cA = os.getenv('A')\n",
}


def test_a_finding_is_ignored_with_a_reason(talk: Callable[..., Client]) -> None:
    async def conversation(client: Client) -> None:
        for number, (case, text) in enumerate(IGNORED.items()):
            name = f"ignored{number}.py"
            client.open(text, name)
            [found] = (await client.wait(1, name)).diagnostics
            fix = (await client.fixes(found, name=name))["Ignore HSF101 here, with a reason"]
            new = applied(text, fix)
            assert new.count("# hushflake: ignore[HSF101] say why") == 1, case
            client.change(new, 2, name)
            assert not (await client.wait(2, name)).diagnostics, case

    talk(conversation)


def test_a_secret_is_moved_by_a_command(talk: Callable[..., Client]) -> None:
    async def conversation(client: Client) -> None:
        client.open(SECRET)
        [found] = (await client.wait()).diagnostics
        assert found.code == "HSF301"
        context = types.CodeActionContext([found])
        document = types.TextDocumentIdentifier(client.uri())
        offered = await client.text_document_code_action_async(
            types.CodeActionParams(document, found.range, context)
        )
        [fix, ignore] = offered or []
        assert (fix.title, ignore.title) == (
            "Show the command that moves this secret into a store",
            "Ignore HSF301 here, with a reason",
        )
        # This client takes an action with a command for a command, and spells the command out.
        command = ast.literal_eval(str(fix.command))
        asked = types.ExecuteCommandParams(command["command"], arguments=command["arguments"])
        await client.workspace_execute_command_async(asked)
        while not client.messages:
            await asyncio.sleep(0.05)

    client = talk(conversation)
    [message] = client.messages
    assert "hushflake codemod --only hardcoded_secrets --to TARGET -- app.py" in message
    assert PASSWORD not in str(client.published) + message


def test_a_client_that_asks_for_diagnostics_is_sent_none(talk: Callable[..., Client]) -> None:
    async def conversation(client: Client) -> None:
        client.open(READ)
        document = types.TextDocumentIdentifier(client.uri())
        asked = types.DocumentDiagnosticParams(document)
        found = await client.text_document_diagnostic_async(asked)
        assert isinstance(found, types.RelatedFullDocumentDiagnosticReport)
        assert [each.code for each in found.items] == ["HSF101"]
        client.change("x = 1\n", 2)
        found = await client.text_document_diagnostic_async(asked)
        assert isinstance(found, types.RelatedFullDocumentDiagnosticReport)
        assert not found.items

    pulls = types.TextDocumentClientCapabilities(diagnostic=types.DiagnosticClientCapabilities())
    assert talk(conversation, text_document=pulls).published == []


def test_a_burst_of_changes_is_checked_once_or_twice(talk: Callable[..., Client]) -> None:
    async def conversation(client: Client) -> None:
        client.open(READ)
        await client.wait()
        for version in range(2, 62):
            client.change(READ * version, version)
        while client.published[-1].version != 61:
            await asyncio.sleep(0.05)
        assert len(client.published[-1].diagnostics) == 61

    assert len(talk(conversation).published) <= 4


def test_a_long_document_is_not_checked_at_each_change(talk: Callable[..., Client]) -> None:
    async def conversation(client: Client) -> None:
        client.open(READ)
        await client.wait()
        client.change(READ + "#" * 600_000, 2)
        await asyncio.sleep(0.6)
        assert len(client.published) == 1
        document = types.TextDocumentIdentifier(client.uri())
        client.text_document_did_save(types.DidSaveTextDocumentParams(document))
        assert (await client.wait(2)).version == 2

    talk(conversation)


def test_settings_of_the_repository_count(talk: Callable[..., Client], tmp_path: Path) -> None:
    settings = tmp_path / "pyproject.toml"
    settings.write_text("[tool.hushflake]\nignore = ['HSF1']\n", encoding="utf-8")

    async def conversation(client: Client) -> None:
        client.open(READ)
        assert not (await client.wait()).diagnostics
        settings.write_text("[tool.hushflake]\nno-such = 1\n", encoding="utf-8")
        document = types.TextDocumentIdentifier(client.uri())
        client.text_document_did_save(types.DidSaveTextDocumentParams(document))
        assert len((await client.wait(2)).diagnostics) == 1

    [message] = talk(conversation).messages
    assert "unknown key 'no-such'" in message


def test_an_untitled_document_is_checked_and_a_foreign_one_is_not(
    talk: Callable[..., Client],
) -> None:
    async def conversation(client: Client) -> None:
        for uri in ("git:/x/app.py", "vscode-notebook-cell:/x.ipynb#1", "untitled:Untitled-1"):
            item = types.TextDocumentItem(uri, "python", 1, READ)
            client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        await client.wait()
        await asyncio.sleep(0.3)

    [published] = talk(conversation).published
    assert (published.uri, len(published.diagnostics)) == ("untitled:Untitled-1", 1)


def test_the_cells_of_a_notebook_are_one_module(talk: Callable[..., Client]) -> None:
    texts = ["import os\n", "%matplotlib inline\nx = '😀'; y = os.getenv('URL')\n"]

    def cell(number: int) -> str:
        return f"vscode-notebook-cell:/book.ipynb#{number}"

    async def conversation(client: Client) -> None:
        kind = types.NotebookCellKind.Code
        cells = [types.NotebookCell(kind, cell(number)) for number in range(len(texts))]
        uri = client.uri("book.ipynb")
        notebook = types.NotebookDocument(uri, "jupyter-notebook", 1, cells)
        items = [
            types.TextDocumentItem(cell(number), "python", 1, text)
            for number, text in enumerate(texts)
        ]
        client.notebook_document_did_open(types.DidOpenNotebookDocumentParams(notebook, items))
        await client.wait(2)
        first, second = client.published
        assert (first.uri, len(first.diagnostics)) == (cell(0), 0)
        [found] = second.diagnostics
        start = len("x = '😀'; y = ".encode("utf-16-le")) // 2
        assert (second.uri, found.range.start) == (cell(1), types.Position(1, start))
        change = types.TextDocumentContentChangeWholeDocument("y = 1\n")
        version = types.VersionedTextDocumentIdentifier(2, cell(1))
        client.notebook_document_did_change(
            types.DidChangeNotebookDocumentParams(
                types.VersionedNotebookDocumentIdentifier(2, uri),
                types.NotebookDocumentChangeEvent(
                    cells=types.NotebookDocumentCellChanges(
                        text_content=[types.NotebookDocumentCellContentChanges(version, [change])]
                    )
                ),
            )
        )
        await client.wait(4)
        assert not client.published[-1].diagnostics
        client.notebook_document_did_close(
            types.DidCloseNotebookDocumentParams(
                types.NotebookDocumentIdentifier(uri),
                [types.TextDocumentIdentifier(cell(number)) for number in range(2)],
            )
        )
        await client.wait(6)

    talk(conversation)


def test_files_of_configuration_are_checked_and_others_are_not(
    talk: Callable[..., Client],
) -> None:
    value = "q7Zt9kQ9wLm2" + "XcVbPq6Zs1Ld"

    async def conversation(client: Client) -> None:
        client.open(f"PASSWORD = '{value}'\n", "notes.txt", "plaintext")
        client.open(f"db:\n  password: {value}\n", "app.yaml", "yaml")
        [found] = (await client.wait()).diagnostics
        assert client.published[0].uri.endswith("app.yaml")
        assert found.range.start.line == 1
        client.open(f'{{"password": "{value}"}}\n', "app.json", "json")
        [found] = (await client.wait(2)).diagnostics
        offered = await client.fixes(found, name="app.json")
        assert not any("Ignore" in title for title in offered), "JSON has no comments"

    assert len(talk(conversation).published) == 2


def test_a_hostile_folder_runs_nothing(talk: Callable[..., Client], tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    planted = f"open({str(ran)!r}, 'w')\n"
    for name in ("pygls", "lsprotocol", "libcst", "settings", "json", "sitecustomize", "conftest"):
        (tmp_path / f"{name}.py").write_text(planted, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(
        "[tool.hushflake]\naccessor = 'settings'\n", encoding="utf-8"
    )
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text(
        f"[core]\nfsmonitor = touch {ran}\nhooksPath = {tmp_path}\n", encoding="utf-8"
    )
    os.mkfifo(tmp_path / ".env")

    async def conversation(client: Client) -> None:
        client.open(READ)
        [found] = (await client.wait()).diagnostics
        assert "from settings import" in applied(
            READ, (await client.fixes(found))["Read through the accessor"]
        )

    talk(conversation, is_program=True)
    assert not ran.exists()


BROKEN = ["def f(:\n", "\0", "x = '\ud800'\n", "(" * 5000, "# coding: rot13\nx\n", "", "\x0c\r\r"]


def test_any_text_is_survived(talk: Callable[..., Client]) -> None:
    async def conversation(client: Client) -> None:
        for number, text in enumerate(BROKEN):
            name = f"broken{number}.py"
            client.open(text.encode("utf-8", "replace").decode(), name)
            await client.wait(1, name)
            client.change(READ, 2, name)
            assert len((await client.wait(2, name)).diagnostics) == 1, repr(text[:20])

    talk(conversation)


def test_a_defect_tells_no_text(talk: Callable[..., Client]) -> None:
    async def conversation(client: Client) -> None:
        client.protocol.notify("textDocument/didOpen", {"textDocument": {"text": PASSWORD}})
        await asyncio.sleep(0.3)
        client.open(READ)
        await client.wait()

    client = talk(conversation, is_program=True)
    assert PASSWORD not in "".join(client.messages)


def test_a_fix_comes_within_a_second(talk: Callable[..., Client]) -> None:
    text = READ + "".join(f"x{number} = {number}\n" for number in range(2000))

    async def conversation(client: Client) -> None:
        client.open(text)
        [found] = (await client.wait()).diagnostics
        begun = time.monotonic()
        assert len(await client.fixes(found)) == 2
        assert time.monotonic() - begun < 5

    talk(conversation)
