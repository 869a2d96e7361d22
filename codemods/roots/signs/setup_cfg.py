"""`setup.cfg`, `pytest.ini` and `tox.ini`: package folders, and the search path of pytest.

https://setuptools.pypa.io/en/latest/userguide/declarative_config.html
https://docs.pytest.org/en/stable/reference/customize.html#configuration-file-formats
"""

import configparser
import posixpath
from collections.abc import Iterator

from ..tree import Tree
from .base import Sign, inside, named

_PYTEST = {"setup.cfg": "tool:pytest", "pytest.ini": "pytest", "tox.ini": "pytest"}


def signs(tree: Tree) -> Iterator[Sign]:
    for name, section in _PYTEST.items():
        for path in named(tree, name):
            parser = configparser.ConfigParser(interpolation=None, strict=False)
            try:
                parser.read_string(tree.text(path))
            except configparser.Error:
                continue
            given = parser.get(section, "pythonpath", fallback="").split()
            given += parser.get(section, "python_paths", fallback="").split()
            if name == "setup.cfg":
                given += list(_packages(parser))
            for one in given:
                root = inside(posixpath.dirname(path), one)
                if root is not None and root in tree.folders:
                    yield Sign(root, path)


def _packages(parser: configparser.ConfigParser) -> Iterator[str]:
    yield from parser.get("options.packages.find", "where", fallback="").split()
    for line in parser.get("options", "package_dir", fallback="").splitlines():
        package, _, place = line.partition("=")
        if not package.strip() and place.strip():
            yield place.strip()
