"""Texts cut into chunks: what holds for every text, and what a hostile one costs."""

import json
import random

import pytest

from hushflake.local.engine.functions.splitting import split_by_header, split_recursive
from hushflake.local.language.errors import SqlError
from tests.fakes.bounded import cpu_within

PLAIN = json.dumps(["\n\n", "\n", " ", ""])


def test_every_chunk_fits_and_no_word_is_lost() -> None:
    rng = random.Random(20261130)
    for _ in range(300):
        words = ["".join(rng.choices("abcdefgh", k=rng.randint(1, 12))) for _ in range(60)]
        text = "".join(word + rng.choice([" ", " ", "\n", "\n\n"]) for word in words)
        size = rng.randint(13, 80)
        overlap = rng.randint(0, size - 1)
        chunks = json.loads(split_recursive(text, "none", size, overlap, PLAIN))
        assert all(0 < len(chunk) <= size for chunk in chunks)
        found = [word for chunk in chunks for word in chunk.split()]
        # Each word stands in some chunk, in order; those of an overlap come again.
        position = iter(found)
        assert all(word in position for word in words)


def test_a_text_without_blanks_is_cut_between_characters() -> None:
    chunks = json.loads(split_recursive("x" * 25, "none", 10, 0, PLAIN))
    assert [len(chunk) for chunk in chunks] == [10, 10, 5]


def test_headers_in_code_and_of_other_levels_are_text() -> None:
    text = "# One\n```\n# no header\n```\n### deep\n#no\n# Two\nend"
    found = json.loads(split_by_header(text, json.dumps({"#": "h1", "##": "h2"}), 100, 0))
    assert [item["headers"] for item in found] == [{"h1": "One"}, {"h1": "Two"}]
    assert found[0]["chunk"] == "```\n# no header\n```\n### deep\n#no"


def test_a_header_ends_those_below_it() -> None:
    text = "before\n# A\n## B\nb\n# C\nc"
    found = json.loads(split_by_header(text, json.dumps({"#": "h1", "##": "h2"}), 100, 0))
    assert [(item["chunk"], item["headers"]) for item in found] == [
        ("before", {}),
        ("b", {"h1": "A", "h2": "B"}),
        ("c", {"h1": "C"}),
    ]


@pytest.mark.parametrize(
    ("size", "overlap", "separators"),
    [(0, 0, PLAIN), (5, 5, PLAIN), (5, -1, PLAIN), (5, 0, "[1]"), (5, 0, json.dumps(["x"] * 101))],
)
def test_what_is_refused(size: int, overlap: int, separators: str) -> None:
    with pytest.raises(SqlError):
        split_recursive("text", "none", size, overlap, separators)


def test_chunks_of_a_hostile_text_are_bounded() -> None:
    with cpu_within(30), pytest.raises(SqlError, match="more than"):
        split_recursive("a b" * 300_000, "none", 500, 499, PLAIN)
    with cpu_within(10):
        split_recursive("\n" * 300_000 + "```\n" * 50_000, "markdown", 500, 50, PLAIN)
    with cpu_within(10):
        split_by_header("# a\n" * 200_000, json.dumps({"#": "h"}), 10, 0)
