"""Names as words of files, and names that are nearly the same: for `inventory --check`."""

from collections.abc import Iterable, Sequence

from hushflake.lint_plugin.analysis.prefilter import word_offsets
from hushflake.lint_plugin.reading import read
from hushflake.lint_plugin.settings import Settings

from .typed_reads import attributes_of


def taken(settings: Settings, paths: Iterable[str]) -> set[str]:
    """Return the keys whose attribute is named where the generated module is.

    An instance may go from hand to hand, which nobody follows.
    """
    attributes = attributes_of(settings)
    found: set[str] = set()
    for path in paths if attributes else ():
        if settings.relative(path) == settings.generated["module"]:
            continue
        try:
            data = read(path)
        except OSError:
            continue
        if settings.generated_module[-1].encode() in data:
            found |= {key.name for name, key in attributes.items() if f".{name}".encode() in data}
    return found


def written_in(paths: Iterable[str], names: Sequence[str]) -> set[str]:
    """Return the names that stand as words in some files."""
    found: set[str] = set()
    for path in paths:
        wanted = [name for name in names if name not in found]
        if not wanted:
            break
        try:
            data = read(path)
        except OSError:
            continue
        found |= {name for name in wanted if next(word_offsets(data, name.encode()), -1) >= 0}
    return found


def is_slip(one: str, other: str) -> bool:
    """Say whether two names differ by one letter, or by two that changed places.

    Names that differ in a digit alone are a series: `HOST1`, `HOST2`.
    """
    if len(one) < 6 or one.strip("0123456789") == other.strip("0123456789"):
        return False
    start = _shared(one, other)
    end = _shared(one[start:][::-1], other[start:][::-1])
    first, second = one[start : len(one) - end], other[start : len(other) - end]
    return max(len(first), len(second)) == 1 or (len(first) == 2 and first == second[::-1])


def _shared(one: str, other: str) -> int:
    """Return how many letters two names have in common at their beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, pair in pairs if pair[0] != pair[1]), min(len(one), len(other)))
