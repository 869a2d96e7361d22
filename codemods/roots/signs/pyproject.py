"""`pyproject.toml`: what the build backends and pytest call their folders.

https://setuptools.pypa.io/en/latest/userguide/package_discovery.html
https://python-poetry.org/docs/pyproject/#packages
https://hatch.pypa.io/latest/config/build/
https://backend.pdm-project.org/build_config/
https://docs.astral.sh/uv/concepts/build-backend/
https://www.maturin.rs/project_layout
https://docs.pytest.org/en/stable/reference/reference.html#confval-pythonpath
"""

import posixpath
from collections.abc import Iterator
from typing import Any

from hushflake.lint_plugin.toml import parsed

from ..tree import Tree
from .base import Sign, inside, named, table, texts


def signs(tree: Tree) -> Iterator[Sign]:
    for path in named(tree, "pyproject.toml"):
        try:
            document = parsed(tree.text(path))
        except (ValueError, RecursionError):
            continue
        folder = posixpath.dirname(path)
        for given in _given(document):
            root = inside(folder, given)
            if root is not None and root in tree.folders:
                yield Sign(root, path)
        if _is_project(document) and _has_package(tree, inside(folder, "src")):
            yield Sign(posixpath.join(folder, "src"), path)


def _given(document: dict[str, Any]) -> Iterator[str]:
    tools = table(document, "tool")
    for where in (
        ("setuptools", "packages", "find", "where"),
        ("pytest", "ini_options", "pythonpath"),
    ):
        yield from texts(table(tools, *where))
    for package, place in _pairs(table(tools, "setuptools", "package-dir")):
        yield place if not package else _above(place, package.replace(".", "/"))
    packages = table(tools, "poetry", "packages")
    for one in packages if isinstance(packages, list) else ():
        yield from texts(table(one, "from"))
    for target in (("build",), ("build", "targets", "wheel"), ("build", "targets", "sdist")):
        hatch = table(tools, "hatch", *target)
        yield from (posixpath.dirname(one) for one in texts(table(hatch, "packages")))
        sources = table(hatch, "sources")
        yield from texts(sources)
        yield from (place for place, package in _pairs(sources) if not package)
    yield from texts(table(tools, "pdm", "build", "package-dir"))
    yield from texts(table(tools, "maturin", "python-source"))
    module_root = table(tools, "uv", "build-backend", "module-root")
    if isinstance(module_root, str):
        yield module_root


def _pairs(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        yield from ((key, text) for key, text in value.items() if isinstance(text, str))


def _above(place: str, package: str) -> str:
    """The root that a package is found in, where its folder bears its name."""
    return place.removesuffix(package).rstrip("/") if f"/{place}".endswith(f"/{package}") else "/"


def _is_project(document: dict[str, Any]) -> bool:
    return isinstance(table(document, "project", "name"), str) or bool(
        table(document, "tool", "poetry", "name")
    )


def _has_package(tree: Tree, folder: str | None) -> bool:
    """Say whether `src` holds a package, and is none: what all backends discover."""
    if folder is None or folder not in tree.folders or tree.is_package(folder):
        return False
    return any(
        path.startswith(f"{folder}/") and path.endswith("/__init__.py") for path in tree.python
    )
