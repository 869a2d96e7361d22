"""What a kind of file is.

A kind says which files are its own, turns the bytes of one into findings, and says what in them no
display may show. There are two families:

- A kind that holds Python (a notebook, a script) lays its code out as one `Module`, has
  `Ground.check_module` run every rule over it, and maps the places back to the file.
- A kind that holds configuration reads entries of a name and a value with their offsets, and makes
  a finding of each that is wrong with `Ground.finding`: the one door for messages, severities and
  masking. `Ground.enabled(path)` says which codes count. Comments that silence a finding are its
  own, in the syntax of the format.

To add one: a module in this folder with one subclass of `Kind`. The walk, the cache, baselines,
reporters, `--show-source`, `--stdin-filename` and the setting `files` then know it.

A module of a kind is imported as soon as a tree holds one file that is not called `*.py`, also if
the cache then answers for all of them. So it imports nothing of this part at its top but this
module; parsers and rules are imported by the methods that need them.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol

if TYPE_CHECKING:
    from ..analysis.source import Source
    from ..credentials.names import Names
    from ..finding import Finding, Result
    from ..module import Module
    from ..rule import Report, Rule
    from ..settings import Policy, Settings

CODE, CONFIG = "code", "config"
Span = tuple[int, int]


class Ground(Protocol):
    """What a kind is given to check a file with; `engine.Checker` is one."""

    settings: "Settings"
    policy: "Policy"
    names: "Names"

    def check_module(self, module: "Module") -> "Iterator[Finding]":
        """Yield the findings of a module, its comments obeyed. Offsets are the module's."""

    def enabled(self, path: str) -> frozenset[str]:
        """Return the codes that are reported in a file."""

    def finding(
        self,
        rule: "Rule",
        report: "Report",
        source: "Source",
        path: str,
        scope: str = "",
        *,
        message: str = "",
    ) -> "Finding":
        """Return the finding that a report is, at its place in `source`."""

    def fingerprint(self, text: bytes) -> str:
        """Return the fingerprint of a credential, nothing where the run wants none."""


class Secrets(NamedTuple):
    """A text, and the offsets (in order, apart) of what no display of it may show."""

    source: "Source"
    spans: list[Span]


class Shown(NamedTuple):
    """What a person is shown of a file, and where in it findings stand.

    Attributes:
        secrets: The text that lines are shown of: the file's own, or that of the code in it.
        lines: (cell, line) of a finding -> line of that text. What is missing is not shown;
            None where the lines of findings are those of the text.
    """

    secrets: Secrets
    lines: Mapping[tuple[int, int], int] | None = None


class Kind:
    """A kind of file. Stateless.

    Attributes:
        name: As `[tool.hushflake] files` has it.
        group: `code` or `config`, names for all kinds of a family there.
        default: Whether it is looked at unless it is left out.
        suffixes: What the names of its files end with, as `.ipynb` or `.tfvars.json`. The longest
            of all kinds decides.
        names: Whole names; they go before suffixes.
        beginnings: What names begin with, as `Dockerfile.`; they come last.
        programs: Interpreters, as `python`, that a `#!` line names in files without a suffix. Only
            such files are opened to find out what they are.
        rewrites: Whether the codemod can write it.
        left: Why the codemod only reports its places, if it looks at it without writing it.
    """

    name: ClassVar[str]
    group: ClassVar[str] = CODE
    default: ClassVar[bool] = True
    suffixes: ClassVar[tuple[str, ...]] = ()
    names: ClassVar[tuple[str, ...]] = ()
    beginnings: ClassVar[tuple[str, ...]] = ()
    programs: ClassVar[tuple[str, ...]] = ()
    rewrites: ClassVar[bool] = False
    left: ClassVar[str] = ""

    def owns(self, path: str) -> bool:  # noqa: ARG002 (for those that ask)
        """Say whether a file whose name fits is its own: a lock file may not be. Opens nothing."""
        return True

    def searched(self, data: bytes) -> bytes:
        """Return the bytes in which a quick search finds the names that its code uses."""
        return data

    def check(self, ground: Ground, data: bytes, path: str) -> "Result":
        """Return what comes of the bytes of a file. Bad content is a `Skipped`, no exception."""
        raise NotImplementedError

    def secrets(self, data: bytes, path: str, policy: "Policy", names: "Names") -> "Secrets | None":
        """Return the text of a file, and what in it all secret rules flag, selected or not.

        Diffs are masked by it. None if it is not text.
        """
        raise NotImplementedError

    def shown(self, data: bytes, path: str, policy: "Policy", names: "Names") -> "Shown | None":
        """Return what is shown of a file below a finding: by default its own lines."""
        found = self.secrets(data, path, policy, names)
        if found is None:
            return None
        from ..spans import with_occurrences

        return Shown(found._replace(spans=with_occurrences(found.source.utf8, found.spans)))
