"""Python: `*.py`, files of SCons and Waf, and scripts that a `#!` line gives to Python."""

from typing import TYPE_CHECKING, ClassVar

from .base import Ground, Kind, Secrets

if TYPE_CHECKING:
    from ..credentials.names import Names
    from ..finding import Result
    from ..settings import Policy


class Python(Kind):
    name = "python"
    suffixes: ClassVar[tuple[str, ...]] = (".py", ".pyw")
    names: ClassVar[tuple[str, ...]] = ("SConstruct", "SConscript", "wscript")
    programs: ClassVar[tuple[str, ...]] = ("python", "pypy")
    rewrites = True

    def check(self, ground: Ground, data: bytes, path: str) -> "Result":
        from ..analysis.source import ParseFailure, try_decode
        from ..finding import Result, skipped
        from ..module import Module

        decoded = try_decode(data)
        if isinstance(decoded, ParseFailure):
            return Result((), skipped(path, decoded))
        module = Module(path, decoded.utf8, ground.policy, ground.names)
        findings = tuple(ground.check_module(module))
        module.release()
        # A file that no rule had to parse was still checked: it holds nothing to find.
        failure = module.__dict__.get("parsed")
        if isinstance(failure, ParseFailure):
            return Result(findings, skipped(path, failure))
        return Result(findings)

    def secrets(self, data: bytes, path: str, policy: "Policy", names: "Names") -> Secrets | None:
        from ..analysis.source import ParseFailure, try_decode
        from ..module import Module
        from ..spans import secret_spans

        decoded = try_decode(data)
        if isinstance(decoded, ParseFailure):
            return None
        module = Module(path, decoded.utf8, policy, names)
        return Secrets(module.source, secret_spans(module))
