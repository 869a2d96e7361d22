"""The table function POLICY_REFERENCES, by the object that policies are on.

https://docs.snowflake.com/en/sql-reference/functions/policy_references
"""

import json
from collections.abc import Iterator
from typing import Any

from ...engine.catalogue import Object
from ...language.errors import compilation
from ...language.parser import Parser
from ...sessions.session import Session
from ...sql.column_masks import policies_by_tags, policies_of_tag, tags_around
from ...sql.context import Context
from ...sql.rows import literal_relation

ARGUMENTS = {"REF_ENTITY_NAME", "REF_ENTITY_DOMAIN"}
_DOMAINS = {"TABLE": "TABLE", "VIEW": "TABLE", "TAG": "TAG"}
_COLUMNS = tuple(
    (name, "VARCHAR")
    for name in (
        "POLICY_DB", "POLICY_SCHEMA", "POLICY_NAME", "POLICY_KIND", "REF_DATABASE_NAME", "REF_SCHEMA_NAME",
        "REF_ENTITY_NAME", "REF_ENTITY_DOMAIN", "REF_COLUMN_NAME", "REF_ARG_COLUMN_NAMES", "TAG_DATABASE",
        "TAG_SCHEMA", "TAG_NAME", "POLICY_STATUS",
    )
)  # fmt: skip
_NONE = (None, None, None)


def run(context: Context, arguments: dict[str, Any]) -> str:
    """Return DuckDB's SQL of the policies on an object that the role may know of.

    Raises:
        SqlError: An argument is missing, or there is no such object.
    """
    domain = str(arguments.get("REF_ENTITY_DOMAIN") or "").upper()
    name = str(arguments.get("REF_ENTITY_NAME") or "")
    if not name or domain not in _DOMAINS:
        raise compilation(
            "POLICY_REFERENCES needs REF_ENTITY_NAME, and REF_ENTITY_DOMAIN of TABLE, VIEW or TAG",
            938,
            "22023",
        )
    session = context.session
    item = session.names.find(_DOMAINS[domain], Parser(name).name())
    on_it = _on_tag(session, item) if domain == "TAG" else _on_relation(session, item)
    catalogue = session.engine.catalogue
    rows = []
    for policy, column, given, tag, status in on_it:
        if _may_know(session, policy, item):
            by = catalogue.path(tag) if tag is not None else _NONE
            kind = policy.kind.replace(" ", "_")
            rows.append(
                [*catalogue.path(policy), kind, *catalogue.path(item), domain, column, given, *by, status]
            )  # fmt: skip
    return literal_relation(context, _COLUMNS, rows)


_Found = tuple[Object, str | None, str | None, Object | None, str]


def _on_tag(session: Session, tag: Object) -> Iterator[_Found]:
    for policy in policies_of_tag(session.engine.catalogue, tag):
        yield policy, None, None, tag, "ACTIVE"


def _on_relation(session: Session, item: Object) -> Iterator[_Found]:
    catalogue = session.engine.catalogue
    access = item.body.get("row_access_policy")
    if access is not None:
        policy = catalogue.get(int(access["policy"]))
        if policy is not None:
            yield policy, None, json.dumps(access["columns"]), None, "ACTIVE"
    for column in item.body.get("columns") or []:
        own = catalogue.get(int(column.get("masking_policy") or -1))
        if own is not None:
            yield own, column["name"], None, None, "ACTIVE"
            continue
        around = tags_around(catalogue, item)
        found = policies_by_tags(catalogue, column, around)
        status = "ACTIVE" if len(found) < 2 else "MULTIPLE_MASKING_POLICY_ASSIGNED_TO_THE_COLUMN"
        for policy in found:
            bearing = [catalogue.get(int(key)) for key in around | set(column.get("tags") or {})]
            tag = next(t for t in bearing if policy in policies_of_tag(catalogue, t))
            yield policy, column["name"], None, tag, status


def _may_know(session: Session, policy: Object, on: Object) -> bool:
    identity = session.identity
    if identity.allows(f"APPLY {policy.kind}", None):
        return True
    return identity.allows("APPLY", policy) and identity.privileges.owns(identity.roles, on)
