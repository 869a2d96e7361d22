"""Foreign text is shown, not obeyed."""

import pytest

from hushflake.terminal.escape import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, ünïcödé, 漢字", "plain, ünïcödé, 漢字"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("\x9b31m", r"\x9b31m"),
        ("\x7f", r"\x7f"),
        ("if \u202e}\u2066", r"if \u202e}\u2066"),
        ("\u2028", r"\u2028"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
        ("zero\u200bwidth\ufeff", r"zero\u200bwidth\ufeff"),
        ("क्\u200dष", "क्\u200dष"),
        ("1\u00a0000", "1\u00a0000"),
    ],
)
def test_what_steers_is_spelled_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_what_a_caller_keeps() -> None:
    assert visible("a\n\tb\x1b", keep="\n\t") == "a\n\tb\\x1b"
