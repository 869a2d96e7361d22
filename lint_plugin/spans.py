"""Where in a text its secrets are: what the secret rules flag, and where else that stands."""

import re
from collections.abc import Collection, Iterable, Iterator

from .module import Module
from .registry import modules, rule

Span = tuple[int, int]

# More distinct ones are too many for one expression: it would try each at every place.
_MOST = 500
# A text of fewer bytes, or of letters alone, may be a word or a part of one.
_DISTINCT = 12
_MIXED = re.compile(rb"(?=.*[0-9])(?=.*[A-Za-z])[^\s]+\Z", re.DOTALL)
_FEW_ALIKE = 20
_BORDER = re.compile(rb"(?<!\w)")
_WORD = re.compile(rb"\w")
_QUOTED = re.compile(rb"""\A[a-zA-Z]{0,2}('''|\"\"\"|'|\")(.*)\1\Z""", re.DOTALL)


def secret_spans(module: Module, codes: Collection[str] | None = None) -> list[Span]:
    """Return the offsets, in order and apart, of all that the secret rules flag in a module.

    Args:
        module: It.
        codes: Of the rules that are asked; all without.
    """
    spans: list[Span] = []
    for code in modules() if codes is None else codes:
        each = rule(code)
        if each.secret and each.applies(module):
            spans.extend(
                _inner(module.utf8, report.start, report.end) for report in each.check(module)
            )
    return merged(spans)


def hidden_spans(module: Module) -> list[Span]:
    """Return the secret spans, and where else in the file the same text stands."""
    return with_occurrences(module.utf8, secret_spans(module))


def with_occurrences(data: bytes, spans: Iterable[Span]) -> list[Span]:
    """Return spans of a text, and where else in it what they hold stands."""
    spans = list(spans)
    return merged([*spans, *everywhere(data, {data[start:end] for start, end in spans})])


def everywhere(data: bytes, secrets: Collection[bytes]) -> Iterator[Span]:
    """Yield where any of `secrets` stands; inside another word only what nobody writes by chance.

    The spans are in no order, and may overlap.
    """
    yield from occurrences(data, secrets)
    distinct = {each for each in secrets if is_distinct(each)}
    if len(distinct) > _MOST:
        yield from _starting_alike(data, distinct)
        return
    for each in distinct:
        at = data.find(each)
        while at >= 0:
            yield at, at + len(each)
            at = data.find(each, at + len(each))


def is_distinct(secret: bytes) -> bool:
    """Say whether a text means a secret even inside of another word: `host_` before it, say."""
    return len(secret) >= _DISTINCT and _MIXED.match(secret) is not None


def _starting_alike(data: bytes, secrets: Collection[bytes]) -> Iterator[Span]:
    """Yield where secrets stand, by their first characters."""
    by_start: dict[bytes, list[bytes]] = {}
    for each in secrets:
        by_start.setdefault(each[:_DISTINCT], []).append(each)
    longest = {start: max(map(len, alike)) for start, alike in by_start.items()}
    for at in range(len(data) - _DISTINCT + 1):
        alike = by_start.get(data[at : at + _DISTINCT])
        if alike is None:
            continue
        if len(alike) > _FEW_ALIKE:
            # Keys of a provider begin alike: not each is tried, what begins so is hidden.
            yield at, min(len(data), at + longest[alike[0][:_DISTINCT]])
            continue
        yield from ((at, at + len(each)) for each in alike if data.startswith(each, at))


def occurrences(data: bytes, secrets: Iterable[bytes]) -> Iterator[Span]:
    """Yield where any of `secrets` stands: a longer one first, none inside another word."""
    longest = sorted(filter(bytes.strip, secrets), key=len, reverse=True)
    if len(longest) > _MOST:
        yield from __occurrences_of_many(data, longest)
    elif longest:
        pattern = rb"(?<!\w)(?:%s)(?!\w)" % b"|".join(map(re.escape, longest))
        yield from (match.span() for match in re.finditer(pattern, data))


def __occurrences_of_many(data: bytes, longest: list[bytes]) -> Iterator[Span]:
    """Do the same in a time that does not grow with their number, only with their sizes."""
    sizes = list(dict.fromkeys(map(len, longest)))
    secrets, end = set(longest), 0
    for border in _BORDER.finditer(data):
        start = border.start()
        if start < end:
            continue
        for size in sizes:
            if data[start : start + size] in secrets and not _WORD.match(data, start + size):
                end = start + size
                yield start, end
                break


def _inner(utf8: bytes, start: int, end: int) -> Span:
    """Return the inside of a string literal's quotes; anything else as it is."""
    match = _QUOTED.match(utf8[start:end])
    return (start + match.start(2), start + match.end(2)) if match else (start, end)


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return spans in order and apart."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found
