"""CREATE, ALTER, DROP, UNDROP and DESCRIBE: read as far as the kind, which does the rest."""

from ..language.errors import SqlError, unsupported
from ..language.results import Result
from ..objects.account_parameters import alter_account
from ..objects.kinds.base import Mode
from ..objects.naming import read_kind
from ..objects.relations import describe_relation
from ..objects.undrop import undrop
from ..sessions.call import Call
from .session_parameters import alter_session

STARTS = ("CREATE", "ALTER", "DROP", "UNDROP", "DESCRIBE", "DESC")
_MODIFIERS = {
    "TRANSIENT",
    "TEMPORARY",
    "TEMP",
    "VOLATILE",
    "LOCAL",
    "GLOBAL",
    "SECURE",
    "RECURSIVE",
    "HYBRID",
    "ICEBERG",
    "SCOPED",
}
# Words for the same thing, and words that change nothing beside it.
_TEMPORARY = {"TEMPORARY", "TEMP", "VOLATILE"}
_BESIDE_TEMPORARY = {"LOCAL", "GLOBAL", "SCOPED"}
_ALIASES = {"USER TASK": "TASK"}


def run(call: Call) -> Result:
    """Run a statement about an object."""
    parser = call.parser
    verb = parser.take().upper
    if verb == "CREATE":
        return _create(call)
    if verb == "ALTER" and parser.accept("SESSION"):
        return alter_session(call)
    if verb == "ALTER" and parser.accept("ACCOUNT"):
        return alter_account(call)
    kind = read_kind(parser)
    if verb == "ALTER":
        return kind.alter(call)
    if verb == "DROP":
        return kind.drop(call)
    if verb == "UNDROP":
        return undrop(call, kind)
    what = ""
    name = kind.read_name(parser)
    if parser.accept("TYPE"):
        parser.expect("=")
        what = parser.take().upper
    parser.end()
    if kind.name in {"TABLE", "VIEW"}:
        return describe_relation(call.session, name, what)
    return kind.describe(call.session, kind.find_overseen(call.session, name), what)


def _create(call: Call) -> Result:
    parser = call.parser
    replace = alter = False
    if parser.accept("OR"):
        replace = parser.accept("REPLACE")
        alter = not replace and parser.accept("ALTER")
        if not (replace or alter):
            raise parser.unexpected()
    modifiers = set()
    while parser.here.upper in _MODIFIERS:
        modifiers.add(parser.take().upper)
    if modifiers & _TEMPORARY:
        modifiers = (modifiers - _TEMPORARY - _BESIDE_TEMPORARY) | {"TEMPORARY"}
    kind = read_kind(parser)
    if {"TEMPORARY", "TRANSIENT"} <= modifiers:
        raise unsupported("TEMPORARY TRANSIENT")
    if not modifiers <= kind.modifiers:
        raise unsupported(f"CREATE {' '.join(sorted(modifiers))} {kind.name}")
    if alter and not kind.or_alter:
        raise SqlError(
            f"SQL compilation error:\nUnsupported feature 'CREATE OR ALTER {kind.name}'.",
            2,
            "0A000",
        )
    return kind.create(call, Mode(replace, alter, False, frozenset(modifiers)))
