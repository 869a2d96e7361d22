"""A document of TOML is read in a time that does not explode."""

import tomllib

import pytest

from hushflake.config.bounded_toml import MAX_PARTS, parsed
from tests.fakes.bounded import cpu_within

MANY = 100_000


@pytest.mark.parametrize(
    "part", ["a", '"a"', "'a'", '""', '"\\""', '"\\\\"', "'\\'", "-"], ids=repr
)
@pytest.mark.parametrize("dot", [".", " . ", ".\t"], ids=repr)
@pytest.mark.parametrize("around", ["{} = 1", "[{}]", "[[{}]]", "x = [{{ {} = 1 }}]", "x=1\n {}=1"])
def test_a_key_without_end_is_refused(part: str, dot: str, around: str) -> None:
    match = f"more than {MAX_PARTS} parts .at line"
    with cpu_within(1), pytest.raises(tomllib.TOMLDecodeError, match=match):
        parsed(around.format(dot.join([part] * MANY)))


@pytest.mark.parametrize(
    "text",
    [
        "a" * MANY,
        '"' * MANY,
        '"a' * MANY,
        "'\"" * MANY,
        "a" + " " * MANY,
        "a \n" * MANY,
        '"\\' * MANY,
    ],
)
def test_what_is_none_takes_no_long_time(text: str) -> None:
    with cpu_within(1), pytest.raises(tomllib.TOMLDecodeError):
        parsed(text)


@pytest.mark.parametrize(
    "text",
    [
        f"{'.'.join('a' * MAX_PARTS)} = 1",
        f"x = '{'. ' * 100}'",
        f"x = [{'1.5, ' * 100}]",
        f"# {'...' * 100}",
        f"x = '''\n{'some words. And more' * 100}'''",
    ],
)
def test_what_people_write_is_read(text: str) -> None:
    assert parsed(text) == tomllib.loads(text)
