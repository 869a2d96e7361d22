"""What is told of the reads of all files together: each once, and the presumed ones last."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from .making import Found
from .reads import FileReads


def settled(results: Sequence[FileReads]) -> Iterator[FileReads]:
    """Yield results without what is told twice, or only presumed where more is known.

    A computed key is marked where its callers say all that it can be.
    """
    certain = {
        step
        for result in results
        for one in result.found
        if one.key is not None and not one.presumed
        for step in one.steps
    }
    kept = list(_kept(results, certain))
    known = {step for found in kept for one in found if one.key is not None for step in one.steps}
    known -= {step for result in results for step in result.escaped}
    for result, found in zip(results, kept, strict=True):
        yield replace(result, found=[_marked(one, known) for one in found])


def _kept(results: Sequence[FileReads], certain: set[str]) -> Iterator[list[Found]]:
    seen: set[tuple[str, str, str]] = set()
    for result in results:
        found: list[Found] = []
        for one in result.found:
            told = (one.key or f"*{one.read.pattern}", one.read.place, one.read.reader)
            is_needless = one.presumed and one.steps[-1] in certain
            if told not in seen and not is_needless:
                seen.add(told)
                found.append(one)
        yield found


def _marked(one: Found, known: set[str]) -> Found:
    if one.key is None and one.read.place in known:
        return replace(one, read=replace(one.read, followed=True))
    return one
