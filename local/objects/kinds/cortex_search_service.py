"""CORTEX SEARCH SERVICE: its query is answered by meaning through SEARCH_PREVIEW."""

import json
from dataclasses import replace
from typing import Any

from ...cortex.scores import indexed
from ...cortex.scoring_configs import checked
from ...engine.catalogue import Object, now
from ...language.errors import SqlError, compilation, invalid_identifier
from ...language.parser import Parser
from ...language.results import Result
from ...language.types import NUMBER, TEXT, TIMESTAMP_LTZ
from ...sessions.call import Call
from ...sessions.session import Session
from ...sql.described import result_columns
from ...sql.embedding_models import MODELS
from .base import Kind, Mode, read_if_not_exists
from .dynamic_table import read_lag
from .readers import an_object, one_of, whole
from .showing import common_row, timestamp


def _read_indexes(parser: Parser) -> dict[str, Any]:
    """Consume `ON column`, or `[TEXT INDEXES …] VECTOR INDEXES …`.

    https://docs.snowflake.com/en/sql-reference/sql/create-cortex-search
    """
    if parser.accept("ON"):
        return {"on": parser.identifier()}
    body: dict[str, Any] = {}
    if parser.accept("TEXT", "INDEXES"):
        body["text_indexes"] = _names(parser)
    parser.expect("VECTOR", "INDEXES")
    body["vector_indexes"] = [_vector_index(parser)]
    while parser.accept(","):
        body["vector_indexes"].append(_vector_index(parser))
    return body


def _vector_index(parser: Parser) -> dict[str, str]:
    found = {"column": parser.identifier()}
    if parser.accept("("):
        key = parser.accept_any(["MODEL", "QUERY_MODEL"])
        if key is None:
            parser.expect("MODEL")
        parser.expect("=")
        model = parser.string()
        if model not in MODELS:
            raise SqlError(f"Unknown embedding model {model}.", 100351, "P0000")
        found[str(key).lower()] = model
        parser.expect(")")
    return found


def _names(parser: Parser) -> list[str]:
    found = [parser.identifier()]
    while parser.accept(","):
        found.append(parser.identifier())
    return found


Profiles = dict[str, dict[str, Any]]


def _added(parser: Parser, known: Profiles) -> Profiles:
    """Consume `[IF NOT EXISTS] name 'json'` of a scoring profile."""
    quietly = parser.accept("IF", "NOT", "EXISTS")
    name = parser.identifier()
    try:
        config = checked(json.loads(parser.string()))
    except ValueError:
        raise compilation("Invalid JSON in the scoring profile", 100069, "22P02") from None
    if name in known and not quietly:
        raise SqlError(f"Scoring profile '{name}' already exists.", 2002, "42710")
    return known if name in known else {**known, name: config}


def _dropped(parser: Parser, known: Profiles) -> Profiles:
    """Consume `[IF EXISTS] name` of a scoring profile."""
    quietly = parser.accept("IF", "EXISTS")
    name = parser.identifier()
    if name not in known and not quietly:
        raise SqlError(f"Scoring profile '{name}' does not exist.", 2003, "02000")
    return {key: config for key, config in known.items() if key != name}


class CortexSearchService(Kind):
    """Cortex Search services."""

    name = "CORTEX SEARCH SERVICE"
    plural = "CORTEX SEARCH SERVICES"
    # https://docs.snowflake.com/en/sql-reference/sql/alter-cortex-search
    altered_with = {"OPERATE": (("SUSPEND",), ("RESUME",), ("REFRESH",))}
    properties = {
        "WAREHOUSE": an_object,
        "TARGET_LAG": read_lag,
        "EMBEDDING_MODEL": Parser.string,
        "REFRESH_MODE": one_of("FULL", "INCREMENTAL"),
        "INITIALIZE": one_of("ON_CREATE", "ON_SCHEDULE"),
        "FULL_INDEX_BUILD_INTERVAL_DAYS": whole(1),
        "REQUEST_LOGGING": Parser.boolean,
        "AUTO_SUSPEND": whole(1800),
        "INHERIT_DATA_GOVERNANCE_POLICIES": Parser.boolean,
    }
    show_columns = (
        ("created_on", TIMESTAMP_LTZ),
        *((name, TEXT) for name in ("name", "database_name", "schema_name", "target_lag", "warehouse", "search_column", "attribute_columns", "columns", "definition", "comment")),
        ("service_query_url", TEXT),
        ("data_timestamp", TIMESTAMP_LTZ),
        ("source_data_num_rows", NUMBER),
        *((name, TEXT) for name in ("indexing_state", "indexing_error", "serving_state", "embedding_model", "primary_key_columns")),
        ("auto_suspend", NUMBER),
        ("scoring_profile_count", NUMBER),
        ("owner", TEXT),
    )  # fmt: skip
    describe_columns = show_columns

    def create(self, call: Call, mode: Mode) -> Result:
        parser, session = call.parser, call.session
        mode = replace(mode, if_not_exists=read_if_not_exists(parser, mode))
        name = parser.name()
        body = _read_indexes(parser)
        if parser.accept("PRIMARY", "KEY"):
            body["primary_key"] = parser.names()
        if parser.accept("ATTRIBUTES"):
            body["attributes"] = _names(parser)
        read = parser.properties({**self.properties, "COMMENT": Parser.string}, "AS")
        for needed in ("WAREHOUSE", "TARGET_LAG"):
            if needed not in read:
                raise compilation(f"Missing option: [{needed}].", 2029, "42601")
        if read.get("EMBEDDING_MODEL", "e5-base-v2") not in MODELS:
            raise SqlError(f"Unknown embedding model {read['EMBEDDING_MODEL']}.", 100351, "P0000")
        read["WAREHOUSE"] = session.names.find_account(
            "WAREHOUSE", Parser(read["WAREHOUSE"]).name()
        ).name
        parser.expect("AS")
        body["query"] = parser.rest()
        with session.names.within(self.parent_of(session, name)[0]):
            _, _, columns = result_columns(session, body["query"])
        known = [column.name for column in columns]
        for label in [
            *indexed(body | {"properties": read}),
            *body.get("attributes", []),
            *body.get("primary_key", []),
        ]:
            if label not in known:
                raise invalid_identifier(label)
        body |= {
            "comment": read.pop("COMMENT", None),
            "properties": read,
            "columns_shown": known,
            "refreshed": now(),
        }
        return self.store(session, name, mode, body)

    def alter_item(self, call: Call, item: Object) -> None:
        parser = call.parser
        for word, state in (("SUSPEND", "SUSPENDED"), ("RESUME", None)):
            if parser.accept(word):
                target = parser.accept_any(["INDEXING", "SERVING"])
                parser.end()
                keys = ["indexing", "serving"] if target is None else [target.lower()]
                with call.session.transaction.ddl() as change:
                    change.put(item.with_body(**dict.fromkeys(keys, state)))
                return
        if parser.accept("REFRESH"):
            parser.end()
            with call.session.transaction.ddl() as change:
                change.put(item.with_body(refreshed=now()))
            return
        for words, change_profiles in ((("ADD",), _added), (("DROP",), _dropped)):
            if parser.accept(*words, "SCORING", "PROFILE"):
                profiles = change_profiles(parser, item.body.get("scoring_profiles") or {})
                parser.end()
                with call.session.transaction.ddl() as change:
                    change.put(item.with_body(scoring_profiles=profiles))
                return
        if parser.looking_at("SET", "EMBEDDING_MODEL"):
            raise compilation(
                "EMBEDDING_MODEL cannot be changed: create the service again", 2108, "22023"
            )
        super().alter_item(call, item)

    def show_row(self, session: Session, item: Object) -> dict[str, Any]:
        row = common_row(session, item)
        held = item.body["properties"]
        row.update(
            target_lag=held["TARGET_LAG"],
            warehouse=held["WAREHOUSE"],
            search_column=item.body.get("on"),
            attribute_columns=",".join(item.body.get("attributes") or []),
            columns=",".join(item.body["columns_shown"]),
            definition=item.body["query"],
            service_query_url=None,
            data_timestamp=timestamp(item.body.get("refreshed")),
            source_data_num_rows=None,
            indexing_state=item.body.get("indexing") or "RUNNING",
            indexing_error=None,
            serving_state=item.body.get("serving") or "RUNNING",
            embedding_model=held.get("EMBEDDING_MODEL", "snowflake-arctic-embed-m-v1.5"),
            primary_key_columns=",".join(item.body.get("primary_key") or []),
            auto_suspend=held.get("AUTO_SUSPEND"),
            scoring_profile_count=len(item.body.get("scoring_profiles") or {}),
        )
        return row


KIND = CortexSearchService()
