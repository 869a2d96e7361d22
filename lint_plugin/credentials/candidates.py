"""Where in a text a literal may be bound to a secret: found without parsing.

Parsing costs a hundred times what a search costs, and few files hold a candidate. A place is a
candidate when a secret-looking name binds something and a literal that can be a credential
stands in the rest of the line (or, after an open bracket, in the next). The rules then look at
the syntax of these places alone; what this module lets go, no rule sees.
"""

import re
from collections.abc import Iterator
from itertools import islice

from . import model, values
from .names import Kind, Names
from .words import CIPHERS, JOINED_KEYS, KEY_QUALIFIERS, PASS_QUALIFIERS

# What a method that is called `set_password` or `with_token` begins with.
SETTERS = ("set", "with", "make_")
_KEY_BEGINNINGS = tuple(KEY_QUALIFIERS)
_PASS_BEGINNINGS = tuple(PASS_QUALIFIERS)
_CIPHERS = tuple(CIPHERS)
_JOINED = tuple(JOINED_KEYS)
# What is owed, and who made a film.
_CREDITS = re.compile(r"credit(?:s|or|_card|card)?(?![a-z])")
_BARE_KEY = re.compile(r"key\s?=\s?(?:[\w.]{0,20}(?:fromhex|unhexlify|b64decode|bytes)\()?b?[\"']")
# What an f-string puts in.
_REPLACED = re.compile(r"\{[^{}]*\}")
# A literal as the first argument of a call.
_LITERAL_GIVEN = (
    *('("', "('", '(b"', "(b'"),
    *("(bytes.fromhex(", "(bytearray.fromhex(", "(binascii.unhexlify(", "(unhexlify("),
    *("(base64.b64decode(", "(b64decode(", "(a2b_hex(", "(binascii.a2b_hex("),
)
# Stands for the word where it is a key of unknown purpose: `vrf_key`.
ANY_KEY = "KEY"
# Words that only where they bind a literal have to do with secrets.
LOOSE = frozenset({ANY_KEY, ".new"})
# What names are made of; above ASCII any byte of UTF-8 is.
_NAME_CHARACTERS = "".join(filter(str.isalnum, map(chr, range(128)))) + "_-."
_NAME_CHARACTERS += "".join(map(chr, range(128, 256)))
# The end of the name, what closes it, and what binds: `=`, `: str =`, `:`, `==`, `,`, `(`, `) or`.
# Every part is bounded and taken whole: no text makes it look at a place again and again.
_BINDS = re.compile(
    r"""(?P<rest>[\w\-]{0,60}+)\\?["']?\s{0,60}+(?:\]\s{0,60}+)?
    (?:(?:[+|]?=(?!=)|[!=]=|,|(?P<call>\()|\){0,9}+\s{0,9}+or\b)|:(?:[^=\n"'#]{0,80}+=)?)
    (?:[\[({\\\s]|\#[^\n]{0,200}+\n){0,120}+""",
    re.VERBOSE,
)
_LITERAL = re.compile(
    r"""(?<!\\)(?:\"\"\"|'''|"((?:[^"\\\n]|\\.){0,500}+)"|'((?:[^'\\\n]|\\.){0,500}+)')"""
)
_LONG = re.compile(r"""["']((?:Bearer |Basic |Token )?[A-Za-z0-9+/=_\-.%]{20,500})["']""")
# What the header of a block begins with, or its last line.
_HEADERS = (
    *("class ", "def ", "async ", "if ", "elif ", "for ", "while ", "with ", "except ", "case "),
    ")",
)
# A line is looked at this far: longer ones are data.
_REACH = 600
# So often no word stands on a line that a person wrote; the rest of such a line is not looked at.
_MANY = 500
# How many literals after a name can be meant by it: in `a or b`, or a call around the value.
_FEW = 6


def hits(lower: str, searched: tuple[str, ...]) -> list[tuple[int, str]]:
    """Return offsets of the words that begin or are part of secret-looking names.

    Args:
        lower: The source in lower case, character by character.
        searched: The words, `Names.searched`.
    """
    found = []
    for word in searched:
        line_end, on_line = 0, 0
        at = lower.find(word)
        while at >= 0:
            if at > line_end:
                line_end, on_line = lower.find("\n", at), 0
                line_end = len(lower) if line_end < 0 else line_end
            on_line += 1
            if on_line > _MANY:
                at = lower.find(word, line_end)
                continue
            if word == "key":
                taken = lower[max(0, at - 14) : at].rstrip("_- ").endswith(_KEY_BEGINNINGS)
                if not taken and _may_be_key(lower, at):
                    found.append((at, ANY_KEY))
            elif word == "cred":
                taken = not _CREDITS.match(lower, at)
            elif word == ".new":
                taken = lower.startswith("(", at + 4) and _ends_in_cipher(lower, at)
            elif word == "pass":
                before = lower[max(0, at - 12) : at]
                # Alone it is a statement, or a key: `{"pass": …}`.
                taken = before.rstrip("_-").endswith(_PASS_BEGINNINGS) or (
                    before.endswith(('"', "'")) and lower.startswith(('"', "'"), at + 4)
                )
            else:
                taken = True
            if taken:
                found.append((at, word))
            at = lower.find(word, at + len(word))
    return found


def bound_literals(
    text: str, found: list[tuple[int, str]], names: Names, *, in_tests: bool = False
) -> Iterator[int]:
    """Yield offsets of secret-looking names to which a credible literal may be bound.

    Args:
        text: The source.
        found: Where secret words are, as `hits` returns it.
        names: Which names look secret.
        in_tests: Whether any word is a password, as it is beside a user's name.
    """
    for at, word in found:
        called = at + len(word)
        if word in (".new", "fernet") and text.startswith(_LITERAL_GIVEN, called):
            yield at
        binds = _BINDS.match(text, at + len(word))
        if binds is not None and _opens_block(text, at, binds):
            binds = None
        if binds is not None and _may_hold_literal(text, binds.end()):
            start = _name_start(text, at)
            # Of calls only those count that are made to set a secret.
            name = text[start : binds.end("rest")].rpartition(".")[2]
            is_set = word == "auth" or name.startswith(SETTERS) or not binds["call"]
            kind = names.kind_of_bound(name) if is_set else None
            # `auth=("user", "password")`: a person chose the second.
            is_pair = word in ("auth", "cred") and "(" in binds[0]
            kind = "chosen" if kind and (is_pair or name == "pass") else kind
            if kind is not None and _has_credential(text, binds.end(), kind):
                yield at
                continue
            if is_set and _may_say(text, binds.end(), name, kind):
                yield at
                continue
            is_chosen = kind == "chosen" and _is_login(text, binds.end())
            if is_chosen and (in_tests or _is_beside_user(text, at)):
                yield at
                continue
        if _compared_before(text, at):
            yield at


def _opens_block(text: str, at: int, binds: re.Match[str]) -> bool:
    """Say whether the colon after a name opens a block: `class Token:`, `) -> Credentials:`."""
    colon = binds[0].find(":")
    if colon < 0 or "\n" not in binds[0][colon:]:
        return False
    start = text.rfind("\n", max(0, at - _REACH), at) + 1
    return text[start:at].lstrip(" \t").startswith(_HEADERS)


def random_literals(text: str, found: list[tuple[int, str]]) -> Iterator[int]:
    """Yield offsets of random-looking literals on lines that hold a secret word."""
    seen = -1
    for at, _ in sorted(found):
        if at < seen:
            continue
        start = max(text.rfind("\n", max(0, at - _REACH), at) + 1, at - _REACH, seen)
        seen = text.find("\n", at, at + _REACH)
        seen = min(len(text), at + _REACH) if seen < 0 else seen
        for match in _LONG.finditer(text, max(start, 0), seen):
            if values.is_high_entropy(match[1].rpartition(" ")[2]):
                yield match.start()


def _name_start(text: str, at: int) -> int:
    """Return where the name begins of which a part stands at `at`."""
    before = text[max(0, at - 80) : at]
    return at - len(before) + len(before.rstrip(_NAME_CHARACTERS))


def _is_login(text: str, start: int) -> bool:
    """Say whether a literal stands right here that can be a password beside a user's name."""
    while start < len(text) and text[start] in "bBrRuU":
        start += 1
    match = _LITERAL.match(text, start)
    value = (match[1] or match[2]) if match else None
    return bool(value) and values.is_credential(value, "login")


_NEAR = 300


def _is_beside_user(text: str, at: int) -> bool:
    around = text[max(0, at - _NEAR) : at + _NEAR].lower()
    return any(word in around for word in ("user", "login", "email", "usr", "auth"))


def _compared_before(text: str, at: int) -> bool:
    """Say whether a literal is compared with what follows: `"hunter2" == password`."""
    before = text[max(0, at - 90) : at]
    if "==" not in before and "!=" not in before:
        return False
    before = before.rstrip(_NAME_CHARACTERS).rstrip()
    return before.endswith(("==", "!=")) and before[:-2].rstrip().endswith(("'", '"'))


def _may_be_key(lower: str, at: int) -> bool:
    """Say whether a `key` of unknown purpose may bind a literal: most are only looked up by."""
    before = lower[at - 1 : at]
    if before not in ("_", "-"):
        if lower[max(0, at - 6) : at].endswith(_JOINED):
            return lower[at + 3 : at + 8].lstrip("\"' ]")[:1] in ("=", ":")
        return not before.isalnum() and _BARE_KEY.match(lower, at) is not None
    after = lower[at + 3 : at + 60]
    return after[:1] in ('"', "'", " ", "=", ":", "s", "]", "_") and ('"' in after or "'" in after)


def _ends_in_cipher(lower: str, at: int) -> bool:
    return lower[max(0, at - 20) : at].endswith(_CIPHERS)


def _may_hold_literal(text: str, start: int) -> bool:
    rest, ended, after = text[start : start + 200].partition("\n")
    if ended and rest.endswith("("):
        rest = after.partition("\n")[0]
    return '"' in rest or "'" in rest or not ended


def _line_end(text: str, start: int) -> int:
    """Return where the line ends, or the next one after an open bracket.

    Bounded, for a line may be as long as a file.
    """
    end = text.find("\n", start, start + _REACH)
    if end >= 0 and text.endswith("(", start, end):
        end = text.find("\n", end + 1, start + _REACH)
    return min(len(text), start + _REACH) if end < 0 else end


def _may_say(text: str, start: int, name: str, kind: Kind | None) -> bool:
    """Say whether the model may report the first literal that is bound to a name."""
    match = _LITERAL.search(text, start, min(len(text), start + 80))
    value = (match[1] or match[2]) if match else None
    return value is not None and model.may_report(name, value, kind)


def _has_credential(text: str, start: int, kind: Kind) -> bool:
    """Say whether a credible literal stands in the rest of the logical line's first line."""
    end = _line_end(text, start)
    for match in islice(_LITERAL.finditer(text, start, end), _FEW):
        value = match[1] or match[2]
        # A triple quote may hold anything: the syntax tells.
        if value is None and match[0].startswith(('"""', "'''")):
            return True
        if value and values.is_credential(value, kind):
            return True
        if value and "{" in value and text[match.start() - 1] in "fF":
            pieces = _REPLACED.split(value)
            if any(values.is_credential(piece.strip("-_. "), kind) for piece in pieces):
                return True
    return False
