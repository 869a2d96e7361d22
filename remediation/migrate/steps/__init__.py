"""The steps of the migration, one a file."""
