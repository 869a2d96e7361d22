"""Bytes outside the changes stay; what cannot be read or rewritten safely is left and told."""

import codecs
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from exploding import Exploding

from hushflake.codemods.keys import KeyNames
from hushflake.codemods.rewrite import Outcome, Rewriter
from hushflake.codemods.run import Result, run
from hushflake.codemods.transforms import chosen
from hushflake.lint_plugin.settings import Policy, Settings


def rewriter(**settings: object) -> Rewriter:
    policy = Policy(Settings(**settings))  # type: ignore[arg-type]
    return Rewriter(chosen(), policy, KeyNames())


def rewrite(data: bytes, path: str = "m.py", **settings: object) -> Outcome:
    return rewriter(**settings).rewrite(data, path)


def write(root: Path, **options: object) -> Result:
    return run([str(root)], rewriter(root=str(root)), write=True, **options)  # type: ignore[arg-type]


NEW = b"from hushflake.config import get_config_value"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"import os\r\nA = os.getenv('A')\r\n", NEW + b"\r\nA = get_config_value('A')\r\n"),
        (b"import os\rA = os.getenv('A')\r", NEW + b"\rA = get_config_value('A')\r"),
        (
            b"import os\r\nA = os.getenv('A')\nB = 1\r\n",
            NEW + b"\r\nA = get_config_value('A')\nB = 1\r\n",
        ),
        (b"import os\nA = os.getenv('A')", NEW + b"\nA = get_config_value('A')"),
        (codecs.BOM_UTF8 + b"import os\nA = os.getenv('A')\n",
         codecs.BOM_UTF8 + NEW + b"\nA = get_config_value('A')\n"),
        (
            b"\x0cimport os\nif 1:\n\tA = os.getenv('A')\n\x0c\nB = 1\n",
            NEW + b"\nif 1:\n\tA = get_config_value('A')\n\x0c\nB = 1\n",
        ),
        (
            b"import os\nA = os.getenv(\n\t'A',\r\n  \x0c'b')   \n",
            NEW + b"\nA = get_config_value(\n\t'A',\r\n  \x0c'b')   \n",
        ),
        (
            "import os\nÄ = 'ü😀'; B = os.getenv('é', '😀')\n".encode(),
            NEW + "\nÄ = 'ü😀'; B = get_config_value('é', '😀')\n".encode(),
        ),
    ],
)  # fmt: skip
def test_only_the_spans_change(before: bytes, after: bytes) -> None:
    assert rewrite(before).new == after
    assert rewrite(after).new is None


@pytest.mark.parametrize(
    "encoding", ["latin-1", "cp1252", "koi8-r", "iso-8859-15", "utf-8", "shift_jis", "gbk"]
)
def test_encodings(encoding: str) -> None:
    letters = {"koi8-r": "привет", "shift_jis": "日本", "gbk": "中文"}.get(encoding, "äöü")
    text = f"# -*- coding: {encoding} -*-\nimport os\nA = os.getenv('{letters}')  # {letters}\n"
    outcome = rewrite(text.encode(encoding))
    assert outcome.status == "changed"
    expected = text.replace("import os", NEW.decode()).replace("os.getenv", "get_config_value")
    assert outcome.new == expected.encode(encoding)
    (edit,) = outcome.edits
    assert (edit.line, edit.column, edit.key) == (3, 5, letters)


def test_an_encoding_that_gives_other_bytes_back_is_left() -> None:
    # Two escape sequences where one would do: the codec would tidy them.
    body = b"# coding: iso-2022-jp\nimport os\nA = os.getenv('A')  # \x1b$B\x1b$B\x46\x7c\x1b(B\n"
    outcome = rewrite(body)
    assert outcome.status == "refused"
    assert "byte for byte" in outcome.message


def test_a_comment_must_not_become_a_cookie() -> None:
    data = b"import os\n\n# coding: latin-1\nA = os.getenv('A')  # \xc3\xa9\nprint(1)\n"
    outcome = rewrite(data)
    assert outcome.status in ("changed", "refused")
    if outcome.new:
        assert outcome.new.split(b"\n")[0] == NEW
    outcome = rewrite(b"def f():\n  return 1\nimport os\n#\n# coding: latin-1\nos.getenv('A')\n")
    assert outcome.status == "changed"


@pytest.mark.parametrize(
    ("data", "kind", "needs"),
    [
        (b"import os\nprint os.getenv('A')\n", "python-2", ""),
        (b"import os\ntry: os.getenv('A')\nexcept E, e: pass\n", "python-2", ""),
        (b"import os\nx = {{ cookiecutter.x }} os.getenv('A')\n", "template", ""),
        (b"import os\n{% if x %}\nos.getenv('A')\n", "template", ""),
        (b"import os\nos.getenv('A'\n", "syntax", ""),
        (b"import os\0\nos.getenv('A')\n", "syntax", ""),
        (b"# coding: uft-8\nimport os\nos.getenv('A')\n", "encoding", ""),
        (b"import os\nos.getenv('\xff')\n", "encoding", ""),
        (codecs.BOM_UTF8 + b"# coding: latin-1\nimport os\nos.getenv('A')\n", "encoding", ""),
        (b"import os\nx = t'{os.getenv(1)}'\n", "newer-python", "3.14"),
        (b"import os\nos.getenv(" + b"(" * 500 + b")" * 500 + b")\n", "too-deep", ""),
    ],
)
def test_what_does_not_parse_is_told_and_left(data: bytes, kind: str, needs: str) -> None:
    outcome = rewrite(data)
    assert outcome.status == "unparsed"
    assert outcome.new is None
    assert outcome.failure is not None
    assert (outcome.failure.kind, outcome.failure.needs) == (kind, needs)


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="this Python reads it")
@pytest.mark.parametrize(
    "line", ["def f[T](x): os.getenv('A')", "type X = int", "f'{os.getenv('A')}'"]
)
def test_newer_grammar_names_the_python_that_reads_it(line: str) -> None:
    outcome = rewrite(f"import os\nos.getenv('A')\n{line}\n".encode())
    assert outcome.failure is not None
    assert (outcome.failure.kind, outcome.failure.needs) == ("newer-python", "3.12")
    assert "Python 3.12" in outcome.message


def test_deep_and_large_sources_end_in_an_outcome() -> None:
    deep = b"import os\nx = " + b"+".join([b"os.getenv('A')"] * 3000) + b"\n"
    assert rewrite(deep).status in ("changed", "unparsed", "refused")
    large = b"import os\nX = '" + b"x" * 5_000_000 + b"'\nA = os.getenv('A')\n"
    outcome = rewrite(large)
    assert outcome.status == "changed"
    assert outcome.new is not None
    assert len(outcome.new) - len(large) == len(NEW) - len(b"import os") + len(
        "get_config_value"
    ) - len("os.getenv")


def test_modes_links_and_untouched_files(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    real = tmp_path / "outside.py"
    real.write_bytes(b"import os\nA = os.getenv('A')\n")
    real.chmod(0o755)
    link = tmp_path / "tree" / "link.py"
    link.symlink_to(real)
    (tmp_path / "tree" / "again.py").symlink_to(real)
    plain = tmp_path / "tree" / "plain.py"
    plain.write_bytes(b"import os\nprint(os.environ)\n")
    before = plain.stat()
    result = write(tmp_path)
    assert link.is_symlink()
    assert real.read_bytes() == NEW + b"\nA = get_config_value('A')\n"
    assert stat.S_IMODE(real.stat().st_mode) == 0o755
    after = plain.stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)
    assert [outcome.status for outcome in result.outcomes] == ["changed", "unchanged"]
    assert not list(tmp_path.rglob(".hushflake-*"))


def test_a_read_only_file_is_told_and_the_rest_written(tmp_path: Path) -> None:
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_bytes(b"import os\nA = os.getenv('A')\n")
    (tmp_path / "a.py").chmod(0o444)
    result = write(tmp_path)
    assert [o.status for o in result.outcomes] == ["unwritable", "changed"]
    assert result.outcomes[0].message == "is read-only"
    assert (tmp_path / "a.py").read_bytes().startswith(b"import os")
    assert (tmp_path / "b.py").read_bytes().startswith(NEW)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"import os\nA = os.getenv('A')\n")
    (tmp_path / "a.py").chmod(0)
    assert [o.status for o in write(tmp_path).outcomes] == ["unreadable"]


def test_a_file_that_changes_meanwhile_keeps_its_change(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"import os\nA = os.getenv('A')\n")

    def meanwhile(_done: int, _total: int) -> None:
        file.write_bytes(b"import os\nA = os.getenv('B')\n")

    result = write(tmp_path, tick=meanwhile)
    assert result.outcomes[0].status == "unwritable"
    assert result.outcomes[0].message == "was changed while it was being rewritten"
    assert file.read_bytes() == b"import os\nA = os.getenv('B')\n"


def test_names_with_spaces_and_newlines(tmp_path: Path) -> None:
    names = ["a b.py", "new\nline.py", "ü.py", os.fsdecode(b"\xff.py")]
    for name in names:
        (tmp_path / name).write_bytes(b"import os\nA = os.getenv('A')\n")
    assert [o.status for o in write(tmp_path).outcomes] == ["changed"] * 4


@pytest.mark.parametrize("jobs", [1, 2])
def test_many_files_give_the_same_in_any_number_of_processes(tmp_path: Path, jobs: int) -> None:
    for number in range(250):
        body = b"A = os.getenv('A')\n" if number % 3 else b"A = os.getenv('A'\n"
        (tmp_path / f"m{number:03}.py").write_bytes(b"import os\n" + body)
    result = write(tmp_path, jobs=jobs)
    statuses = [outcome.status for outcome in result.outcomes]
    assert statuses == ["changed" if number % 3 else "unparsed" for number in range(250)]


def test_interrupted_at_any_moment_every_file_is_old_or_new(tmp_path: Path) -> None:
    old = b"import os\n" + b"A = os.getenv('A')\n" * 400
    new = rewrite(old).new
    for number in range(300):
        (tmp_path / f"m{number:03}.py").write_bytes(old)
    for delay in (0.7, 1.1, 1.6):
        process = subprocess.Popen(
            [sys.executable, "-m", "hushflake.cli.main", "codemod", "--write", "--jobs", "2", "."],
            cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            process.wait(delay)
        except subprocess.TimeoutExpired:
            process.kill()
        process.wait()
        assert {path.read_bytes() for path in tmp_path.glob("m*.py")} <= {old, new}


def test_a_file_that_ends_the_process_does_not_end_the_run(tmp_path: Path) -> None:
    for number in range(250):
        (tmp_path / f"m{number:03}.py").write_bytes(b"import os\nA = os.getenv('A')\n")
    (tmp_path / "bad.py").write_bytes(b"import os\nBAD = os.getenv('A')\n")
    broken = rewriter(root=str(tmp_path))
    result = run([str(tmp_path)], Exploding(*broken), jobs=2)
    statuses = {Path(o.path).name: o.status for o in result.outcomes}
    assert statuses.pop("bad.py") == "refused"
    assert set(statuses.values()) == {"changed"}
    assert len(statuses) == 250
