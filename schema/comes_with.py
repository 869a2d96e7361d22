"""What an account makes by itself: the schema PUBLIC of a new database.

https://docs.snowflake.com/en/sql-reference/sql/create-database (usage notes)
"""

from dataclasses import replace

from .kinds.schema import Schema
from .resource import Resource
from .state import Desired, State
from .values import Key


def with_what_comes(actual: State, desired: Desired) -> State:
    """Return the state with PUBLIC of each database that is still to be created.

    A definition of that schema is then a change of what will be there, in the same plan.
    """
    coming: dict[Key, Resource] = {}
    for key, resource in desired.resources.items():
        database, _, name = key.name.rpartition(".")
        if key.kind != "schema" or name != "PUBLIC" or key in actual.resources:
            continue
        if Key("database", database) not in actual.resources:
            coming[key] = Resource(key, Schema(), resource.references)
    return replace(actual, resources={**actual.resources, **coming}) if coming else actual
