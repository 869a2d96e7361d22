"""Keys that classes of the program declare: typed keys, and services that were loaded."""

names: set[str] = set()
