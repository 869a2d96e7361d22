"""Stubs, `*.pyi`: Python that only declares. Looked at like a module, and never rewritten."""

from typing import TYPE_CHECKING

from .base import Ground
from .python import Python

if TYPE_CHECKING:
    from ..finding import Result


class Stub(Python):
    name = "stub"
    suffixes = (".pyi",)
    names = ()
    programs = ()
    rewrites = False
    left = "stub"

    def check(self, ground: Ground, data: bytes, path: str) -> "Result":
        found = super().check(ground, data, path)
        findings = tuple(finding._replace(fixable=False) for finding in found.findings)
        return found._replace(findings=findings)
