"""Rewritten notebooks before outside witnesses: Jupyter reads and runs them, flake8 does not."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from hushflake.codemods.prepare import rewriter
from hushflake.codemods.run import run
from hushflake.lint_plugin.engine import Checker
from hushflake.lint_plugin.registry import selection
from hushflake.lint_plugin.settings import Settings, load

ROOT = Path(__file__).parents[2]
CASES = Path(__file__).parent / "cases"
AFTER = sorted(CASES.rglob("*.after.ipynb"))
SOURCES = [
    "import os\nimport json\n",
    "%load_ext autoreload\nurl = os.getenv('SHOP_URL')\nurl",
    "%%time\nlevel = os.environ.get('SHOP_LEVEL', 'info')",
    "files = !echo $SHOP_URL\nfiles",
    "try:\n    os.environ['SHOP_NOTHING']\nexcept KeyError as error:\n    print(repr(error.args))",
    "print(json.dumps([level, 'SHOP_URL' in os.environ]))",
]


@pytest.mark.parametrize("path", AFTER, ids=lambda p: f"{p.parent.name}-{p.name.split('.')[0]}")
def test_jupyter_takes_them_for_valid(path: Path) -> None:
    for each in (path, path.with_name(path.name.replace(".after.", ".before."))):
        document = json.loads(each.read_bytes())
        # The cases have no ids, which came with this minor version.
        document["nbformat_minor"] = 4
        nbformat.validate(nbformat.from_dict(document), relax_add_props=False)


@pytest.fixture
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pyproject.toml").write_text("[tool.hushflake]\n", encoding="utf-8")
    new: Any = nbformat.v4
    document = new.new_notebook(cells=[new.new_code_cell(source) for source in SOURCES])
    path = tmp_path / "shop.ipynb"
    nbformat.write(document, path)
    monkeypatch.chdir(tmp_path)
    return path


def outputs(path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Run a notebook with a kernel of this Python; return what its cells print, but for times."""
    from nbclient import NotebookClient

    monkeypatch.setenv("SHOP_URL", "https://example.org")
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    monkeypatch.setenv("IPYTHONDIR", str(path.parent / ".ipython"))
    document = nbformat.read(path, as_version=4)
    NotebookClient(document, timeout=100, kernel_name="python3").execute()
    return [
        [{k: v for k, v in output.items() if k in ("text", "data")} for output in cell.outputs]
        for cell in document.cells
        if "%%time" not in cell.source
    ]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_a_rewritten_notebook_runs_as_before(
    notebook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = outputs(notebook, monkeypatch)
    result = run(["."], rewriter(load(["."])), write=True)
    assert [outcome.path for outcome in result.outcomes if outcome.new] == ["shop.ipynb"]
    text = notebook.read_text(encoding="utf-8")
    assert "os.getenv" not in text
    assert "os.environ" not in text
    assert outputs(notebook, monkeypatch) == before
    assert before[1][0]["data"]["text/plain"] == "'https://example.org'"


def test_flake8_passes_notebooks_over_and_nbqa_gives_it_the_cells(notebook: Path) -> None:
    """As docs/check.md says."""
    environment = {**os.environ, "NO_COLOR": "1"}

    def ran(*command: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=notebook.parent,
            env=environment,
            capture_output=True,
            text=True,
            timeout=200,
        )
        assert "Traceback" not in done.stderr
        return done.stdout

    assert ran("flake8", "--select=HSF", ".") == ""
    told = ran("nbqa", "flake8", "shop.ipynb", "--select=HSF")
    assert "shop.ipynb:cell_2:2:7: HSF101" in told
    assert "shop.ipynb:cell_6:1:" in told


# Planted as the first cell, in the bytes of the file: nothing else of it may move.
READ = b"import os\\nos.getenv('A')"
WRITTEN = b"from hushflake.config import get_config_value\\nget_config_value('A')"
CELL = b'{"cell_type": "code", "metadata": {}, "outputs": [], "source": "%s"}'


@pytest.mark.slow
@pytest.mark.parametrize(("name", "count"), [("NBDIME", 59), ("PAPERMILL", 24)])
def test_notebooks_of_real_releases(name: str, count: int, tmp_path: Path) -> None:
    releases = _releases()
    tree = releases.unpack(getattr(releases, name), tmp_path / name, ".ipynb")
    settings = Settings(root=str(tree))
    checker, made = Checker(settings, selection(["ALL"])), rewriter(settings)
    paths = sorted(tree.rglob("*.ipynb"))
    assert len(paths) == count
    for path in paths:
        data = path.read_bytes()
        found = checker.check_bytes(data, str(path))
        assert found.skipped is None or found.skipped.kind == "other-language"
        if found.skipped is not None or b"import os" in data:
            continue
        start = data.index(b"[", data.rindex(b'"cells"')) + 1
        end = b"" if data[start:].lstrip().startswith(b"]") else b","
        planted, wanted = (
            data[:start] + CELL % source + end + data[start:] for source in (READ, WRITTEN)
        )
        outcome = made.rewrite(planted, str(path))
        assert outcome.new == wanted, (path, outcome.message)


def _releases() -> Any:
    spec = importlib.util.spec_from_file_location("releases", ROOT / "benchmarks" / "releases.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["releases"] = module
    spec.loader.exec_module(module)
    return module
