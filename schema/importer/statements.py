"""What no reader takes: kept as a `statement`, with what takes it back and what finds it."""

import re
from collections.abc import Container
from typing import Final, NamedTuple

from ..errors import SchemaError
from ..kinds.statement import holds_secret
from ..names import QualifiedName
from ..sql.gate import statement_mistake
from ..sql.tokens import spans
from .head import Definition
from .programs import arguments_of
from .scanner import Scanner
from .where import Where, variable

# Kinds of more than one word, and those that an account has once: the CREATE commands of
# https://docs.snowflake.com/en/sql-reference/sql/create
_ACCOUNT: Final = (
    "API INTEGRATION", "APPLICATION PACKAGE", "APPLICATION", "CATALOG INTEGRATION", "COMPUTE POOL",
    "CONNECTION", "DATABASE", "EXTERNAL ACCESS INTEGRATION", "EXTERNAL LISTING", "EXTERNAL VOLUME",
    "FAILOVER GROUP", "INTEGRATION", "INTERACTIVE WAREHOUSE", "LISTING", "MANAGED ACCOUNT",
    "NETWORK POLICY", "NOTIFICATION INTEGRATION", "ORGANIZATION LISTING", "REPLICATION GROUP",
    "RESOURCE MONITOR", "ROLE", "SECURITY INTEGRATION", "SHARE", "STORAGE INTEGRATION", "USER",
    "WAREHOUSE",
)  # fmt: skip
_DATABASE: Final = ("APPLICATION ROLE", "DATABASE ROLE", "SCHEMA", "VERSIONED SCHEMA")
_SCHEMA: Final = (
    "AGENT", "AGGREGATION POLICY", "ALERT", "AUTHENTICATION POLICY", "CORTEX SEARCH SERVICE",
    "DATA METRIC FUNCTION", "DBT PROJECT", "DYNAMIC TABLE", "EVENT TABLE", "EXTERNAL FUNCTION",
    "EXTERNAL TABLE", "FILE FORMAT", "GIT REPOSITORY", "HYBRID TABLE", "ICEBERG TABLE",
    "IMAGE REPOSITORY", "INTERACTIVE TABLE", "JOIN POLICY", "MASKING POLICY", "MATERIALIZED VIEW",
    "MCP SERVER", "MODEL MONITOR", "NETWORK RULE", "ONLINE FEATURE TABLE", "PACKAGES POLICY",
    "PASSWORD POLICY", "PRIVACY POLICY", "PROJECTION POLICY", "ROW ACCESS POLICY",
    "SEMANTIC VIEW", "SESSION POLICY", "STORAGE LIFECYCLE POLICY",
)  # fmt: skip
_KINDS: Final = sorted(
    (
        (words.split(), level)
        for level, names in (("account", _ACCOUNT), ("database", _DATABASE), ("schema", _SCHEMA))
        for words in names
    ),
    key=lambda pair: -len(pair[0]),
)
# How DROP and SHOW call what CREATE calls otherwise.
_DROPPED: Final = {
    "EVENT TABLE": "TABLE", "HYBRID TABLE": "TABLE", "INTERACTIVE TABLE": "TABLE",
    "EXTERNAL FUNCTION": "FUNCTION", "DATA METRIC FUNCTION": "FUNCTION",
    "VERSIONED SCHEMA": "SCHEMA", "EXTERNAL LISTING": "LISTING", "ORGANIZATION LISTING": "LISTING",
    "INTERACTIVE WAREHOUSE": "WAREHOUSE",
}  # fmt: skip
_FLAGS: Final = ("OR", "REPLACE", "TRANSIENT", "SECURE", "AGGREGATE", "LOCAL", "GLOBAL")
_OF_A_SESSION: Final = ("TEMP", "TEMPORARY", "VOLATILE")
# Objects that the script declared so far: completed name -> `kind NAME`, as `depends_on` has it.
Known = dict[str, str]


class Kept(NamedTuple):
    """A definition, and the object that it makes: kind and full name; "" when it makes none."""

    definition: Definition
    kind: str = ""
    name: str = ""


def keep(statement: str, where: Where, known: Known, used: Container[str]) -> Kept:
    """A CREATE, ALTER or GRANT statement as a definition of kind `statement`.

    Args:
        where: What the session of the script stands in.
        known: The definitions so far.
        used: Labels that are taken.

    Raises:
        ValueError: It cannot be kept.
    """
    refuse(statement)
    words = [text.upper() for _, text, _, _ in spans(statement)]
    scanner = Scanner(statement)
    first = scanner.word()
    made = ("", "")
    if first == "GRANT":
        label, own, found = _grant(statement)
    elif first == "ALTER":
        label, own, found = f"ALTER_{_label(words[1:4])}", None, {}
    else:
        label, own, found, made = _create(scanner, where)
    text, needed = _qualified(statement, where, known, own)
    taken_back = {key: value for key, value in found.items() if value}
    kept: Definition = {"kind": "statement", "name": _unused(label, used), "create": text}
    kept |= {k: _qualified(v, where, known, None)[0] if k == "drop" and own is None else v
             for k, v in taken_back.items()}  # fmt: skip
    kept |= {"depends_on": needed} if needed else {}
    return Kept(kept, *made)


def refuse(statement: str) -> None:
    """Refuse what no definition may hold.

    Raises:
        ValueError: A secret, or more than one statement.
    """
    secret = holds_secret(statement)
    if secret:
        raise ValueError(f"{secret} is a secret, which no definition holds")
    mistake = statement_mistake(statement)
    if mistake is not None:
        raise ValueError(mistake.message)


def _create(scanner: Scanner, where: Where) -> tuple[str, str | None, Definition, tuple[str, str]]:
    """The label, the name as it is written, how it is dropped and found, kind and full name."""
    while scanner.token.text.upper() in _FLAGS or scanner.token.text.upper() in _OF_A_SESSION:
        if scanner.word() in _OF_A_SESSION:
            raise ValueError("it is gone with its session")
    kind, level = next(
        ((" ".join(words), level) for words, level in _KINDS if scanner.accept(*words)),
        ("", "schema"),
    )
    kind = kind or scanner.word()
    scanner.accept("IF", "NOT", "EXISTS")
    written = scanner.token.text
    name = where.full(scanner.name(), level)
    dropped = _DROPPED.get(kind, kind)
    signature = ""
    if dropped in ("FUNCTION", "PROCEDURE") and scanner.token.text == "(":
        signature = f"({', '.join(str(a['type']) for a in arguments_of(scanner))})"
    text = _spelled(name, where)
    like = name.last.text.replace("\\", "\\\\").replace("_", "\\\\_").replace("%", "\\\\%")
    like = like.replace("'", "''")
    inside = {"database": "DATABASE", "schema": "SCHEMA"}.get(level)
    within = (
        f" IN {inside} {_spelled(name.parent, where)}" if inside and len(name.parts) > 1 else ""
    )
    return (
        _label([*kind.split(), name.last.text]),
        written,
        {
            "drop": f"DROP {dropped} IF EXISTS {text}{signature}",
            "check": f"SHOW {_plural(dropped)} LIKE '{like}'{within}",
        },
        (kind.lower().replace(" ", "_"), str(name.sql)),
    )


def _grant(statement: str) -> tuple[str, str | None, Definition]:
    words = [(text.upper(), start) for _, text, start, _ in spans(statement)]
    to = [start for word, start in words if word == "TO"]
    label = f"GRANT_{_label([word for word, _ in words[1:4]])}"
    if not to:
        raise ValueError("TO is missing")
    if words[1][0] == "OWNERSHIP":
        return label, None, {}
    end = re.sub(r"\s+WITH\s+GRANT\s+OPTION\s*\Z", "", statement[to[-1] + 2 :], flags=re.IGNORECASE)
    return label, None, {"drop": f"REVOKE{statement[5 : to[-1]]}FROM{end}"}


def _qualified(
    statement: str, where: Where, known: Known, own: str | None
) -> tuple[str, list[str]]:
    """The text with full names of what it makes and of what the script declares, and those."""
    parts: list[str] = []
    needed: dict[str, None] = {}
    end, before = 0, ""
    for group, text, start, stop in spans(statement):
        spelled = ""
        if group == "name" and text == own:
            own = None
            name = QualifiedName.parse(_closed(text))
            spelled = _spelled(where.full(name, _level(statement)), where)
        elif group == "name" and (found := meant(text, where, known)) is not None:
            needed[known[found]] = None
            if "." in text or before in _BEFORE_NAMES:
                spelled = _spelled(QualifiedName.parse(found), where)
        if spelled:
            parts += [statement[end:start], spelled]
            end = stop
        before = text.upper()
    return "".join([*parts, statement[end:]]), list(needed)


# Words after which an unqualified name is that of an object, and not of a column.
_BEFORE_NAMES: Final = frozenset(
    (
        "FROM", "JOIN", "INTO", "UPDATE", "TABLE", "VIEW", "STREAM", "TASK", "STAGE", "PROCEDURE",
        "FUNCTION", "@", "SCHEMA", "TAG", "POLICY", "CALL", "SEQUENCE", "ALERT", "PIPE", "EXISTS",
    )
)  # fmt: skip


def _level(statement: str) -> str:
    scanner = Scanner(statement)
    scanner.word()
    while scanner.token.text.upper() in _FLAGS:
        scanner.word()
    return next((level for words, level in _KINDS if scanner.accept(*words)), "schema")


def meant(text: str, where: Where, known: Container[str]) -> str | None:
    """The declared object that a name means."""
    try:
        name = QualifiedName.parse(_closed(text))
    except SchemaError:
        return None
    candidates = (where.full(name, level).sql for level in ("schema", "database", "account"))
    return next((str(found) for found in candidates if found in known), None)


def _closed(name: str) -> str:
    return re.sub(r"\s*\.\s*", ".", name)


def _spelled(name: QualifiedName, where: Where) -> str:
    if where.cut is not None and len(name.parts) > 1 and name.parts[0] == where.cut:
        return f"{variable('database')}." + ".".join(part.sql for part in name.parts[1:])
    return ".".join(part.sql for part in name.parts)


def _plural(kind: str) -> str:
    return f"{kind[:-1]}IES" if kind.endswith("Y") else f"{kind}S"


def _label(words: list[str]) -> str:
    text = re.sub(r"[^A-Z0-9]+", "_", "_".join(words).upper()).strip("_")
    return text[:80] or "STATEMENT"


def _unused(label: str, used: Container[str]) -> str:
    label = label if re.match(r"[A-Z_]", label) else f"S_{label}"
    name, number = label, 1
    while name in used:
        number += 1
        name = f"{label}_{number}"
    return name
