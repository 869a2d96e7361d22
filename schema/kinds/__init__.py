"""One Snowflake object kind a file; the folder is the registry."""
