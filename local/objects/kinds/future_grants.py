"""Future grants: what a new object is given."""

from ...engine.catalogue import HOLDER, Change, Object
from ...sessions.session import Session


def add_future_grants(session: Session, change: Change, item: Object) -> None:
    """Give a new object the grants that its schema, or else its database, promises."""
    catalogue = session.engine.catalogue
    parent = catalogue.get(item.parent)
    if parent is None or parent.kind == HOLDER:
        return
    holders = [parent]
    if parent.kind == "SCHEMA":
        database = catalogue.get(parent.parent)
        assert database is not None
        holders.append(database)
    for holder in holders:
        promised = [
            grant
            for grant in catalogue.children(holder.id, "GRANT")
            if grant.body.get("future") == item.kind
        ]
        for grant in promised:
            privilege = str(grant.body["privilege"])
            if privilege == "OWNERSHIP":
                grantee = catalogue.get(int(grant.body["grantee"]))
                if grantee is not None:
                    item = change.put(item.with_body(owner=grantee.name))
                continue
            body = {key: value for key, value in grant.body.items() if key != "future"}
            change.add("GRANT", item.id, f"{privilege}|{body['grantee']}", body)
        if promised:
            # Grants of the schema replace those of the database, whoever holds them.
            return
