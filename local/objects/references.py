"""Foreign keys that lead into an object from outside, which DROP … RESTRICT asks for."""

from collections.abc import Iterator

from ..engine.catalogue import Catalogue, Object
from ..language.parser import Parser
from ..sessions.session import Session


def read_restrict(parser: Parser) -> bool:
    """Consume CASCADE or RESTRICT; return whether it is RESTRICT. CASCADE is the default.

    https://docs.snowflake.com/en/sql-reference/sql/drop-table
    """
    return parser.accept_any(["CASCADE", "RESTRICT"]) == "RESTRICT"


def referring(session: Session, item: Object) -> list[str]:
    """Return the names of the tables outside of `item` with a foreign key to a table in it."""
    catalogue = session.engine.catalogue
    inside = catalogue.path(item)
    found = []
    for table in catalogue.of_kind("TABLE"):
        path = catalogue.path(table)
        if path[: len(inside)] == inside:
            continue
        for constraint in table.body.get("constraints") or []:
            if constraint["type"] == "FOREIGN KEY":
                database, schema, last = constraint["references"]
                target = (database or path[0], schema or path[1], last)
                if target[: len(inside)] == inside:
                    found.append(session.engine.catalogue.full_name(table))
                    break
    return found


def followed(catalogue: Catalogue, item: Object, path: tuple[str, ...]) -> Iterator[Object]:
    """Yield the tables with the foreign keys to `item` as they are once it is called `path`."""
    old = catalogue.path(item)
    for table in catalogue.of_kind("TABLE"):
        own = catalogue.path(table)
        changed = False
        constraints = []
        for constraint in table.body.get("constraints") or []:
            if constraint["type"] == "FOREIGN KEY":
                database, schema, last = constraint["references"]
                target = (database or own[0], schema or own[1], last)
                if target == old or table.id == item.id:
                    changed = True
                    new = list(path if target == old else target)
                    constraint = {**constraint, "references": new}
            constraints.append(constraint)
        if changed:
            yield table.with_body(constraints=constraints)
