"""CREATE, ALTER, DROP, UNDROP and DESCRIBE: read as far as the kind, which does the rest."""

from ..dispatch import Call
from ..errors import SqlError, unsupported
from ..kinds import kinds
from ..kinds.base import Kind, Mode
from ..parser import Parser
from ..wire import Result

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
}
_ALIASES = {"USER TASK": "TASK"}


def run(call: Call) -> Result:
    """Run a statement about an object."""
    parser = call.parser
    verb = parser.take().upper
    if verb == "CREATE":
        return _create(call)
    if verb == "ALTER" and parser.accept("SESSION"):
        from .session_parameters import alter_session

        return alter_session(call)
    kind = read_kind(parser)
    if verb == "ALTER":
        return kind.alter(call)
    if verb == "DROP":
        return kind.drop(call)
    if verb == "UNDROP":
        from ..undrop import undrop

        return undrop(call, kind)
    what = ""
    name = parser.name()
    if parser.accept("TYPE"):
        parser.expect("=")
        what = parser.take().upper
    parser.end()
    return kind.describe(call.session, kind.find(call.session, name), what)


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
    kind = read_kind(parser)
    if not modifiers <= kind.modifiers:
        raise unsupported(f"CREATE {' '.join(sorted(modifiers))} {kind.name}")
    if alter and not kind.or_alter:
        raise SqlError(
            f"SQL compilation error:\nUnsupported feature 'CREATE OR ALTER {kind.name}'.",
            2,
            "0A000",
        )
    return kind.create(call, Mode(replace, alter, False, frozenset(modifiers)))


def read_kind(parser: Parser) -> Kind:
    """Consume the keywords of an object kind."""
    found = parser.accept_any(kinds())
    if found is None:
        if parser.here.kind != "word":
            raise parser.unexpected()
        raise unsupported(f"{parser.tokens[0].upper} {parser.here.upper}")
    return kinds()[found]
