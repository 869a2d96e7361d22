"""The page of rules is written by the rules: `python tests/lint_plugin/test_docs.py` writes it."""

from pathlib import Path

from hushflake.cli.check_line import OPTIONS
from hushflake.lint_plugin import registry
from hushflake.lint_plugin.credentials.providers import PROVIDERS
from hushflake.lint_plugin.explain import shown
from hushflake.lint_plugin.platform_keys import PLATFORM_KEYS
from hushflake.lint_plugin.rule import Example
from hushflake.lint_plugin.settings import KEYS

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "rules.md"
HEAD = """# Rules

<!-- Written by the rules themselves: python tests/lint_plugin/test_docs.py -->

How to select and ignore them: [check](check.md). `***` stands for what a rule flags.

"""


def page() -> str:
    lines = ["| code | what | by default |", "|---|---|---|"]
    for code in registry.known_codes():
        rule = registry.rule(code) if code in registry.modules() else None
        state = "off" if rule is not None and not rule.default else "on"
        lines.append(f"| [{code}](#{code.lower()}) | {registry.title(code)} | {state} |")
    for code in registry.known_codes():
        lines += ["", f"## {code}", "", registry.documentation(code)]
        if code not in registry.modules():
            continue
        rule = registry.rule(code)
        lines += [""]
        lines += ["Reported:", "", *examples(rule.INVALID), ""]
        lines += ["Not reported:", "", *examples(rule.VALID)]
    lines += ["", "## Formats of HSF302", "", "| credential | published at |", "|---|---|"]
    lines += [f"| {each.name} | <{each.reference}> |" for each in PROVIDERS]
    lines += ["", "## Platform keys", "", "Keys that stay reads of the environment:", ""]
    lines += [", ".join(f"`{key}`" for key in PLATFORM_KEYS) + "."]
    return HEAD + "\n".join(lines) + "\n"


def examples(items: tuple[str | Example, ...]) -> list[str]:
    return ["```python", *shown(items).split("\n"), "```"]


def test_the_page_of_rules_is_what_the_rules_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_the_page_of_check_names_every_option_and_key() -> None:
    text = (ROOT / "docs" / "check.md").read_text(encoding="utf-8")
    assert not [option.flag for option in OPTIONS if option.flag not in text]
    codemod_only = {
        "key-style", "key-mapping", "service-groups", "environments", "audit-dir",
    }  # fmt: skip
    keys = set(KEYS) - codemod_only
    told_elsewhere = {key for key in keys if key not in text}
    assert told_elsewhere <= set(KEYS) - {"accessor", "keep", "exclude", "secret-names", "baseline"}


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
