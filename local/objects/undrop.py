"""UNDROP: what was dropped last under a name comes back, with what it held."""

from dataclasses import replace

from ..engine.catalogue import Change, Object
from ..language.errors import exists_already, missing, unsupported
from ..language.results import Result
from ..sessions.call import Call
from .kinds.base import Kind, status


def undrop(call: Call, kind: Kind) -> Result:
    """Run UNDROP; the kind's keywords are consumed."""
    if kind.name not in {"TABLE", "SCHEMA", "DATABASE"}:
        raise unsupported(f"UNDROP {kind.name}")
    session = call.session
    name = call.parser.name()
    call.parser.end()
    parent, shown = kind.parent_of(session, name)
    catalogue = session.engine.catalogue
    found = [
        item
        for item in catalogue.of_kind(kind.name, dropped=True)
        if item.parent == parent and item.name == name.last
    ]
    if not found:
        raise missing(kind.name, str(name))
    if catalogue.find(kind.name, parent, name.last) is not None:
        raise exists_already(shown)
    item = max(found, key=lambda held: held.dropped or 0)
    session.identity.require_ownership(item)
    with session.transaction.ddl() as change:
        _revive(change, item)
    return status(f"{kind.title} {name.last} successfully restored.")


def _revive(change: Change, item: Object) -> None:
    change.put(replace(item, dropped=None))
    for child in change.catalogue.dropped_with(item):
        _revive(change, child)
