"""ALTER: what it changes of a definition of the same script, or what it declares by itself."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from ..codec import spec_to_plain
from ..kinds import all_kinds
from ..kinds.scoring_profile import read_profiles
from ..names import QualifiedName
from .grants import foreign_key_of
from .head import Definition, Head, fields_of
from .objects import READERS as OBJECTS
from .scanner import Scanner
from .tables import TABLE_OPTIONS, read_table
from .where import Where

Declared = Callable[[str, QualifiedName], Definition | None]
# Kinds whose SET takes what their CREATE takes.
_SET: Final = ("warehouse", "database", "schema", "role", "stage", "sequence", "stream", "tag")


def alter(statement: str, where: Where, declared: Declared) -> Iterator[Definition]:
    """Definitions that the statement adds; one that it changes is changed in place.

    Args:
        declared: The definition of an object so far.

    Raises:
        ValueError: It is neither.
    """
    scanner = Scanner(statement)
    scanner.expect("ALTER")
    if scanner.accept("ACCOUNT", "SET"):
        yield from _account_parameters(scanner)
        return
    kinds = sorted(all_kinds(), key=lambda kind: -kind.count("_"))
    kind = next((k for k in kinds if scanner.accept(*k.upper().split("_"))), "")
    if not kind:
        raise ValueError(f"ALTER {scanner.token.text.upper()} is not read")
    scanner.accept("IF", "EXISTS")
    name = scanner.name()
    if kind in ("task", "alert") and scanner.accept("RESUME"):
        scanner.end()
        return
    key = foreign_key_of(scanner, name, where) if kind == "table" else None
    if key is not None:
        yield key
        return
    there = declared(kind, name)
    if there is None:
        raise ValueError(f"ALTER {kind.upper()} is not read")
    _change(there, scanner, Head(kind, name, frozenset(), statement, scanner, where))


def _account_parameters(scanner: Scanner) -> Iterator[Definition]:
    while scanner.token.text:
        name = scanner.word()
        scanner.expect("=")
        yield {"kind": "account_parameter", "name": name, "value": _text(scanner.value())}
        scanner.accept(",")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _change(there: Definition, scanner: Scanner, head: Head) -> None:
    if scanner.accept("SET"):
        found: dict[str, Any] = {}
        if head.kind == "table" and scanner.accept("TAG"):
            there["tags"] = [*there.get("tags", ()), *_tags(scanner, head.where)]
        elif head.kind == "tag" and scanner.accept("MASKING", "POLICY"):
            found = {"masking_policies": _masking_policies(there, scanner, head.where)}
        elif head.kind == "pipe" and scanner.accept("PIPE_EXECUTION_PAUSED", "="):
            found = {"state": "paused" if scanner.value() else "running"}
        elif head.kind == "table":
            found = scanner.options(TABLE_OPTIONS)
        elif head.kind in _SET:
            found = next(iter(OBJECTS[head.kind](head)))
        else:
            found = scanner.options(fields_of(*getattr(all_kinds()[head.kind], "properties", ())))
        scanner.end()
        there |= {key: value for key, value in found.items() if key not in ("kind", "name")}
        return
    if head.kind == "tag" and scanner.accept("UNSET", "MASKING", "POLICY"):
        gone = list(_policies(scanner, head.where))
        scanner.end()
        held = there.pop("masking_policies", [])
        kept = [policy for policy in held if policy not in gone]
        there |= {"masking_policies": kept} if kept else {}
        return
    if head.kind == "cortex_search_service" and scanner.accept("ADD", "SCORING", "PROFILE"):
        scanner.accept("IF", "NOT", "EXISTS")
        row = {"profile_name": scanner.name().last.text, "scoring_profile": scanner.string()}
        scanner.end()
        profiles = [spec_to_plain(profile) for profile in read_profiles([row])]
        there["scoring_profiles"] = [*there.get("scoring_profiles", ()), *profiles]
        return
    if head.kind == "table" and scanner.accept("ADD"):
        scanner.accept("COLUMN")
        scanner.accept("IF", "NOT", "EXISTS")
        name = head.name.last.sql
        text = f"CREATE TABLE {name} ({scanner.rest()})"
        (made,) = read_table(Head("table", head.name, frozenset(), text, Scanner(text), head.where))
        if set(made) - {"kind", "name", "columns"}:
            raise ValueError("ADD is not read")
        known = {column["name"] for column in there["columns"]}
        there["columns"] += [column for column in made["columns"] if column["name"] not in known]
        return
    raise scanner.unexpected()


def _masking_policies(there: Definition, scanner: Scanner, where: Where) -> list[str]:
    held = list(there.get("masking_policies", ()))
    fresh = [policy for policy in _policies(scanner, where) if policy not in held]
    if scanner.accept("FORCE") and held and fresh:
        # Which one goes depends on the types that they mask.
        raise ValueError("FORCE on a tag that has masking policies is not read")
    return [*held, *fresh]


def _policies(scanner: Scanner, where: Where) -> Iterator[str]:
    yield where.short(scanner.name())
    while scanner.accept(",", "MASKING", "POLICY"):
        yield where.short(scanner.name())


def _tags(scanner: Scanner, where: Where) -> Iterator[Definition]:
    while True:
        tag = where.short(scanner.name())
        scanner.expect("=")
        yield {"tag": tag, "value": scanner.string()}
        if not scanner.accept(","):
            return
