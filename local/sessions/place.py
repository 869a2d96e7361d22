"""Where a session works: its database, schema and warehouse."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass
class Place:
    """What is in use, by name; None for what is not chosen."""

    database: str | None = None
    schema: str | None = None
    warehouse: str | None = None

    @contextlib.contextmanager
    def within(self, database: str, schema: str) -> Iterator[None]:
        """Work in another database and schema for a while."""
        before = (self.database, self.schema)
        self.database, self.schema = database, schema
        try:
            yield
        finally:
            self.database, self.schema = before
