"""Future grants that Snowflake ignores: where a schema has its own, its database's do not count.

https://docs.snowflake.com/en/sql-reference/sql/grant-privilege (future grants on database and
schema): where a schema has future grants for a kind of object, those of the database for that
kind are ignored there, even for other roles.
"""

from collections.abc import Iterator

from hushflake.schema.kinds.grant import Grant
from hushflake.schema.state import Desired, State


def future_grant_notes(desired: Desired, actual: State) -> Iterator[str]:
    """Yield a note for each declared future grant on a database that a schema's own one hides."""
    every = {**actual.resources, **desired.resources}
    grants = [r.spec for r in every.values() if isinstance(r.spec, Grant) and r.spec.future]
    in_schemas = [grant for grant in grants if grant.on_kind == "schema"]
    for resource in desired.resources.values():
        grant = resource.spec
        if not isinstance(grant, Grant) or not grant.future or grant.on_kind != "database":
            continue
        hidden = {
            other.on: other.grantee
            for other in in_schemas
            if other.future == grant.future and other.on.startswith(f"{grant.on}.")
        }
        for schema, grantee in sorted(hidden.items()):
            yield (
                f"{resource.key} does not count in schema {schema}: that has future grants for "
                f"{grant.future} of its own (to {grantee.name}), and Snowflake then ignores those "
                "of the database; grant in the schema too"
            )
