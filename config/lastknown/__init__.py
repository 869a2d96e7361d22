"""The last known good values of remote sources, kept encrypted, for a start while one is away."""
