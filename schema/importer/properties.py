"""Kinds that are a table of properties (`PropertyKind`), also of other packages: one reader."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, get_args, get_origin

from ..codec import hints_of
from ..kinds import all_kinds
from ..kinds.annotations import Ref
from ..kinds.integration import TABLES, TOPICS
from ..kinds.properties import Property
from ..kinds.property_kind import PropertyKind
from .head import Definition, Head, Reader
from .scanner import Inside, Scanner, pieces
from .where import level_of

# What a secret holds, and follows from its type: it goes.
_OF_SECRETS: Final = ("PASSWORD", "SECRET_STRING", "ALGORITHM")
_KEYS: Final = ("RSA_PUBLIC_KEY", "RSA_PUBLIC_KEY_2")


def property_readers() -> Mapping[str, Reader]:
    """A reader for each such kind, by its name with underscores."""
    found: dict[str, Reader] = {
        name: _of(kind) for name, kind in all_kinds().items() if isinstance(kind, PropertyKind)
    }
    del found["integration"]
    for category in TABLES:
        found[f"{category.lower()}_integration"] = _integration(category)
    return {**found, "pipe": _pipe, "secret": _secret, "user": _user}


def _of(kind: PropertyKind[Any]) -> Reader:
    def read(head: Head) -> Iterator[Definition]:
        found = _properties(head, kind.spec_type, kind.properties)
        head.scanner.end()
        yield found

    return read


def _properties(
    head: Head, spec_type: Any, properties: tuple[Property, ...], also: tuple[str, ...] = ()
) -> Definition:
    """The definition that the options say; what `also` names is read into keys of its own."""
    known = {item.sql: item.field for item in properties}
    read = head.scanner.options({**known, **{name: name for name in also}})
    return head.start() | _fields(read, spec_type, head)


def _fields(read: Mapping[str, Any], spec_type: Any, head: Head) -> Definition:
    hints = hints_of(spec_type)
    found: Definition = {}
    for field, value in read.items():
        if isinstance(value, Inside):
            items = [_item(Scanner(part).value(), hints.get(field), head) for part in pieces(value)]
            found[field] = items
        else:
            found[field] = _item(value, hints.get(field), head)
    return found


def _item(value: Any, hint: Any, head: Head) -> Any:
    """A value; a name as definitions hold it."""
    kind = _kind_of(hint)
    if kind is None or not isinstance(value, str):
        return value
    return head.where.short(Scanner(value).name(), level_of(kind))


def _kind_of(hint: Any) -> str | None:
    """The kind that a field refers to."""
    if get_origin(hint) is Annotated:
        marker = get_args(hint)[1]
        return marker.kinds[0] if isinstance(marker, Ref) else _kind_of(get_args(hint)[0])
    return next((kind for item in get_args(hint) if (kind := _kind_of(item))), None)


def _integration(category: str) -> Reader:
    def read(head: Head) -> Iterator[Definition]:
        table = (*TABLES[category], *(item for each in TOPICS.values() for item in each))
        spec_type = all_kinds()["integration"].spec_type
        found = _properties(head, spec_type, table, ("TYPE", "DIRECTION"))
        head.scanner.end()
        found.pop("TYPE", None)
        found.pop("DIRECTION", None)
        name = head.where.short(head.name, "account")
        yield {**found, "kind": "integration", "name": name, "type": category}

    return read


def _pipe(head: Head) -> Iterator[Definition]:
    kind = all_kinds()["pipe"]
    assert isinstance(kind, PropertyKind)
    found = _properties(head, kind.spec_type, kind.properties)
    head.scanner.expect("AS")
    yield {**found, "definition": head.scanner.rest().rstrip(";").strip()}


def _secret(head: Head) -> Iterator[Definition]:
    kind = all_kinds()["secret"]
    assert isinstance(kind, PropertyKind)
    found = _properties(head, kind.spec_type, kind.properties, _OF_SECRETS)
    head.scanner.end()
    yield {key: value for key, value in found.items() if key not in _OF_SECRETS}


def _user(head: Head) -> Iterator[Definition]:
    kind = all_kinds()["user"]
    assert isinstance(kind, PropertyKind)
    found = _properties(head, kind.spec_type, kind.properties, _KEYS)
    head.scanner.end()
    keys = [found.pop(slot) for slot in _KEYS if slot in found]
    # Who is said to be nothing is a person.
    yield {"type": "PERSON", **found, **({"keys": keys} if keys else {})}
