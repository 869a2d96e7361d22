"""Words of questions and texts."""

import pytest

from hushflake.knowledge.words import names_in, snippet_of, terms_of
from tests.fakes.bounded import cpu_within


@pytest.mark.parametrize(
    ("question", "needles"),
    [
        ("who knows about lease pricing", [" leas", " pric"]),
        ("The experts for prices?", [" expert", " pric"]),
        ("EMP-003", [" emp ", " 003 "]),
        ("who is who", [" who ", " is "]),
        ("rent, rent; RENT!", [" rent"]),
        ("café naïve", [" café", " naïv"]),
        ("?!", []),
    ],
)
def test_terms(question: str, needles: list[str]) -> None:
    assert [term.needle for term in terms_of(question)] == needles


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("what about EMP-003 and owner-70103 of ours?", ("EMP-003", "OWNER-70103")),
        ("Tideline?", ("TIDELINE",)),
        ("who knows about lease pricing in our company", ()),
        ("  Summit   Ridge Residential ", ("SUMMIT RIDGE RESIDENTIAL",)),
        (
            "x.y@harborlight.example, please",
            ("X.Y@HARBORLIGHT.EXAMPLE", "X.Y@HARBORLIGHT.EXAMPLE, PLEASE"),
        ),
        ("?!", ()),
    ],
)
def test_names(question: str, names: tuple[str, ...]) -> None:
    assert names_in(question) == names


def test_a_snippet_is_the_part_with_most_asked_words_and_marks_them() -> None:
    text = "nothing here. " * 30 + "She decides the lease pricing of apartments." + " more." * 50
    snippet = snippet_of(text, terms_of("lease prices"), width=80)
    assert "**lease** **pricing**" in snippet
    assert snippet.startswith("… ")
    assert snippet.endswith(" …")
    assert len(snippet) < 100


def test_a_snippet_prefers_all_asked_words_to_one_that_comes_often() -> None:
    text = "lease " * 40 + "nothing here. " * 30 + "The lease pricing is hers." + " more." * 50
    assert "**pricing**" in snippet_of(text, terms_of("lease pricing"))


def test_a_snippet_of_a_long_text_takes_a_time_that_grows_with_it() -> None:
    text = "lease pricing " * 80_000 + "x" * 500 + " lease"
    with cpu_within(5):
        assert snippet_of(text, terms_of("lease pricing")).startswith("**lease** **pricing**")


def test_marks_in_a_text_cannot_pretend_to_be_ours() -> None:
    assert snippet_of("a **bold** claim", terms_of("claim")) == "a bold **claim**"


def test_a_short_text_is_shown_whole() -> None:
    assert snippet_of("Oregon has caps", terms_of("nothing")) == "Oregon has caps"
