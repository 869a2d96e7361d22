"""How findings are told: one file a format, its name that of the file."""
