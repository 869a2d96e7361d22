"""Secrets that a text carries: credentials of published formats, private keys, passwords in URLs,
and values that are known.

The rules HSF302, HSF303 and HSF304 decide, as in `hushflake check`; comments that silence a finding
do not count here.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from ..credentials.display import shown

if TYPE_CHECKING:
    from ..known.values import Known as Fingerprints

RULES = ("HSF302", "HSF303", "HSF304")
# What a rule of them needs at least, beside the marks of a provider.
_MAY_HOLD = re.compile(r"-----BEGIN |://|passw|pwd\s?=|cookie", re.IGNORECASE)
# No credential of a published format is shorter, or is parted by other characters.
_LONG = re.compile(r"[\w.+/=:%~-]{16}")
# Values of variables that are shorter are words and numbers that stand everywhere.
_SHORTEST_KNOWN = 12

# Text -> the names of the keys whose known values it holds. Further sources of known values, such
# as fingerprints of a store, are functions of this kind.
Known = Callable[[str], Iterable[str]]


class Carried(NamedTuple):
    """A secret in a text: what it is, without any of it, and the rule that says so."""

    what: str
    code: str


def carried(text: str, known: Iterable[Known] = ()) -> Iterator[Carried]:
    """Yield the secrets that a text carries. Names and kinds, never values."""
    for find in known:
        for name in find(text):
            yield Carried(f"the value of {shown(name)}", "HSF308")
    if _may_hold(text):
        yield from _by_rules(text)


def of_environment(environment: Mapping[str, str]) -> Known:
    """Return what finds the values of variables that are named like secrets."""

    def find(text: str) -> Iterator[str]:
        for name, value in environment.items():
            if len(value) >= _SHORTEST_KNOWN and value in text and _is_secret(name, value):
                yield name

    return find


def of_fingerprints(values: "Fingerprints") -> Known:
    """Return what finds values by their fingerprints, in each of their spellings."""

    def find(text: str) -> Iterator[str]:
        # A text with NUL counts as no text there.
        data = text.replace("\0", " ").encode("utf-8", "replace")
        for place in values.find(data):
            yield values.secrets[place.value].names

    return find


def _is_secret(name: str, value: str) -> bool:
    from ..credentials.names import Names
    from ..credentials.values import is_credential

    kind = Names().kind(name)
    return kind is not None and is_credential(value, kind)


def _may_hold(text: str) -> bool:
    if _MAY_HOLD.search(text):
        return True
    # Most commands hold no text that is long enough: the formats are not imported for them.
    if not _LONG.search(text):
        return False
    from ..credentials.formats import in_formats

    return next(in_formats(text), None) is not None


def _by_rules(text: str) -> Iterator[Carried]:
    from ..credentials.names import Names
    from ..module import Module
    from ..registry import rule
    from ..settings import Policy, Settings

    settings = Settings()
    utf8 = text.encode("utf-8", "replace")
    module = Module("call", utf8, Policy(settings), Names())
    for code in RULES:
        each = rule(code)
        if each.applies(module):
            for report in each.check(module):
                what = shown(report.target) if code != "HSF304" else report.facts["what"]
                inside = "a credential inside " if code == "HSF304" else "a "
                yield Carried(f"{inside}{what}", code)
