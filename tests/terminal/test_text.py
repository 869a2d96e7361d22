"""Text is harmless from the moment it is made, and keeps its styles."""

import pytest

from hushflake.terminal.text import Text, joined, styled


def test_what_goes_in_is_escaped_line_breaks_included() -> None:
    assert Text("a\nb", styled("\x1b[31m", fg="red")).plain == r"a\nb\x1b[31m"


def test_styles_are_the_only_escape_sequences() -> None:
    text = "left " + styled("\x1b]0;t\x07", fg="red", bold=True) + "\u202e"
    assert text.rendered() == "left \x1b[1;31m\\x1b]0;t\\x07\x1b[0m\\u202e"


def test_an_inner_style_stays() -> None:
    assert (
        styled("a" + styled("b", fg="green"), dim=True).rendered()
        == "\x1b[2ma\x1b[0m\x1b[32mb\x1b[0m"
    )


def test_in_an_f_string_it_is_plain() -> None:
    assert f"{styled('x', bold=True)}!" == "x!"


def test_escaping_twice_is_escaping_once() -> None:
    assert Text(str(Text("\x1b"))).plain == r"\x1b"


def test_joined() -> None:
    assert joined(", ", ["a", styled("b"), "c"]).plain == "a, b, c"
    assert joined(", ", []).plain == ""


def test_an_unknown_colour_is_refused() -> None:
    with pytest.raises(KeyError):
        styled("x", fg="mauve")
