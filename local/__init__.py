"""The local stack: a Snowflake over DuckDB, behind the protocol of the real connector."""
