"""The line below the findings of `check` that moves their secrets out of the source."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hushflake.lint_plugin.finding import Finding

# More files than these are no command to read: then it is about all of them.
_FILES = 20


def lines(findings: "Iterable[Finding]", paths: Iterable[str]) -> Iterator[str]:
    """Yield the command for the files with secrets that it can move, if there are any.

    Args:
        findings: What is shown.
        paths: What was checked: the settings that hold for it may name the store.
    """
    from hushflake.lint_plugin.finding import ERROR

    files = list(
        dict.fromkeys(
            finding.path
            for finding in findings
            if finding.fix == "hardcoded_secrets" and finding.severity == ERROR
        )
    )
    if not files:
        return
    # Here, for a run that finds nothing pays for none of this.
    import shlex

    from hushflake.codemods.feeding import configured_sources
    from hushflake.lint_plugin.settings import load
    from hushflake.remediation.dotenv.targets import is_target

    sources = configured_sources(load(tuple(paths)))
    target = next(filter(is_target, sources), "TARGET")
    named = files if len(files) <= _FILES else []
    yield "To move these secrets into a store, and have the code read them from there:"
    command = ["hushflake", "codemod", "--only", "hardcoded_secrets", "--to", target, "--write"]
    separator = ["--"] if any(name.startswith("-") for name in named) else []
    yield f"  {shlex.join([*command, *separator, *named])}"
