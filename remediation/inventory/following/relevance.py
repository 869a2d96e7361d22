"""Which of the things that a module defines can matter to another one: the rest is not followed.

A method that reads is of interest to those who call it, and they spell its name.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from .models import Model
from .spelt import Spelt
from .things import SPECIAL, Function, Instance, Klass, Thing

Exports = Mapping[str, Sequence[Thing]]


class Relevance:
    """Says which names of methods and attributes occur in other files than their own."""

    def __init__(self, files: Iterable[str], data_of: Callable[[str], bytes | None]) -> None:
        """
        Args:
            files: All files.
            data_of: Returns the bytes of one.
        """
        self._files = list(files)
        self._data_of = data_of
        self._used: dict[str, bool] = {}

    def kept(self, changed: Mapping[str, Exports]) -> dict[str, dict[str, list[Thing]]]:
        """Return what matters of the exports of some files."""
        self._look_for(changed)
        found: dict[str, dict[str, list[Thing]]] = {}
        for file, exports in changed.items():
            for name, things in exports.items():
                left = [each for thing in things if (each := self._of(thing)) is not None]
                if left:
                    found.setdefault(file, {})[name] = left
        return found

    def _look_for(self, changed: Mapping[str, Exports]) -> None:
        owners: dict[str, set[str]] = {}
        for file, exports in changed.items():
            for things in exports.values():
                for name in (name for thing in things for name in _names(thing)):
                    if not self._used.get(name):
                        owners.setdefault(name, set()).add(file)
        missing = {name: name.encode("utf-8", "surrogatepass") for name in owners}
        for file in self._files if missing else ():
            data = self._data_of(file)
            if data is None:
                continue
            spelt = Spelt(data)
            for name, encoded in list(missing.items()):
                if owners[name] != {file} and spelt.has(encoded):
                    del missing[name]
                    self._used[name] = True
        self._used.update(dict.fromkeys(missing, False))

    def _is_used(self, name: str) -> bool:
        return name in SPECIAL or self._used.get(name, False)

    def _of(self, thing: Thing) -> Thing | None:
        match thing:
            case Klass(methods=methods, things=things):
                kept_methods = {name: each for name, each in methods.items() if self._is_used(name)}
                kept_things = {
                    name: kept
                    for name, each in things.items()
                    if self._is_used(name) and (kept := self._of(each)) is not None
                }
                if not kept_methods and not kept_things:
                    return None
                return replace(thing, methods=kept_methods, things=kept_things)
            case Instance(of=klass):
                kept = self._of(replace(klass, methods=klass.of_objects))
                return replace(thing, of=kept) if isinstance(kept, Klass) else None
            case Function(returns=returns) if returns is not None:
                kept = self._of(returns)
                return replace(thing, returns=kept) if thing.ways or kept is not None else None
        return thing


def _names(thing: Thing, depth: int = 0) -> Iterator[str]:
    if depth > 10:
        return
    match thing:
        case Klass(methods=methods, things=things):
            yield from (name for name in (*methods, *things) if name not in SPECIAL)
            for each in (*methods.values(), *things.values()):
                yield from _names(each, depth + 1)
        case Instance(of=klass):
            yield from _names(klass, depth + 1)
        case Function(returns=returns) if returns is not None:
            yield from _names(returns, depth + 1)


def may_use(things: Iterable[Thing], name: bytes, spelt: Spelt) -> bool:
    """Say whether a source that imports things under a name can do something with one."""
    return any(_may_use(thing, name, spelt) for thing in things)


def _may_use(thing: Thing, name: bytes, spelt: Spelt) -> bool:
    match thing:
        case Model():
            return spelt.has(b"_env_file") or _may_derive(name, spelt)
        case Klass():
            # Where no method is named an object can be made, or a class derived, for others.
            return (
                thing.is_used_in(spelt) or spelt.may_have(name + b"(") or _may_derive(name, spelt)
            )
        case Instance(of=klass):
            return klass.is_used_in(spelt)
    return True


def _may_derive(name: bytes, spelt: Spelt) -> bool:
    """Say whether a source can derive a class from one of some name."""
    return spelt.has(b"class") and any(
        spelt.may_have(begin + name + end)
        for begin in (b"(", b" ", b".", b"\t", b"\n")
        for end in (b")", b",")
    )
