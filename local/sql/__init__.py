"""Snowflake's queries and DML in DuckDB's SQL."""
