"""In which commits of a log a credential is held, by way of what each holds.

A commit holds what its first parent holds, but for the paths that it changes. What the commits on
the way hold is kept only until their last child was looked at: as much at a time as there are
branches beside each other.
"""

from array import array
from collections.abc import Iterable, Iterator

from .log import Log
from .scan import Held, Scan

# A path and what it holds: the numbers of a path and of a version with a finding.
Place = tuple[int, int]
# A path and a number of `Scan.whats`.
Key = tuple[int, int]
State = frozenset[Place]
_EMPTY: State = frozenset()


class Span:
    """The first and the last commit that hold a credential, and its place in the last version."""

    __slots__ = ("first", "held", "last")

    def __init__(self, first: int, held: Held) -> None:
        self.first = self.last = first
        self.held = held


class Timeline:
    """What the commits of a log hold.

    Attributes:
        spans: What is held -> when.
        before: Fingerprints of what commits before those of the log hold.
        at: What the asked commits hold, by number.
    """

    def __init__(self, log: Log, scan: Scan, asked: Iterable[int]) -> None:
        """Walk the log.

        Args:
            log: The commits.
            scan: What the versions hold.
            asked: Numbers of commits of which `at` is wanted.
        """
        self.spans: dict[Key, Span] = {}
        self.before: set[str] = set()
        self.at: dict[int, State] = {}
        self._log, self._scan = log, scan
        # How many commits have each as their first parent.
        self._children = array("i", bytes(4 * len(log.ids)))
        for parent in log.parents:
            if parent >= 0:
                self._children[parent] += 1
        self._walk(frozenset(asked))

    def keys(self, state: State) -> Iterator[Key]:
        """Yield what a commit holds."""
        for path, version in state:
            for held in self._scan.held[version]:
                yield path, held.what

    def _walk(self, asked: frozenset[int]) -> None:
        states: dict[int, State] = {}
        left = array("i", self._children)
        for commit, parent in enumerate(self._log.parents):
            before = states.get(parent, _EMPTY) if parent >= 0 else _EMPTY
            state = self._after(commit, before)
            if state is not before:
                self._mark(commit, parent, before, state)
            if commit in asked:
                self.at[commit] = state
            if left[commit]:
                if state:
                    states[commit] = state
            else:
                self._extend(self.keys(state), commit)
            if parent >= 0:
                left[parent] -= 1
                if not left[parent]:
                    states.pop(parent, None)

    def _after(self, commit: int, before: State) -> State:
        """Return what a commit holds, the same object where it is what its parent holds."""
        log, held = self._log, self._scan.held
        gone: set[Place] = set()
        come: set[Place] = set()
        for at in range(log.starts[commit], log.starts[commit + 1]):
            path, old, new = log.changed[at], log.old[at], log.new[at]
            if old in held:
                if (path, old) in before:
                    gone.add((path, old))
                else:
                    # Held by the parent, and by none of the commits that were looked at.
                    whats = (self._scan.whats[each.what] for each in held[old])
                    self.before.update(what.fingerprint for what in whats)
            if new in held:
                come.add((path, new))
        return (before - gone) | come if gone or come else before

    def _mark(self, commit: int, parent: int, before: State, after: State) -> None:
        """Note what begins in a commit, and what ends in its parent."""
        now: dict[Key, Held] = {}
        for path, version in after - before:
            for held in self._scan.held[version]:
                # The first of several places in a file.
                now.setdefault((path, held.what), held)
        for key, held in now.items():
            span = self.spans.get(key)
            if span is None:
                self.spans[key] = Span(commit, held)
            elif commit >= span.last:
                span.last, span.held = commit, held
        ended = (
            (path, held.what)
            for path, version in before - after
            for held in self._scan.held[version]
            if (path, held.what) not in now
        )
        if parent >= 0:
            self._extend(ended, parent)

    def _extend(self, keys: Iterable[Key], commit: int) -> None:
        for key in keys:
            span = self.spans[key]
            span.last = max(span.last, commit)
