"""Notebooks under check: cells as one module, places, magics, outputs, and files that are none."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from hushflake.cli import check_line
from hushflake.lint_plugin import registry
from hushflake.lint_plugin.analysis.source import ParseFailure, parse
from hushflake.lint_plugin.engine import Checker
from hushflake.lint_plugin.finding import Finding, Result
from hushflake.lint_plugin.notebooks.magics import blanked, without_automagic
from hushflake.lint_plugin.reading import LARGEST_SOURCE
from hushflake.lint_plugin.session import Request, check
from hushflake.lint_plugin.settings import Settings
from tests.fakes.bounded import cpu_within

TOKEN = "ghp_" + "k3Jd9fLq2M" * 3 + "a1B2c3"
SECRET = "sOme-pa55!" + "word"


def code(source: Any, *outputs: dict[str, Any]) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": list(outputs),
        "source": source,
    }


def printed(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": text.splitlines(keepends=True)}


def notebook(*cells: Any, language: str = "python", **more: Any) -> dict[str, Any]:
    rows = [
        cell if isinstance(cell, dict) else code(cell.splitlines(keepends=True)) for cell in cells
    ]
    metadata = {"language_info": {"name": language}}
    return {"cells": rows, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5, **more}


def checked(document: Any, codes: str = "ALL", *, indent: int | None = 1) -> Result:
    data = document if isinstance(document, bytes) else json.dumps(document, indent=indent).encode()
    checker = Checker(Settings(root="/project"), registry.selection([codes]))
    return checker.check_bytes(data, "/project/nb.ipynb")


def places(result: Result) -> list[tuple[str, str]]:
    return [(finding.code, finding.place) for finding in result.findings]


def test_cells_are_one_module_in_order() -> None:
    result = checked(notebook("import os", "# text", "x = 1\nprint(os.getenv('URL'))"), "HSF1")
    assert places(result) == [("HSF101", "cell 3:2:7")]
    assert result.skipped is None


def text_at(data: bytes, finding: Finding) -> str:
    """Return what stands in the file at the place of a finding in the file."""
    line, column, end_line, end_column = finding.in_file
    lines = data.decode().splitlines()
    assert line == end_line
    return lines[line - 1][column - 1 : end_column - 1]


@pytest.mark.parametrize("as_list", [True, False])
@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("ascii_alone", [True, False])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_place_in_the_file(
    *, as_list: bool, indent: int | None, ascii_alone: bool, newline: str
) -> None:
    source = f"s = 'é\"\\\\ 💥'{newline}import os{newline}if 1:{newline}\tx = '☃', os.getenv('A')"
    document = notebook(code(source.splitlines(keepends=True) if as_list else source))
    data = json.dumps(document, indent=indent, ensure_ascii=ascii_alone).encode()
    if newline == "\r\n":
        data = data.replace(b"\n", b"\r\n")
    (finding,) = checked(data, "HSF1").findings
    assert finding.place == "cell 1:4:11"
    assert text_at(data, finding) == "os.getenv('A')"


@pytest.mark.parametrize(
    "source",
    [
        "%matplotlib inline",
        "%%time\nx = 1",
        "%%timeit -n 10\nx = 1",
        "%%bash\nexport X=1\necho {a..b}",
        "!pip install foo (",
        "!ls \\\n  -l 'unclosed",
        "files = !ls *.txt",
        "d.x['a'] = %sql select 1",
        "if x:\n    !ls\n    y = 1",
        "if x:\n    %cd ..\nelse:\n    !ls",
        "os.getenv?",
        "os.getenv??",
        "?os.getenv",
        "%time f(1)",
        "%timeit -n 10 f(1)",
        "%sql\nselect * from t",
        "x = '''\n%cd\n!ls\n'''",
        "x = (a\n  % b)",
        "x = a \\\n  % b",
        "%",
        "!",
        "?",
        "é?",
        "\n\n%%html\n<b>",
        "x = f'{a!r}'\n!ls",
        "# don't\n!echo don't\ny = 1",
    ],
)
def test_what_is_no_python_is_blanked_in_place(source: str) -> None:
    text = blanked(source)
    sizes = [[len(line.encode()) for line in each.split("\n")] for each in (text, source)]
    assert sizes[0] == sizes[1]
    assert not isinstance(parse(text.encode()), ParseFailure), text


def test_python_is_left_alone() -> None:
    source = 'x = """\n%s\n!""" % (\n  1\n)\nif x != 1: y = x %2\n'
    assert blanked(source) == source


def test_automagic() -> None:
    assert blanked("pip install x") == "pip install x"
    assert without_automagic("pip install x\nls = 1\nls -l").startswith("0#p install x\nls = 1\n0#")


def test_a_statement_after_a_magic_of_lines_is_looked_at() -> None:
    result = checked(notebook("import os\n%time print(os.getenv('A'))\n%%x"), "HSF1")
    assert places(result) == [("HSF101", "cell 1:2:13")]


def test_text_of_shell_lines_and_other_languages_is_searched() -> None:
    result = checked(notebook(f"!curl -H 'x: {TOKEN}'", f"%%bash\nexport T={TOKEN}"))
    assert places(result) == [("HSF302", "cell 1:1:14"), ("HSF302", "cell 2:2:10")]


def test_a_cell_that_does_not_parse_hides_no_other() -> None:
    result = checked(notebook("import os", "print 'a'", "x = (", "os.getenv('A')"), "HSF1")
    assert places(result) == [("HSF101", "cell 4:1:1")]
    assert result.skipped is not None
    assert result.skipped.kind == "python-2"
    assert result.skipped.message.startswith("cell 2:1:1 ")
    assert "1 other cell" in result.skipped.message


def test_other_languages_are_said() -> None:
    result = checked(notebook("x <- 'a'", f"y <- '{TOKEN}'", language="R"))
    assert places(result) == [("HSF302", "cell 2:1:7")]
    assert result.skipped is not None
    assert (result.skipped.kind, result.skipped.failed) == ("other-language", False)
    assert "notebook in r;" in result.skipped.message


def test_comments_that_silence() -> None:
    pragma = "# hushflake: ignore[HSF101] asked for by the platform"
    result = checked(
        notebook(
            "import os\nos.getenv('A')  # noqa: HSF101",
            f"!ls (\n{pragma}\nos.getenv('B')",
            f"os.getenv('C')  {pragma}\n{pragma}",
            "os.getenv('D')",
        )
    )
    assert places(result) == [("HSF001", "cell 3:2:1"), ("HSF101", "cell 4:1:1")]


def test_a_pragma_silences_the_output_of_its_cell() -> None:
    pragma = "# hushflake: ignore[HSF403] revoked"
    for source in (f"x = 1  {pragma}\nprint(x)", f"x = 1\nprint(x)  {pragma}"):
        assert places(checked(notebook(code(source, printed(TOKEN))))) == []
    both = notebook(code("print(x)", printed(TOKEN)), code(f"y  {pragma}"))
    assert places(checked(both)) == [("HSF403", "cell 1:1:1"), ("HSF001", "cell 2:1:4")]


@pytest.mark.parametrize(
    "output",
    [
        printed(f"a\n{TOKEN}\nb {TOKEN}\n"),
        {"output_type": "execute_result", "data": {"text/plain": f"'{TOKEN}'"}},
        {"output_type": "display_data", "data": {"text/html": ["<td>", f"{TOKEN}</td>"]}},
        {"output_type": "display_data", "data": {"application/json": {"a": [{"b": TOKEN}]}}},
        {"output_type": "display_data", "data": {"image/svg+xml": f"<text>{TOKEN}</text>"}},
        {"output_type": "error", "evalue": f"no {TOKEN}", "traceback": []},
        {"output_type": "error", "traceback": [f"\x1b[1;31m{TOKEN}\x1b[0m"]},
    ],
)
def test_outputs_are_searched(output: dict[str, Any]) -> None:
    data = json.dumps(notebook("x = 1", code("print(x)", output)), indent=1).encode()
    (finding,) = checked(data).findings
    assert (finding.code, finding.place) == ("HSF403", "cell 2:1:1")
    assert text_at(data, finding) == TOKEN


@pytest.mark.parametrize("shown", [SECRET, repr(SECRET), f"<b>{SECRET}</b>", f'"{SECRET}"'])
def test_a_value_of_the_code_in_an_output(shown: str) -> None:
    source = f"password = {SECRET!r}\nprint(password)"
    result = checked(notebook(code(source), code("print(password)", printed(shown))))
    assert places(result) == [("HSF301", "cell 1:1:12"), ("HSF403", "cell 2:1:1")]


def test_words_and_pictures_are_no_secrets() -> None:
    source = "password = 'correct'\nprint(password)"
    picture = {"output_type": "display_data", "data": {"image/png": TOKEN, "text/plain": "<F>"}}
    result = checked(notebook(code(source, printed("correct horse"), picture)))
    assert "HSF403" not in {code for code, _ in places(result)}


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "notebook"),
        (b"\xff\xfe{}", "encoding"),
        (b'{"cells": "\xff"}', "encoding"),
        (b"[]", "notebook"),
        (b"{}", "notebook"),
        (b'{"cells": 3, "nbformat": 4}', "notebook"),
        (b'{"cells": []}', "notebook"),
        (b'{"cells": [], "nbformat": 5}', "notebook"),
        (b'{"cells": [], "nbformat": true', "notebook"),
        (b'{"cells": [3], "nbformat": 4}', "notebook"),
        (b'{"cells": [{"cell_type": "code", "source": 3}], "nbformat": 4}', "notebook"),
        (b'{"cells": [{"cell_type": "code", "source": [3]}], "nbformat": 4}', "notebook"),
        (b'{"cells": [{"cell_type": "code", "source": ["a", null]}], "nbformat": 4}', "notebook"),
        (b'{"cells": [], "nbformat": 4}}', "notebook"),
        (b'{"cells": [' + b"[" * 100_000, "too-deep"),
        (b'{"a": ' * 100_000, "too-deep"),
        (b'{"cells": [], "nbformat": ' + b"9" * 10_000 + b"}", "notebook"),
        (b'{"nbformat": 3, "worksheets": [{"cells": []}]}', "old-notebook"),
        (b'{"nbformat": 2, "cells": []}', "old-notebook"),
        (b'{"cells": [], "nbformat": 4, "metadata": "\\ud800\x01"}', "notebook"),
    ],
)
def test_files_that_are_no_notebook(data: bytes, kind: str) -> None:
    result = checked(data)
    assert result.skipped is not None
    assert (result.skipped.kind, result.skipped.failed) == (kind, False)


@pytest.mark.parametrize(
    "data",
    [
        b'{"cells": [], "nbformat": 4}',
        b'\xef\xbb\xbf{"cells": [{"cell_type": "code"}], "nbformat": 4, "metadata": []}',
        b'{"cells": [{"cell_type": "code", "source": []}], "nbformat": 4}',
        b'{"cells": [{"cell_type": 3, "source": []}, {}], "nbformat": 4, "nbformat": 4}',
        b'{"cells": [{"cell_type": "code", "source": "\\ud83d\\u0000 x\\ud800"}], "nbformat": 4}',
        b'{"cells": [{"cell_type": "code", "outputs": [3, {"data": 3}]}], "nbformat": 4}',
        b'{"cells": [], "nbformat": 4, "metadata": {"language_info": {"name": 3}}}',
        b'{"cells": [], "nbformat": 4, "metadata": {"kernelspec": "x"}}',
    ],
)
def test_odd_notebooks(data: bytes) -> None:
    result = checked(data)
    assert not result.findings
    assert result.skipped is None or not result.skipped.failed


def test_the_text_of_a_broken_notebook_is_searched() -> None:
    result = checked(f'{{"cells": ["{TOKEN}"'.encode())
    assert places(result) == [("HSF302", "1:13")]


@pytest.mark.parametrize(
    "data",
    [
        b'{"cells": [' + b'{"cell_type": "code", "source": ["x\\n"]},' * 100_000,
        b'{"cells": [' + b"0," * 2_000_000,
        json.dumps(notebook(code("x", printed("\\\x1b[0m'" * 500_000)))).encode(),
        json.dumps(
            notebook(code(f"password = '{SECRET}'", printed(f"{SECRET} " * 100_000)))
        ).encode(),
        json.dumps(notebook(*["!(\n" * 50] * 2_000)).encode(),
        json.dumps(notebook("%a\\\n" * 100_000)).encode(),
        json.dumps(notebook('"""' * 50_001)).encode(),
    ],
    ids=range(7),
)
def test_large_files_take_no_time(data: bytes) -> None:
    with cpu_within(20):
        checked(data)


def test_a_file_above_the_bound_is_said(tmp_path: Path) -> None:
    path = tmp_path / "huge.ipynb"
    with path.open("wb") as stream:
        stream.truncate(LARGEST_SOURCE + 1)
    outcome = check(Request((str(tmp_path),), use_cache=False))
    assert [each.kind for each in outcome.skipped] == ["too-large"]


# -- through the command -----------------------------------------------------------------


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pyproject.toml").write_text("[tool.hushflake]\n", encoding="utf-8")
    document = notebook(
        "import os\nurl = os.getenv('URL')",
        code(f"token = '{TOKEN}'\nprint(token)", printed(f"{TOKEN}\n")),
        code(f"password = {SECRET!r}\npassword", printed(f"{SECRET}\n")),
    )
    (tmp_path / "nb.ipynb").write_text(json.dumps(document, indent=1), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    values = check_line.parse(arguments)
    assert values is not None
    check_line.run(values)
    return capsys.readouterr().out


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("form", ["text", "json", "sarif", "github", "gitlab", "junit"])
def test_no_format_shows_a_value(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = run(capsys, "--format", form, "--show-source")
    assert TOKEN not in told
    assert SECRET not in told
    for code in ("HSF101", "HSF302", "HSF301", "HSF403"):
        assert code in told


@pytest.mark.usefixtures("repository")
def test_the_text_report(capsys: pytest.CaptureFixture[str]) -> None:
    lines = run(capsys, "--show-source").splitlines()
    assert lines[0].startswith("nb.ipynb:cell 1:2:7: HSF101 ")
    assert lines[1:3] == ["    url = os.getenv('URL')", "          ^"]
    shown = [line for line in lines if "***" in line]
    assert shown == ["    token = '***'"] * 2 + ["    password = '***'"] * 2


def test_json_and_annotations_have_the_line_of_the_file(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = json.loads(run(capsys, "--format", "json"))["findings"][0]
    assert (first["cell"], first["line"], first["column"]) == (1, 2, 7)
    line = (
        (repository / "nb.ipynb")
        .read_text(encoding="utf-8")
        .splitlines()[first["file"]["line"] - 1]
    )
    assert line[first["file"]["column"] - 1 :].startswith("os.getenv('URL')")
    annotation = run(capsys, "--format", "github").splitlines()[0]
    assert f"line={first['file']['line']}," in annotation
    assert "title=HSF101 in cell 1" in annotation
    log = json.loads(run(capsys, "--format", "sarif"))
    location = log["runs"][0]["results"][0]["locations"][0]
    assert location["physicalLocation"]["region"]["startLine"] == first["file"]["line"]
    assert location["logicalLocations"] == [{"fullyQualifiedName": "cell 1"}]


@pytest.mark.usefixtures("repository")
def test_a_baseline_holds_them_after_cells_moved(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "--baseline", "known.json", "--update-baseline")
    document = json.loads((repository / "nb.ipynb").read_text(encoding="utf-8"))
    document["cells"].insert(0, code("'new'"))
    (repository / "nb.ipynb").write_text(json.dumps(document), encoding="utf-8")
    told = run(capsys, "--baseline", "known.json")
    assert told.startswith("Found nothing new in ")


def test_standard_input(
    repository: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = (repository / "nb.ipynb").read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    told = run(capsys, "-", "--stdin-filename", "other.ipynb", "--show-source")
    assert told.startswith("other.ipynb:cell 1:2:7: HSF101")
    assert "url = os.getenv('URL')" in told


def test_the_cache_gives_the_same(repository: Path) -> None:
    for number in range(20):
        (repository / f"m{number}.py").write_text("x = 1\n", encoding="utf-8")
    cold, warm = check(Request()), check(Request())
    assert cold.findings == warm.findings
    assert cold.findings
    copy = repository / "m0.py"
    copy.write_bytes((repository / "nb.ipynb").read_bytes())
    assert {f.cell for f in check(Request()).findings if f.path == "m0.py"} <= {0}
