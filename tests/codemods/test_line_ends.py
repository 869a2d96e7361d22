"""Every case again with the line ends of Windows and of old: the same change, and no other byte."""

from pathlib import Path

import pytest
from test_cases import BEFORE, rewrite

ENDS = {"crlf": b"\r\n", "cr": b"\r"}


@pytest.mark.parametrize("ends", ENDS)
@pytest.mark.parametrize("before", BEFORE, ids=lambda p: f"{p.parent.name}-{p.name.split('.')[0]}")
def test_line_ends_stay(before: Path, ends: str) -> None:
    data = before.read_bytes()
    wanted = before.with_name(before.name.replace(".before.", ".after.")).read_bytes()
    if b"\r" in data:
        pytest.skip("has line ends of its own")
    outcome = rewrite(before.parent.name, data.replace(b"\n", ENDS[ends]))
    result = outcome.new or outcome.old or data.replace(b"\n", ENDS[ends])
    assert result.decode() == wanted.replace(b"\n", ENDS[ends]).decode()


def test_each_line_keeps_its_own() -> None:
    data = b'import os\nA = os.getenv(\r\n    "A",\r    "d",\n)\nfrom os import (\r\n    path,\n)\n'
    outcome = rewrite("environment_reads", data)
    assert outcome.new == (
        b"from hushflake.config import get_config_value\n"
        b'A = get_config_value(\r\n    "A",\r    "d",\n)\nfrom os import (\r\n    path,\n)\n'
    )
