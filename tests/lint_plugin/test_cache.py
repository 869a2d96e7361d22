"""The cache gives what a fresh run gives, whatever happened to the files."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hushflake.lint_plugin.run import check_files
from hushflake.lint_plugin.settings import Settings

Check = Callable[..., Any]
CODES = frozenset({"HSF101", "HSF301"})
BAD = "import os\nos.getenv('A')\n"
GOOD = "import os\nos.getcwd(   )\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    assert len(BAD) == len(GOOD)
    for number in range(5):
        write(tmp_path / f"m{number}.py", BAD if number == 2 else GOOD)
    return tmp_path


def write(path: Path, text: str, age: float = 3600) -> None:
    """Write a file as if it were `age` seconds old: young ones are not trusted."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    then = time.time() - age
    os.utime(path, (then, then))


def run(tree: Path, **settings: Any) -> dict[str, int]:
    """Return how many findings each file has, from the cache where it can be."""
    paths = sorted(str(path) for path in tree.glob("**/*.py"))
    results = check_files(Settings(root=str(tree), **settings), CODES, paths, cache=True, jobs=1)
    return {os.path.relpath(path, tree): len(result.findings) for path, result in results}


def caches(tree: Path) -> list[Path]:
    return sorted((tree / ".hushflake" / "cache").glob("check-*.json"))


def mark(tree: Path) -> None:
    """Change what the cache says of every result, to see whether it is used."""
    [path] = caches(tree)
    document = json.loads(path.read_text(encoding="utf-8"))
    row = [1, 1, "HSF999", "from the cache", False, "error", 1, 2, "", ""]
    digests = document["digests"] + document["clean"]
    found = {digests[at : at + 32] for at in range(0, len(digests), 32)} | set(document["results"])
    document["results"] = {digest: [row] * 7 for digest in found}
    path.write_text(json.dumps(document), encoding="utf-8")


def test_unchanged_content_is_taken_from_the_cache(tree: Path) -> None:
    expected = {f"m{number}.py": int(number == 2) for number in range(5)}
    assert run(tree) == expected
    assert run(tree) == expected
    mark(tree)
    assert set(run(tree).values()) == {7}


def test_content_counts_and_not_the_time(tree: Path) -> None:
    run(tree)
    mark(tree)
    for path in tree.glob("*.py"):
        os.utime(path)
    (tree / "moved.py").write_text(BAD, encoding="utf-8")
    assert set(run(tree).values()) == {7}


def test_a_change_with_the_old_size_and_time_is_seen(tree: Path) -> None:
    run(tree)
    path = tree / "m1.py"
    before = path.stat()
    path.write_text(BAD, encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert run(tree)["m1.py"] == 1


def test_a_second_change_within_a_tick_is_seen(tree: Path) -> None:
    path = tree / "m1.py"
    for text, count in ((BAD, 1), (GOOD, 0), (BAD, 1)):
        path.write_text(text, encoding="utf-8")
        assert run(tree)["m1.py"] == count


def test_another_file_under_the_name_is_seen(tree: Path) -> None:
    run(tree)
    other = tree / "other"
    write(other, BAD)
    other.rename(tree / "m1.py")
    assert run(tree)["m1.py"] == 1


def test_settings_and_codes_have_their_own(tree: Path) -> None:
    assert run(tree)["m2.py"] == 1
    assert run(tree, keep=("A",))["m2.py"] == 0
    assert run(tree)["m2.py"] == 1
    assert len(caches(tree)) == 2


def test_what_the_path_means_counts(tree: Path) -> None:
    run(tree)
    (tree / "setup.py").write_text(BAD, encoding="utf-8")
    assert run(tree)["setup.py"] == 0


def test_it_holds_no_source_and_ignores_itself(tree: Path) -> None:
    secret = "hunter" + "2-of-ours"
    write(tree / "m1.py", f"password = '{secret}'\n")
    assert run(tree)["m1.py"] == 1
    [path] = caches(tree)
    assert secret not in path.read_text(encoding="utf-8")
    assert (tree / ".hushflake" / ".gitignore").read_text(encoding="utf-8") == "*\n"


def test_results_of_young_files_are_taken_by_content(tree: Path) -> None:
    for path in tree.glob("*.py"):
        os.utime(path)
    run(tree)
    mark(tree)
    assert set(run(tree).values()) == {7}


def test_files_come_and_go(tree: Path) -> None:
    run(tree)
    (tree / "m2.py").unlink()
    write(tree / "a" / "m9.py", BAD)
    assert run(tree) == {"m0.py": 0, "m1.py": 0, "m3.py": 0, "m4.py": 0, "a/m9.py": 1}
    mark(tree)
    assert set(run(tree).values()) == {7}


def test_a_time_before_1970_is_one(tree: Path) -> None:
    os.utime(tree / "m1.py", (-5, -5))
    run(tree)
    mark(tree)
    assert set(run(tree).values()) == {7}


@pytest.mark.parametrize("field", ["names", "statuses", "digests"])
def test_a_cache_with_a_piece_missing_is_none(tree: Path, field: str) -> None:
    expected = run(tree)
    [path] = caches(tree)
    document = json.loads(path.read_text(encoding="utf-8"))
    document[field] = document[field][: len(document[field]) // 2]
    path.write_text(json.dumps(document), encoding="utf-8")
    assert run(tree) == expected


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 1, "key": 2}', "null"])
def test_a_broken_cache_is_none(tree: Path, text: str) -> None:
    expected = run(tree)
    [path] = caches(tree)
    path.write_text(text, encoding="utf-8")
    assert run(tree) == expected


def test_old_caches_go(tree: Path) -> None:
    for number in range(8):
        run(tree, keep=(f"K{number}",))
    assert len(caches(tree)) <= 4


def test_the_command_can_do_without(project: Path, check: Check) -> None:
    for number in range(20):
        (project / f"m{number}.py").write_text(BAD, encoding="utf-8")
    first = check("--no-cache")
    assert not (project / ".hushflake").exists()
    assert check().stdout == check().stdout == first.stdout
    assert (project / ".hushflake" / "cache").is_dir()


def test_a_folder_that_cannot_be_written_is_no_failure(project: Path, check: Check) -> None:
    for number in range(20):
        (project / f"m{number}.py").write_text(BAD, encoding="utf-8")
    (project / ".hushflake").write_text("in the way", encoding="utf-8")
    done = check()
    assert (done.returncode, done.stderr) == (1, "")
