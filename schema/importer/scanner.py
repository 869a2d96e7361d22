"""SQL read word by word: enough for the clauses of CREATE, which no parser knows all of."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..names import QualifiedName
from ..sql.tokens import spans, string_value


class Token(NamedTuple):
    """`group` is name (dotted names are one), string or other; places count characters."""

    group: str
    text: str
    start: int
    end: int


class Scanner:
    """The words of a statement, read from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens = [Token(*span) for span in spans(text)]
        self._at = 0

    @property
    def token(self) -> Token:
        """The next word; an empty one at the end."""
        if self._at < len(self._tokens):
            return self._tokens[self._at]
        return Token("end", "", len(self.text), len(self.text))

    def looks_at(self, *words: str) -> bool:
        found = self._tokens[self._at : self._at + len(words)]
        return [token.text.upper() for token in found] == list(words)

    def accept(self, *words: str) -> bool:
        """Go past these words, if they come next."""
        if not self.looks_at(*words):
            return False
        self._at += len(words)
        return True

    def expect(self, *words: str) -> None:
        if not self.accept(*words):
            raise self.unexpected()

    def unexpected(self) -> ValueError:
        return ValueError(f"{self.token.text or 'its end'} is not read")

    def word(self) -> str:
        """The next word, in upper case."""
        token = self.token
        self._at += 1
        return token.text.upper()

    def name(self) -> QualifiedName:
        token = self.token
        if token.group != "name":
            raise self.unexpected()
        self._at += 1
        return QualifiedName.parse(re.sub(r"\s*\.\s*", ".", token.text))

    def string(self) -> str:
        token = self.token
        if token.group != "string":
            raise self.unexpected()
        self._at += 1
        return string_value(token.text)

    def value(self) -> Any:
        """What stands after `=`: text, a number, true or false, a word, or `Inside`."""
        if self.token.group == "string":
            return self.string()
        if self.token.text == "(":
            return Inside(self.inside())
        sign = "-" if self.accept("-") else ""
        written = sign + self.token.text
        self._at += 1
        if written.upper() in ("TRUE", "FALSE"):
            return written.upper() == "TRUE"
        return int(written) if re.fullmatch(r"-?[0-9]{1,18}", written) else written

    def inside(self) -> str:
        """The text between the parenthesis that comes next and the one that closes it."""
        if self.token.text != "(":
            raise self.unexpected()
        start, depth = self.token.end, 0
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            depth += (token.text == "(") - (token.text == ")")
            self._at += 1
            if depth == 0:
                return self.text[start : token.start].strip()
        raise ValueError("a parenthesis is not closed")

    def options(self, known: Mapping[str, str]) -> dict[str, Any]:
        """`NAME = value` as fields, by their names in SQL; what is not known fails."""
        found: dict[str, Any] = {}
        while self.token.group == "name" and self._follows("="):
            word = self.word()
            if word not in known:
                raise ValueError(f"{word} is not read")
            self.expect("=")
            found[known[word]] = self.value()
            self.accept(",")
        return found

    def _follows(self, text: str) -> bool:
        later = self._tokens[self._at + 1 : self._at + 2]
        return bool(later) and later[0].text == text

    def until(self, *words: str) -> str:
        """The text up to one of these words outside of parentheses, which stays; or to the end."""
        start, depth = self.token.start, 0
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            if depth == 0 and token.text.upper() in words:
                break
            depth += (token.text == "(") - (token.text == ")")
            self._at += 1
        return self.text[start : self.token.start].strip()

    def rest(self) -> str:
        """The text from here to the end."""
        start = self.token.start
        self._at = len(self._tokens)
        return self.text[start:].strip()

    def names(self) -> list[str]:
        """`(A, B)` as names."""
        return [str(Scanner(part).name()) for part in pieces(self.inside())]

    def end(self) -> None:
        if self._at < len(self._tokens):
            raise self.unexpected()


class Inside(str):
    """The text of a value in parentheses."""

    __slots__ = ()


def pieces(text: str) -> Iterator[str]:
    """The parts between the commas outside of parentheses."""
    start, depth = 0, 0
    for _, token, begin, end in spans(text):
        depth += (token == "(") - (token == ")")
        if token == "," and depth == 0:
            yield text[start:begin].strip()
            start = end
    if text[start:].strip():
        yield text[start:].strip()
