"""Which files a walk finds."""

import os
import subprocess
from pathlib import Path

import pytest

from hushflake.lint_plugin.walk import PathError, walk


def make(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", encoding="utf-8")


def found(root: Path, **options: bool) -> list[str]:
    return [os.path.relpath(file.path, root) for file in walk([str(root)], **options).files]


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True)


def test_only_the_users_own_source(tmp_path: Path) -> None:
    make(
        tmp_path,
        "pyproject.toml", "a.py", "b.pyw", "c.txt", "build/lib/a.py", "dist/x.py",
        "pkg/build/__init__.py", "pkg/build/m.py", "pkg/dist/n.py",
        "one/pyvenv.cfg", "one/lib/python3/site-packages/x.py", "one/bin/y.py",
        "deep/two/pyvenv.cfg", "deep/two/z.py",
        "lib/site-packages/s.py", "web/node_modules/n.py", ".git/hooks/h.py", ".hg/h.py",
        "x.egg-info/e.py", "__pycache__/p.py",
        "one/bin/python", "deep/two/Scripts/python.exe",
    )  # fmt: skip
    for name in ("one", "deep/two"):
        (tmp_path / name / "pyvenv.cfg").write_text("home = /usr/bin\n", encoding="utf-8")
    assert found(tmp_path) == [
        "a.py", "b.pyw", "pkg/build/__init__.py", "pkg/build/m.py", "pkg/dist/n.py",
    ]  # fmt: skip
    assert walk([str(tmp_path)]).left == {
        "virtual-environment": 2, "build": 2, "installed": 3, "cache": 3,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "program"),
    [("", None), ("", "bin/python"), ("home = /usr/bin\n", None), ("homer = x\n", "bin/python")],
)
def test_only_a_virtual_environment_is_one(
    tmp_path: Path, settings: str, program: str | None
) -> None:
    make(tmp_path, "src/pyvenv.cfg", "src/a.py", *([f"src/{program}"] if program else []))
    (tmp_path / "src/pyvenv.cfg").write_text(settings, encoding="utf-8")
    assert "src/a.py" in found(tmp_path)


def test_a_named_folder_is_entered_whatever_it_is(tmp_path: Path) -> None:
    make(tmp_path, "pyproject.toml", "build/a.py", "build/site-packages/b.py")
    assert found(tmp_path) == []
    assert found(tmp_path / "build") == ["a.py"]
    assert found(tmp_path / "build" / "site-packages") == ["b.py"]


def test_strange_names(tmp_path: Path) -> None:
    make(tmp_path, "a b.py", "new\nline.py", "é.py", "-x.py")
    (tmp_path / os.fsdecode(b"\xff.py")).write_text("", encoding="utf-8")
    assert len(found(tmp_path)) == 5


def test_links(tmp_path: Path) -> None:
    make(tmp_path, "tree/real.py", "outside/other.py")
    tree = tmp_path / "tree"
    (tree / "a.py").symlink_to(tree / "real.py")
    (tree / "loop").symlink_to(tree)
    (tree / "folder").symlink_to(tmp_path / "outside")
    (tree / "out1.py").symlink_to(tmp_path / "outside" / "other.py")
    (tree / "out2.py").symlink_to(tmp_path / "outside" / "other.py")
    (tree / "gone.py").symlink_to(tmp_path / "nowhere.py")
    (tree / "self.py").symlink_to(tree / "self.py")
    result = walk([str(tree)])
    assert [os.path.relpath(file.path, tree) for file in result.files] == ["real.py"]
    assert sorted((Path(one.path).name, one.kind, one.failed) for one in result.problems) == [
        ("gone.py", "unreadable", False),
        ("out1.py", "link", False),
        ("out2.py", "link", False),
        ("self.py", "unreadable", False),
    ]
    # Named, or inside of the repository, they are found.
    assert [Path(file.path).name for file in walk([str(tree / "out1.py")]).files] == ["out1.py"]
    (tmp_path / ".git").mkdir()
    found_too = walk([str(tree)], ignore=False).files
    assert [Path(file.path).name for file in found_too] == ["out1.py", "real.py"]
    assert found_too[0].target == str(tmp_path / "outside" / "other.py")


def test_a_missing_path_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(PathError, match=r"gone\.py: No such file"):
        walk([str(tmp_path / "gone.py")])


def test_a_file_of_any_suffix_may_be_named(tmp_path: Path) -> None:
    make(tmp_path, "script")
    assert [file.path for file in walk([str(tmp_path / "script")]).files] == [
        str(tmp_path / "script")
    ]


@pytest.mark.parametrize("start", [".", "./", "sub/", "sub"])
def test_paths_are_named_from_where_they_are_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: str
) -> None:
    make(tmp_path, "sub/a.py")
    monkeypatch.chdir(tmp_path)
    names = [file.path for file in walk([start, "sub/a.py"]).files]
    assert names == ["sub/a.py"]


def test_the_same_file_twice(tmp_path: Path) -> None:
    make(tmp_path, "a.py")
    assert len(walk([str(tmp_path), str(tmp_path / "a.py")]).files) == 1


@pytest.mark.git
def test_what_git_ignores(tmp_path: Path) -> None:
    make(tmp_path, "a.py", "gen/x.py", "pkg/out_1.py", "pkg/out_2.py", "sub/gen/y.py", "tracked.py")
    (tmp_path / ".gitignore").write_text("gen/\nout_*.py\n!out_2.py\ntracked.py\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-f", "tracked.py")
    assert found(tmp_path) == ["a.py", "pkg/out_2.py", "tracked.py"]
    assert len(found(tmp_path, ignore=False)) == 6
    # Named, an ignored folder is what the user means.
    assert found(tmp_path / "gen") == ["x.py"]


@pytest.mark.git
def test_a_repository_in_a_repository_has_its_own_rules(tmp_path: Path) -> None:
    make(tmp_path, "a.py", "inner/b.py", "inner/c.py")
    (tmp_path / "inner" / ".gitignore").write_text("c.py\n")
    git(tmp_path, "init", "-q")
    git(tmp_path / "inner", "init", "-q")
    assert found(tmp_path) == ["a.py", "inner/b.py"]
