"""Our reading of a .env file against the libraries themselves, on cases and on random files."""

import io
import os
from pathlib import Path

import dotenv
import pytest
from decouple import RepositoryEnv
from dotenv.parser import parse_stream
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hushflake.remediation.dotenv.loaders import all_loaders, decouple, python_dotenv

LINES = [
    "A=b",
    "export A=b",
    "export\tB = c # comment",
    "export",
    "export ",
    "A",
    "A=",
    "A= # comment",
    "A=#value",
    "A=b#c",
    "A=b  # c # d",
    'A="b"',
    "A='b'",
    r'A="a\nb\t\"q\" \\ \x \$"',
    r"A='a\nb \' \\ x'",
    'A="two\nlines"',
    "A='two\nlines' # end",
    "A=${X}",
    "A=${X:-d}",
    r"A=\${A}",
    "A='${A}x'",
    "A=$X",
    "B=${NOT_SET}",
    'A="b" c',
    "A: b",
    'A="open',
    "A='open",
    "=b",
    "'quoted key'=b",
    "'open key=b",
    "''=b",
    "A = b",
    "  A=b  ",
    "\tA=b\x0b",
    "A=a=b=c",
    "#A=b",
    "  # x",
    "A=ü€😀",
    "A=\x85b",
    "A=b\x0cC=d",
    "",
    "   ",
]
TEXTS = st.one_of(
    st.lists(st.sampled_from(LINES), max_size=6).map("\n".join),
    st.text(alphabet="AB=\"'#$ {}\\\n:-\texportn", max_size=40),
    st.text(max_size=20),
).flatmap(lambda text: st.sampled_from([text, text + "\n", text.replace("\n", "\r\n")]))
# What `open()` in text mode gives both libraries.
UNIVERSAL = TEXTS.map(lambda text: text.replace("\r\n", "\n").replace("\r", "\n"))


@given(UNIVERSAL)
@example("A=b\nexport ")
@example('A="b\\"\nC="d"')
@settings(max_examples=1500, deadline=None)
def test_python_dotenv_statement_by_statement(text: str) -> None:
    theirs = list(parse_stream(io.StringIO(text)))
    ours = python_dotenv.parse(text)
    assert [(one.key, one.value) for one in ours.assignments] == [
        (one.key, one.value) for one in theirs if one.key is not None
    ]
    assert len(ours.problems) == sum(one.error for one in theirs)


@given(UNIVERSAL)
@settings(max_examples=500, deadline=None)
def test_python_dotenv_interpolation(text: str) -> None:
    ours = python_dotenv.interpolated(python_dotenv.parse(text).assignments, dict(os.environ))
    assert ours == dict(dotenv.dotenv_values(stream=io.StringIO(text)))


@given(TEXTS)
@settings(max_examples=800, deadline=None)
def test_decouple(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "decouple.env"
    try:
        path.write_bytes(text.encode())
    except UnicodeEncodeError:
        return
    with path.open(encoding="utf-8") as stream:
        read = stream.read()
    assert decouple.parse(read).values() == RepositoryEnv(str(path)).data


def test_every_case_is_read_from_a_file_as_python_dotenv_does(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    for line in LINES:
        for newline in ("\n", "\r\n"):
            path.write_bytes(b"\xef\xbb\xbf" + f"{line}\nZ=z\n".replace("\n", newline).encode())
            with path.open(encoding="utf-8") as stream:
                text = stream.read()
            theirs = dotenv.dotenv_values(path, interpolate=False)
            assert python_dotenv.parse(text).values() == dict(theirs), line


@pytest.mark.parametrize(
    ("text", "line", "column", "key", "part"),
    [
        ('A=1\n\n  B="x" y', 3, 3, "B", "there is text after the closing quote"),
        ("A: b", 1, 1, "", "there is text after the key"),
        ('\nTOKEN="abc\nB=c', 2, 1, "TOKEN", 'the quote " is never closed'),
        ("=b", 1, 1, "", "there is no key"),
    ],
)
def test_what_python_dotenv_drops_is_told(
    text: str, line: int, column: int, key: str, part: str
) -> None:
    (problem,) = python_dotenv.parse(text).problems
    assert (problem.line, problem.column, problem.key) == (line, column, key)
    assert part in problem.text
    assert "abc" not in problem.text


@pytest.mark.parametrize(
    ("text", "key", "part"),
    [
        ("\ufeffA=b", "A", "byte order mark"),
        ("export A=b", "A", "`export` becomes part"),
        ("A b=c", "", "holds a blank"),
        ("just text", "", "without `=`"),
        ("A='b", "A", "does not end the value"),
        ("A='b' # c", "A", "does not end the value"),
        ("A=b # c", "A", "the comment stays"),
    ],
)
def test_what_decouple_misreads_is_told(text: str, key: str, part: str) -> None:
    (problem,) = decouple.parse(text).problems
    assert problem.key == key
    assert part in problem.text


def test_half_a_private_key_is_not_taken_for_a_name() -> None:
    body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcw"
    text = f'{body}= "x" y\nA{body[:20]}9aB= "y" z\nKEY="-----BEGIN\n{body}=='
    assert {problem.key for problem in python_dotenv.parse(text).problems} == {"KEY", ""}


def test_values_do_not_print() -> None:
    secret = "hunter" + "2"
    assert secret not in repr(python_dotenv.parse(f"A={secret}"))


def test_the_folder_is_the_registry() -> None:
    assert set(all_loaders()) == {"python-dotenv", "decouple"}
