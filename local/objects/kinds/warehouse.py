"""WAREHOUSE: nothing runs on it here; what is said about it is kept, checked and shown."""

from typing import Any

from ...engine.catalogue import Object
from ...language.errors import SqlError
from ...language.parser import Parser
from ...language.types import NUMBER, TEXT, TIMESTAMP_LTZ
from ...sessions.call import Call
from ...sessions.session import Session
from .base import Kind, Mode
from .readers import a_boolean, an_object, one_of, whole
from .showing import common_row, timestamp

_SIZES = {
    "XSMALL": "X-Small",
    "X-SMALL": "X-Small",
    "SMALL": "Small",
    "MEDIUM": "Medium",
    "LARGE": "Large",
    "XLARGE": "X-Large",
    "X-LARGE": "X-Large",
    "XXLARGE": "2X-Large",
    "X2LARGE": "2X-Large",
    "2X-LARGE": "2X-Large",
    "XXXLARGE": "3X-Large",
    "X3LARGE": "3X-Large",
    "3X-LARGE": "3X-Large",
    "X4LARGE": "4X-Large",
    "4X-LARGE": "4X-Large",
    "X5LARGE": "5X-Large",
    "5X-LARGE": "5X-Large",
    "X6LARGE": "6X-Large",
    "6X-LARGE": "6X-Large",
}


def _size(parser: Parser) -> str:
    if parser.here.kind in {"string", "quoted"}:
        return _SIZES[one_of(*_SIZES)(parser)]
    # X-SMALL unquoted is three tokens, and not allowed.
    return _SIZES[one_of(*(size for size in _SIZES if "-" not in size))(parser)]


class Warehouse(Kind):
    """Warehouses."""

    name = "WAREHOUSE"
    plural = "WAREHOUSES"
    # https://docs.snowflake.com/en/sql-reference/sql/alter-warehouse
    altered_with = {
        "OPERATE": (("SUSPEND",), ("RESUME",), ("ABORT",)),
        "MODIFY": (("SET",), ("UNSET",)),
    }
    level = "account"
    or_alter = True
    properties = {
        "WAREHOUSE_TYPE": one_of("STANDARD", "SNOWPARK-OPTIMIZED"),
        "WAREHOUSE_SIZE": _size,
        "GENERATION": one_of("1", "2"),
        "RESOURCE_CONSTRAINT": one_of(
            "STANDARD_GEN_1",
            "STANDARD_GEN_2",
            "MEMORY_1X",
            "MEMORY_1X_X86",
            "MEMORY_16X",
            "MEMORY_16X_X86",
            "MEMORY_64X",
            "MEMORY_64X_X86",
        ),
        "MAX_CLUSTER_COUNT": whole(1, 300),
        "MIN_CLUSTER_COUNT": whole(1, 300),
        "SCALING_POLICY": one_of("STANDARD", "ECONOMY"),
        "AUTO_SUSPEND": whole(0),
        "AUTO_RESUME": a_boolean,
        "INITIALLY_SUSPENDED": a_boolean,
        "RESOURCE_MONITOR": an_object,
        "ENABLE_QUERY_ACCELERATION": a_boolean,
        "QUERY_ACCELERATION_MAX_SCALE_FACTOR": whole(0, 100),
        "MAX_CONCURRENCY_LEVEL": whole(1),
        "STATEMENT_QUEUED_TIMEOUT_IN_SECONDS": whole(0),
        "STATEMENT_TIMEOUT_IN_SECONDS": whole(0, 604_800),
        "WAIT_FOR_COMPLETION": a_boolean,
    }
    show_columns = (
        ("name", TEXT),
        ("state", TEXT),
        ("type", TEXT),
        ("size", TEXT),
        ("min_cluster_count", NUMBER),
        ("max_cluster_count", NUMBER),
        ("started_clusters", NUMBER),
        ("running", NUMBER),
        ("queued", NUMBER),
        ("is_default", TEXT),
        ("is_current", TEXT),
        ("auto_suspend", NUMBER),
        ("auto_resume", TEXT),
        ("available", TEXT),
        ("provisioning", TEXT),
        ("quiescing", TEXT),
        ("other", TEXT),
        ("created_on", TIMESTAMP_LTZ),
        ("resumed_on", TIMESTAMP_LTZ),
        ("updated_on", TIMESTAMP_LTZ),
        ("owner", TEXT),
        ("comment", TEXT),
        ("enable_query_acceleration", TEXT),
        ("query_acceleration_max_scale_factor", NUMBER),
        ("resource_monitor", TEXT),
        ("scaling_policy", TEXT),
        ("owner_role_type", TEXT),
        ("resource_constraint", TEXT),
        ("generation", TEXT),
        ("statement_timeout_in_seconds", NUMBER),
        ("statement_queued_timeout_in_seconds", NUMBER),
        ("max_concurrency_level", NUMBER),
    )

    def read_body(self, call: Call, mode: Mode) -> dict[str, Any]:
        call.parser.accept("WITH")
        body = super().read_body(call, mode)
        suspended = body["properties"].pop("INITIALLY_SUSPENDED", False)
        if mode.alter and suspended:
            raise SqlError(
                "SQL compilation error:\ninvalid property 'INITIALLY_SUSPENDED' in CREATE OR ALTER.",
                1420,
                "22023",
            )
        body["state"] = "SUSPENDED" if suspended else "STARTED"
        return body

    def checked(self, properties: dict[str, Any]) -> dict[str, Any]:
        low = properties.get("MIN_CLUSTER_COUNT", 1)
        high = properties.get("MAX_CLUSTER_COUNT", max(1, low))
        if low > high:
            raise SqlError(
                "SQL compilation error:\ninvalid value: MIN_CLUSTER_COUNT is greater than "
                "MAX_CLUSTER_COUNT.",
                1008,
                "22023",
            )
        return properties

    def alter_item(self, call: Call, item: Object) -> None:
        parser = call.parser
        for word, state in (("SUSPEND", "SUSPENDED"), ("RESUME", "STARTED")):
            if parser.accept(word):
                if word == "RESUME":
                    parser.accept("IF", "SUSPENDED")
                parser.end()
                with call.session.transaction.ddl() as change:
                    change.put(item.with_body(state=state))
                return
        if parser.accept("ABORT", "ALL", "QUERIES"):
            parser.end()
            return
        super().alter_item(call, item)

    def show_row(self, session: Session, item: Object) -> dict[str, Any]:
        row = common_row(session, item)
        held = item.body.get("properties", {})
        low = held.get("MIN_CLUSTER_COUNT", 1)
        generation = held.get("GENERATION", "2")
        many = held.get("MAX_CLUSTER_COUNT", low) > 1
        row.update(
            state=item.body.get("state", "STARTED"),
            type=held.get("WAREHOUSE_TYPE", "STANDARD"),
            size=held.get("WAREHOUSE_SIZE", "X-Small"),
            min_cluster_count=low,
            max_cluster_count=held.get("MAX_CLUSTER_COUNT", low),
            started_clusters=0 if item.body.get("state") == "SUSPENDED" else low,
            running=0,
            queued=0,
            is_default="N",
            is_current="Y" if session.place.warehouse == item.name else "N",
            auto_suspend=held.get("AUTO_SUSPEND", 600) or None,
            auto_resume="true" if held.get("AUTO_RESUME", True) else "false",
            available="",
            provisioning="",
            quiescing="",
            other="",
            resumed_on=timestamp(item.created),
            updated_on=timestamp(item.created),
            # On by default for generation 2 and for several clusters.
            enable_query_acceleration="true"
            if held.get("ENABLE_QUERY_ACCELERATION", generation == "2" or many)
            else "false",
            query_acceleration_max_scale_factor=held.get("QUERY_ACCELERATION_MAX_SCALE_FACTOR", 8),
            resource_monitor=held.get("RESOURCE_MONITOR", "null"),
            scaling_policy=held.get("SCALING_POLICY", "STANDARD"),
            resource_constraint=held.get("RESOURCE_CONSTRAINT", f"STANDARD_GEN_{generation}"),
            generation=generation,
            statement_timeout_in_seconds=held.get("STATEMENT_TIMEOUT_IN_SECONDS", 172_800),
            statement_queued_timeout_in_seconds=held.get("STATEMENT_QUEUED_TIMEOUT_IN_SECONDS", 0),
            max_concurrency_level=held.get("MAX_CONCURRENCY_LEVEL", 8),
        )
        return row


KIND = Warehouse()
