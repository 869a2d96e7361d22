"""Which operations of a plan are meant: targets, exclusions, and what must not be lost."""

import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from hushflake.schema.errors import SchemaError
from hushflake.schema.kinds import all_kinds
from hushflake.schema.kinds.base import Key
from hushflake.schema.names import QualifiedName
from hushflake.schema.plan import Operation, Plan

from .errors import MistakeError, RefusedError


def select(
    plan: Plan,
    targets: Sequence[str] = (),
    excludes: Sequence[str] = (),
    known: Iterable[Key] = (),
) -> Plan:
    """Return the plan with what `targets` need, and without what `excludes` would break.

    Args:
        targets: Kinds, names (full or the last part, `*` matches), or `kind NAME`; with each
            operation come those that it depends on, and those that put back what it takes away.
        excludes: The same; with each operation go those that depend on it.
        known: Objects that may be named though nothing is to be done for them.

    Raises:
        MistakeError: A word that matches nothing in the plan, and nothing that is known.
    """
    known = tuple(known)
    by_id = {op.id: op for op in plan.operations}
    chosen = set(by_id)
    if targets:
        chosen = _closure(
            _matching(plan, targets, "--target", known), lambda i: by_id[i].depends_on
        )
        chosen = _with_what_puts_back(plan, chosen)
    if excludes:
        dependents: dict[str, list[str]] = {}
        for op in plan.operations:
            for needed in op.depends_on:
                dependents.setdefault(needed, []).append(op.id)
        gone = _matching(plan, excludes, "--exclude", known)
        chosen -= _closure(gone, lambda i: dependents.get(i, ()))
    kept = tuple(op for op in plan.operations if op.id in chosen)
    left = len(plan.operations) - len(kept)
    if not left:
        return replace(plan, operations=kept)
    more = "1 more operation was" if left == 1 else f"{left} more operations were"
    note = f"{more} left out on request"
    return replace(plan, operations=kept, notes=(*plan.notes, note))


def _with_what_puts_back(plan: Plan, chosen: set[str]) -> set[str]:
    """Also what restores, in the same plan, what the chosen operations take away: a suspended task
    graph, a foreign key that stands in the way, grants that go with a replaced object."""
    by_id = {op.id: op for op in plan.operations}

    def restores(op: Operation) -> bool:
        for before in (by_id[name] for name in op.depends_on if name in chosen):
            if op.always or (before.action, op.action, before.key) == ("drop", "create", op.key):
                return True
            if (op.kind, op.action) == ("grant", "grant") and before.key in replaced:
                return True
        return False

    while True:
        replaced = {
            op.key
            for op in plan.operations
            if op.id in chosen
            and op.action == "replace"
            and not all_kinds()[op.kind].replace_keeps_grants
        }
        more = {op.id for op in plan.operations if op.id not in chosen and restores(op)}
        if not more:
            return chosen
        chosen |= _closure(more, lambda name: by_id[name].depends_on)


def refuse_loss(plan: Plan, allowed: Sequence[str]) -> None:
    """Make sure that every operation that loses data was allowed by its name.

    Args:
        allowed: Names of objects (full, or their last parts), or of columns: `TABLE.COLUMN`.

    Raises:
        RefusedError: It names each operation that was not, and the option that allows it; why
            data is lost, the plan says.
    """
    lost = [op for op in plan.operations if op.severity == "loss" and not _is_allowed(op, allowed)]
    if not lost:
        return
    lines = [f"  {op.id}" for op in lost]
    names = dict.fromkeys(_loss_name(op) for op in lost)
    options = " ".join(f"--allow-loss {shlex.quote(name)}" for name in names)
    whole = Counter(op.name for op in plan.operations if op.severity == "loss" and op.part)
    wider = [
        f"--allow-loss {shlex.quote(name)} would allow all {count} losses of that object"
        for name, count in whole.items()
        if count > 1
    ]
    raise RefusedError(
        "\n".join(
            [
                "this plan loses data and nothing was done:",
                *lines,
                f"if that is meant, add {options}",
                *wider,
            ]
        )
    )


def _matching(plan: Plan, words: Sequence[str], option: str, known: Sequence[Key]) -> set[str]:
    found: set[str] = set()
    for word in words:
        matching = {op.id for op in plan.operations if _matches(op.key, word)}
        is_meant = matching or word.lower() in all_kinds()
        if not is_meant and not any(_matches(key, word) for key in known):
            names = sorted({op.name for op in plan.operations} or {key.name for key in known})
            some = ", ".join(names[:8])
            raise MistakeError(
                f"{option} {word}: nothing in the plan has this name or kind"
                + (f"; it has {some}" if some else "")
            )
        found |= matching
    return found


def _matches(key: Key, word: str) -> bool:
    return word.lower() == key.kind or is_named(key, word)


def is_named(key: Key, word: str) -> bool:
    """Whether a word is this object's name, or `kind NAME`."""
    kind, _, name = word.partition(" ")
    if name and kind.lower() in all_kinds():
        return kind.lower() == key.kind and _has_name(key, name)
    return _has_name(key, word)


def _has_name(key: Key, word: str) -> bool:
    return any(name == word or fnmatchcase(name, word.upper()) for name in _spellings(key.name))


def _spellings(name: str) -> list[str]:
    """A full name and its last parts: `DB.S.T`, `S.T`, `T`; of what is no name only itself."""
    try:
        parts = QualifiedName.parse(name).parts
    except SchemaError:
        return [name, name.rpartition(".")[2]]
    return [".".join(part.sql for part in parts[start:]) for start in range(len(parts))]


def _is_allowed(op: Operation, allowed: Sequence[str]) -> bool:
    if any(is_named(op.key, word) for word in allowed):
        return True
    column = _loss_name(op).removeprefix(op.name)
    names = {name + column for name in _spellings(op.name)} if column else set()
    return any(word in names or word.upper() in names for word in allowed)


def _loss_name(op: Operation) -> str:
    """What `--allow-loss` wants: the column where it is one that loses, else the object."""
    what, _, column = op.part.partition(" ")
    return f"{op.name}.{column}" if what == "column" else op.name


def _closure(start: set[str], neighbours: Callable[[str], Iterable[str]]) -> set[str]:
    reached, todo = set(start), list(start)
    while todo:
        for other in neighbours(todo.pop()):
            if other not in reached:
                reached.add(other)
                todo.append(other)
    return reached
