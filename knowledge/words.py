"""Words of a question and of a text: how they are cut, compared and marked.

`SEARCH_TOKENS` holds a row's words in lower case with single spaces around (see
`docs/formats.md`); what is cut here must be cut as it was there.
"""

import re
from collections import Counter
from typing import Final, NamedTuple

_WORD: Final = re.compile(r"[^\W_]+")
# Words that carry no subject: they occur in most texts and would only add noise.
_EMPTY: Final = frozenset(
    """a about all am an and any are as at be been being but by can could did do does for from
    get give had has have he her getting his how i if in into is it its just know knows let many
    me most much my no not of on one or our out over please she show so some somebody someone
    tell than that the their them then there these they thing this those to us was we were what
    when where which who whom whose why will with would you your""".split()  # noqa: SIM905  (a list of strings)
)
# Endings that English adds to the same word; what is left is matched as the beginning of a word.
_ENDINGS: Final = (
    *("ations", "ation", "ments", "ment", "ings", "ing", "ies"),
    *("ers", "er", "ed", "es", "s", "e", "y"),
)
_SHORTEST_STEM: Final = 4
# What one statement may look for; the local stack has so many bits for words.
MOST_TERMS: Final = 60
_MARK: Final = "**"
_AROUND: Final = ".,;:!?()[]\"'`«» "
_LIKE_AN_ID: Final = re.compile(r"\d|\w[-_.@]\w")
_LONGEST_TITLE: Final = 6  # words
# Each is compared with several columns of every entity.
_MOST_NAMES: Final = 12
# At most so long: a question may be hostile.
_PHONE: Final = re.compile(r"\+?\d[\d ().\-/]{5,30}\d")
_SHORTEST_PHONE: Final = 7


class Term(NamedTuple):
    """One word of a question.

    Attributes:
        word: As it was asked, in lower case.
        stem: What a word of a text must begin with, when `is_open`.
        is_open: Other endings match too; codes, numbers and short words match whole only.
        times: How often the question has it, in any of its forms.
        sure: How likely it is meant, 0 to 1.
    """

    word: str
    stem: str
    is_open: bool
    times: int = 1
    sure: float = 1.0

    @property
    def needle(self) -> str:
        """What `SEARCH_TOKENS` must contain."""
        return f" {self.stem}" if self.is_open else f" {self.word} "

    def again(self) -> "Term":
        """Return the same word, once more often in the question."""
        return self._replace(times=self.times + 1)

    def times_in(self, tokens: str) -> int:
        """Return how often `SEARCH_TOKENS` contains it."""
        if self.needle not in tokens:
            return 0
        # Two whole words beside each other share a blank.
        return (tokens if self.is_open else tokens.replace(" ", "  ")).count(self.needle)


def tokens_of(text: str) -> str:
    """Return a text as `SEARCH_TOKENS` holds it: its words with single spaces around."""
    return f" {' '.join(words_of(text))} "


def words_of(text: str) -> list[str]:
    """Return the words of `text` in lower case, in order, repeats included."""
    return _WORD.findall(text.lower())


def has_subject(word: str) -> bool:
    """Tell whether a word in lower case says what a text is about."""
    return word not in _EMPTY


def terms_of(question: str, most: int = MOST_TERMS) -> tuple[Term, ...]:
    """Return the words of a question that carry a subject, each once, in order.

    A question of nothing but empty words ("who is who") keeps them: they are all there is. Of more
    words than `most` those that come oftenest are kept.
    """
    words = words_of(question)
    telling = [word for word in words if has_subject(word)]
    found: dict[tuple[str, bool], Term] = {}
    for word in telling or words:
        term = term_of(word)
        held = found.get((term.stem, term.is_open))
        found[term.stem, term.is_open] = term if held is None else held.again()
    if len(found) <= most:
        return tuple(found.values())
    kept = set(sorted(found, key=lambda stem: -found[stem].times)[:most])
    return tuple(term for stem, term in found.items() if stem in kept)


def term_of(word: str) -> Term:
    """Return what a word in lower case is searched for as."""
    return Term(word, *_stem_of(word))


def _stem_of(word: str) -> tuple[str, bool]:
    """Return the beginning that other forms of the word share (`pricing` -> `pric`), if any."""
    if not word.isalpha() or len(word) < _SHORTEST_STEM:
        return word, False
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)], True
    return word, True


def spellings_in(question: str) -> tuple[str, ...]:
    """Return what in a question may be a key, a title or an id of another system, as written.

    An id has a digit or is written with `-`, `_`, `.` or `@` inside; a short question may be the
    title of a row as a whole. Of many the last ones are kept.
    """
    parts = [part.strip(_AROUND) for part in question.split()]
    found = [part for part in parts if len(part) > 2 and _LIKE_AN_ID.search(part)]
    whole = " ".join(question.split()).strip(_AROUND)
    if whole and len(parts) <= _LONGEST_TITLE:
        found.append(whole)
    return tuple(dict.fromkeys(found))[-_MOST_NAMES:]


def names_in(question: str) -> tuple[str, ...]:
    """Return `spellings_in` in upper case, each once: what SQL compares with."""
    return tuple(dict.fromkeys(name.upper() for name in spellings_in(question)))


def numbers_in(question: str) -> tuple[str, ...]:
    """Return the digits of what in a question may be a telephone number."""
    found = (re.sub(r"[^0-9]", "", match[0]) for match in _PHONE.finditer(question))
    return tuple(dict.fromkeys(digits for digits in found if len(digits) >= _SHORTEST_PHONE))


def snippet_of(text: str, terms: tuple[Term, ...], width: int = 160) -> str:
    """Return the part of `text` with most of the asked words, each marked by `**`.

    Takes a time that grows with the text, not with its square.

    Args:
        text: The text of a row.
        terms: Words of the question.
        width: About how many characters to show.
    """
    text = " ".join(text.replace(_MARK, "").split())
    hits = _hits(text, terms)
    start, end = _window(text, hits, width)
    pieces, position = [], start
    for left, right, _ in hits:
        if start <= left and right <= end:
            pieces += [text[position:left], _MARK, text[left:right], _MARK]
            position = right
    pieces.append(text[position:end])
    before, after = "… " if start else "", " …" if end < len(text) else ""
    return before + "".join(pieces).strip() + after


def _hits(text: str, terms: tuple[Term, ...]) -> list[tuple[int, int, int]]:
    """Where words that were asked for stand, from and to, and the number of the first such term."""
    number_of: dict[str, int | None] = {}
    found = []
    for match in _WORD.finditer(text):
        word = match.group().lower()
        if word not in number_of:
            spaced = f" {word} "
            numbers = (n for n, term in enumerate(terms) if term.needle in spaced)
            number_of[word] = next(numbers, None)
        number = number_of[word]
        if number is not None:
            found.append((*match.span(), number))
    return found


def _window(text: str, hits: list[tuple[int, int, int]], width: int) -> tuple[int, int]:
    """Choose where the snippet begins and ends, at word boundaries."""
    if len(text) <= width:
        return 0, len(text)
    start = min(_best_start(hits, width), len(text) - width)
    if start > 0:
        space = text.find(" ", start)
        start = space + 1 if 0 <= space < start + width // 4 else start
    end = min(len(text), start + width)
    if end < len(text):
        space = text.rfind(" ", start, end)
        end = space if space > start + width // 2 else end
    return start, end


def _best_start(hits: list[tuple[int, int, int]], width: int) -> int:
    """Return the start of the first window that holds most of the terms, then most words of them.

    A window begins shortly before a hit. The hits in it are counted by two marks that only go on.
    """
    best, most = 0, (0, 0)
    inside: Counter[int] = Counter()
    last = 0
    for place, (left, _, number) in enumerate(hits):
        start = max(0, left - width // 8)
        while last < len(hits) and hits[last][1] <= start + width:
            inside[hits[last][2]] += 1
            last += 1
        count = (len(inside), inside.total())
        if count > most:
            best, most = start, count
        if last <= place:  # a word that is wider than the window
            last = place + 1
        elif inside[number] == 1:
            del inside[number]
        else:
            inside[number] -= 1
    return best
