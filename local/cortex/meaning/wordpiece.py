"""Cuts a text into the pieces of words that the packaged model knows, as BERT's tokenizer does.

Method: Devlin and others, BERT, 2018 (uncased models). `vocabulary.txt` is that of
`bert-base-uncased`, Apache-2.0: line n is the piece of number n.
"""

import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

_UNKNOWN: Final = "[UNK]"
_START: Final = "[CLS]"
_END: Final = "[SEP]"
# A longer word is unknown.
_LONGEST_WORD: Final = 100
# Characters of these blocks are words by themselves.
_IDEOGRAPHS: Final = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B820, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)


@cache
def vocabulary() -> dict[str, int]:
    """Return the pieces with their numbers; those inside a word begin with `##`."""
    text = Path(__file__).with_name("vocabulary.txt").read_text("utf-8")
    return {piece: number for number, piece in enumerate(text.removesuffix("\n").split("\n"))}


def numbers_of(text: str, most: int) -> list[int]:
    """Return the numbers of a text's pieces, with those of its start and its end.

    Args:
        text: Any text.
        most: How many numbers to return at most; the rest of the text is left out.
    """
    known = vocabulary()
    found: list[int] = []
    for word in _words(text):
        if len(found) >= most - 2:
            break
        found += _pieces(word)
    return [known[_START], *found[: most - 2], known[_END]]


def _words(text: str) -> Iterator[str]:
    """Yield words and signs in lower case, without accents."""
    word: list[str] = []
    for character in unicodedata.normalize("NFD", _spaced(text).lower()):
        category = unicodedata.category(character)
        if category == "Mn":
            continue
        alone = _is_sign(character, category)
        if (alone or character == " ") and word:
            yield "".join(word)
            word.clear()
        if alone:
            yield character
        elif character != " ":
            word.append(character)
    if word:
        yield "".join(word)


def _spaced(text: str) -> str:
    """Return a text without control characters, its white space blanks, ideographs apart."""
    made = []
    for character in text:
        code = ord(character)
        if character in "\t\n\r" or unicodedata.category(character) == "Zs":
            made.append(" ")
        elif code in (0, 0xFFFD) or unicodedata.category(character).startswith("C"):
            continue
        elif code >= 0x3400 and any(low <= code <= high for low, high in _IDEOGRAPHS):
            made.append(f" {character} ")
        else:
            made.append(character)
    return "".join(made)


def _is_sign(character: str, category: str) -> bool:
    """Tell whether a character is punctuation: in ASCII all that is neither letter nor digit."""
    if "!" <= character <= "~":
        return not character.isalnum()
    return category.startswith("P")


@lru_cache(maxsize=65_536)
def _pieces(word: str) -> tuple[int, ...]:
    """Cut a word from the left into the longest known pieces; one unknown, and all of it is."""
    known = vocabulary()
    unknown = (known[_UNKNOWN],)
    if len(word) > _LONGEST_WORD:
        return unknown
    found: list[int] = []
    start = 0
    while start < len(word):
        mark = "##" if start else ""
        for end in range(len(word), start, -1):
            number = known.get(mark + word[start:end])
            if number is not None:
                found.append(number)
                start = end
                break
        else:
            return unknown
    return tuple(found)
