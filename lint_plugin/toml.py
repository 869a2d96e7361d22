"""TOML of a repository, read in bounded time; for the parts above, which read it by this."""

from hushflake.config.bounded_toml import parsed as parsed
