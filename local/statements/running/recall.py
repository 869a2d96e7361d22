"""Translations that are kept: a query that comes again is not parsed again.

A translation depends on the text, on who asks from where, and on the catalogue; all of that is in
the key. Kept are only queries over plain tables whose text says nothing about the moment, the
session or the data, and whose bound values all became parameters of DuckDB.
"""

import re
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from sqlglot import exp

from ...cortex.parts import Part
from ...language.errors import SqlError
from ...language.results import Binding, Column
from ...sessions.call import Call
from ...sessions.names import Names
from ...sql.context import Context
from ...sql.identifiers import name_of

if TYPE_CHECKING:
    from ...engine.engine import Engine

_KEPT = 256
_VOLATILE = re.compile(
    r"\$|\b(?:CURRENT_\w*|SYS\w*|GETDATE|LOCALTIME\w*|LAST_QUERY_ID|RESULT_SCAN|NEXTVAL|SEQ\d|RANDOM"
    r"|RANDSTR|UUID_STRING|GENERATOR|INFORMATION_SCHEMA|SEARCH_PREVIEW|AT|BEFORE|CHANGES|NOW|PIVOT)\b",
    re.IGNORECASE,
)
_STRINGS = re.compile(r"'(?:[^']|'')*'")


class Bound(str):
    """A bound text that remembers its place, so that its parameter is known again."""

    __slots__ = ("place",)
    place: str


@dataclass(frozen=True)
class Translation:
    """A translated query.

    Attributes:
        sql: What DuckDB runs.
        places: DuckDB's parameter -> place of the bound value.
        known: Columns whose types are known better than DuckDB tells.
        parts: What structures beside DuckDB's tables answer.
    """

    sql: str
    places: dict[str, str]
    known: dict[str, Column]
    parts: tuple[Part, ...] = ()

    def context(self, call: Call) -> Context:
        """Return a context with the values of this call."""
        context = Context(call.session, call.bindings)
        context.parameters = {
            name: call.bindings[place].value for name, place in self.places.items()
        }
        return context


_caches: "WeakKeyDictionary[Engine, OrderedDict[tuple[Any, ...], Translation]]" = (
    WeakKeyDictionary()
)


def recall(call: Call) -> Translation | None:
    """Return the translation of this query, if it is kept."""
    cache = _caches.get(call.session.engine)
    if cache is None:
        return None
    key = _key(call)
    found = cache.get(key)
    if found is not None:
        cache.move_to_end(key)
    return found


def marked(bindings: dict[str, Binding]) -> dict[str, Binding]:
    """Return the bindings with values that remember their places."""
    found = {}
    for place, binding in bindings.items():
        value = binding.value
        if isinstance(value, str):
            value = Bound(value)
            value.place = place
        found[place] = Binding(binding.type, value)
    return found


def is_plain(tree: exp.Expr, names: Names, sql: str) -> bool:
    """Tell whether a parsed, untranslated query may be kept."""
    if _VOLATILE.search(_STRINGS.sub("''", sql)):
        return False
    own = {cte.alias.upper() for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            continue
        if not table.args.get("db") and table.name.upper() in own:
            continue
        copy = table.copy()
        for identifier in copy.find_all(exp.Identifier):
            if not identifier.args.get("quoted"):
                identifier.set("this", str(identifier.this).upper())
        try:
            if names.find("TABLE", name_of(copy)).kind != "TABLE":
                return False
        except SqlError:
            return False
    return True


def remember(
    call: Call,
    sql: str,
    context: Context,
    known: dict[str, Column],
    parts: tuple[Part, ...],
) -> None:
    """Keep a translation, made with `marked` bindings of a query that `is_plain`."""
    places = {
        name: value.place for name, value in context.parameters.items() if isinstance(value, Bound)
    }
    texts = {place for place, item in call.bindings.items() if item.value is not None}
    # A value that is not a parameter went into the text: such a translation fits this call alone.
    if len(places) != len(context.parameters) or set(places.values()) != texts or context.streams:
        return
    cache = _caches.setdefault(call.session.engine, OrderedDict())
    cache[_key(call)] = Translation(sql, places, known, parts)
    while len(cache) > _KEPT:
        cache.popitem(last=False)


def _key(call: Call) -> tuple[Any, ...]:
    session = call.session
    return (
        call.sql,
        session.engine.catalogue.version,
        session.identity.user.id,
        tuple(session.identity.roles),
        session.place.database,
        session.place.schema,
        session.key if session.temporary.has_any else None,
        tuple(sorted((name, str(value)) for name, value in session.settings.parameters.items())),
        tuple((place, b.type, b.value is None) for place, b in sorted(call.bindings.items())),
    )
