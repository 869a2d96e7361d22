"""Texts into types: what was written is read back, and errors hold nothing of what they refuse."""

import enum
import json
import string
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, NewType
from urllib.parse import SplitResult
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hushflake.config import Base64, Json, Secret, Url
from hushflake.config.fields.convert import InvalidError, convert

# The same examples in every run.
fixed = settings(derandomize=True, max_examples=20, deadline=None, database=None)
CANARY = "canary" + "-value-1"


class Level(enum.Enum):
    LOW = 1
    HIGH = "high"


@dataclass(frozen=True)
class Endpoint:
    host: str
    port: int = 443
    tags: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not self.host:
            raise ValueError(f"no host {self.port}")


UserId = NewType("UserId", int)
texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=20)
plain = st.text(string.ascii_letters + string.digits + "._-/", min_size=1, max_size=10)

# A type, its values, and how one of them is written.
WRITTEN: list[tuple[Any, st.SearchStrategy[Any], Any]] = [
    (str, texts, str),
    (int, st.integers(), str),
    (float, st.floats(allow_nan=False), repr),
    (bool, st.booleans(), str),
    (Decimal, st.decimals(allow_nan=False, allow_infinity=False), str),
    (date, st.dates(), date.isoformat),
    (time, st.times(), time.isoformat),
    (datetime, st.datetimes(timezones=st.none() | st.timezones()), datetime.isoformat),
    (UUID, st.uuids(), str),
    (timedelta, st.integers(0, 10**8).map(lambda s: timedelta(seconds=s)), timedelta.total_seconds),
    (Path, plain.map(Path), str),
    (UserId, st.integers(), str),
    (Level, st.sampled_from(Level), lambda level: str(level.value)),
    (list[int], st.lists(st.integers()), json.dumps),
    (list[str], st.lists(texts), json.dumps),
    (list[str], st.lists(plain), ",".join),
    (tuple[int, ...], st.lists(st.integers()).map(tuple), json.dumps),
    (tuple[int, str], st.tuples(st.integers(), texts), json.dumps),
    (frozenset[int], st.frozensets(st.integers()), lambda found: json.dumps(list(found))),
    (dict[str, int], st.dictionaries(texts, st.integers()), json.dumps),
    (dict[str, list[int | None]],
     st.dictionaries(texts, st.lists(st.none() | st.integers())), json.dumps),
    (Annotated[bytes, Base64()], st.binary(),
     lambda data: __import__("base64").b64encode(data).decode()),
    (Annotated[Any, Json()],
     st.recursive(st.none() | st.booleans() | st.integers() | texts,
                  lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=8),
     json.dumps),
]  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "values", "write"), WRITTEN, ids=[str(row) for row in range(len(WRITTEN))]
)
def test_what_is_written_is_read_back(
    wanted: Any, values: st.SearchStrategy[Any], write: Any
) -> None:
    @fixed
    @given(values)
    def check(value: Any) -> None:
        found = convert(str(write(value)), wanted)
        assert found == value
        assert type(found) is type(value) or wanted is UserId

    check()


REFUSING = [
    *(wanted for wanted, _, _ in WRITTEN if wanted is not str and wanted is not Path),
    *(Annotated[str, Url()], Annotated[str, Url("https")], SplitResult, Endpoint, list[Endpoint]),
    *(Literal["a", "b"], Literal[1, 2], tuple[int, int], dict[int, str], int | None),
]


def refusal(text: str, wanted: Any) -> InvalidError | None:
    try:
        convert(text, wanted)
    except InvalidError as error:
        return error
    return None


@pytest.mark.parametrize("wanted", REFUSING)
def test_an_error_holds_nothing_of_the_text(wanted: Any) -> None:
    @fixed
    @given(
        st.sampled_from(
            ["{}", "[{}]", '["{}"]', '{{"{}": 1}}', "1,{}", '[1, "{}"]', "https://{}:x"]
        )
    )
    def check(shape: str) -> None:
        error = refusal(shape.format(CANARY), wanted)
        assert CANARY not in str(error) + repr(error) + repr(vars(error) if error else "")

    check()


@fixed
@given(texts, st.sampled_from(REFUSING))
def test_any_text_is_a_value_or_invalid(text: str, wanted: Any) -> None:
    error = refusal(text, wanted)
    assert error is None or str(error).startswith(("must ", "is refused by "))


@pytest.mark.parametrize(
    ("wanted", "text", "value"),
    [
        (timedelta, "90", timedelta(seconds=90)),
        (timedelta, "1h30m", timedelta(minutes=90)),
        (timedelta, "250ms", timedelta(milliseconds=250)),
        (timedelta, "1d 2h", timedelta(hours=26)),
        (timedelta, "PT1H30M", timedelta(minutes=90)),
        (timedelta, "P1D", timedelta(days=1)),
        (time, "08:30", time(8, 30)),
        (Level, "HIGH", Level.HIGH),
        (Level, "High", Level.HIGH),
        (Level, "low", Level.LOW),
        (list, "a, b", ["a", "b"]),
        (dict, '{"a": [1]}', {"a": [1]}),
        (tuple, "a,b", ("a", "b")),
        (set[str], "a,b,a", {"a", "b"}),
        (tuple[()], "", ()),
        (dict[int, str], '{"1": "a"}', {1: "a"}),
        (list[Secret], "a,b", [Secret("a"), Secret("b")]),
        (str | None, "", ""),
        (int | None, "", None),
        (Path | None, "", None),
        (Annotated[str, "no rule"], "x", "x"),
        (Annotated[str, Url("HTTPS")], "https://a/b?c", "https://a/b?c"),
        (Annotated[str, Url("postgresql")], "PostgreSQL://a@b/c", "PostgreSQL://a@b/c"),
        (Endpoint, '{"host": "a", "tags": ["x"]}', Endpoint("a", tags=["x"])),
    ],
)  # fmt: skip
def test_a_spelling(wanted: Any, text: str, value: Any) -> None:
    assert convert(text, wanted) == value


@pytest.mark.parametrize(
    ("wanted", "text", "reason"),
    [
        (float, "nan", "must be a number"),
        (Decimal, "Infinity", "must be a decimal number"),
        (int, "9" * 5000, "must be a whole number"),
        (timedelta, "1h30", "must be a number of seconds, or a duration such as 1h30m"),
        (timedelta, "h", "must be a number of seconds"),
        (timedelta, "1e300", "must be a number of seconds"),
        (Path, "", "must be a path"),
        (Path, "a\0b", "must be a path"),
        (Annotated[str, Url()], "localhost:8000", "must be a URL with its scheme, such as"),
        (Annotated[str, Url()], "https://a\nb", "must be a URL, without blanks"),
        (Annotated[str, Url("https", "http")], "ftp://a", "must be a URL, https://… or http://…"),
        (Annotated[bytes, Base64()], "ä", "must be base64"),
        (Annotated[Any, Json()], '{"a": 1, "a": 2}', "must be JSON"),
        (Annotated[Any, Json()], "NaN", "must be JSON"),
        (Annotated[Any, Json()], "[" * 60 + "]" * 60, "must be JSON"),
        (list[int], '{"a": 1}', "must be a whole number"),
        (dict[str, int], "[1]", "must be a JSON object"),
        (Endpoint, '{"host": ""}', "is refused by Endpoint"),
        (Endpoint, '{"host": "a", "port": null}', "must hold plain values here"),
    ],
)
def test_a_refusal(wanted: Any, text: str, reason: str) -> None:
    with pytest.raises(InvalidError, match=f"^{reason}") as caught:
        convert(text, wanted)
    assert caught.value.__context__ is None


class Even:
    """A rule of a program's own."""

    def convert(self, text: str) -> int:
        if int(text) % 2:
            raise InvalidError("must be even")
        return int(text)


def test_a_rule_of_ones_own() -> None:
    assert convert("4", Annotated[int, Even()]) == 4
    with pytest.raises(InvalidError, match=r"^must be even$"):
        convert("3", Annotated[int, Even()])
    with pytest.raises(InvalidError, match=r"^is refused by Even$") as caught:
        convert(CANARY, Annotated[int, Even()])
    assert CANARY not in repr(caught.value)


@pytest.mark.parametrize("wanted", [int | str, list[complex], dict[str, object], object, "int"])
def test_an_unknown_type_is_refused_before_any_text(wanted: Any) -> None:
    with pytest.raises(
        TypeError, match=r"cannot have this type|is one type, or that type and None"
    ):
        convert("", wanted)
