"""What goes wrong in the local stack: around the server, and in a statement."""

from .names import spell


class LocalStackError(Exception):
    """The local stack cannot be started, reached or stopped. `str()` is the line a user reads."""

    exit_code = 3


class LocalStackUsageError(LocalStackError):
    """What the user asked for cannot be: a stack's name, a folder."""

    exit_code = 2


class SqlError(Exception):
    """A statement that fails, in the shape in which Snowflake reports it.

    Args:
        message: The text after the prefix, as a user reads it.
        code: Snowflake's number of the error, e.g. 2003.
        state: The SQLSTATE.
        line: Where the statement is wrong, from 1; absent when no place is known.
        position: Column in that line, from 0.
    """

    def __init__(
        self, message: str, code: int, state: str, line: int | None = None, position: int = 0
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.state = state
        self.line = line
        self.position = position


def compilation(
    detail: str, code: int = 2000, state: str = "42000", line: int | None = None, position: int = 0
) -> SqlError:
    """An error found before anything ran."""
    place = f" error line {line} at position {position}" if line is not None else ""
    return SqlError(f"SQL compilation error:{place}\n{detail}", code, state, line, position)


def invalid_identifier(name: str) -> SqlError:
    """A column that is not there (000904), spelt as SQL would have to: in quotes if it needs them."""
    return compilation(f"invalid identifier '{spell(name)}'", 904, "42000")


def syntax(unexpected: str, line: int, position: int) -> SqlError:
    """A statement that cannot be read (001003)."""
    return SqlError(
        f"SQL compilation error:\nsyntax error line {line} at position {position} "
        f"unexpected '{unexpected}'.",
        1003,
        "42000",
        line,
        position,
    )


def unsupported(what: str) -> SqlError:
    """A statement that Snowflake may know and the local stack does not: refused, never ignored."""
    return SqlError(
        f"SQL compilation error:\nUnsupported feature '{what}' (the local stack does not run it).",
        2,
        "0A000",
    )


def missing(kind: str, name: str) -> SqlError:
    """An object that is not there, or that the role may not see (002003)."""
    # Snowflake uses one text for both cases, so that a name cannot be probed.
    state = "42S02" if kind in {"TABLE", "VIEW", "DYNAMIC TABLE", "OBJECT"} else "02000"
    shown = "Object" if kind in {"TABLE", "VIEW", "OBJECT"} else kind.capitalize()
    return SqlError(
        f"SQL compilation error:\n{shown} '{name}' does not exist or not authorized.", 2003, state
    )


def not_found(query_id: str) -> SqlError:
    """A result that is not there, or that another session's statement made (000709)."""
    return SqlError(f"Statement {query_id[:100]} not found", 709, "02000")


def exists_already(name: str) -> SqlError:
    """A name that is taken (002002)."""
    return SqlError(f"SQL compilation error:\nObject '{name}' already exists.", 2002, "42710")


def not_allowed(kind: str, name: str, need: str = "") -> SqlError:
    """A missing privilege (003001)."""
    more = f" The role needs {need}." if need else ""
    return SqlError(
        f"SQL access control error:\nInsufficient privileges to operate on "
        f"{kind.lower()} '{name}'.{more}",
        3001,
        "42501",
    )
