"""Which operations of a plan are meant: targets, exclusions, and what must not be lost."""

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from hushflake.schema.kinds import all_kinds
from hushflake.schema.kinds.base import Key
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
            operation come those that it depends on, and those that put back what it changes.
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
        chosen |= {op.id for op in plan.operations if op.always and chosen & set(op.depends_on)}
    if excludes:
        dependents: dict[str, list[str]] = {}
        for op in plan.operations:
            for needed in op.depends_on:
                dependents.setdefault(needed, []).append(op.id)
        gone = _matching(plan, excludes, "--exclude", known)
        chosen -= _closure(gone, lambda i: dependents.get(i, ()))
    kept = tuple(op for op in plan.operations if op.id in chosen)
    left = len(plan.operations) - len(kept)
    notes = (
        (*plan.notes, f"{left} more operations were left out on request") if left else plan.notes
    )
    return replace(plan, operations=kept, notes=notes)


def refuse_loss(plan: Plan, allowed: Sequence[str]) -> None:
    """Make sure that every operation that loses data was allowed by its name.

    Raises:
        RefusedError: It names each operation that was not, and the option that allows it.
    """
    lost = [op for op in plan.operations if op.severity == "loss" and not _is_allowed(op, allowed)]
    if not lost:
        return
    lines = [f"  {op.id}: {op.reason}" for op in lost]
    names = dict.fromkeys(op.name for op in lost)
    options = " ".join(f"--allow-loss {shlex.quote(name)}" for name in names)
    raise RefusedError(
        "this plan loses data and nothing was done:\n"
        + "\n".join(lines)
        + f"\nif that is meant, add {options}"
    )


def refuse_others(plan: Plan, of_others: Mapping[Key, str]) -> None:
    """Make sure that no operation touches what another project made in this account.

    Raises:
        RefusedError: It names the objects and the project.
    """
    touched = {op.key: of_others[op.key] for op in plan.operations if op.key in of_others}
    if touched:
        some = ", ".join(f"{key} (project {name})" for key, name in list(touched.items())[:5])
        raise RefusedError(
            f"the journal says that another project made {some}; nothing was done: take it out of "
            "one of the projects, or deploy from the other"
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
    if word.lower() == key.kind:
        return True
    kind, _, name = word.partition(" ")
    if name and kind.lower() in all_kinds():
        return kind.lower() == key.kind and _has_name(key, name)
    return _has_name(key, word)


def _has_name(key: Key, word: str) -> bool:
    names = (key.name, key.name.rpartition(".")[2])
    return any(name == word or fnmatchcase(name, word.upper()) for name in names)


def _is_allowed(op: Operation, allowed: Sequence[str]) -> bool:
    return any(_matches(op.key, word) for word in allowed)


def _closure(start: set[str], neighbours: Callable[[str], Iterable[str]]) -> set[str]:
    reached, todo = set(start), list(start)
    while todo:
        for other in neighbours(todo.pop()):
            if other not in reached:
                reached.add(other)
                todo.append(other)
    return reached
