"""Every rule against its own examples, and what must hold for all of them."""

import re
import textwrap

import pytest

from hushflake.lint_plugin import registry
from hushflake.lint_plugin.engine import Checker
from hushflake.lint_plugin.rule import Example, Rule
from hushflake.lint_plugin.settings import from_table

RULES = [registry.rule(code) for code in registry.modules()]


def example(item: str | Example) -> Example:
    return item if isinstance(item, Example) else Example(item)


def findings(rule: Rule, item: str | Example) -> list[str]:
    """Return the findings of one rule on one example, as text."""
    case = example(item)
    settings = from_table(
        {key.replace("_", "-"): value for key, value in case.settings.items()}, root="/project"
    )
    checker = Checker(settings, registry.selection(extend=[rule.code]))
    source = textwrap.dedent(case.source) + "\n"
    result = checker.check_bytes(source.encode(), f"/project/{case.path}")
    assert result.skipped is None, f"the example does not parse: {result.skipped}"
    return [
        f"{f.line}:{f.column} {f.code} {f.message}" for f in result.findings if f.code == rule.code
    ]


def cases(name: str) -> list[object]:
    return [
        pytest.param(rule, item, id=f"{rule.code}-{index}")
        for rule in RULES
        for index, item in enumerate(getattr(rule, name))
    ]


@pytest.mark.parametrize(("rule", "item"), cases("VALID"))
def test_valid_examples_have_no_finding(rule: Rule, item: str | Example) -> None:
    assert findings(rule, item) == []


@pytest.mark.parametrize(("rule", "item"), cases("INVALID"))
def test_invalid_examples_have_one_finding(rule: Rule, item: str | Example) -> None:
    found = findings(rule, item)
    assert len(found) == 1, found
    assert f" {rule.code} " in found[0]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_rule_is_complete(rule: Rule) -> None:
    assert rule.VALID
    assert rule.INVALID
    assert re.fullmatch(r"HSF[1-9]\d\d", rule.code)
    title, _, rest = registry.documentation(rule.code).partition("\n\n")
    assert title.endswith(".")
    assert rest, "say why it matters and what to write instead"


def test_a_rule_is_its_file() -> None:
    assert [rule.code for rule in RULES] == sorted(registry.modules())
    assert all(name.startswith(code.lower() + "_") for code, name in registry.modules().items())


def test_which_rules_run_by_default_is_told_without_importing_them() -> None:
    on = {rule.code for rule in RULES if rule.default}
    assert registry.selection() - {*registry.REMARKS} == on
