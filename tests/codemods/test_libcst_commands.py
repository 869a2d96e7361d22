"""Each transform under `python -m libcst.tool codemod` gives the very bytes of our own runner."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hushflake.codemods import prepare
from hushflake.codemods.run import run
from hushflake.codemods.transform import Transform
from hushflake.codemods.transforms import all_transforms
from hushflake.lint_plugin.settings import Settings

CASES = Path(__file__).parent / "cases"


@pytest.mark.parametrize("transform", all_transforms(), ids=lambda transform: transform.name)
def test_the_same_bytes(tmp_path: Path, transform: Transform) -> None:
    copies = [
        Path(shutil.copy(case, tmp_path / f"{case.parent.name}_{case.name}"))
        for number, case in enumerate(sorted(CASES.rglob("*.before.py")))
        # Of the other transforms' cases, few are changed: a part of them shows that.
        if transform.name in case.parts or number % 5 == 0
    ]
    # Bytes that LibCST reads by itself: a mark, another encoding, line ends of Windows.
    special = {
        "bom.py": b"\xef\xbb\xbfimport os\r\nA = os.getenv('A')\r\n",
        "latin.py": b"# coding: latin-1\nimport os\nA = os.getenv('\xe9')  # \xfc\n",
        "end.py": b"import os\nA = os.getenv('A')",
    }
    for name, data in special.items():
        copies.append(tmp_path / name)
        copies[-1].write_bytes(data)
    # A name that another file takes stays.
    names = {"base.py": "import os\nA = os.getenv('A')\n", "user.py": "from base import os\n"}
    for name, text in names.items():
        copies.append(tmp_path / name)
        copies[-1].write_text(text)
    if transform.name == "test_overrides":
        # Elsewhere the cases read and set the same keys in every way.
        for case in copies:
            case.unlink()
        copies = [tmp_path / "tests" / "test_shop.py", tmp_path / "shop.py"]
        copies[0].parent.mkdir()
        copies[0].write_text("def test(monkeypatch):\n    monkeypatch.setenv('SHOP', 'x')\n")
        copies[1].write_text("from hushflake.config import get_config_value as g\ng('SHOP')\n")
    accessor = "app.config" if transform.name == "accessor_imports" else Settings().accessor
    (tmp_path / "pyproject.toml").write_text(f"[tool.hushflake]\naccessor = '{accessor}'\n")
    settings = Settings(root=str(tmp_path), accessor=accessor)
    rewriter = prepare.rewriter(settings, only=[transform.name])
    before = {path: path.read_bytes() for path in copies}
    result = run([str(tmp_path)], rewriter)
    wanted = {**before, **{Path(o.path): o.new for o in result.outcomes if o.new is not None}}
    if transform.name == "environment_reads":
        assert b"import os\n" in wanted[tmp_path / "base.py"]
    command = f"hushflake.codemods.commands.{type(transform).__name__}"
    finished = subprocess.run(
        [sys.executable, "-m", "libcst.tool", "codemod", "-x", "--no-format", "--jobs=1", command]
        + [str(path) for path in copies],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert finished.returncode == 0, finished.stderr
    assert {path.name: path.read_bytes() for path in copies} == {
        path.name: data for path, data in wanted.items()
    }
    assert any(data != before[path] for path, data in wanted.items())


def test_an_unknown_command_is_an_attribute_error() -> None:
    from hushflake.codemods import commands

    with pytest.raises(AttributeError, match="Nonsense"):
        _ = commands.Nonsense
