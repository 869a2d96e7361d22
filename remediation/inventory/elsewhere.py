"""Defaults that a secret rule flags somewhere else: what is a secret in one file is one in all."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from hushflake.lint_plugin.analysis.source import ParseFailure, try_decode
from hushflake.lint_plugin.credentials.names import Names
from hushflake.lint_plugin.credentials.values import MIN_LENGTH, is_credential
from hushflake.lint_plugin.module import Module
from hushflake.lint_plugin.reading import read
from hushflake.lint_plugin.settings import Policy
from hushflake.lint_plugin.spans import secret_spans

from .model import SET, Default, Key

# The rules that flag a part of a literal: a password in an address, a command, a query. A key of
# a provider is known by its form, wherever it stands.
_OF_PARTS = ("HSF304",)
_OF_LITERALS = ("HSF301", *_OF_PARTS, "HSF305")
_OF_RANDOM = ("HSF306",)


def hide_flagged(keys: Iterable[Key], paths: Iterable[str], policy: Policy, names: Names) -> None:
    """Take the values away of those defaults that a secret rule flags in one of some files.

    In tests any word is a password: what is flagged there alone stays as it is.

    Args:
        keys: The keys; their reads are changed in place.
        paths: The Python files of the run.
        policy: What the repository says of its files.
        names: Which names look secret.
    """
    keys = list(keys)
    shown = dict(_shown(keys))
    flagged = set(_flagged(shown, paths, policy, names)) if shown else set()
    for key in keys:
        key.reads[:] = [
            replace(one, default=Default(SET, one.default.identity))
            if one.default is not None and one.default.value in flagged
            else one
            for one in key.reads
        ]


def _shown(keys: Iterable[Key]) -> Iterator[tuple[str, bytes]]:
    """Yield the defaults that would be shown and could be secrets, and their bytes."""
    for key in keys:
        for one in key.reads:
            value = one.default.value if one.default is not None else None
            if value is not None and len(value) >= MIN_LENGTH:
                yield value, value.encode("utf-8", "surrogatepass")


def _flagged(
    shown: Mapping[str, bytes], paths: Iterable[str], policy: Policy, names: Names
) -> Iterator[str]:
    values = {text: value for value, text in shown.items()}
    as_literal = _either(values, rb"[\"':=]", rb"[\"'@;&]")
    is_random = any(is_credential(value, "random") for value in values.values())
    of_literals = (*_OF_LITERALS, *(_OF_RANDOM if is_random else ()))
    passwords = [text for text, value in values.items() if is_credential(value, "login")]
    as_part = _either(passwords, rb"\W", rb"\W") if passwords else None
    for path in paths:
        if policy.is_test(policy.settings.relative(path)):
            continue
        try:
            data = read(path)
        except OSError:
            continue
        if as_literal.search(data):
            codes = of_literals
        elif as_part is not None and as_part.search(data):
            codes = _OF_PARTS
        else:
            continue
        found = _secrets(data, path, policy, names, codes)
        yield from (values[text] for text in found & set(values))


def _either(texts: Iterable[bytes], before: bytes, after: bytes) -> re.Pattern[bytes]:
    """Return a pattern for any of some texts between two kinds of characters."""
    # The longest first: of two that begin alike the shorter one would hide the other.
    longest = map(re.escape, sorted(texts, key=len, reverse=True))
    return re.compile(b"(?<=" + before + b")(?:" + b"|".join(longest) + b")(?=" + after + b")")


def _secrets(
    data: bytes, path: str, policy: Policy, names: Names, codes: tuple[str, ...]
) -> set[bytes]:
    """Return the texts that secret rules flag in a file."""
    decoded = try_decode(data)
    if isinstance(decoded, ParseFailure):
        return set()
    module = Module(path, decoded.utf8, policy, names)
    try:
        return {module.utf8[start:end] for start, end in secret_spans(module, codes)}
    except (RecursionError, MemoryError):
        return set()
    finally:
        module.release()
