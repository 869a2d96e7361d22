"""What a candidate is worth, computed by hand."""

import re
from math import log
from typing import Any

import pytest

from hushflake.knowledge.scoring import PARTS, score, weights_of
from hushflake.knowledge.spelling import corrected, pattern_of, unknown_terms
from hushflake.knowledge.words import MOST_TERMS, numbers_in, terms_of


def scored(question: str, counts: dict[str, int], tokens: str, **more: Any) -> dict[str, Any]:
    row = {"ENTITY": "E", "TITLE": "", "TOKENS": tokens, "MEANING": 0.25, "EXACT": 0} | more
    score(row, weights_of(terms_of(question), counts, {"E": 40.0}))
    return row


def test_words_are_bm25_as_a_share_of_its_bound() -> None:
    tokens = " lease pricing of a lease and an more a "  # 40 characters, as the mean is
    assert len(tokens) == 40
    row = scored("lease rent", {"N": 100, "D0": 4, "D1": 9}, tokens)
    lease, rent = log(1 + 96.5 / 4.5), log(1 + 91.5 / 9.5)
    share = lease * 2 / (2 + 1.2) / (lease + rent)
    assert row["WORDS"] == pytest.approx(share)
    assert row["SCORE"] == pytest.approx(0.25 + share)


def test_a_long_text_is_held_back_and_a_repeated_word_of_the_question_counts_again() -> None:
    counts = {"N": 10, "D0": 2, "D1": 2}
    short, long = (scored("lease rent", counts, " lease " + "x" * n) for n in (10, 300))
    assert short["WORDS"] > long["WORDS"] > 0
    once = scored("lease rent", counts, " lease ")["WORDS"]
    twice = scored("lease rent lease", counts, " lease ")["WORDS"]
    assert twice == pytest.approx(once * 4 / 3)


def test_parts_are_weighed_and_the_entity_multiplies_all_but_the_name() -> None:
    counts = {"N": 10, "D0": 2}
    row = scored("lease", counts, " x ", TITLE="Lease law", EXACT=1, BOOST=0.1, FACTOR=0.5)
    assert row["TITLED"] == pytest.approx(0.5)
    assert row["SCORE"] == pytest.approx(2 + (0.25 + PARTS["title"] * 0.5 + 0.1) * 0.5)
    assert scored("lease", {}, " lease ")["WORDS"] == 0.0
    assert scored("lease", counts, None, MEANING=None)["SCORE"] == 0.0  # type: ignore[arg-type]


def test_whole_words_beside_each_other_are_counted_each() -> None:
    (term,) = terms_of("q4")
    assert term.times_in(" q4 q4 q4 x q45 ") == 3
    (term,) = terms_of("pricing")
    assert term.times_in(" price priced the ") == 2


def test_a_long_question_keeps_its_commonest_words() -> None:
    words = " ".join(f"word{n}x" for n in range(200))
    terms = terms_of(f"{words} word150x word150x")
    assert len(terms) == MOST_TERMS
    assert next(t for t in terms if t.word == "word150x").times == 3


NEIGHBOURS = {
    "lease": ("leese", "lase", "leasee", "elase"),
    "pricing": ("pricng", "pricinng", "prciing"),
    "rent": ("rnet", "ront", "ren", "rentt"),
}


@pytest.mark.parametrize(("word", "asked"), NEIGHBOURS.items())
def test_a_neighbour_is_one_letter_away(word: str, asked: tuple[str, ...]) -> None:
    for text in asked:
        assert re.fullmatch(pattern_of(text), f" {word} "), text
    assert not re.fullmatch(pattern_of("tenant"), f" {word} ")


def test_a_word_that_no_row_has_is_replaced_at_half_its_worth() -> None:
    terms = terms_of("leese pricing 4711x abc")
    counts = {"N": 10, "D0": 0, "D1": 4, "D2": 0, "D3": 0}
    unknown = unknown_terms(terms, counts)
    assert [term.word for term in unknown] == ["leese"]
    rows = [{"NUMBER": 0, "WORD": "lease"}, {"NUMBER": 0, "WORD": "geese"}]
    found, meant = corrected(terms, unknown, rows)
    assert meant == {"leese": "lease"}
    assert [(t.word, t.sure) for t in found[:2]] == [("lease", 0.5), ("pricing", 1.0)]
    assert unknown_terms(terms, {"N": 0}) == ()
    assert unknown_terms(terms_of("aaaaa bbbbb ccccc ddddd"), {"N": 1} | dict.fromkeys(
        (f"D{n}" for n in range(4)), 0)) == ()  # fmt: skip


def test_letters_that_changed_places_are_surer_than_a_common_word() -> None:
    terms = terms_of("rnet")
    assert unknown_terms(terms, {"N": 9, "D0": 0}) == terms
    assert not re.fullmatch(pattern_of("boss"), " loss ")
    rows = [{"NUMBER": 0, "WORD": word} for word in ("were", "net", "rent", "tern")]
    assert corrected(terms, terms, rows)[1] == {"rnet": "rent"}
    # A word without a subject is meant by nobody.
    assert corrected(terms, terms, rows[:1])[1] == {}


NUMBERS = {
    "+44 20 7946-0958": ("442079460958",),
    "call (030) 123 45 67 now": ("0301234567",),
    "EMP-003 of 2024": (),
    "no number": (),
}


@pytest.mark.parametrize(("question", "digits"), NUMBERS.items())
def test_telephone_numbers_are_told_by_their_digits(question: str, digits: tuple[str, ...]) -> None:
    assert numbers_in(question) == digits
