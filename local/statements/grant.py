"""GRANT and REVOKE: privileges on objects, future objects and the account; roles; ownership."""

from typing import Any

from ..access.privilege_names import ALL_OF, check_privilege
from ..access.privileges import owner_name
from ..engine.catalogue import Change, Object
from ..language.errors import SqlError, compilation, not_allowed
from ..language.parser import Parser
from ..language.results import Result
from ..objects.grants import grant_row, grantee_of
from ..objects.kinds import kinds, plurals
from ..objects.kinds.base import Kind, status
from ..sessions.call import Call
from ..sessions.session import Session

STARTS = ("GRANT", "REVOKE")


def run(call: Call) -> Result:
    """Run GRANT or REVOKE; a role that may grant everything can name everything."""
    with call.session.identity.overseeing("MANAGE GRANTS"):
        return _run(call)


def _run(call: Call) -> Result:
    parser = call.parser
    revoke = parser.take().upper == "REVOKE"
    option = revoke and parser.accept("GRANT", "OPTION", "FOR")
    if parser.looking_at("ROLE") or parser.looking_at("DATABASE", "ROLE"):
        return _role(call, revoke=revoke)
    if parser.accept("OWNERSHIP"):
        return _ownership(call, revoke=revoke)
    return _privileges(call, revoke=revoke, option_alone=option)


def _role(call: Call, *, revoke: bool) -> Result:
    parser, session = call.parser, call.session
    role = grantee_of(session, parser)
    parser.expect("FROM" if revoke else "TO")
    target = grantee_of(session, parser)
    parser.accept_any(["CASCADE", "RESTRICT"])
    parser.end()
    if not role.body.get("system"):
        _require_manage(session, role)
    if not revoke and (
        role.id == target.id or target.id in session.identity.privileges.reach(role.id)
    ):
        raise compilation(
            f"granting role '{role.name}' to '{target.name}' would make a circle", 3034, "42501"
        )
    with session.transaction.ddl() as change:
        if revoke:
            _remove(change, role.id, "USAGE", target, None)
        else:
            grant_row(change, role.id, "USAGE", target, grantor=session.identity.role.name)
    return status("Statement executed successfully.")


def _require_manage(session: Session, item: Object | None) -> None:
    """Fail unless the role owns the object or may manage all grants."""
    privileges = session.identity.privileges
    if session.identity.allows("MANAGE GRANTS", None):
        return
    if item is not None and privileges.owns(session.identity.roles, item):
        return
    raise not_allowed(item.kind if item else "account", item.name if item else "LOCAL")


def _require_copy(session: Session, grantee: Object) -> None:
    """Fail unless the role has the new owner, or may manage all grants.

    https://docs.snowflake.com/en/sql-reference/sql/grant-ownership (COPY CURRENT GRANTS)
    """
    if not session.identity.allows("MANAGE GRANTS", None) and not any(
        grantee.id in session.identity.privileges.reach(role) for role in session.identity.roles
    ):
        raise not_allowed(grantee.kind, grantee.name)


def _names(parser: Parser) -> list[str]:
    """Consume the privileges up to ON."""
    found = []
    while True:
        words = []
        while parser.here.kind == "word" and not parser.looking_at("ON"):
            words.append(parser.take().upper)
        if not words:
            raise parser.unexpected()
        found.append(" ".join(words))
        if not parser.accept(","):
            return found


def _privileges(call: Call, *, revoke: bool, option_alone: bool) -> Result:
    parser, session = call.parser, call.session
    names = _names(parser)
    parser.expect("ON")
    targets = _targets(parser, session)
    parser.expect("FROM" if revoke else "TO")
    grantee = grantee_of(session, parser)
    option = parser.accept("WITH", "GRANT", "OPTION")
    parser.accept_any(["CASCADE", "RESTRICT"])
    parser.end()
    for item, _ in targets:
        _require_grant(session, item, names)
    with session.transaction.ddl() as change:
        for item, future in targets:
            kind = future or (item.kind if item is not None else "ACCOUNT")
            for privilege in _expanded(names, kind):
                on = item.id if item is not None else 0
                if option_alone:
                    _take_option(change, on, privilege, grantee, future)
                elif revoke:
                    _remove(change, on, privilege, grantee, future)
                else:
                    grant_row(
                        change,
                        on,
                        privilege,
                        grantee,
                        grantor=session.identity.role.name,
                        option=option,
                        future=future,
                    )
    return status("Statement executed successfully.")


def _expanded(names: list[str], kind: str) -> list[str]:
    found = []
    for name in names:
        if name in {"ALL", "ALL PRIVILEGES"}:
            found += ALL_OF(kind)
        else:
            check_privilege(name, kind)
            found.append(name)
    return found


def _require_grant(session: Session, item: Object | None, names: list[str]) -> None:
    if item is None:
        _require_manage(session, None)
        return
    catalogue = session.engine.catalogue
    held = [
        grant
        for grant in catalogue.children(item.id, "GRANT")
        if grant.body.get("option")
        and any(
            grant.body["grantee"] in session.identity.privileges.reach(role)
            for role in session.identity.roles
        )
    ]
    if {grant.body["privilege"] for grant in held} >= set(names):
        return
    schema = catalogue.get(item.parent) if item.parent else None
    if schema is not None and schema.body.get("managed"):
        # In a managed schema its owner decides, not the owners of what it holds.
        _require_manage(session, schema)
        return
    _require_manage(session, item)


def _targets(parser: Parser, session: Session) -> list[tuple[Object | None, str | None]]:
    """Consume what the privileges are on: objects, with the kind when it is of future ones."""
    if parser.accept("ACCOUNT"):
        return [(None, None)]
    scope = parser.accept_any(["ALL", "FUTURE"])
    if scope is not None:
        word = parser.accept_any(plurals())
        if word is None:
            raise parser.unexpected()
        kind = plurals()[word]
        parser.expect("IN")
        holder_kind = "DATABASE" if parser.accept("DATABASE") else "SCHEMA"
        if holder_kind == "SCHEMA":
            parser.expect("SCHEMA")
        holder = kinds()[holder_kind].find(session, parser.name())
        if scope == "FUTURE":
            return [(holder, kind.name)]
        return [(item, None) for item in _held(session, holder, kind)]
    found = parser.accept_any([*kinds(), "PROCEDURE", "FUNCTION"])
    if found is None:
        # `ON name` alone means a table.
        found = "TABLE"
    return [(_object(parser, session, kinds()[found]), None)]


def _object(parser: Parser, session: Session, kind: Kind) -> Object:
    name = parser.name()
    if kind.name in {"PROCEDURE", "FUNCTION"} and parser.looking_at("("):
        return kind.find(session, kind.signed(name, parser))  # type: ignore[attr-defined]
    if kind.name in {"TABLE", "VIEW"}:
        found = session.names.find("TABLE", name)
        if found.kind != kind.name and found.kind not in {"VIEW", "DYNAMIC TABLE"}:
            kind.require_same_kind(session, found, name)
        return found
    return kind.find(session, name)


def _held(session: Session, holder: Object, kind: Kind) -> list[Object]:
    catalogue = session.engine.catalogue
    if holder.kind == "SCHEMA" or kind.level == "database":
        return catalogue.children(holder.id, kind.name)
    return [
        item
        for schema in catalogue.children(holder.id, "SCHEMA")
        for item in catalogue.children(schema.id, kind.name)
    ]


def _remove(change: Change, on: int, privilege: str, grantee: Object, future: str | None) -> None:
    found = _found(change, on, privilege, grantee, future)
    if found is not None:
        change.remove(found)


def _take_option(
    change: Change, on: int, privilege: str, grantee: Object, future: str | None
) -> None:
    found = _found(change, on, privilege, grantee, future)
    if found is not None:
        change.put(found.with_body(option=False))


def _found(
    change: Change, on: int, privilege: str, grantee: Object, future: str | None
) -> Object | None:
    name = f"{privilege}|{grantee.id}" + (f"|{future}" if future else "")
    return change.find("GRANT", on, name)


def _ownership(call: Call, *, revoke: bool) -> Result:
    parser, session = call.parser, call.session
    if revoke and not parser.looking_at("ON", "FUTURE"):
        raise SqlError(
            "SQL compilation error:\nUnsupported feature 'REVOKE OWNERSHIP': grant it to another role.",
            2,
            "0A000",
        )
    parser.expect("ON")
    targets = _targets(parser, session)
    parser.expect("FROM" if revoke else "TO")
    grantee = grantee_of(session, parser)
    current = parser.accept_any(["COPY CURRENT GRANTS", "REVOKE CURRENT GRANTS"])
    parser.end()
    for item, _ in targets:
        _require_manage(session, item)
    if current == "COPY CURRENT GRANTS" and not revoke:
        _require_copy(session, grantee)
    catalogue = session.engine.catalogue
    with session.transaction.ddl() as change:
        for item, future in targets:
            assert item is not None
            if future is not None:
                if revoke:
                    _remove(change, item.id, "OWNERSHIP", grantee, future)
                else:
                    grant_row(
                        change,
                        item.id,
                        "OWNERSHIP",
                        grantee,
                        grantor=session.identity.role.name,
                        future=future,
                    )
                continue
            outgoing = [
                grant
                for grant in catalogue.children(item.id, "GRANT")
                if "future" not in grant.body
            ]
            if outgoing and current is None:
                raise SqlError(
                    f"SQL execution error: Dependent grant of privilege '{outgoing[0].body['privilege']}' on "
                    f"'{item.name}' exists. It must be revoked first. More than one dependent grant may exist: "
                    "use 'SHOW GRANTS' command to view them. To revoke all dependent grants while transferring "
                    "object ownership, use convenience command 'GRANT OWNERSHIP ON <target_objects> TO "
                    "<target_role> REVOKE CURRENT GRANTS'.",
                    3036,
                    "42501",
                )
            if current == "REVOKE CURRENT GRANTS":
                for grant in outgoing:
                    change.remove(grant)
            body: dict[str, Any] = {"owner": owner_name(catalogue, grantee)}
            if item.kind == "TASK":
                # Ownership takes a task out of its graph.
                body |= {"after": None, "state": None}
            change.put(item.with_body(**body))
    return status("Statement executed successfully.")
