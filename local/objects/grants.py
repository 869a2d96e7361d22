"""GRANTS: what SHOW GRANTS lists, and the rows behind GRANT and REVOKE."""

from typing import Any

from ..access.privileges import owner_name
from ..engine.catalogue import ACCOUNT_ID, HOLDER, Change, Object
from ..language.errors import missing
from ..language.names import spell
from ..language.parser import Parser
from ..language.results import SHOW, Column, Result
from ..language.types import TEXT, TIMESTAMP_LTZ, from_json
from ..sessions import temporary
from ..sessions.call import Call
from ..sessions.session import Session
from .kinds import kinds
from .kinds.showing import timestamp

_TO = (
    "created_on",
    "privilege",
    "granted_on",
    "name",
    "granted_to",
    "grantee_name",
    "grant_option",
    "granted_by",
)
_FUTURE = (
    "created_on",
    "privilege",
    "grant_on",
    "name",
    "grant_to",
    "grantee_name",
    "grant_option",
)
_OF = ("created_on", "role", "granted_to", "grantee_name", "granted_by")


def grant_row(
    change: Change,
    on: int,
    privilege: str,
    to: Object,
    *,
    grantor: str,
    option: bool = False,
    future: str | None = None,
) -> None:
    """Add a grant, or widen one that is there by the grant option."""
    name = f"{privilege}|{to.id}" + (f"|{future}" if future else "")
    existing = change.find("GRANT", on, name)
    body: dict[str, Any] = {
        "privilege": privilege,
        "grantee": to.id,
        "option": option,
        "grantor": grantor,
        "future": future,
    }
    if existing is None:
        change.add(
            "GRANT", on, name, {key: value for key, value in body.items() if value is not None}
        )
    elif option and not existing.body.get("option"):
        change.put(existing.with_body(option=True))


def shown_kind(kind: str) -> str:
    """Return a kind as SHOW GRANTS writes it."""
    return kind.replace(" ", "_")


def grantee_of(session: Session, parser: Parser) -> Object:
    """Consume `[DATABASE] ROLE name` or `USER name`, ROLE being the default."""
    if parser.accept("USER"):
        return session.names.find_account("USER", parser.name())
    if parser.accept("DATABASE", "ROLE"):
        return kinds()["DATABASE ROLE"].find(session, parser.name())
    parser.accept("ROLE")
    return session.names.find_account("ROLE", parser.name())


def show_grants(call: Call) -> Result:
    """Run SHOW [FUTURE] GRANTS …; SHOW is consumed."""
    with call.session.identity.overseeing("MANAGE GRANTS"):
        return _show_grants(call)


def _show_grants(call: Call) -> Result:
    parser, session = call.parser, call.session
    future = parser.accept("FUTURE")
    parser.expect("GRANTS")
    if parser.accept("TO"):
        grantee = grantee_of(session, parser)
        parser.end()
        return _future_to(session, grantee) if future else _to(session, grantee)
    if future:
        parser.expect("IN")
        return _future_in(session, parser)
    if parser.accept("ON"):
        return _on(session, parser)
    if parser.accept("OF"):
        role = grantee_of(session, parser)
        parser.end()
        return _of(session, role)
    parser.end()
    return _to(session, session.identity.user)


def _shown(session: Session, item: Object | None) -> str:
    if item is None:
        return "LOCAL"
    if item.kind in ("FUNCTION", "PROCEDURE"):
        return _routine(session, item)
    return session.engine.catalogue.full_name(item)


def _routine(session: Session, item: Object) -> str:
    """`DB.S."F(A NUMBER):VARCHAR"`: names and types of the arguments, and the type it returns."""
    arguments = ", ".join(
        f"{argument['name']} {from_json(argument['type']).base}"
        for argument in item.body.get("arguments", ())
    )
    returns = from_json(item.body["returns"]) if "returns" in item.body else "TABLE ()"
    home = [spell(part) for part in session.engine.catalogue.path(item)[:-1]]
    return ".".join([*home, f'"{item.name.partition("(")[0]}({arguments}):{returns}"'])


def _grantee_kind(grantee: Object) -> str:
    return shown_kind(grantee.kind)


def _to(session: Session, grantee: Object) -> Result:
    catalogue = session.engine.catalogue
    rows: list[list[Any]] = []
    if grantee.kind == "USER":
        roles = [
            grant for grant in catalogue.of_kind("GRANT") if grant.body.get("grantee") == grantee.id
        ]
        found = [
            [
                timestamp(grant.created),
                (catalogue.get(grant.parent) or grant).name,
                "USER",
                grantee.name,
                grant.body.get("grantor", ""),
            ]
            for grant in roles
        ]
        return Result(
            _columns(("created_on", "role", "granted_to", "grantee_name", "granted_by")),
            found,
            SHOW,
        )
    for grant in catalogue.of_kind("GRANT"):
        if grant.body.get("grantee") != grantee.id or "future" in grant.body:
            continue
        on = catalogue.get(grant.parent) if grant.parent != ACCOUNT_ID else None
        if on is not None and on.dropped is not None:
            continue
        rows.append(_row(session, grant, on, grantee))
    mine = owner_name(catalogue, grantee)
    for item in catalogue.everything():
        if (
            item.owner == mine
            and item.kind not in {"GRANT", "TASK RUN", HOLDER}
            and not temporary.is_temporary(catalogue, item)
            and not item.body.get("system")
        ):
            rows.append(  # noqa: PERF401 - reads better than one expression
                [
                    timestamp(item.created),
                    "OWNERSHIP",
                    shown_kind(item.kind),
                    _shown(session, item),
                    _grantee_kind(grantee),
                    grantee.name,
                    "true",
                    mine,
                ]
            )
    rows.sort(key=lambda row: (row[2], row[3], row[1]))
    return Result(_columns(_TO), rows, SHOW)


def _row(session: Session, grant: Object, on: Object | None, grantee: Object) -> list[Any]:
    return [
        timestamp(grant.created),
        grant.body["privilege"],
        shown_kind(on.kind) if on is not None else "ACCOUNT",
        _shown(session, on),
        _grantee_kind(grantee),
        grantee.name,
        "true" if grant.body.get("option") else "false",
        grant.body.get("grantor", ""),
    ]


def _future_row(session: Session, grant: Object, holder: Object, grantee: Object) -> list[Any]:
    kind = str(grant.body["future"])
    return [
        timestamp(grant.created),
        grant.body["privilege"],
        shown_kind(kind),
        f"{session.engine.catalogue.full_name(holder)}.<{shown_kind(kind)}>",
        _grantee_kind(grantee),
        grantee.name,
        "true" if grant.body.get("option") else "false",
    ]


def _future_to(session: Session, grantee: Object) -> Result:
    catalogue = session.engine.catalogue
    rows = []
    for grant in catalogue.of_kind("GRANT"):
        holder = catalogue.get(grant.parent)
        if (
            "future" in grant.body
            and grant.body.get("grantee") == grantee.id
            and holder is not None
            and holder.dropped is None
        ):
            rows.append(_future_row(session, grant, holder, grantee))
    rows.sort(key=lambda row: (row[3], row[1]))
    return Result(_columns(_FUTURE), rows, SHOW)


def _future_in(session: Session, parser: Parser) -> Result:
    kind = kinds()["SCHEMA" if parser.accept("SCHEMA") else "DATABASE"]
    parser.accept("DATABASE")
    holder = kind.find(session, parser.name())
    parser.end()
    catalogue = session.engine.catalogue
    rows = []
    for grant in catalogue.children(holder.id, "GRANT"):
        grantee = catalogue.get(int(grant.body["grantee"]))
        if "future" in grant.body and grantee is not None:
            rows.append(_future_row(session, grant, holder, grantee))
    return Result(_columns(_FUTURE), rows, SHOW)


def _on(session: Session, parser: Parser) -> Result:
    catalogue = session.engine.catalogue
    if parser.accept("ACCOUNT"):
        parser.end()
        held = catalogue.children(ACCOUNT_ID, "GRANT")
        item = None
    else:
        found = parser.accept_any(kinds())
        # A name alone is a table's or a view's, and either word finds either.
        if found in {None, "TABLE", "VIEW"}:
            item = session.names.find("TABLE", parser.name())
        else:
            item = kinds()[str(found)].find(session, parser.name())
        parser.end()
        held = [
            grant for grant in catalogue.children(item.id, "GRANT") if "future" not in grant.body
        ]
    rows = []
    for grant in held:
        grantee = catalogue.get(int(grant.body["grantee"]))
        if grantee is not None:
            rows.append(_row(session, grant, item, grantee))
    if item is not None and item.owner:
        rows.append(
            [
                timestamp(item.created),
                "OWNERSHIP",
                shown_kind(item.kind),
                _shown(session, item),
                "ROLE",
                item.owner,
                "true",
                item.owner,
            ]
        )
    rows.sort(key=lambda row: (row[5], row[1]))
    return Result(_columns(_TO), rows, SHOW)


def _of(session: Session, role: Object) -> Result:
    if role.kind not in {"ROLE", "DATABASE ROLE"}:
        raise missing("ROLE", role.name)
    catalogue = session.engine.catalogue
    rows = []
    for grant in catalogue.children(role.id, "GRANT"):
        grantee = catalogue.get(int(grant.body["grantee"]))
        if grantee is not None:
            rows.append(
                [
                    timestamp(grant.created),
                    role.name,
                    shown_kind(grantee.kind),
                    grantee.name,
                    grant.body.get("grantor", ""),
                ]
            )
    return Result(_columns(_OF), rows, SHOW)


def _columns(names: tuple[str, ...]) -> list[Column]:
    return [Column(name, TIMESTAMP_LTZ if name == "created_on" else TEXT) for name in names]
