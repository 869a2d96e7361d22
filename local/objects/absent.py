"""SHOW of kinds that cannot be created here: there are none, which is what it answers.

https://docs.snowflake.com/en/sql-reference/sql/show
"""

from ..language.results import SHOW, Column, Result
from ..language.types import NUMBER, TEXT, TIMESTAMP_LTZ
from .kinds.showing import TERSE_COLUMNS

_INTEGRATION = "name type category enabled comment created_on"
# Plural -> the columns, in their order.
ABSENT = {
    "COMPUTE POOLS": "name state min_nodes max_nodes instance_family num_services num_jobs "
    "auto_suspend_secs auto_resume active_nodes idle_nodes target_nodes created_on resumed_on "
    "updated_on owner comment is_exclusive application",
    "EXTERNAL TABLES": "created_on name database_name schema_name invalid invalid_reason owner "
    "comment stage location file_format_name file_format_type cloud region notification_channel "
    "last_refreshed_on table_format last_refresh_details owner_role_type",
    "IMAGE REPOSITORIES": "created_on name database_name schema_name repository_url owner "
    "owner_role_type comment",
    "MATERIALIZED VIEWS": "created_on name reserved database_name schema_name cluster_by rows "
    "bytes source_database_name source_schema_name source_table_name refreshed_on compacted_on "
    "owner invalid invalid_reason behind_by comment text is_secure automatic_clustering "
    "owner_role_type budget",
    "NOTEBOOKS": "created_on name database_name schema_name comment owner query_warehouse url_id "
    "owner_role_type code_warehouse",
    "SHARES": "created_on kind owner_account name database_name to owner comment "
    "listing_global_name secure_objects_only",
    "STREAMLITS": "created_on name database_name schema_name title owner comment query_warehouse "
    "url_id owner_role_type",
    "CATALOG INTEGRATIONS": _INTEGRATION,
    "SECURITY INTEGRATIONS": _INTEGRATION,
}
_NUMBERS = {"rows", "bytes"}


def show_none(plural: str, *, terse: bool) -> Result:
    """Return the answer of SHOW for a kind of which there is nothing."""
    if terse:
        return Result([Column(name, kind) for name, kind in TERSE_COLUMNS], [], SHOW)
    columns = [
        Column(
            name,
            TIMESTAMP_LTZ if name.endswith("_on") else NUMBER if name in _NUMBERS else TEXT,
        )
        for name in ABSENT[plural].split()
    ]
    return Result(columns, [], SHOW)
