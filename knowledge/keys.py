"""A row's key as people write it: in any case, with blanks around it."""

from hushflake.schema.model import Entity

from .base import Base
from .columns import key_sql


def stored_key(base: Base, entity: Entity, key: str) -> str | None:
    """Return the key of the one row that is meant, as it is stored; None where there is none.

    A row with exactly this key comes first. Otherwise case and outer blanks do not matter, as long
    as only one row is left.

    Raises:
        StatementError: The account refused the statement.
    """
    column = key_sql(entity, "R")
    rows = base.session.query(
        f"SELECT {column} AS ENTITY_KEY FROM {entity.table.sql} AS R\n"
        f"WHERE {column} = ? OR UPPER(TRIM({column})) = ?\n"
        f"ORDER BY IFF({column} = ?, 0, 1) LIMIT 2",
        (key, key.strip().upper(), key),
    )
    found = [str(row["ENTITY_KEY"]) for row in rows]
    return found[0] if found and (len(found) == 1 or found[0] == key) else None
