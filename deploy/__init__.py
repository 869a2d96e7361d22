"""The only part that talks to a database: session, introspection, journal, apply."""
