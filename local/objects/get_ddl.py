"""GET_DDL: the statement that makes an object, in the shape of Snowflake's."""

from typing import Any

from ..engine.catalogue import Object
from ..language.errors import not_allowed, unsupported
from ..language.lexer import literal
from ..language.names import spell
from ..language.parser import Parser
from ..language.types import from_json
from ..sessions.identity import Identity
from ..sessions.session import Session

_KINDS = {
    "TABLE": "TABLE", "VIEW": "VIEW", "SCHEMA": "SCHEMA", "DATABASE": "DATABASE", "STREAM": "STREAM", "TASK": "TASK",
    "SEQUENCE": "SEQUENCE", "WAREHOUSE": "WAREHOUSE", "DYNAMIC_TABLE": "DYNAMIC TABLE", "TAG": "TAG",
    "FILE_FORMAT": "FILE FORMAT", "SEMANTIC_VIEW": "SEMANTIC VIEW",
}  # fmt: skip


def get_ddl(session: Session, kind: str, name: str, qualified: bool) -> str:
    """Return the DDL of an object and, for a database or schema, of what it holds."""
    from .kinds import kinds

    wanted = _KINDS.get(kind.upper())
    if wanted is None:
        raise unsupported(f"GET_DDL('{kind}', …)")
    item = kinds()[wanted].find(session, Parser(name).name())
    if is_hidden(session.identity, item):
        raise not_allowed(item.kind, item.name, "OWNERSHIP")
    return ddl(session, item, qualified=qualified)


def is_hidden(identity: Identity, item: Object) -> bool:
    """Tell whether the definition of an object is for its owner alone: that of what is secure.

    https://docs.snowflake.com/en/user-guide/views-secure
    """
    return bool(item.body.get("secure")) and not identity.allows("OWNERSHIP", item)


def ddl(session: Session, item: Object, *, qualified: bool = False) -> str:
    """Return the DDL of one object, and of everything in it."""
    shown = session.engine.catalogue.full_name(item) if qualified else spell(item.name)
    make = _MAKERS.get(item.kind)
    if make is None:
        raise unsupported(f"GET_DDL of a {item.kind.lower()}")
    text: str = make(session, item, shown)
    if item.kind in {"DATABASE", "SCHEMA"}:
        order = [
            "SCHEMA",
            "TAG",
            "SEQUENCE",
            "FILE FORMAT",
            "TABLE",
            "VIEW",
            "DYNAMIC TABLE",
            "STREAM",
            "TASK",
            "SEMANTIC VIEW",
        ]
        held = [
            child
            for child in session.names.visible(session.engine.catalogue.children(item.id))
            if child.kind in order and not is_hidden(session.identity, child)
        ]
        held.sort(key=lambda child: (order.index(child.kind), child.name))
        text += "".join("\n\n" + ddl(session, child, qualified=qualified) for child in held)
    return text


def _comment(item: Object, prefix: str = "\n") -> str:
    return f"{prefix}COMMENT={literal(item.comment)}" if item.comment else ""


def _table(session: Session, item: Object, shown: str) -> str:
    lines = [_column(session, column) for column in item.body["columns"]]
    for constraint in item.body.get("constraints") or []:
        label = f"constraint {spell(constraint['name'])} " if constraint.get("name") else ""
        columns = ", ".join(spell(name) for name in constraint["columns"])
        line = f"{label}{constraint['type'].lower()} ({columns})"
        if constraint["type"] == "FOREIGN KEY":
            table = ".".join(spell(part) for part in constraint["references"] if part)
            targets = ", ".join(spell(name) for name in constraint["target_columns"])
            line += f" references {table}" + (f"({targets})" if targets else "")
        lines.append(line)
    body = ",\n".join("\t" + line for line in lines)
    transient = "TRANSIENT " if item.body.get("transient") else ""
    if item.body.get("temporary"):
        transient = "TEMPORARY "
    cluster = item.body.get("cluster_by")
    held = item.body.get("properties", {})
    suffix = f" cluster by ({', '.join(cluster)})" if cluster else ""
    policy = item.body.get("row_access_policy")
    if policy is not None:
        names = ", ".join(spell(name) for name in policy["columns"])
        suffix += (
            f" WITH ROW ACCESS POLICY {_policy(session, int(policy['policy']))} ON ({names})\n"
        )
    for name, value in sorted(held.items()):
        suffix += f"{name}={str(value).upper() if isinstance(value, bool) else value}\n"
    suffix += f"{_comment(item, '')}\n" if item.comment else ""
    return f"create or replace {transient}TABLE {shown} (\n{body}\n){suffix};"


def _policy(session: Session, key: int) -> str:
    """Return the name of a policy for whom it may be told, as GET_DDL writes it.

    https://docs.snowflake.com/en/sql-reference/functions/get_ddl
    """
    policy = session.engine.catalogue.get(key)
    if policy is None or not session.identity.allows(f"APPLY {policy.kind}", None):
        return "#UNKNOWN_POLICY"
    return session.engine.catalogue.full_name(policy)


def _column(session: Session, column: dict[str, Any]) -> str:
    line = f"{spell(column['name'])} {from_json(column['type'])}"
    if column.get("not_null"):
        line += " NOT NULL"
    if "default" in column:
        line += f" DEFAULT {column['default']}"
    if "identity" in column:
        identity = column["identity"]
        line += f" autoincrement start {identity['start']} increment {identity['step']} order"
    if column.get("masking_policy"):
        line += f" WITH MASKING POLICY {_policy(session, int(column['masking_policy']))}"
        if column.get("masking_using"):
            line += f" USING ({', '.join(spell(name) for name in column['masking_using'])})"
    if column.get("comment"):
        line += f" COMMENT {literal(column['comment'])}"
    return line


def _text(session: Session, item: Object, shown: str) -> str:
    return f"{item.body['text']};"


def _definition(session: Session, item: Object, shown: str) -> str:
    return f"create or replace {item.kind.lower()} {shown}\n\t{item.body['definition']};"


def _simple(session: Session, item: Object, shown: str) -> str:
    transient = "TRANSIENT " if item.body.get("transient") else ""
    return f"create or replace {transient}{item.kind} {shown}{_comment(item, ' ')};"


def _stream(session: Session, item: Object, shown: str) -> str:
    append = " append_only=true" if item.body["mode"] == "APPEND_ONLY" else ""
    kind = item.body["source_type"].lower()
    return f"create or replace stream {shown} on {kind} {item.body['table_name']}{append}{_comment(item, ' ')};"


def _task(session: Session, item: Object, shown: str) -> str:
    lines = [f"create or replace task {shown}"]
    for name, value in item.body.get("properties", {}).items():
        text = (
            literal(value)
            if isinstance(value, str) and name not in {"WAREHOUSE", "OVERLAP_POLICY"}
            else str(value)
        )
        lines.append(f"\t{name.lower()}={text}")
    if item.comment:
        lines.append(f"\tCOMMENT={literal(item.comment)}")
    if item.body.get("finalize"):
        lines.append(f"\tfinalize={spell(item.body['finalize'])}")
    if item.body.get("after"):
        lines.append(f"\tafter {', '.join(spell(name) for name in item.body['after'])}")
    if item.body.get("when"):
        lines.append(f"\twhen {item.body['when']}")
    return "\n".join(lines) + f"\n\tas {item.body['definition']};"


def _sequence(session: Session, item: Object, shown: str) -> str:
    order = "order" if item.body.get("ordered") else "noorder"
    return (
        f"create or replace sequence {shown} start with {item.body['start']} increment by "
        f"{item.body['step']} {order}{_comment(item, ' ')};"
    )


def _warehouse(session: Session, item: Object, shown: str) -> str:
    lines = [
        f"\t{name}={literal(value) if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else value}"
        for name, value in item.body.get("properties", {}).items()
    ]
    if item.comment:
        lines.append(f"\tCOMMENT={literal(item.comment)}")
    return "\n".join([f"create or replace warehouse {shown}", "with", *lines]) + "\n;"


_MAKERS: dict[str, Any] = {
    "TABLE": _table,
    "VIEW": _text,
    "DYNAMIC TABLE": _text,
    "SCHEMA": _simple,
    "DATABASE": _simple,
    "TAG": _simple,
    "FILE FORMAT": _simple,
    "STREAM": _stream,
    "TASK": _task,
    "SEQUENCE": _sequence,
    "WAREHOUSE": _warehouse,
    "SEMANTIC VIEW": _definition,
}
