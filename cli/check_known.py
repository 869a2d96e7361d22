"""The consent of `check --known`, and what follows from it: fingerprints of configured values."""

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hushflake.remediation.known.collect import Collected


def collected(values: dict[str, Any]) -> "Collected | None":
    """Ask whether the configured values may be read, and read them; None without `--known`.

    Raises:
        LintError: Nobody said yes.
        ConfigError: A source cannot be read.
    """
    from hushflake.lint_plugin.errors import LintError

    if not values["known"]:
        if values["yes"]:
            raise LintError("--yes needs --known; nothing else is asked")
        return None
    from hushflake.remediation.known.collect import collect, settings_here, sources_of

    settings = settings_here()
    if not values["yes"]:
        _ask(sources_of(settings))
    return collect(settings)


def _ask(sources: tuple[str, ...]) -> None:
    from hushflake.lint_plugin.errors import LintError

    what = f"read the secret values of {', '.join(sources)}, to look for them in files"
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise LintError(f"--known would {what}; without a terminal to ask on it needs --yes")
    from .output import confirmed

    if not confirmed(f"This will {what}. Nothing of them is shown, kept or sent. Go on?"):
        raise LintError("--known: nothing was read and nothing was checked")
