"""Stubs, `*.pyi`: Python that only declares. Looked at like a module, and never rewritten."""

from .python import Python


class Stub(Python):
    name = "stub"
    suffixes = (".pyi",)
    names = ()
    programs = ()
    rewrites = False
