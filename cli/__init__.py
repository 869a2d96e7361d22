"""The `hushflake` command: parse, call, print. Knows every part; no part knows it."""
