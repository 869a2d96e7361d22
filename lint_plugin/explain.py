"""What a rule is, for a person: its documentation, its examples and where they stand online."""

from functools import cache
from typing import NamedTuple

from . import registry
from .errors import SettingsError
from .rule import Example, Rule

_SHOWN_EXAMPLES = 4


class Explanation(NamedTuple):
    """One rule, explained. The sources are masked: `***` stands for what a rule flags."""

    code: str
    title: str
    text: str
    default: bool
    fixable: bool
    reported: str
    not_reported: str
    url: str


def explain(code: str) -> Explanation:
    """Return the explanation of a code.

    Args:
        code: `HSF301`; of any known code, also those about pragmas.

    Raises:
        SettingsError: There is no such code.
    """
    code = _full(code)
    if code not in registry.modules():
        return Explanation(
            code, registry.title(code), _rest(code), True, False, "", "", rule_url(code)
        )
    rule = registry.rule(code)
    return Explanation(
        code,
        registry.title(code),
        _rest(code),
        rule.default,
        _is_fixable(rule),
        shown(rule.INVALID),
        shown(rule.VALID),
        rule_url(code),
    )


@cache
def rule_url(code: str) -> str:
    """Return the address of a rule's part of the documentation (`[project.urls]`)."""
    from importlib.metadata import metadata

    for line in metadata("hushflake").get_all("Project-URL") or []:
        label, _, address = line.partition(", ")
        if label == "Documentation":
            return f"{address.rstrip('/')}/rules/#{code.lower()}"
    return ""


def shown(examples: tuple[str | Example, ...]) -> str:
    """Return the first examples as one masked source.

    Those that need settings are left out, unless a note says which.
    """
    from .masking import masked_source

    sources = [
        _source(item)
        for item in examples[:_SHOWN_EXAMPLES]
        if isinstance(item, str) or item.note or not item.settings
    ]
    return "\n\n".join(masked_source(source.encode(), "example.py") for source in sources)


def _source(item: str | Example) -> str:
    """Return what the documentation shows of an example."""
    if isinstance(item, str):
        return item
    source = item.shown or item.source
    return f"# {item.note}\n{source}" if item.note else source


def _is_fixable(rule: Rule) -> bool:
    """Whether `codemod` rewrites any of the places that the rule reports in its examples."""
    from .engine import Checker
    from .settings import Settings

    checker = Checker(Settings(root="/project"), frozenset({rule.code}))
    sources = [item.source if isinstance(item, Example) else item for item in rule.INVALID]
    return any(
        finding.fixable
        for source in sources
        for finding in checker.check_bytes(source.encode(), "/project/example.py").findings
    )


def _rest(code: str) -> str:
    return registry.documentation(code).partition("\n\n")[2]


def _full(code: str) -> str:
    """Return the one known code that `code` stands for, in any case of letters."""
    registry.selection(select=[code])  # raises for what begins no code
    known = [each for each in registry.known_codes() if each.startswith(code.strip().upper())]
    if len(known) > 1:
        raise SettingsError(f"{code.upper()} stands for {', '.join(known)}: name one of them")
    return known[0]
