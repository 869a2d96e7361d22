"""References in .env files are found as python-dotenv finds them, in bounded time and space."""

import random
import re
from pathlib import Path

import pytest

from hushflake.config.errors import ConfigSourceError
from hushflake.config.sources.dotenv import read, references
from tests.fakes.bounded import cpu_within

# That of python-dotenv 1.2, `variables.py`.
PATTERN = re.compile(r"\$\{(?P<name>[^\}:]*)(?::-(?P<default>[^\}]*))?\}")
N = 200_000


def test_they_are_those_of_python_dotenv() -> None:
    chance = random.Random(3)
    for _ in range(20_000):
        size = chance.randint(0, 14)
        text = "".join(chance.choices(["$", "{", "}", ":", "-", "a", "${", ":-", "\n"], k=size))
        found = PATTERN.finditer(text)
        wanted = [(*one.span(), one["name"], one["default"] or "") for one in found]
        assert list(references(text)) == wanted, text


@pytest.mark.parametrize(
    "text", ["${" * N, "${" * N + ":}", "${:" * N + "}", "${a:" * N + "}", "${a" * N + "}"]
)
def test_no_text_takes_long(text: str) -> None:
    with cpu_within(2):
        assert len(list(references(text))) <= 1


@pytest.mark.parametrize("rows", [40, 2])
def test_values_that_take_in_each_other_are_bounded(tmp_path: Path, rows: int) -> None:
    path = tmp_path / ".env"
    many = 2 if rows == 40 else 100_000
    lines = [f"N{n}={f'${{N{n - 1}}}' * many}" for n in range(1, rows)]
    path.write_text("\n".join([f"N0={'some text' * 100}", *lines]))
    with pytest.raises(ConfigSourceError, match="takes in so many other values"):
        read(path)
