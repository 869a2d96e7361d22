"""The rules: every module of `rules/` named after a code holds one, `hsf101_getenv` HSF101."""

import os
import re
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from . import rules as _folder
from .errors import SettingsError

if TYPE_CHECKING:
    from .rule import Rule

# Remarks of the checker about its own pragmas: no rule, but selected and ignored like one.
UNUSED_PRAGMA, BAD_PRAGMA = "HSF001", "HSF002"
# What `check --known` finds: values, which no rule could know by itself.
KNOWN_VALUE = "HSF308"
# What no comment silences.
NEVER_SILENT = frozenset({KNOWN_VALUE})


@cache
def modules() -> dict[str, str]:
    """Return code -> module name of every rule, in order of codes, without importing one."""
    return {name[:6].upper(): name for name in sorted(_files())}


@cache
def _files() -> dict[str, str]:
    """Return module name -> its file, as far as there is a source."""
    found: dict[str, str] = {}
    for folder in _folder.__path__:
        for file in os.listdir(folder):
            name, _, suffix = file.partition(".")
            if name.startswith("hsf") and (suffix == "py" or name not in found):
                found[name] = os.path.join(folder, file) if suffix == "py" else ""
    return found


@cache
def rule(code: str) -> "Rule":
    """Return the rule of a code."""
    from .rule import Rule

    module = import_module(f"{_folder.__name__}.{modules()[code]}")
    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Rule)
        and value.__module__ == module.__name__
    ]
    return found[0]()


def known_codes() -> list[str]:
    """Return every code that can be reported."""
    return sorted([*REMARKS, *modules()])


def selection(
    select: Iterable[str] = (), extend: Iterable[str] = (), ignore: Iterable[str] = ()
) -> frozenset[str]:
    """Return the codes that `select`, `extend-select` and `ignore` leave.

    Each holds codes or their beginnings (`HSF1`, `HSF301`); `ALL` is every code. Without
    `select`, the rules that are on by default. The longer match decides; at a tie `ignore` wins.

    Raises:
        SettingsError: A code that begins no known one.
    """
    select, extend, ignore = (tuple(map(_code, codes)) for codes in (select, extend, ignore))
    chosen = set()
    for code in known_codes():
        wanted = _longest(code, (*select, *extend))
        if not select and wanted < 0 and _is_default(code):
            wanted = 0
        if wanted >= 0 and wanted > _longest(code, ignore):
            chosen.add(code)
    return frozenset(chosen)


@cache
def _is_default(code: str) -> bool:
    """Say whether a rule runs unless it is left out.

    Its source is asked, for a run that takes all from the cache imports no rule: that would
    take longer than everything else.
    """
    if code in REMARKS:
        return True
    file = _files()[modules()[code]]
    if not file:
        return rule(code).default
    with open(file, "rb") as stream:
        return b"\n    default = False" not in stream.read()


def _longest(code: str, beginnings: Iterable[str]) -> int:
    return max((len(begin) for begin in beginnings if code.startswith(begin)), default=-1)


def _code(text: str) -> str:
    code = text.strip().upper()
    if code == "ALL":
        return ""
    if not any(known.startswith(code) for known in known_codes()):
        # Only what can have been meant for a code is told: no message holds a value.
        told = f" {text!r}" if re.fullmatch(r"[A-Za-z]{1,5}[0-9]{0,4}", text) else ""
        raise SettingsError(
            f"unknown rule{told}: codes are {', '.join(known_codes())}, or their beginnings"
        )
    return code


# What no module of its own documents.
REMARKS = {
    UNUSED_PRAGMA: (
        "A `hushflake: ignore` pragma that silences nothing.\n\n"
        "The finding is gone, or is elsewhere now. Remove the comment."
    ),
    BAD_PRAGMA: (
        "A `hushflake:` pragma that is not understood.\n\n"
        "It keeps nothing quiet. Write `# hushflake: ignore[HSF301] reason`."
    ),
    KNOWN_VALUE: (
        "A value that a configured source holds is in a file.\n\n"
        "Only `hushflake check --known` reports it: in every text file, also inside strings,\n"
        "addresses, base64 and escapes. Whoever can read the file has the secret: rotate it. No\n"
        "comment silences it."
    ),
}


def title(code: str) -> str:
    """Return the first sentence of a rule's documentation."""
    return documentation(code).partition("\n\n")[0].replace("\n", " ")


def documentation(code: str) -> str:
    """Return the documentation of a rule, the docstring of its module."""
    if code in REMARKS:
        return REMARKS[code]
    return (import_module(type(rule(code)).__module__).__doc__ or "").strip()
