"""The statements: one file each, with `STARTS` and `run`. The folder is the registry."""
