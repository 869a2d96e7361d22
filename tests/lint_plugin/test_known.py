"""Known values are found in all their spellings, and nothing of them is held."""

import base64
import json
import pickle
import random
import string
from urllib.parse import quote

import pytest

from hushflake.config.censor.redact import disguises, escapes
from hushflake.lint_plugin.aims import Aims
from hushflake.lint_plugin.engine import Checker
from hushflake.lint_plugin.known.values import Known, Secret
from hushflake.lint_plugin.settings import Settings

SECRET = Secret("DB_PASSWORD", "esc", "0" * 16)
VALUES = (
    "q7Zt$kQ9wLm2XcVb",
    "k3Jd9fLq2MaZ7xYw0PbV5tRsUeHgNcQi",
    "x$9!kQ#2-a",
    "Summer2024!",
    "9f86d081884c7d65",
    'a "quoted" \\ value / with = everything + é',
    "ab$!cd%&ef?(gh)",
    "two\nlines of $text",
)


def known(*values: str) -> Known:
    return Known((SECRET, value.encode(), forms(value)) for value in values)


def forms(value: str) -> list[bytes]:
    """The spellings, but for single lines of a value."""
    lines = value.splitlines()
    return [form.encode() for form in escapes(value) if form not in lines]


def spellings(value: str) -> dict[str, bytes]:
    data = value.encode()
    return {
        "plain": data,
        "in a string": b"x = '" + data + b"'",
        "in an address": b"postgres://app:" + quote(value, safe="").encode() + b"@db/x",
        "in JSON": json.dumps({"a": f"\n{value}\n"}).encode(),
        "in JSON in JSON": json.dumps(json.dumps({"a": value})).encode(),
        "in Python": repr({"a": value}).encode(),
        "base64": base64.b64encode(data),
        "base64 of login": base64.b64encode(b"app:" + data),
        "base64 in the middle": base64.b64encode(b"ab:" + data + b":more of it"),
        "base64 at its end": base64.b64encode(b"abcde:" + data),
        "base64 for addresses": base64.urlsafe_b64encode(b"a:" + data),
        "hexadecimal": b"0x" + data.hex().encode(),
        "behind an escape": b"a%20" + quote(value, safe="").encode() + b"%20b",
    }


@pytest.mark.parametrize("value", VALUES)
def test_every_spelling_is_found_where_it_stands(value: str) -> None:
    searched = known(value, "zYx9wVu8tSr7qPo6")
    for name, text in spellings(value).items():
        padded = b"# before\n" + text + b"\nafter"
        found = searched.find(padded)
        assert [place.value for place in found] == [0], name
        assert 9 <= found[0].start < found[0].end <= len(padded) - 6, name


@pytest.mark.parametrize("value", VALUES)
def test_what_is_another_value_is_not_found(value: str) -> None:
    chance = random.Random(7)
    searched = known(value)
    for _ in range(300):
        at = chance.randrange(len(value))
        changed = value[:at] + chance.choice(string.ascii_letters) + value[at + 1 :]
        if changed != value:
            for text in spellings(changed).values():
                assert searched.find(text) == []
    assert searched.find(value[:-1].encode()) == []


def test_a_short_value_is_no_part_of_a_word() -> None:
    searched = known("prod1234", "k3Jd9fLq2MaZ7xYw0PbV")
    for text in (b"xprod1234", b"prod12345", b"prod1234_x", b"my_prod1234"):
        assert searched.find(text) == []
    for text in (b"prod1234", b"-prod1234-", b"'\\nprod1234'", b"%3Dprod1234&", b"(prod1234)"):
        assert len(searched.find(text)) == 1
    # A long one is none by chance, and people put things together.
    assert len(searched.find(b"tokenk3Jd9fLq2MaZ7xYw0PbVend")) == 1


def test_nothing_of_a_value_is_held() -> None:
    # Those without words, which stand in the names of fields too.
    for value in VALUES[:5]:
        searched = known(value)
        held = pickle.dumps(searched) + repr(searched).encode() + repr(vars(searched)).encode()
        for form in {value, *disguises(value)}:
            data = form.encode()
            for at in range(len(data) - 4):
                assert data[at : at + 5] not in held


def test_two_runs_have_nothing_in_common() -> None:
    one, two = (known(VALUES[0]) for _ in range(2))
    assert vars(one)["_heads"] != vars(two)["_heads"]
    again: Known = pickle.loads(pickle.dumps(one))
    assert again.find(VALUES[0].encode()) == one.find(VALUES[0].encode()) != []


def test_what_is_no_text_and_what_is_long() -> None:
    value = VALUES[1]
    searched = known(value)
    assert searched.find(b"\0" + value.encode()) == []
    many = b"x" * 100_000 + b" " + value.encode() + b" " + b"y" * 100_000
    assert len(searched.find(many)) == 1
    assert len(searched.find(value.encode() * 3)) == 3
    assert searched.find(b"") == []


def test_a_file_of_any_kind_is_searched() -> None:
    settings = Settings()
    checker = Checker(settings, frozenset({"HSF308"}), aims=Aims(known=known(VALUES[0])))
    for path in ("a.py", "README", "notes.txt", "a.ipynb"):
        text = f"é = 1\n'é' {VALUES[0]}\n".encode()
        [finding] = checker.check_bytes(text, path).findings
        assert (finding.line, finding.column, finding.end_column) == (2, 5, 5 + len(VALUES[0]))
        assert (finding.code, finding.target) == ("HSF308", "DB_PASSWORD")
        assert VALUES[0] not in str(finding)
    # Not selected, it is not reported; and a text file is not read as Python.
    other = Checker(settings, frozenset({"HSF301"}), aims=Aims(known=known(VALUES[0])))
    text = f"password = '{VALUES[0]}'\n".encode()
    assert other.check_bytes(text, "notes.txt").findings == ()
    assert [each.code for each in other.check_bytes(text, "a.py").findings] == ["HSF301"]
