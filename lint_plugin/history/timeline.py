"""In which commits of a log a credential is held, by way of what each holds.

A commit holds what its first parent holds, but for the paths that it changes. What the commits on
the way hold is kept only until their last child was looked at: as much at a time as there are
branches beside each other.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator

from .log import Log
from .scan import Held, Scan

# A path and what it holds: the numbers of a path and of a version with a finding.
Place = tuple[int, int]
# A path and a number of `Scan.whats`.
Key = tuple[int, int]
State = set[Place]


class Span:
    """The first and the last commit that hold a credential, and its place in the last version."""

    __slots__ = ("first", "held", "last")

    def __init__(self, first: int, held: Held) -> None:
        self.first = self.last = first
        self.held = held


# Says what a commit holds, by number.
Visit = Callable[[int, Iterable[Key]], None]


class Timeline:
    """What the commits of a log hold.

    Attributes:
        spans: What is held -> when.
        before: Fingerprints of what commits before those of the log hold.
    """

    def __init__(self, log: Log, scan: Scan, asked: Iterable[int], visit: Visit) -> None:
        """Walk the log.

        Args:
            log: The commits.
            scan: What the versions hold.
            asked: Numbers of commits of which `visit` is told what they hold.
            visit: Called with each of them.
        """
        self.spans: dict[Key, Span] = {}
        self.before: set[str] = set()
        self._log, self._scan, self._visit = log, scan, visit
        # How many commits with each as their first parent are still to come.
        self._left = array("i", bytes(4 * len(log.ids)))
        for parent in log.parents:
            if parent >= 0:
                self._left[parent] += 1
        self._walk(frozenset(asked))

    def _walk(self, asked: frozenset[int]) -> None:
        states: dict[int, State] = {}
        for commit, parent in enumerate(self._log.parents):
            state = self._taken(states, parent)
            self._change(commit, parent, state)
            if commit in asked:
                self._visit(commit, self._keys(state))
            if not self._left[commit]:
                self._extend(self._keys(state), commit)
            elif state:
                states[commit] = state

    def _taken(self, states: dict[int, State], parent: int) -> State:
        """Return what a parent holds, to be changed: its own set for the last of its children."""
        if parent < 0:
            return set()
        self._left[parent] -= 1
        if not self._left[parent]:
            return states.pop(parent, set())
        return set(states.get(parent, ()))

    def _change(self, commit: int, parent: int, state: State) -> None:
        """Make of what a parent holds what a commit holds, and note what begins and ends."""
        log, held = self._log, self._scan.held
        gone: list[Place] = []
        come: list[Place] = []
        for at in range(log.starts[commit], log.starts[commit + 1]):
            path, old, new = log.changed[at], log.old[at], log.new[at]
            if old in held:
                if (path, old) in state:
                    gone.append((path, old))
                else:
                    # Held by the parent, and by none of the commits that were looked at.
                    whats = (self._scan.whats[each.what] for each in held[old])
                    self.before.update(what.fingerprint for what in whats)
            if new in held:
                come.append((path, new))
        if gone or come:
            state.difference_update(gone)
            state.update(come)
            now = self._begin(commit, come)
            if parent >= 0:
                self._extend((key for key in self._keys(gone) if key not in now), parent)

    def _begin(self, commit: int, come: Iterable[Place]) -> set[Key]:
        """Note what a commit brings, the first of several places in a file; return it."""
        now: dict[Key, Held] = {}
        for path, version in come:
            for held in self._scan.held[version]:
                now.setdefault((path, held.what), held)
        for key, held in now.items():
            span = self.spans.get(key)
            if span is None:
                self.spans[key] = Span(commit, held)
            elif commit >= span.last:
                span.last, span.held = commit, held
        return set(now)

    def _keys(self, state: Iterable[Place]) -> Iterator[Key]:
        for path, version in state:
            for held in self._scan.held[version]:
                yield path, held.what

    def _extend(self, keys: Iterable[Key], commit: int) -> None:
        for key in keys:
            span = self.spans[key]
            span.last = max(span.last, commit)
