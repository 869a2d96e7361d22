"""Keys and values of configuration files: a reader per format, all with the same result."""
