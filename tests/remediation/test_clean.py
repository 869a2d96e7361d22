"""`hushflake clean`: what goes, and what never goes."""

import json
import shutil
import time
from pathlib import Path

import pytest

from hushflake.cli.main import main
from hushflake.remediation.clean import remove, survey
from hushflake.remediation.errors import RemediationError

from .conftest import GitRepository
from .unprivileged import as_ordinary_user

pytestmark = pytest.mark.git


def byte_code(folder: Path, name: str = "m.cpython-311.pyc", size: int = 10) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(b"x" * size)
    return folder / name


def environment(folder: Path) -> Path:
    byte_code(folder / "lib" / "pkg" / "__pycache__")
    (folder / "pyvenv.cfg").write_text("home = /usr\n")
    return folder


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(["clean", *arguments])
    return code, capsys.readouterr().out


def test_shows_and_then_removes(repository: GitRepository, capsys: object) -> None:
    root = repository.folder
    repository.write("app/a.py", "")
    repository.commit()
    for name in (".pytest_cache", ".mypy_cache", ".ruff_cache"):
        repository.write(f"{name}/deep/file", "12345")
    byte_code(root / "app" / "__pycache__")
    byte_code(root, "old.pyc")
    byte_code(root, "old.pyo")
    before = sorted(root.rglob("*"))

    code, out = run(capsys, str(root))  # type: ignore[arg-type]
    assert code == 0
    assert "Would remove 6 files, 45 B" in out
    assert sorted(root.rglob("*")) == before

    assert run(capsys, str(root), "--check")[0] == 1  # type: ignore[arg-type]
    code, out = run(capsys, str(root), "--write")  # type: ignore[arg-type]
    assert code == 0
    assert "Removed 6 files, 45 B" in out
    left = {path.name for path in root.rglob("*") if ".git" not in path.parts}
    assert left == {"app", "a.py", ".gitignore"}
    assert run(capsys, str(root), "--check")[0] == 0  # type: ignore[arg-type]


def test_gitignore_gets_what_it_lacks_for_what_is_there(
    repository: GitRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing for what was not found, nor for caches that ignore themselves; once."""
    ignore = repository.write(".gitignore", b"dist/\r\nbuild")
    repository.write(".mypy_cache/.gitignore", "*\n")
    main(["clean", str(repository.folder), "--write"])
    assert ignore.read_bytes() == b"dist/\r\nbuild"
    for _ in range(2):
        byte_code(repository.folder / "a" / "__pycache__")
        main(["clean", str(repository.folder), "--write"])
        assert ignore.read_bytes() == b"dist/\r\nbuild\r\n\r\n# Byte code\r\n__pycache__/\r\n"
    byte_code(repository.folder)
    main(["clean", str(repository.folder), "--write", "--no-gitignore"])
    assert b"*.py" not in ignore.read_bytes()
    capsys.readouterr()


@pytest.mark.parametrize("pattern", ["legacy/", "legacy", "legacy/**"])
def test_what_is_excluded_stays(tmp_path: Path, pattern: str) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.hushflake]\nexclude = ['{pattern}']\n")
    byte_code(tmp_path / "legacy" / "deep" / "__pycache__")
    byte_code(tmp_path / "legacy", "old.pyc")
    gone = byte_code(tmp_path / "app" / "__pycache__")
    assert main(["clean", str(tmp_path), "--write"]) == 0
    assert not gone.exists()
    assert len(list((tmp_path / "legacy").rglob("*.pyc"))) == 2


def test_a_personal_exclude_does_not_count(repository: GitRepository, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("__pycache__/\n")
    repository.git("config", "core.excludesFile", str(tmp_path / "mine"))
    byte_code(repository.folder / "__pycache__")
    main(["clean", str(repository.folder), "--write"])
    assert "__pycache__/" in (repository.folder / ".gitignore").read_text()


def test_tracked_files_stay(repository: GitRepository) -> None:
    root = repository.folder
    kept = byte_code(root / "vendor" / "__pycache__", "tracked.pyc")
    single = byte_code(root, "tracked.pyc")
    repository.commit()
    gone = byte_code(root / "vendor" / "__pycache__", "untracked.pyc")
    found = survey(root)
    assert remove(found) == []
    assert kept.exists()
    assert single.exists()
    assert not gone.exists()
    assert dict(found.left) == {
        "vendor/__pycache__/tracked.pyc": "tracked by git",
        "tracked.pyc": "tracked by git",
    }


def test_tracked_files_of_a_submodule_stay(
    repository: GitRepository, make_repository: object
) -> None:
    library = make_repository("library")  # type: ignore[operator]
    byte_code(library.folder / "__pycache__", "tracked.pyc")
    library.commit()
    repository.git("submodule", "--quiet", "add", str(library.folder), "lib")
    repository.commit()
    kept = repository.folder / "lib" / "__pycache__" / "tracked.pyc"
    gone = byte_code(kept.parent, "made.pyc")
    remove(survey(repository.folder))
    assert kept.exists()
    assert not gone.exists()


def test_links_are_not_followed(repository: GitRepository, tmp_path: Path) -> None:
    outside = byte_code(tmp_path / "outside" / "__pycache__")
    root = repository.folder
    (root / "folder").symlink_to(tmp_path / "outside")
    (root / "__pycache__").symlink_to(outside.parent)
    (root / "one.pyc").symlink_to(outside)
    cache = root / ".ruff_cache"
    cache.mkdir()
    (cache / "link").symlink_to(outside.parent)
    (root / "loop").symlink_to(root)
    found = survey(root)
    assert dict(found.left) == {"__pycache__": "symbolic link", "one.pyc": "symbolic link"}
    assert remove(found) == []
    assert outside.read_bytes() == b"x" * 10
    assert not cache.exists()
    assert (root / "one.pyc").is_symlink()


def test_virtual_environments(repository: GitRepository) -> None:
    root = repository.folder
    kept = environment(root / ".venv")
    asked = environment(root / "services" / "old env")
    other = environment(root / "venv39")
    found = survey(root, environments=["old env", ".venv"])
    assert remove(found) == []
    assert (kept / "lib/pkg/__pycache__").is_dir()
    assert (other / "lib/pkg/__pycache__").is_dir()
    assert not asked.exists()
    assert [path for path, _ in found.left] == ["venv39"]
    remove(survey(root, keep=[], environments=["venv*", ".venv"]))
    assert not kept.exists()
    assert not other.exists()


def test_the_environments_to_keep_can_be_configured(
    repository: GitRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = environment(repository.folder / "mine")
    repository.write("pyproject.toml", '[tool.hushflake]\nkeep-venv = ["mine"]\n')
    code, out = run(capsys, str(repository.folder), "--write", "--remove-venv", "mi*")
    assert code == 0
    assert kept.is_dir()
    assert "virtual environment" not in out


def test_an_environment_with_tracked_files_stays(repository: GitRepository) -> None:
    environment(repository.folder / "env")
    repository.commit()
    found = survey(repository.folder, environments=["env"])
    assert found.items == []
    assert found.left == [("env", "virtual environment with files tracked by git")]


def test_inside_an_environment_is_refused(tmp_path: Path) -> None:
    inside = environment(tmp_path / ".venv") / "lib"
    with pytest.raises(RemediationError, match="lies inside the virtual environment"):
        survey(inside)


def test_without_git(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    byte_code(tmp_path / "__pycache__")
    code, out = run(capsys, str(tmp_path), "--write", "--format", "json")
    document = json.loads(out)
    assert code == 0
    assert document["format"] == "hushflake.clean/1"
    assert document["items"] == [
        {"path": "__pycache__", "kind": "byte code", "files": 1, "bytes": 10}
    ]
    assert list(tmp_path.iterdir()) == []


def test_odd_names(tmp_path: Path) -> None:
    byte_code(tmp_path / "a\nb" / "__pycache__", "\udcff.pyc")
    assert remove(survey(tmp_path)) == []
    assert list((tmp_path / "a\nb").iterdir()) == []


def test_a_read_only_folder_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = byte_code(tmp_path / "a" / "__pycache__").parent

    def body() -> None:
        folder.chmod(0o500)
        failures = remove(survey(tmp_path))
        assert [reason for _path, reason in failures] == [
            "Permission denied",
            "Directory not empty",
        ]
        assert main(["clean", str(tmp_path), "--write"]) == 3
        assert "not removed: a/__pycache__/m.cpython-311.pyc" in capsys.readouterr().err
        folder.chmod(0o700)

    as_ordinary_user(tmp_path, body)


def ten_thousand_files(folder: Path) -> Path:
    for package in range(100):
        cache = folder / f"p{package}" / "__pycache__"
        cache.mkdir(parents=True)
        for module in range(100):
            (cache / f"m{module}.cpython-311.pyc").touch()
    return folder


def test_ten_thousand_files_in_under_a_second(tmp_path: Path) -> None:
    floor_tree, tree = ten_thousand_files(tmp_path / "a"), ten_thousand_files(tmp_path / "b")
    begun = time.perf_counter()
    shutil.rmtree(floor_tree)
    floor = time.perf_counter() - begun

    begun = time.perf_counter()
    found = survey(tree)
    assert remove(found) == []
    took = time.perf_counter() - begun
    assert found.files == 10_000
    assert not list(tree.rglob("*.pyc"))
    # A machine that is busy with other things takes longer for the bare removal as well.
    assert took < max(1.0, 3 * floor)
