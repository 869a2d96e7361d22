"""Places in units of each encoding, and minimal changes."""

import random

import pytest

from hushflake.remediation.editor.text import Lines, changes

PIECES = ["a", "é", "😀", "\t", "\x0c", "\u2028", "\n", "\r\n", "\r", "x = 1\n"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_units_and_columns_are_inverse(encoding: str) -> None:
    chance = random.Random(7)
    for _ in range(200):
        lines = Lines("".join(chance.choices(PIECES, k=20)))
        for number in range(len(lines.starts)):
            for column in range(len(lines.line(number)) + 1):
                units = lines.units(number, column, encoding)
                assert lines.column(number, units, encoding) == column
                assert lines.place(lines.offset(number, column)) == (number, column)


def test_lines_end_as_in_the_protocol() -> None:
    lines = Lines("a\x0cb\u2028c\r\nd\re\n")
    assert [lines.line(number) for number in range(4)] == ["a\x0cb\u2028c", "d", "e", ""]


def test_changes_give_the_new_text() -> None:
    chance = random.Random(7)
    for _ in range(300):
        old = "".join(chance.choices(PIECES, k=15))
        new = "".join(chance.choices(PIECES, k=15)) if chance.random() < 0.3 else old[:7] + old[9:]
        made = list(changes(old, new))
        text = old
        for change in reversed(made):
            text = text[: change.start] + change.text + text[change.end :]
        assert text == new
    assert list(changes("a\nb\n", "a\nb\n")) == []
    many = "x\n" * 5000
    assert len(list(changes(many + "a\n" * 3000, many + "b\n" * 3000))) == 1
