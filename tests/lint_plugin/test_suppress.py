"""Comments that keep a finding quiet, and those that keep nothing quiet."""

import pytest

from hushflake.lint_plugin import registry
from hushflake.lint_plugin.engine import Checker
from hushflake.lint_plugin.settings import Settings

LITERAL = "'hunter" + "2'"


def codes(source: str, *, noqa: bool = True) -> list[str]:
    checker = Checker(Settings(root="/project"), registry.selection(), noqa=noqa)
    result = checker.check_bytes(source.encode(), "/project/app.py")
    return [f"{finding.code}:{finding.line}" for finding in result.findings]


@pytest.mark.parametrize(
    "source",
    [
        f"password = {LITERAL}  # noqa",
        f"password = {LITERAL}  # noqa: HSF301",
        f"password = {LITERAL}  # noqa: E501,HSF3 because",
        f"password = (\n    {LITERAL}\n)  # noqa: HSF301",
        f"connect(  # noqa: HSF301\n    password={LITERAL},\n)",
        f"def f(\n    password={LITERAL},\n):  # noqa: HSF301\n    pass",
        f"password = {LITERAL}  # hushflake: ignore[HSF301] it is printed on the box",
        f"# hushflake: ignore[HSF301] why\npassword = {LITERAL}",
        f"# hushflake: ignore[HSF301]\npassword = (\n    {LITERAL}\n)",
        f"password = (\n    # hushflake: ignore[HSF301]\n    {LITERAL}\n)",
    ],
)
def test_it_is_quiet(source: str) -> None:
    assert codes(source + "\n") == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (f"password = {LITERAL}  # noqa: HSF101", ["HSF301:1"]),
        (f"x = 1  # noqa\npassword = {LITERAL}", ["HSF301:2"]),
        (f"if x:  # noqa: HSF301\n    password = {LITERAL}", ["HSF301:2"]),
        (f"password = {LITERAL}  # hushflake: ignore[HSF302]", ["HSF001:1", "HSF301:1"]),
        (f"x = 1  # hushflake: ignore[HSF301]\npassword = {LITERAL}", ["HSF001:1", "HSF301:2"]),
        ("x = 1  # hushflake: ignore[HSF301] gone", ["HSF001:1"]),
        (f"password = {LITERAL}  # hushflake: ignore", ["HSF002:1", "HSF301:1"]),
        (f"password = {LITERAL}  # hushflake: ignroe[HSF301]", ["HSF002:1", "HSF301:1"]),
        ("x = '# hushflake: ignore[HSF301]'", []),
    ],
)
def test_it_is_not(source: str, expected: list[str]) -> None:
    assert sorted(codes(source + "\n")) == expected


def test_noqa_can_be_switched_off() -> None:
    assert codes(f"password = {LITERAL}  # noqa\n", noqa=False) == ["HSF301:1"]


def test_a_pragma_for_a_rule_that_was_not_run_is_not_unused() -> None:
    checker = Checker(Settings(root="/project"), registry.selection(["HSF1", "HSF0"]))
    source = f"password = {LITERAL}  # hushflake: ignore[HSF301] known\n"
    assert checker.check_bytes(source.encode(), "/project/app.py").findings == ()
