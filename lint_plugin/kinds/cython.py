"""Cython, `*.pyx`: no Python, so that its text alone is searched, as that of a broken file is."""

from typing import TYPE_CHECKING

from .base import Ground
from .python import Python

if TYPE_CHECKING:
    from ..finding import Result


class Cython(Python):
    name = "cython"
    suffixes = (".pyx", ".pxd", ".pxi")
    names = ()
    programs = ()
    rewrites = False

    def check(self, ground: Ground, data: bytes, path: str) -> "Result":
        from ..finding import Skipped

        found = super().check(ground, data, path)
        message = "is Cython; its text was searched for credentials, its code was not looked at"
        findings = tuple(finding._replace(fixable=False) for finding in found.findings)
        found = found._replace(findings=findings)
        return found._replace(skipped=found.skipped and Skipped(path, 1, 1, "cython", message))
