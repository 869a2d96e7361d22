"""Configuration keys that a repository declares, `[tool.hushflake.keys]`."""
