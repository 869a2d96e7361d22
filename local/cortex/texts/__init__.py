"""Words, names and keys of a table's texts, found without going through the table."""
