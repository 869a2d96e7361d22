"""CORTEX_SEARCH_SERVICE_SCORING_PROFILES:
https://docs.snowflake.com/en/sql-reference/info-schema/cortex_search_service_scoring_profiles
"""

import json
from typing import Any

from ...engine.catalogue import Object
from ...sessions.session import Session
from .visible import schema_objects

NAME = "CORTEX_SEARCH_SERVICE_SCORING_PROFILES"
COLUMNS = tuple(
    (name, "VARCHAR")
    for name in (
        "SERVICE_CATALOG",
        "SERVICE_SCHEMA",
        "SERVICE_NAME",
        "PROFILE_NAME",
        "SCORING_PROFILE",
    )
)


def rows(session: Session, database: Object) -> list[list[Any]]:
    """Return a row for each scoring profile of a service that the role may see."""
    return [
        [*path, name, json.dumps(config)]
        for item, path in schema_objects(session, database, ("CORTEX SEARCH SERVICE",))
        for name, config in sorted((item.body.get("scoring_profiles") or {}).items())
    ]
