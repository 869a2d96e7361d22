"""Lines fit, words stay whole, wide characters count twice."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hushflake.terminal.layout import Column, shortened, table, wrapped
from hushflake.terminal.text import Text, styled
from hushflake.terminal.width import cells

ROWS = [
    ("DATABASE_URL", "postgres://localhost:5432/velo", 12, "compose, Dockerfile, workflow"),
    ("LOG_LEVEL", "INFO", 3, ""),
]
COLUMNS: Sequence[str | Column] = (
    "key", Column("default", fit="cut"), Column("reads", right=True), "also named in",
)  # fmt: skip


def plain(lines: Sequence[Text]) -> list[str]:
    return [line.plain for line in lines]


@pytest.mark.parametrize(
    ("text", "width"),
    [("abc", 3), ("漢字", 4), ("e\u0301", 1), ("👍", 2), ("\u1112\u1161\u11ab", 2), ("\uff46", 2)],
)
def test_columns_of_characters(text: str, width: int) -> None:
    assert cells(text) == width


def test_wrapping_keeps_words_styles_and_indents() -> None:
    lines = wrapped("  note: " + styled("one two three", fg="red") + " four five", 16)
    assert plain(lines) == ["  note: one two", "      three four", "      five"]
    assert lines[1].rendered() == "      \x1b[31mthree\x1b[0m four"


def test_a_word_wider_than_the_line_stays_whole() -> None:
    assert plain(wrapped(Text("see https://example.org/a/b/c now"), 12)) == [
        "see",
        "    https://example.org/a/b/c",
        "    now",
    ]


def test_wide_characters_part_anywhere() -> None:
    assert plain(wrapped(Text("漢字漢字漢"), 4, indent=0)) == ["漢字", "漢字", "漢"]


@given(st.text(st.sampled_from("ab 漢e\u0301"), max_size=80), st.integers(4, 40))
def test_wrapping_loses_nothing(text: str, width: int) -> None:
    lines = wrapped(Text(text), width)
    assert "".join("".join(plain(lines)).split()) == "".join(text.split())
    for line in lines:
        assert cells(line.plain) <= width or " " not in line.plain.strip()


def test_without_a_limit_a_row_is_a_line() -> None:
    assert plain(table(COLUMNS, ROWS)) == [
        "key           default                         reads  also named in",
        "DATABASE_URL  postgres://localhost:5432/velo     12  compose, Dockerfile, workflow",
        "LOG_LEVEL     INFO                                3",
    ]


def test_the_widest_columns_give_way() -> None:
    assert plain(table(COLUMNS, ROWS, width=60)) == [
        "key           default              reads  also named in",
        "DATABASE_URL  postgres://localho…     12  compose,",
        "                                          Dockerfile,",
        "                                          workflow",
        "LOG_LEVEL     INFO                     3",
    ]


def test_where_words_do_not_fit_each_row_is_a_paragraph() -> None:
    rows = [("A_VERY_LONG_KEY_NAME", 1, "unbroken/" * 5), ("B", 2, "")]
    assert plain(table(("key", "reads", "path"), rows, width=40)) == [
        "A_VERY_LONG_KEY_NAME",
        "  reads  1",
        "  path",
        "         " + "unbroken/" * 5,
        "",
        "B",
        "  reads  2",
    ]


@pytest.mark.parametrize("width", range(60, 201, 7))
def test_every_width_is_kept(width: int) -> None:
    rows = [(f"KEY_{n}" * (n % 4 + 1), "word " * n, n * 1000, "漢字 " * n) for n in range(12)]
    lines = table(("key", "text", Column("n", right=True), "wide"), rows, width=width)
    assert max(cells(line.plain) for line in lines) <= width
    text = " ".join(plain(lines))
    assert text.count("word") == sum(range(12))


def test_a_cell_cannot_forge_a_row() -> None:
    lines = table(("key", ""), [("A\nB  forged", "\x1b[2K")], width=80)
    assert plain(lines)[1:] == [r"A\nB  forged  \x1b[2K"]


def test_styled_cells_are_aligned_by_what_is_seen() -> None:
    assert plain(table(("a", "b"), [(styled("x", fg="red"), "y"), ("long", "z")])) == [
        "a     b",
        "x     y",
        "long  z",
    ]


def test_shortened() -> None:
    assert shortened(Text("abcdef"), 4).plain == "abc…"
    assert shortened(Text("漢字漢"), 4).plain == "漢…"
    assert shortened(Text("abcd"), 4).plain == "abcd"
