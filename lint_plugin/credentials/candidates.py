"""Where in a text a literal may be bound to a secret: found without parsing.

Parsing costs a hundred times what a search costs, and few files hold a candidate. A place is a
candidate when a secret-looking name binds something and a literal that can be a credential
stands in the rest of the line (or, after an open bracket, in the next). The rules then look at
the syntax of these places alone; what this module lets go, no rule sees.
"""

import re
from collections.abc import Iterator

from . import values
from .names import Kind, Names
from .words import KEY_QUALIFIERS, PASS_QUALIFIERS

_KEY_BEGINNINGS = tuple(KEY_QUALIFIERS)
_PASS_BEGINNINGS = tuple(PASS_QUALIFIERS)
_NAME_BEFORE = re.compile(r"[\w\-.]{0,80}\Z")
# The end of the name, what closes it, and what binds: `=`, `: str =`, `:`, `==`, `,`, `(`.
_BINDS = re.compile(
    r"""(?P<rest>[\w\-]{0,60})["']?\s*\]?\s*(?:(?:=(?!=)|[!=]=|,|\()|:(?:[^=\n"'#]{0,80}=)?)\s*[\[({\\\s]*"""
)
_LITERAL = re.compile(r'"""|\'\'\'|"((?:[^"\\\n]|\\.){0,500})"|\'((?:[^\'\\\n]|\\.){0,500})\'')
_LONG = re.compile(r"""["']((?:Bearer |Basic |Token )?[A-Za-z0-9+/=_\-.]{20,500})["']""")
# A line is looked at this far: longer ones are data.
_REACH = 600


def bound_literals(text: str, lower: str, names: Names) -> Iterator[int]:
    """Yield offsets of secret-looking names to which a credible literal may be bound.

    Args:
        text: The source.
        lower: The same in lower case, character by character.
        names: Which names look secret.
    """
    for at, word in _hits(lower, names.searched):
        binds = _BINDS.match(text, at + len(word))
        start = at - _name_start(text, at)
        if binds is None:
            if _compared_before(text, start):
                yield at
            continue
        kind = names.kind(text[start : binds.end("rest")].rpartition(".")[2])
        if kind is not None and (
            _has_credential(text, binds.end(), kind) or _compared_before(text, start)
        ):
            yield at


def random_literals(text: str, lower: str, names: Names) -> Iterator[int]:
    """Yield offsets of random-looking literals on lines that hold a secret word."""
    seen = -1
    for at, _ in sorted(_hits(lower, (*names.searched, "auth"))):
        if at < seen:
            continue
        start = max(text.rfind("\n", 0, at) + 1, at - _REACH)
        seen = text.find("\n", at)
        seen = len(text) if seen < 0 else seen
        for match in _LONG.finditer(text, start, min(seen, at + _REACH)):
            if values.is_high_entropy(match[1].rpartition(" ")[2]):
                yield match.start()


def _hits(lower: str, searched: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    for word in searched:
        at = lower.find(word)
        while at >= 0:
            if word == "key":
                if lower[max(0, at - 14) : at].rstrip("_- ").endswith(_KEY_BEGINNINGS):
                    yield at, word
            elif word == "pass":
                if lower[max(0, at - 12) : at].rstrip("_-").endswith(_PASS_BEGINNINGS):
                    yield at, word
            else:
                yield at, word
            at = lower.find(word, at + len(word))


def _name_start(text: str, at: int) -> int:
    """Return how many characters of the name stand before `at`."""
    match = _NAME_BEFORE.search(text[max(0, at - 80) : at])
    return len(match[0]) if match else 0


def _compared_before(text: str, start: int) -> bool:
    """Say whether a literal is compared with what follows: `"hunter2" == password`."""
    before = text[max(0, start - 6) : start].rstrip()
    return before.endswith(("==", "!=")) and before[:-2].rstrip().endswith(("'", '"'))


def _has_credential(text: str, start: int, kind: Kind) -> bool:
    """Say whether a credible literal stands in the rest of the logical line's first line."""
    end = text.find("\n", start)
    end = min(len(text) if end < 0 else end, start + _REACH)
    for match in _LITERAL.finditer(text, start, end):
        value = match[1] or match[2]
        # A triple quote may hold anything: the syntax tells.
        if value is None and match[0].startswith(('"""', "'''")):
            return True
        if value and values.is_credential(value, kind):
            return True
    return False
