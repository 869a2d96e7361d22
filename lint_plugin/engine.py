"""Run the rules over one file and say what is left after comments and settings."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from . import registry
from .aims import NOTHING, Aims
from .analysis.source import Source
from .credentials.display import shown
from .credentials.names import Names
from .finding import ERROR, NOTE, Finding, Result, Skipped
from .kinds.table import Kinds, called, of_file
from .module import Module
from .rule import Report, Rule
from .settings import Policy, Settings
from .settling import settled
from .suppress import Suppressions

if TYPE_CHECKING:
    from .known.values import Known


class Checker:
    """The selected rules, ready to look at files."""

    def __init__(
        self,
        settings: Settings,
        codes: frozenset[str],
        *,
        noqa: bool = True,
        aims: Aims = NOTHING,
    ) -> None:
        """Prepare a run.

        Args:
            settings: What the repository says.
            codes: Which findings to report, as `registry.selection` returns them.
            noqa: Whether to obey `# noqa` comments.
            aims: What the run wants beside them.
        """
        self._key, self._known, self._kinds = aims
        if self._known is not None and self._kinds is None:
            self._kinds = Kinds(settings.files)
        self._obeys_noqa = noqa
        self.settings = settings
        self.policy = Policy(settings)
        self.codes = codes
        self.names = Names(settings.secret_names, settings.public_names)
        self.rules = [registry.rule(code) for code in registry.modules() if code in codes]
        self._words = {
            "get": settings.get_function,
            "require": settings.require_function,
            "has": settings.has_function,
            "accessor": settings.accessor,
        }

    def role(self, path: str) -> str:
        """Return what the path of a file means for the rules: its part in the key of a cache."""
        relative, policy = self.settings.relative(path), self.policy
        asked = (policy.is_excluded, policy.is_test, policy.is_accessor, policy.is_bootstrap)
        answers = "".join("ny"[ask(relative)] for ask in asked)
        return ",".join([answers + called(path), *sorted(self._ignored_here(relative))])

    def check_bytes(self, data: bytes, path: str) -> Result:
        """Check the bytes of a file as its kind does. Never raises for what a file holds."""
        if self.policy.is_excluded(self.settings.relative(path)):
            return Result()
        try:
            if self._known is not None:
                return self._with_known(data, path, self._known)
            return of_file(path, data).check(self, data, path)
        except RecursionError:
            return Result((), Skipped(path, 1, 1, "too-deep", "is nested too deeply to be checked"))
        except MemoryError:
            message = "takes more memory than there is"
            return Result((), Skipped(path, 1, 1, "refused", message, failed=True))
        # One file must not end the run.
        except Exception as error:
            if os.environ.get("HUSHFLAKE_DEBUG"):
                raise
            message = f"internal error ({type(error).__name__}); the file was not checked"
            return Result((), Skipped(path, 1, 1, "internal", message, failed=True))

    def _with_known(self, data: bytes, path: str, known: "Known") -> Result:
        """Check a file, and look for known values in it whatever it is."""
        from .known.finding import of_places

        assert self._kinds is not None  # noqa: S101 (for the type checker)
        told = self._kinds.by_name(path)
        is_ours = self._kinds.by_start(data) if told is None else told
        result = of_file(path, data).check(self, data, path) if is_ours else Result()
        if registry.KNOWN_VALUE not in self.enabled(path):
            return result
        found = of_places(known, data, path, self._words)
        return result._replace(findings=(*result.findings, *found)) if found else result

    def check_module(self, module: Module) -> Iterator[Finding]:
        """Yield the findings of a module in order of their places."""
        if self.policy.is_excluded(module.relative):
            return
        codes = module.enabled = self.codes - self._ignored_here(module.relative)
        reports = [
            (rule, report)
            for rule in self.rules
            if rule.code in codes and rule.applies(module)
            for report in rule.check(module)
        ]
        if not reports and b"hushflake:" not in module.utf8:
            return
        suppressions = Suppressions(module, noqa=self._obeys_noqa)
        findings = [self._finding(module, *pair) for pair in settled(reports)]
        findings = [f for f in findings if not suppressions.hides(f.code, f.line, f.end_line)]
        findings.extend(_remarks(module, suppressions, codes))
        yield from sorted(findings, key=lambda f: (f.line, f.column, f.code))

    def enabled(self, path: str) -> frozenset[str]:
        """Return the codes that are reported in a file."""
        return self.codes - self._ignored_here(self.settings.relative(path))

    def finding(
        self,
        rule: Rule,
        report: Report,
        source: Source,
        path: str,
        scope: str = "",
        *,
        message: str = "",
    ) -> Finding:
        """Return the finding that a report is, as anybody may see it.

        Args:
            rule: Whose code, message and severity it has.
            report: What it reported: offsets in `source`, and facts.
            source: For lines and columns.
            path: The file.
            scope: The qualified name around it.
            message: Takes the place of the rule's.
        """
        line, column = source.position(report.start)
        end_line, end_column = source.position(report.end)
        is_lenient = rule.lenient_in_tests and self.policy.is_test(self.settings.relative(path))
        return Finding(
            path,
            line,
            column,
            rule.code,
            (message or rule.message).format_map({**self._words, **_shown_facts(report)}),
            report.fixable,
            NOTE if is_lenient or report.is_note else ERROR,
            end_line,
            end_column,
            scope,
            shown(report.target),
            fingerprint=self._fingerprint(rule, report, source),
        )

    def _finding(self, module: Module, rule: Rule, report: Report) -> Finding:
        line = module.source.line_of(report.start)
        scope = module.qualified_name(line)
        finding = self.finding(rule, report, module.source, module.path, scope)
        return finding._replace(fix=_fix(module, rule, report))

    def _fingerprint(self, rule: Rule, report: Report, source: Source) -> str:
        return self.fingerprint(source.utf8[report.start : report.end]) if rule.secret else ""

    def fingerprint(self, text: bytes) -> str:
        """Return the fingerprint of a credential, nothing where the run wants none.

        Args:
            text: It, as a literal of Python or as plain characters.
        """
        if not self._key:
            return ""
        from .credentials.fingerprint import fingerprint

        return fingerprint(self._key, text)

    def _ignored_here(self, relative: str) -> frozenset[str]:
        from .path_patterns import PathPatterns

        ignored: set[str] = set()
        for pattern, codes in self.settings.per_file_ignores.items():
            if PathPatterns([pattern]).match(relative):
                ignored |= registry.selection(select=codes)
        return frozenset(ignored)


def _fix(module: Module, rule: Rule, report: Report) -> str:
    """Return the transform that changes a place: reads by default, secrets where it is asked."""
    if report.fixable:
        return "environment_reads"
    if not rule.secret:
        return ""
    from .sites import HARDCODED_SECRETS, MOVED, can_move

    is_moved = rule.code in MOVED and can_move(module, report.start, report.end)
    return HARDCODED_SECRETS if is_moved else ""


def _shown_facts(report: Report) -> dict[str, str]:
    """Return what a message says of a place. A rule that names a literal as it is gives nothing
    away: this is the one door through which all findings go.
    """
    return {name: shown(fact) for name, fact in report.facts.items()}


def _remarks(
    module: Module, suppressions: Suppressions, codes: frozenset[str]
) -> Iterator[Finding]:
    """Yield findings about the pragmas themselves."""
    if registry.UNUSED_PRAGMA in codes:
        for pragma, named in suppressions.unused(codes):
            message = f"unused pragma: nothing here is {named}; remove it"
            yield _remark(module, pragma.line, pragma.column, registry.UNUSED_PRAGMA, message)
    if registry.BAD_PRAGMA in codes:
        for pragma in suppressions.malformed():
            message = "pragma is not understood: write `# hushflake: ignore[HSF301] reason`"
            yield _remark(module, pragma.line, pragma.column, registry.BAD_PRAGMA, message)


def _remark(module: Module, line: int, column: int, code: str, message: str) -> Finding:
    scope = module.qualified_name(line)
    return Finding(module.path, line, column, code, message, False, ERROR, line, column + 1, scope)
