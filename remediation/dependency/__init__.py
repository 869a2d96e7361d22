"""The dependency of a rewritten application on hushflake: where it is declared, and adding it."""
