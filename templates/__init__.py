"""Jinja templates that spell what the schema has decided."""
