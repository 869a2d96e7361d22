"""What the packaged model is given to read."""

import numpy as np

from hushflake.local.cortex.embedder import Embedder


def test_the_prefixes_of_e5_are_not_read_by_another_model() -> None:
    embedder = Embedder()
    plain, passage, query, other = embedder.embed_all(
        "e5-base-v2",
        ["a cat sleeps", "passage: a cat sleeps", "query: a cat sleeps", "title: a cat sleeps"],
    )
    assert np.array_equal(plain, passage)
    assert np.array_equal(plain, query)
    assert not np.array_equal(plain, other)


def test_a_prefix_alone_and_a_second_one_are_text() -> None:
    embedder = Embedder()
    nothing, prefix, twice = embedder.embed_all(
        "e5-base-v2", ["", "passage: ", "passage: query: a cat sleeps"]
    )
    assert np.array_equal(nothing, prefix)
    assert not np.array_equal(twice, embedder.embed_all("e5-base-v2", ["a cat sleeps"])[0])
