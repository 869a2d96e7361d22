"""What is on disk is what the wheel ships."""

import re
import tomllib
from importlib import metadata
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SETUPTOOLS = PYPROJECT["tool"]["setuptools"]
PARTS: dict[str, str] = SETUPTOOLS["package-dir"]


def test_every_package_on_disk_is_declared() -> None:
    on_disk = {
        ".".join([name, *init.parent.relative_to(ROOT / folder).parts])
        for name, folder in PARTS.items()
        for init in (ROOT / folder).rglob("__init__.py")
    }
    assert on_disk == set(SETUPTOOLS["packages"])


def test_every_part_on_disk_is_mapped() -> None:
    parts = {init.parent.name for init in ROOT.glob("*/__init__.py")}
    assert parts == set(PARTS.values())
    assert set(PYPROJECT["tool"]["mypy"]["packages"]) == set(PARTS)


@pytest.mark.parametrize("folder", PARTS.values())
def test_every_part_is_typed(folder: str) -> None:
    assert (ROOT / folder / "py.typed").is_file()


def test_every_data_file_is_shipped() -> None:
    """Each file that is not Python is matched by a `package-data` pattern of its part."""
    patterns: dict[str, list[str]] = SETUPTOOLS["package-data"]
    for name, folder in PARTS.items():
        shipped = {
            path
            for pattern in [*patterns["*"], *patterns.get(name, [])]
            for path in (ROOT / folder).glob(pattern)
        }
        on_disk = {
            path
            for path in (ROOT / folder).rglob("*")
            if path.is_file()
            and path.suffix not in {".py", ".pyc"}
            and "__pycache__" not in path.parts
            and ".hushflake" not in path.parts
        }
        assert on_disk <= shipped, sorted(str(path) for path in on_disk - shipped)


def test_no_folder_shadows_the_import_package() -> None:
    assert not (ROOT / "hushflake").exists()
    assert not (ROOT / "__init__.py").exists()


def test_no_folder_shadows_a_dependency() -> None:
    # Python puts this directory first on sys.path for `python -m …`.
    taken = set(packages_distributions()) - {"hushflake"}
    # A folder without `__init__.py` stands behind every installed package.
    assert not {init.parent.name for init in ROOT.glob("*/__init__.py")} & taken


def test_the_type_checkers_link_points_here() -> None:
    assert (ROOT / ".types" / "hushflake").resolve() == ROOT.resolve()


def test_the_metadata_is_complete() -> None:
    found = metadata.metadata("hushflake")
    assert "hushflake contributors" in found["Author"]
    assert found["Keywords"]
    links = dict(line.split(", ", 1) for line in found.get_all("Project-URL") or [])
    assert set(links) == {"Homepage", "Documentation", "Source", "Changelog", "Issues"}
    classifiers = found.get_all("Classifier") or []
    for minor in range(11, 15):
        assert f"Programming Language :: Python :: 3.{minor}" in classifiers


@pytest.mark.parametrize(
    "lock", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda p: p.name
)
def test_a_lock_names_hashes_and_no_index(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index-url" not in text
    pins = re.findall(r"^[a-z0-9][^\s=]*==.*$", text, re.MULTILINE)
    assert pins
    # Each requirement goes on with its hashes.
    assert all(pin.endswith("\\") for pin in pins)


def test_the_demonstration_installs_what_the_suite_ran_on_and_no_more() -> None:
    pins = {
        lock: set(re.findall(r"^([a-z0-9][^\s=]*==[^\s\\]+)", text, re.MULTILINE))
        for lock in ("demo", "dev")
        if (text := (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8"))
    }
    assert pins["demo"] <= pins["dev"]
    names = {pin.partition("==")[0] for pin in pins["demo"]}
    assert not names & {"pytest", "mypy", "ruff", "flake8", "mkdocs", "mkdocs-material", "uv"}


def test_what_decides_the_meaning_of_sql_is_pinned_to_tested_versions() -> None:
    """The suite runs the newer DuckDB, the step with the lowest versions the older one."""
    locks = "".join(
        (ROOT / "requirements" / lock).read_text(encoding="utf-8")
        for lock in ("dev.txt", "lowest.txt")
    )
    locked = {
        name: set(re.findall(rf"^{name}==(\S+)", locks, re.MULTILINE))
        for name in ("duckdb", "sqlglot")
    }
    allowed = "\n".join(metadata.requires("hushflake") or [])
    bounds = re.search(r"^duckdb<=([^,]+),>=([^;]+);", allowed, re.MULTILINE)
    assert bounds is not None
    assert {bound.strip() for bound in bounds.groups()} == locked["duckdb"]
    exact = set(re.findall(r"^sqlglot==([^;\s]+)", allowed, re.MULTILINE))
    assert exact == locked["sqlglot"]
