"""Functions and operators of Snowflake in DuckDB's terms: one file a family."""
