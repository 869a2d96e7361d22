"""What the following of one file has in hand: its names and texts, and what is still to be met."""

import ast
from collections import deque
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from hushflake.lint_plugin.analysis import Place
from hushflake.lint_plugin.module import Module

from .calling import Arrival
from .project import Project
from .spelt import Spelt
from .text import UNKNOWN, Text
from .texts import Texts
from .things import Function, Klass, Origin, Parameter, Table, Thing, Way, functions_of

if TYPE_CHECKING:
    from .models import Settings, Use
    from .wrapping import Seed

# How many functions a key may go through, and how much one file may cost: in places, and in what
# is looked at there (calls, their arguments, reads that they come to).
LEVELS = 3
_STEPS = 20_000
_WORK = 60_000
# How many definitions of one name in one block are followed: code that is run has few.
_MOST_ALIKE = 64
# File -> name in the body of its module -> what it stands for.
Exports = Mapping[str, Mapping[str, Sequence[Thing]]]


class Base:
    """The state of one file.

    Attributes:
        found: The reads whose key is known, or not given by a caller.
        exports: Name in the body of the module -> what it stands for.
        settings: The classes of settings of the file, by the identity of their node.
        file_uses: Calls that name .env files for a class of settings.
        escaped: Places of reads that got out of sight: a function that is handed on.
        is_cut: Whether there was more than may be followed.
        seeds: Reads that wait for their callers.
    """

    def __init__(self, module: Module, project: Project, exports: Exports) -> None:
        """
        Args:
            module: The file.
            project: All files.
            exports: What is known of other files by now.
        """
        self.module = module
        self.index = module.index
        self.path = module.relative
        self.project = project
        self.known = exports
        self.texts = Texts(self.index, self.path, project)
        self.spelt = Spelt(module.utf8)
        self.found: list[Arrival] = []
        self.exports: dict[str, list[Thing]] = {}
        self.settings: dict[int, Settings] = {}
        self.file_uses: list[Use] = []
        self.escaped: set[str] = set()
        self.is_cut = False
        self.seeds: list[Seed] = []
        self.queue: deque[tuple[Place, Thing]] = deque()
        # What a class inherits from things, by the identity of its node.
        self.bases_of_class: dict[int, Klass] = {}
        self._by_binding: dict[str, dict[int, list[list[Place]]]] = {}
        self._at_top: dict[str, tuple[int, frozenset[int]]] = {}
        # Attributes of a class that are the class, or an object of it, by the identity of its node.
        self.own_kind: dict[int, set[str]] = {}
        self._own: dict[int, dict[str, list[ast.Attribute]]] = {}
        self._seen: set[tuple[int, int]] = set()
        # Things are told apart by their identity, which must not be used again.
        self._kept: list[Thing] = []
        self._left = _WORK
        self._alike: dict[tuple[int, str], set[int]] = {}
        # What was said to be followed no further, by the identity of each.
        self._cut: dict[int, Thing] = {}
        self._untold: set[Origin] = set()
        self._escaped: dict[int, Function] = {}
        self._attributes: dict[int, tuple[dict[str, tuple[Text, ...]], tuple[Parameter, ...]]] = {}
        self._names: dict[int, frozenset[str]] = {}
        self._values_of: dict[int, dict[int, int]] = {}

    def export(self, name: str, thing: Thing) -> None:
        """Note what a name in the body of the module stands for."""
        known = self.exports.setdefault(name, [])
        for at, each in enumerate(known):
            if each is thing:
                return
            if isinstance(each, Klass) and isinstance(thing, Klass) and each.is_same(thing):
                self.spend(len(each.methods))
                known[at] = each.with_more(thing)
                return
        if len(known) < _MOST_ALIKE:
            known.append(thing)
        else:
            self.escape(thing)

    def meet(self, place: Place | None, thing: Thing) -> None:
        """Note that a thing stands at a place."""
        if place is None:
            return
        if len(self._kept) >= _STEPS:
            self.cut(place, thing)
            return
        key = (id(place.node), id(thing))
        if key not in self._seen:
            self._seen.add(key)
            self._kept.append(thing)
            self.queue.append((place, thing))

    def spend(self, work: int) -> bool:
        """Take work off what the file may cost; say whether there is enough of it."""
        self._left -= work + 1
        return self._left >= 0

    def is_followed(self, name: str, bound: ast.AST) -> bool:
        """Say whether a name that is bound at a node is followed: not every one of thousands."""
        place = self.index.place(bound)
        if place is None:
            return True
        followed = self._alike.setdefault((id(place.scope), name), set())
        if len(followed) < _MOST_ALIKE:
            followed.add(id(bound))
        return id(bound) in followed

    def cut(self, place: Place, thing: Thing) -> None:
        """Take in that a thing is followed no further: what it reads is not all known.

        The reads are told as such whose key is not known, one of each kind.
        """
        self.is_cut = True
        if id(thing) in self._cut:
            return
        for way in self.escape(thing):
            self.untold(place, way)
        if isinstance(thing, Table):
            self.untold(place, Way(UNKNOWN, thing.origin))

    def escape(self, thing: Thing) -> list[Way]:
        """Note that the reads of a thing got out of sight; return them, each the first time."""
        found: list[Way] = []
        for function in functions_of(thing):
            if id(function) not in self._cut:
                self._cut[id(function)] = function
                found += function.ways
        self._cut[id(thing)] = thing
        self.escaped.update(step for way in found for step in way.steps)
        return found

    def escape_ways(self, function: Function) -> None:
        """Note that the reads of a function itself got out of sight."""
        if id(function) not in self._escaped:
            self._escaped[id(function)] = function
            self.escaped.update(step for way in function.ways for step in way.steps)

    def untold(self, place: Place, way: Way) -> None:
        """Take in a read whose key is not known, once of each kind."""
        if way.origin not in self._untold:
            self._untold.add(way.origin)
            unknown = Arrival(place.node, (UNKNOWN,), way, None, "never", "", way.origin.secret)
            self.found.append(unknown)
