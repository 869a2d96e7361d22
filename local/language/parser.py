"""A small parser for the statements that have a grammar of their own here."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .errors import SqlError, syntax
from .lexer import Token, position, tokens, unquote
from .names import Name, fold


class Parser:
    """Reads a statement from left to right; every method says what it consumes."""

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self.tokens = tokens(sql)
        self.index = 0

    @property
    def here(self) -> Token:
        """The next token."""
        return self.tokens[self.index]

    def ahead(self, count: int = 1) -> Token:
        """Return the token `count` places further, or the end."""
        return self.tokens[min(self.index + count, len(self.tokens) - 1)]

    def take(self) -> Token:
        """Consume one token."""
        token = self.here
        if token.kind != "end":
            self.index += 1
        return token

    def unexpected(self, token: Token | None = None) -> SqlError:
        """Return the error for a token that does not belong where it stands."""
        token = token or self.here
        return syntax(token.text, *position(self.sql, token.start))

    def looking_at(self, *words: str) -> bool:
        """Tell whether the next tokens are these keywords or symbols."""
        return all(
            token.upper == word and token.kind in {"word", "symbol"}
            for token, word in zip(
                self.tokens[self.index : self.index + len(words)], words, strict=False
            )
        ) and self.index + len(words) <= len(self.tokens)

    def accept(self, *words: str) -> bool:
        """Consume these keywords when they are next."""
        if self.looking_at(*words):
            self.index += len(words)
            return True
        return False

    def accept_any(self, choices: Iterable[str]) -> str | None:
        """Consume the one of `choices` (keywords, parts split at blanks) that is next."""
        for choice in sorted(choices, key=len, reverse=True):
            if self.accept(*choice.split()):
                return choice
        return None

    def expect(self, *words: str) -> None:
        """Consume these keywords, or fail where they should stand."""
        for word in words:
            if not self.accept(word):
                raise self.unexpected()

    def at_end(self) -> bool:
        """Tell whether nothing is left but a semicolon."""
        if self.here.text == ";" and self.ahead().kind == "end":
            self.take()
        return self.here.kind == "end"

    def end(self) -> None:
        """Fail when something is left."""
        if not self.at_end():
            raise self.unexpected()

    def identifier(self) -> str:
        """Consume one identifier and return it folded as Snowflake does."""
        token = self.take()
        if token.kind not in {"word", "quoted"}:
            raise self.unexpected(token)
        return fold(token.text)

    def name(self) -> Name:
        """Consume a possibly qualified name."""
        parts = [self.identifier()]
        while self.accept("."):
            # `db..table` means the schema PUBLIC.
            parts.append("PUBLIC" if self.looking_at(".") else self.identifier())
        if len(parts) > 3:
            raise self.unexpected()
        return Name(*([None] * (3 - len(parts)) + parts))  # type: ignore[arg-type]

    def names(self) -> list[str]:
        """Consume `(a, b, …)`, identifiers alone."""
        return self.listed(self.identifier)

    def listed(self, item: Callable[[], Any]) -> list[Any]:
        """Consume `(item, item, …)`."""
        self.expect("(")
        found: list[Any] = []
        if self.accept(")"):
            return found
        while True:
            found.append(item())
            if self.accept(")"):
                return found
            self.expect(",")

    def string(self) -> str:
        """Consume a string literal."""
        token = self.take()
        if token.kind not in {"string", "dollar"}:
            raise self.unexpected(token)
        return unquote(token)

    def number(self) -> int:
        """Consume a whole number, possibly negative."""
        sign = -1 if self.accept("-") else 1
        token = self.take()
        if token.kind != "number" or not token.text.isdigit():
            raise self.unexpected(token)
        return sign * int(token.text)

    def boolean(self) -> bool:
        """Consume TRUE or FALSE."""
        token = self.take()
        if token.upper not in {"TRUE", "FALSE"}:
            raise self.unexpected(token)
        return token.upper == "TRUE"

    def value(self) -> Any:
        """Consume a literal, a word or a list of them, as the value of a property."""
        if self.looking_at("("):
            return self.listed(self.value)
        if self.here.kind in {"string", "dollar"}:
            return self.string()
        if self.here.kind == "number" or self.looking_at("-"):
            return self.number()
        if self.here.upper in {"TRUE", "FALSE"}:
            return self.boolean()
        return str(self.name())

    def text_until(self, *stops: str) -> str:
        """Consume up to one of `stops` outside brackets, or to the end; return the text."""
        begin = self.here
        last = begin
        depth = 0
        while self.here.kind != "end" and not (
            self.here.text == ";" and self.ahead().kind == "end"
        ):
            if depth == 0 and any(self.looking_at(*stop.split()) for stop in stops):
                break
            depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(self.here.text, 0)
            if depth < 0:
                break
            last = self.take()
        if last is begin and begin is self.here:
            raise self.unexpected()
        return self.sql[begin.start : last.end]

    def bracketed_text(self) -> str:
        """Consume `( … )` and return the text between the brackets."""
        self.expect("(")
        text = "" if self.looking_at(")") else self.text_until(")")
        self.expect(")")
        return text

    def rest(self) -> str:
        """Consume everything that is left."""
        text = self.sql[self.here.start :].strip().removesuffix(";").rstrip()
        if not text:
            raise self.unexpected()
        self.index = len(self.tokens) - 1
        return text

    def properties(
        self, readers: Mapping[str, Callable[["Parser"], Any]], *stops: str
    ) -> dict[str, Any]:
        """Consume `KEY = value` pairs, each key at most once, as long as they are known.

        Args:
            readers: What reads the value of each key.
            stops: Keywords that end the list; anything else unknown is an error.
        """
        found: dict[str, Any] = {}
        while not self.at_end() and not any(self.looking_at(*stop.split()) for stop in stops):
            self.accept(",")
            token = self.here
            key = token.upper
            if key not in readers:
                if self.ahead().text == "=":
                    raise SqlError(
                        f"SQL compilation error:\ninvalid property '{key}'"
                        f" (line {position(self.sql, token.start)[0]}"
                        f" at position {position(self.sql, token.start)[1]}).",
                        1420,
                        "22023",
                        *position(self.sql, token.start),
                    )
                raise self.unexpected()
            self.take()
            self.accept("=")
            if key in found:
                raise SqlError(
                    f"SQL compilation error:\nduplicate property '{key}'.", 1421, "22023"
                )
            found[key] = readers[key](self)
        return found
