"""Our reader of .env files is held against python-dotenv, whose users it takes over."""

import io
import logging
import os
from pathlib import Path
from unittest import mock

import dotenv
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hushflake.config.errors import ConfigSourceError
from hushflake.config.sources.dotenv import DotenvSource, read

CASES = [
    "A=b",
    "export A=b",
    "A\nB=1",
    "A=",
    "A = b",
    "A=b # c",
    "A=b#c",
    "A=#x",
    "A= # x",
    "A=\u00a0x",
    'A="x\\ny\\t\\q\\\\"',
    "A='lit\\n ${H} \\' x'",
    "A=\\${H}",
    "H=1\nA=$H ${H} ${N:-d} ${N}",
    "A=pa${x}ss",
    'A="multi\nline"\nB=2',
    "\ufeffA=1\r\nB=2\r\n",
    "A=1\nA=2",
    "  A = b c  ",
    'A="b" # c',
    "'K'=v",
    "# c\n\nA=1 #",
    "A=${B}\nB=2",
    'A=""',
    "X.Y-Z=1",
    "A='1'\n\n#c\nB=\"y\"",
    "",
]


def theirs(text: str) -> dict[str, str]:
    found = dotenv.dotenv_values(stream=io.StringIO(text.removeprefix("\ufeff")))
    return {key: value for key, value in found.items() if value is not None}


@pytest.mark.parametrize("text", CASES)
def test_reads_as_python_dotenv(tmp_path: Path, text: str) -> None:
    path = tmp_path / ".env"
    path.write_bytes(text.encode())
    with mock.patch.dict(os.environ, {}, clear=True):
        assert read(path) == theirs(text)


@given(st.text("AB=#'\"\\ \n${}x:-", max_size=16))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_alike_or_refused(text: str) -> None:
    path = Path("any.env")
    path.write_bytes(text.encode())
    records: list[object] = []
    with (
        mock.patch.dict(os.environ, {}, clear=True),
        mock.patch.object(
            logging.getLogger("dotenv.main"), "warning", lambda *a: records.append(a)
        ),
    ):
        expected = theirs(text)
        try:
            assert read(path) == expected
        except ConfigSourceError:
            # Where python-dotenv drops a line with a warning, we refuse the file.
            assert records


@pytest.mark.parametrize(
    ("text", "line"), [('A=1\nB="b" c\n', 2), ("A: b", 1), ('\n\nA="open\n', 3), ("='x'", 1)]
)
def test_a_line_that_would_get_lost_is_named(tmp_path: Path, text: str, line: int) -> None:
    path = tmp_path / ".env"
    path.write_text(text)
    with pytest.raises(
        ConfigSourceError, match=rf"\.env:{line}: not a line of the form NAME=value"
    ):
        read(path)


def test_the_process_environment_wins_in_references(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("H=file\nA=${H}\n")
    with mock.patch.dict(os.environ, {"H": "process"}):
        assert read(path)["A"] == "process"
        dotenv.load_dotenv(path)
        assert os.environ["A"] == "process"


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    assert DotenvSource(str(tmp_path / "none.env")).load().values == {}
    (tmp_path / "binary.env").write_bytes(b"A=\xff\xfe")
    with pytest.raises(ConfigSourceError, match="not UTF-8"):
        read(tmp_path / "binary.env")
    with pytest.raises(ConfigSourceError, match="cannot be read"):
        read(tmp_path)
