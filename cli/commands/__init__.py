"""One file a command; `hushflake.cli.table` tells which file answers to which name."""
