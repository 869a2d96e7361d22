"""A credential in the published format of a provider: a cloud key, an API token, a webhook.

The format alone tells, wherever it stands: in a literal of any name, in a comment, in text.
Revoke it with the provider; it is known to everyone who can read the repository. The formats
are listed below, each with the page of the provider that publishes it.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

from ..credentials.embedded import is_illustration
from ..credentials.providers import PROVIDERS, Provider
from ..module import Module
from ..rule import Report, Rule

# What documentation puts in the place of a credential.
_SAMPLE = re.compile(
    r"example|placeholder|your|x{6}|0{8}|\*{4}|\.{3}|1234567890|abcdefghij", re.IGNORECASE
)


class ProviderKey(Rule):
    code = "HSF302"
    message = "a credential in the format of {name} is in the source; revoke it and use {get}"
    secret = True
    rank = 1
    VALID = (
        "key = 'AKIA" + "IOSFODNN7EXAMPLE'",
        "token = 'ghp_" + "x" * 36 + "'",
        "prefix = 'ghp_'",
        "# The token looks like this:\n#   ghp_" + "k3Jd9fLq2M" * 3 + "a1B2c3\npass",
        "task = 'TASK" + "0a1b2c3d" * 4 + "'",
        "name = 'sk-learn-contrib-package-with-a-long-name-that-is-no-key-at-all'",
    )
    INVALID = (
        "key = 'AKIA" + "Q3EGRIZ7TKWPNVDA'",
        "anything = 'ghp_" + "k3Jd9fLq2M" * 3 + "a1B2c3'",
        "# export TOKEN=glpat-" + "k3Jd9fLq2M-_k3Jd9fLq\npass",
        "url = 'https://hooks.slack" + ".com/services/T0AB1CD2E/B0AB1CD2E/k3Jd9fLq2Mk3Jd9fLq2M'",
        "client = Client('xoxb-" + "123987456012-k3Jd9fLq2Mk3Jd9fLq2M')",
        "headers = {'x': 'Bearer sk_live_" + "k3Jd9fLq2Mk3Jd9fLq2Mk3Jd'}",
        "conn = 'AccountName=a;AccountKey=" + "k3Jd9fLq2M" * 8 + "k3Jd9f=='",
    )

    def applies(self, module: Module) -> bool:
        return next(self._matches(module), None) is not None

    def check(self, module: Module) -> Iterator[Report]:
        for provider, match in self._matches(module):
            if module.is_prose(match.start()) and is_illustration(match):
                continue
            yield Report(match.start(), match.end(), {"name": provider.name}, provider.name)

    def _matches(self, module: Module) -> Iterator[tuple[Provider, re.Match[str]]]:
        for head in _heads():
            if not head.any_of(module.text):
                continue
            for mark, provider in head.marks:
                if mark in module.text:
                    for match in _at_marks(module.text, mark, provider):
                        if not _SAMPLE.search(match[0]):
                            yield provider, match


class _Head(NamedTuple):
    """The marks that begin with one character: a file is searched for all of them at once."""

    any_of: Callable[[str], re.Match[str] | None]
    marks: list[tuple[str, Provider]]


@cache
def _heads() -> list[_Head]:
    """Group the marks. One search for many that share their first character costs what a search
    for one does; for alternatives with nothing in common `re` is many times slower.
    """
    groups: dict[str, list[tuple[str, Provider]]] = {}
    for provider in PROVIDERS:
        for mark in provider.marks:
            groups.setdefault(mark[0], []).append((mark, provider))
    heads = []
    for first, marks in groups.items():
        rest = "|".join(sorted({re.escape(mark[1:]) for mark, _ in marks}))
        heads.append(_Head(re.compile(f"{re.escape(first)}(?:{rest})").search, marks))
    return heads


def _at_marks(text: str, mark: str, provider: Provider) -> Iterator[re.Match[str]]:
    pattern, at = provider.compiled(), text.find(mark)
    while at >= 0:
        match = None
        for start in range(max(0, at - provider.lead), at + 1):
            match = pattern.match(text, start)
            if match:
                yield match
                break
        at = text.find(mark, match.end() if match else at + 1)
