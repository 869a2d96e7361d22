"""What is on disk is what the wheel ships."""

import tomllib
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
